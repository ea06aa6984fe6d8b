//! Two user agents and the bytes between them.

use bytes::Bytes;
use sip_clock::Instant;
use sip_dialog::{Dtmf, DtmfMode, SessionEvent};
use sip_message::{Body, Message};
use sip_transaction::{FlowId, Reliability};
use sip_ua::core::{CallKey, Config, Core, Event, FlowInfo, Input, Output};
use sip_uri::Uri;
use std::time::Duration;

/// What the application offers and answers: one audio stream, 161 bytes each.
pub const SDP: &str = "v=0\r\no=- 3724394400 3724394400 IN IP4 198.51.100.1\r\ns=-\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\n\
    m=audio 49170 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n";

/// 64·T1 and a little more: afterwards no transaction is left (RFC 3261 §17, RFC 6026 §7).
pub const SETTLED: Duration = Duration::from_secs(33);

/// What carries the messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// A WebSocket: nothing is lost, so transactions arm few timers.
    WebSocket,
    /// Datagrams: transactions arm all their timers and stay to absorb retransmissions.
    Udp,
}

impl Transport {
    /// Both.
    pub const ALL: [Self; 2] = [Self::WebSocket, Self::Udp];

    /// The token of `Via`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::WebSocket => "WS",
            Self::Udp => "UDP",
        }
    }

    const fn reliability(self) -> Reliability {
        match self {
            Self::WebSocket => Reliability::Reliable,
            Self::Udp => Reliability::Unreliable,
        }
    }
}

/// A call, by its names at both ends.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    caller: CallKey,
    callee: CallKey,
}

/// A caller and a callee.
#[derive(Debug)]
pub struct Pair {
    caller: End,
    callee: End,
    target: Uri,
    body: Body,
    now: Instant,
}

impl Pair {
    /// Two user agents on one connection, without a call.
    ///
    /// # Panics
    /// Never: the addresses are constants.
    #[must_use]
    pub fn new(transport: Transport) -> Self {
        Self {
            caller: End::new("sip:alice@example.com", transport, 1),
            callee: End::new("sip:bob@example.com", transport, 2),
            target: "sip:bob@example.com".parse().expect("a constant"),
            body: Body::sdp(SDP),
            now: Instant::ZERO,
        }
    }

    /// INVITE, 180, 200, ACK.
    ///
    /// # Panics
    /// When the call does not come about.
    pub fn set_up(&mut self) -> Call {
        let caller = self.caller.core.invite(&self.target, &self.body, self.now).expect("the target is one");
        self.exchange();
        let callee = self.callee.incoming.take().expect("the INVITE arrives");
        self.callee.core.ring(callee, self.now).expect("it rings");
        self.exchange();
        self.callee.core.accept(callee, Some(self.body.clone()), self.now).expect("it is accepted");
        self.exchange();
        Call { caller, callee }
    }

    /// BYE, 200.
    pub fn hang_up(&mut self, call: Call) {
        self.caller.core.hang_up(call.caller, self.now);
        self.exchange();
    }

    /// INFO, 200: a key is pressed at the callee's end.
    ///
    /// # Panics
    /// When the call is over.
    pub fn press(&mut self, call: Call) {
        let key = Dtmf::sequence("5").expect("a key");
        self.callee.core.dtmf(call.callee, &key, DtmfMode::Info, self.now).expect("the call stands");
        self.exchange();
    }

    /// Time goes by.
    pub fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = self.next_timeout().filter(|at| *at <= end) {
            self.now = at.max(self.now);
            self.caller.core.handle(Input::Timeout, self.now);
            self.callee.core.handle(Input::Timeout, self.now);
            self.exchange();
        }
        self.now = end;
    }

    /// How many calls were established and how many ended, as the caller and the callee were told.
    #[must_use]
    pub const fn told(&self) -> [(usize, usize); 2] {
        [(self.caller.established, self.caller.ended), (self.callee.established, self.callee.ended)]
    }

    /// How many messages went either way.
    #[must_use]
    pub const fn messages(&self) -> usize {
        self.caller.sent + self.callee.sent
    }

    /// Whether both ends have forgotten everything.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.caller.core.is_idle() && self.callee.core.is_idle() && self.next_timeout().is_none()
    }

    /// Drops the callee and leaves the caller.
    #[must_use]
    pub fn into_caller(self) -> impl Sized {
        self.caller
    }

    fn next_timeout(&self) -> Option<Instant> {
        [self.caller.core.next_timeout(), self.callee.core.next_timeout()].into_iter().flatten().min()
    }

    /// Carries messages until nobody has anything to say.
    fn exchange(&mut self) {
        loop {
            let went = self.caller.send_to(&mut self.callee, self.now);
            let came = self.callee.send_to(&mut self.caller, self.now);
            if !went && !came {
                break;
            }
        }
    }
}

/// A user agent, and what its application has heard.
#[derive(Debug)]
struct End {
    core: Core,
    incoming: Option<CallKey>,
    established: usize,
    ended: usize,
    sent: usize,
}

const FLOW: FlowId = FlowId::new(1);

impl End {
    fn new(aor: &str, transport: Transport, seed: u8) -> Self {
        let mut config = Config::new(aor.parse().expect("a constant"), [seed; 32]);
        config.limits.total = usize::MAX;
        config.limits.per_flow = usize::MAX;
        let mut core = Core::new(config);
        let flow = FlowInfo::new(FLOW, transport.name(), transport.reliability());
        core.handle(Input::Connected(flow), Instant::ZERO);
        Self { core, incoming: None, established: 0, ended: 0, sent: 0 }
    }

    /// Sends what there is to send; false when there is nothing.
    fn send_to(&mut self, peer: &mut Self, now: Instant) -> bool {
        let mut any = false;
        while let Some(output) = self.core.poll_output() {
            match output {
                Output::Transmit { message, .. } => {
                    any = true;
                    self.sent += 1;
                    let printed = message.to_bytes();
                    drop(message);
                    peer.receive(&printed, now);
                }
                Output::Event(event) => self.note(&event),
                Output::Leave { .. } | Output::FlowTimer { .. } => {}
            }
        }
        any
    }

    fn receive(&mut self, bytes: &[u8], now: Instant) {
        let message = Message::parse(Bytes::copy_from_slice(bytes)).expect("we print what we can read");
        self.core.handle(Input::Message { flow: FLOW, message }, now);
    }

    fn note(&mut self, event: &Event) {
        match event {
            Event::IncomingCall { call, .. } => self.incoming = Some(*call),
            Event::Call { event: SessionEvent::Established { .. }, .. } => self.established += 1,
            Event::Call { event: SessionEvent::Ended(_), .. } => self.ended += 1,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_six_messages_and_leaves_nothing() {
        for transport in Transport::ALL {
            let mut pair = Pair::new(transport);
            let call = pair.set_up();
            assert_eq!((pair.messages(), pair.told()), (4, [(1, 0), (1, 0)]));
            pair.pass(SETTLED);
            pair.press(call);
            assert_eq!(pair.messages(), 6, "INFO and its 200");
            pair.hang_up(call);
            assert_eq!((pair.messages(), pair.told()), (8, [(1, 1), (1, 1)]));
            pair.pass(SETTLED);
            assert!(pair.is_idle());
        }
    }
}
