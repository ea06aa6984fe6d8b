//! Prints state × event tables from the code, to be read beside RFC 3261 figures 5 to 8 and RFC 6026 figures 5 and 7.

use crate::{ClientOutput, InviteServerOutput, NonInviteServerOutput, Reliability};
use sip_clock::{FewTimers, Instant};
use sip_message::{CSeq, CallId, From, Message, Method, NameAddr, Request, To, Via};
use std::fmt::{Debug, Write};

/// A machine whose table can be printed.
pub(crate) trait Tabulated {
    type Event;
    type Timer: Copy + Debug + Ord;
    type Output: Labelled;

    fn timer_event(timer: Self::Timer) -> Self::Event;
    fn take(&mut self, event: Self::Event) -> Vec<Self::Output>;
    fn timers(&self) -> &FewTimers<Self::Timer>;
    fn state(&self) -> String;
}

/// An output in a few words.
pub(crate) trait Labelled {
    fn label(self) -> String;
}

/// Compares the table of a machine, for both kinds of transport, with the snapshot of that name.
#[track_caller]
pub(crate) fn assert_table<M: Tabulated>(
    name: &str,
    states: &[&str],
    timers: &[M::Timer],
    in_state: impl Fn(&str, Reliability) -> M,
    events: impl Fn() -> Vec<(String, M::Event)>,
) {
    let mut table = String::new();
    for reliability in [Reliability::Unreliable, Reliability::Reliable] {
        let _ = writeln!(table, "== {reliability:?}");
        for state in states {
            let timer_events =
                timers.iter().map(|timer| (format!("timer {timer:?}"), M::timer_event(*timer)));
            for (label, event) in events().into_iter().chain(timer_events) {
                let mut machine = in_state(state, reliability);
                if machine.state() == "Terminated" && *state != "Terminated" {
                    continue; // a timer of zero seconds leaves this state at once
                }
                let outputs = machine.take(event);
                let _ = writeln!(table, "{}", row(state, &label, &machine, outputs, timers).trim_end());
            }
        }
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../tests/it/snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, table));
}

fn row<M: Tabulated>(
    state: &str,
    event: &str,
    machine: &M,
    outputs: Vec<M::Output>,
    timers: &[M::Timer],
) -> String {
    let next = machine.state();
    let next = next.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let outputs: Vec<String> = outputs.into_iter().map(Labelled::label).collect();
    let outputs = if outputs.is_empty() { "-".to_owned() } else { outputs.join(", ") };
    let armed = timers.iter().filter_map(|timer| Some((timer, machine.timers().get(timer)?)));
    let armed: Vec<String> = armed.map(|(timer, at)| format!("{timer:?}+{:?}", at - Instant::ZERO)).collect();
    format!("{state:<12}| {event:<16}| {next:<12}| {outputs:<27}| {}", armed.join(" "))
}

/// A request with what a transaction looks at.
pub(crate) fn request(method: Method) -> Request {
    let alice = NameAddr::new("sip:alice@example.org".parse().unwrap()).with_tag("a");
    let bob = NameAddr::new("sip:bob@example.org".parse().unwrap());
    let via = Via::new("UDP", &"client.invalid".parse().unwrap(), None).with_branch("z9hG4bK1");
    Request::new(method.clone(), &bob.uri)
        .with(&via)
        .with(&From(alice))
        .with(&To(bob))
        .with(&CallId("1".to_owned()))
        .with(&CSeq { number: 1, method })
}

impl Labelled for ClientOutput {
    fn label(self) -> String {
        match self {
            Self::Transmit(request) => format!("send {}", request.method().as_str()),
            Self::Response(response) => format!("user {}", response.status().code()),
            Self::Failed(failure) => format!("user {failure:?}"),
        }
    }
}

impl Labelled for InviteServerOutput {
    fn label(self) -> String {
        match self {
            Self::Transmit(response) => sent(response.into()),
            Self::Ack(_) => "user ACK".to_owned(),
            Self::Failed(failure) => format!("user {failure:?}"),
        }
    }
}

impl Labelled for NonInviteServerOutput {
    fn label(self) -> String {
        match self {
            Self::Transmit(response) => sent(response.into()),
            Self::Failed(failure) => format!("user {failure:?}"),
        }
    }
}

fn sent(message: Message) -> String {
    match message {
        Message::Request(request) => format!("send {}", request.method().as_str()),
        Message::Response(response) => format!("send {}", response.status().code()),
    }
}
