//! The whole table, state × input, read off the machine.

use super::{World, config, cseq, expires};
use sip_message::{Request, StatusCode};
use sip_outbound::{Failure, Input, Output, RegistrationEvent};
use std::fmt::Write as _;

/// A world in each state, with the request in flight or the last one.
fn worlds() -> Vec<(&'static str, World, Request)> {
    let mut worlds = Vec::new();
    let mut add = |name, script: &dyn Fn(&mut World, Request) -> Request| {
        let mut world = World::new(config());
        let request = world.register();
        let request = script(&mut world, request);
        while world.output().is_some() {}
        worlds.push((name, world, request));
    };
    let registered = |world: &mut World, request: Request| {
        world.accept(&request, 600);
        world.event();
        request
    };
    let refreshing = move |world: &mut World, request: Request| {
        registered(world, request);
        world.elapse();
        world.request()
    };
    add("Idle", &|world, request| {
        world.answer(&request, StatusCode::FORBIDDEN, &[]);
        request
    });
    add("Registering", &|_, request| request);
    add("Registering (bound)", &refreshing);
    add("Registering (reversed)", &|world, request| {
        world.registration.unregister(world.now);
        request
    });
    add("Registered", &registered);
    add("Waiting", &|world, request| {
        world.fail(&request, Failure::Timeout);
        request
    });
    add("Waiting (bound)", &move |world, request| {
        let request = refreshing(world, request);
        world.fail(&request, Failure::Timeout);
        request
    });
    add("Unregistering", &move |world, request| {
        registered(world, request);
        world.registration.unregister(world.now);
        world.request()
    });
    add("NoFlow", &move |world, request| {
        let request = registered(world, request);
        world.handle(Input::FlowLost);
        request
    });
    worlds
}

type Event = (&'static str, fn(&mut World, &Request));

const EVENTS: [Event; 12] = [
    ("register", |world, _| world.registration.register(world.now)),
    ("unregister", |world, _| world.registration.unregister(world.now)),
    ("100", |world, request| world.answer(request, StatusCode::TRYING, &[])),
    ("200", |world, request| world.accept(request, 600)),
    ("403", |world, request| world.answer(request, StatusCode::FORBIDDEN, &[])),
    ("423", |world, request| {
        world.answer(request, StatusCode::INTERVAL_TOO_BRIEF, &[("Min-Expires", "900")]);
    }),
    ("503", |world, request| world.answer(request, StatusCode::SERVICE_UNAVAILABLE, &[])),
    ("failed", |world, request| world.fail(request, Failure::Timeout)),
    ("challenged", |world, request| world.handle(Input::Challenged { cseq: cseq(request) })),
    ("flow lost", |world, _| world.handle(Input::FlowLost)),
    ("flow restored", |world, _| world.handle(Input::FlowRestored)),
    ("timeout", |world, _| {
        world.now = world.registration.next_timeout().unwrap_or(world.now);
        world.handle(Input::Timeout);
    }),
];

fn show(output: &Output) -> String {
    match output {
        Output::Request(request) => format!("REGISTER({})", expires(request)),
        Output::Event(RegistrationEvent::Registered { is_refresh, .. }) => {
            format!("Registered{}", if *is_refresh { " again" } else { "" })
        }
        Output::Event(RegistrationEvent::Failed { cause, retry_in }) => {
            format!("Failed({cause}, {})", if retry_in.is_some() { "later" } else { "stop" })
        }
        Output::Event(event) => format!("{event:?}"),
    }
}

#[test]
fn the_table_of_states_and_inputs() {
    let mut table = String::new();
    for index in 0..worlds().len() {
        for (name, event) in EVENTS {
            let (state, mut world, request) = worlds().swap_remove(index);
            let before = world.registration.state();
            event(&mut world, &request);
            let outputs: Vec<_> = std::iter::from_fn(|| world.output()).map(|output| show(&output)).collect();
            let after = world.registration.state();
            if before != after || !outputs.is_empty() {
                writeln!(table, "{state} + {name} -> {after:?} {}", outputs.join(", ")).unwrap();
            }
        }
    }
    insta::assert_snapshot!("table", table);
}
