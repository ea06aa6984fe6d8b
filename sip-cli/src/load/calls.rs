//! The calls of a load, each from its beginning to its end.

use super::agents::Fleet;
use super::figures::Figures;
use crate::options::Load;
use sip_ua::{ApplicationSdp, Call};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval};

/// Places calls at the rate that is asked for, then waits for the last of them to end.
pub(super) async fn place(fleet: &Fleet, options: &Load, figures: Rc<RefCell<Figures>>) {
    let begun = Instant::now();
    let mut pace = interval(Duration::from_secs(1) / options.call_rate);
    let mut calls = JoinSet::new();
    let pairs = fleet.len() / 2;
    let mut next = 0;
    while pairs > 0 && begun.elapsed() < Duration::from_secs(options.duration) {
        pace.tick().await;
        while calls.try_join_next().is_some() {}
        let (caller, callee) = (2 * next, 2 * next + 1);
        next = (next + 1) % pairs;
        let Some(agent) = fleet.agent(caller).filter(|_| fleet.agent(callee).is_some()) else {
            figures.borrow_mut().calls.failed("one of the two is not registered");
            continue;
        };
        let (agent, target, offer) = (agent.clone(), fleet.aor(callee), fleet.offer());
        let (figures, hold) = (Rc::clone(&figures), Duration::from_millis(options.hold));
        calls.spawn_local(async move {
            let begun = Instant::now();
            let (media, _remote) = ApplicationSdp::new(&offer);
            match agent.call(&target, media).await {
                Ok(call) => one(call, begun, hold, &figures).await,
                Err(error) => figures.borrow_mut().calls.failed(&error.to_string()),
            }
        });
    }
    while calls.join_next().await.is_some() {}
    figures.borrow_mut().calling = begun.elapsed();
}

async fn one(mut call: Call, begun: Instant, hold: Duration, figures: &RefCell<Figures>) {
    if let Err(cause) = call.established().await {
        return figures.borrow_mut().calls.failed(&cause.to_string());
    }
    let setup = begun.elapsed();
    figures.borrow_mut().up += 1;
    tokio::time::sleep(hold).await;
    let ended = call.hang_up().await;
    let mut figures = figures.borrow_mut();
    figures.up -= 1;
    match ended {
        Ok(_) => figures.calls.succeeded(setup),
        Err(error) => figures.calls.failed(&error.to_string()),
    }
}
