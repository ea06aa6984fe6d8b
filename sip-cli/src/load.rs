//! `sip load`: many user agents that register and call each other, to see what a server bears.

mod agents;
mod calls;
mod figures;
mod process;

use crate::exit::Failure;
use crate::interruption::Interruption;
use crate::options::Load;
use crate::output;
use agents::Fleet;
use figures::{Figures, Report};
use process::Usage;
use sip_transport_ws::ServerUrl;
use std::cell::RefCell;
use std::net::IpAddr;
use std::rc::Rc;
use std::time::Duration;
use tokio::task::LocalSet;

/// Registers, calls, says what it saw, and leaves.
pub(crate) async fn run(options: Load) -> Result<(), Failure> {
    check_server(&options)?;
    let figures = Rc::new(RefCell::new(Figures::default()));
    let report = LocalSet::new().run_until(work(&options, &figures)).await?;
    if options.json {
        output::json(&report)?;
    } else {
        output::text(&report.to_string())?;
    }
    match report.failed() {
        0 => Ok(()),
        failed => Err(Failure::Load { failed, all: report.all() }),
    }
}

async fn work(options: &Load, figures: &Rc<RefCell<Figures>>) -> Result<Report, Failure> {
    let before = Usage::now();
    let mut fleet = Fleet::new(options, Rc::clone(figures))?;
    let live = tokio::task::spawn_local(tell(Rc::clone(figures)));
    let mut interruption = Interruption::new();
    let registered = tokio::select! {
        registered = fleet.register(options.agents, options.register_rate) => registered,
        () = interruption.wait() => return Err(Failure::Interrupted),
    };
    let between = Usage::now();
    let calling = async {
        if options.call_rate > 0 {
            calls::place(&fleet, options, Rc::clone(figures)).await;
        }
    };
    let is_interrupted = tokio::select! {
        () = calling => false,
        () = interruption.wait() => true,
    };
    let after = Usage::now();
    fleet.close().await;
    live.abort();
    if is_interrupted {
        return Err(Failure::Interrupted);
    }
    Ok(figures.borrow().report(registered, [before, between, after]))
}

/// One line a second on standard error, so that standard output is the result alone.
async fn tell(figures: Rc<RefCell<Figures>>) {
    let mut seconds = 0;
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        seconds += 1;
        eprintln!("{seconds:>4} s  {}", figures.borrow_mut().line());
    }
}

/// A load is for one's own machine, unless somebody says otherwise.
fn check_server(options: &Load) -> Result<(), Failure> {
    let url: ServerUrl = options.server.parse().map_err(sip_ua::ConnectError::Server)?;
    let is_here = url.host() == "localhost" || url.host().parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    if is_here || options.remote { Ok(()) } else { Err(Failure::Remote { host: url.host().to_owned() }) }
}
