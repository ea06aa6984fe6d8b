//! The user agents of `sip-ua` and the server of `sip-testbed`.

use crate::client::Fleet;
use crate::process::{Served, say_port};
use crate::size::Size;
use crate::stack::Pairing;
use sip_testbed::Testbed;
use sip_ua::{ApplicationSdp, Event, Events, IncomingCall, UserAgent};
use std::cell::RefCell;

/// The session description of every offer and answer, of every stack.
pub const SDP: &str = "v=0\r\no=- 3724394400 3724394405 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
                       m=audio 49170 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n";

/// The password of everybody.
const PASSWORD: &str = "secret";

/// Serves until `ended`.
///
/// # Errors
/// When it cannot listen.
pub async fn serve(digest: bool, ended: impl Future<Output = ()>) -> Result<(), String> {
    let builder = Testbed::builder();
    let builder = if digest { builder.user("load*", PASSWORD) } else { builder.open() };
    let testbed = builder.start().await.map_err(|error| error.to_string())?;
    say_port(testbed.local_addr().port());
    ended.await;
    Ok(())
}

/// User agents of `sip-ua`.
pub struct Phones {
    pairing: Pairing,
    server: String,
    domain: String,
    agents: RefCell<Vec<Option<UserAgent>>>,
}

impl Phones {
    /// Room for so many.
    #[must_use]
    pub fn new(pairing: Pairing, size: Size, server: Served) -> Self {
        let domain = if pairing.calls_itself() {
            "example.test".to_owned()
        } else {
            format!("127.0.0.1:{};transport=ws", server.port)
        };
        let agents = RefCell::new(vec![None; size.agents]);
        Self { pairing, server: format!("ws://127.0.0.1:{}", server.port), domain, agents }
    }

    fn aor(&self, agent: usize) -> String {
        format!("sip:load{agent}@{}", self.domain)
    }

    fn agent(&self, agent: usize) -> Result<UserAgent, String> {
        let agents = self.agents.borrow();
        agents.get(agent).cloned().flatten().ok_or_else(|| "is not there".to_owned())
    }
}

impl Fleet for Phones {
    async fn connect(&self, agent: usize) -> Result<(), String> {
        let mut builder = UserAgent::builder(&self.aor(agent)).server(&self.server).reconnect(None);
        if self.pairing.digest {
            builder = builder.password(PASSWORD);
        }
        let (opened, events) = builder.connect().await.map_err(|error| error.to_string())?;
        spawn(answer_all(events));
        if let Some(place) = self.agents.borrow_mut().get_mut(agent) {
            *place = Some(opened);
        }
        Ok(())
    }

    async fn register(&self, agent: usize) -> Result<(), String> {
        let agent = self.agent(agent)?;
        agent.register().await.map(drop).map_err(|error| error.to_string())
    }

    async fn call(&self, agent: usize, callee: usize) -> Result<(), String> {
        let (agent, callee) = (self.agent(agent)?, self.aor(callee));
        let (media, _remote) = ApplicationSdp::new(SDP);
        let mut call = agent.call(&callee, media).await.map_err(|error| error.to_string())?;
        call.established().await.map_err(|error| error.to_string())?;
        call.hang_up().await.map(drop).map_err(|error| error.to_string())
    }
}

async fn answer_all(mut events: Events) {
    while let Some(event) = events.next().await {
        if let Event::IncomingCall(call) = event {
            spawn(answer(call));
        }
    }
}

async fn answer(call: IncomingCall) {
    let (media, _remote) = ApplicationSdp::new(SDP);
    if let Ok(mut call) = call.accept(media).await {
        call.ended().await;
    }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark has a runtime")]
pub(crate) fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    drop(tokio::spawn(task));
}
