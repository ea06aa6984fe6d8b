//! The user agents of a load: they register at a rate and answer every call.

use super::figures::Figures;
use crate::account::read;
use crate::exit::Failure;
use crate::options::Load;
use crate::sdp;
use sip_transport_ws::native::ConnectOptions;
use sip_ua::{ApplicationSdp, Event, Events, IncomingCall, UserAgent};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use tokio::task::{JoinSet, spawn_local};
use tokio::time::{Instant, interval, timeout};

/// All user agents that are registered.
pub(super) struct Fleet {
    agents: Vec<Option<UserAgent>>,
    account: Account,
    figures: Rc<RefCell<Figures>>,
}

/// What all have in common.
#[derive(Clone)]
struct Account {
    server: String,
    aor: String,
    password: Option<String>,
    options: ConnectOptions,
    answer: Rc<str>,
}

/// Connections that may be opened at one time: a server's backlog is short.
const OPENING: usize = 100;
/// What one user agent has for all of its goodbye.
const FAREWELL: Duration = Duration::from_secs(5);

impl Fleet {
    pub(super) fn new(load: &Load, figures: Rc<RefCell<Figures>>) -> Result<Self, Failure> {
        let mut options = ConnectOptions::default();
        if let Some(path) = &load.ca_file {
            options.tls = options.tls.with_root(read(path)?);
        }
        let account = Account {
            server: load.server.clone(),
            aor: load.aor.clone(),
            password: load.password.clone(),
            options,
            answer: sdp::load(None)?.into(),
        };
        Ok(Self { agents: Vec::new(), account, figures })
    }

    /// Registers so many, begun at this rate; says how long all of it took.
    pub(super) async fn register(&mut self, count: u32, rate: u32) -> Duration {
        let begun = Instant::now();
        self.agents.resize_with(count as usize, || None);
        let mut pace = interval(Duration::from_secs(1) / rate);
        let mut opening = JoinSet::new();
        for number in 0..count as usize {
            pace.tick().await;
            if opening.len() >= OPENING {
                self.enlist(opening.join_next().await);
            }
            opening.spawn_local(open(number, self.account.clone(), Rc::clone(&self.figures)));
        }
        while let Some(opened) = opening.join_next().await {
            self.enlist(Some(opened));
        }
        begun.elapsed()
    }

    /// The user agent with this number, if it got as far as being registered.
    pub(super) fn agent(&self, number: usize) -> Option<&UserAgent> {
        self.agents.get(number)?.as_ref()
    }

    /// How many there were to be.
    pub(super) fn len(&self) -> usize {
        self.agents.len()
    }

    /// The address-of-record with this number.
    pub(super) fn aor(&self, number: usize) -> String {
        self.account.aor_of(number)
    }

    /// What is offered in calls.
    pub(super) fn offer(&self) -> Rc<str> {
        Rc::clone(&self.account.answer)
    }

    /// Unregisters and closes all.
    pub(super) async fn close(&mut self) {
        let mut closing = JoinSet::new();
        for agent in self.agents.drain(..).flatten() {
            if closing.len() >= OPENING {
                closing.join_next().await;
            }
            closing.spawn_local(async move {
                // one that does not get through has a server that forgets it in time
                let _ = timeout(FAREWELL, async {
                    let _ = agent.unregister().await;
                    agent.close().await;
                })
                .await;
            });
        }
        while closing.join_next().await.is_some() {}
    }

    fn enlist(&mut self, opened: Option<Result<Opened, tokio::task::JoinError>>) {
        let Some(Ok(Some((number, agent)))) = opened else { return };
        if let Some(place) = self.agents.get_mut(number) {
            *place = Some(agent);
        }
    }
}

type Opened = Option<(usize, UserAgent)>;

impl Account {
    fn aor_of(&self, number: usize) -> String {
        self.aor.replace("{}", &number.to_string())
    }
}

async fn open(number: usize, account: Account, figures: Rc<RefCell<Figures>>) -> Opened {
    let begun = Instant::now();
    let mut builder = UserAgent::builder(&account.aor_of(number)).server(&account.server);
    builder = builder.connect_options(account.options.clone()).reconnect(None);
    if let Some(password) = &account.password {
        builder = builder.password(password);
    }
    let (agent, events) = match builder.connect().await {
        Ok(connected) => connected,
        Err(error) => {
            figures.borrow_mut().registrations.failed(&error.to_string());
            return None;
        }
    };
    let registered = agent.register().await;
    match registered {
        Ok(_) => figures.borrow_mut().registrations.succeeded(begun.elapsed()),
        Err(error) => {
            figures.borrow_mut().registrations.failed(&error.to_string());
            return None;
        }
    }
    spawn_local(answer_all(events, account.answer));
    Some((number, agent))
}

/// Answers every call until the user agent is closed.
async fn answer_all(mut events: Events, answer: Rc<str>) {
    while let Some(event) = events.next().await {
        if let Event::IncomingCall(call) = event {
            spawn_local(answer_one(call, Rc::clone(&answer)));
        }
    }
}

async fn answer_one(call: IncomingCall, answer: Rc<str>) {
    let (media, _remote) = ApplicationSdp::new(&answer);
    if let Ok(mut call) = call.accept(media).await {
        call.ended().await;
    }
}
