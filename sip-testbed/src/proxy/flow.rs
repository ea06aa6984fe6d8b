//! The flows a proxy holds (RFC 5626 §5.2, RFC 7118 §5), and the tokens that name pairs of them in Record-Route.

use super::config::ProxyConfig;
use sip_clock::TokenSource;
use sip_message::{HeaderError, Path, Request};
use sip_transaction::{FlowId, Reliability};
use sip_uri::{Host, SipUri};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;

/// What a proxy has to know of a flow: its transport, its far end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FlowProfile {
    transport: &'static str,
    reliability: Reliability,
    peer: Option<SocketAddr>,
    domains: Vec<Host>,
}

impl FlowProfile {
    /// A WebSocket connection (`WS` in Via, RFC 7118 §5.2).
    #[must_use]
    pub const fn ws() -> Self {
        // rfc7118#5/1
        Self::new("WS", Reliability::Reliable)
    }

    /// A secure WebSocket connection (`WSS` in Via).
    #[must_use]
    pub const fn wss() -> Self {
        Self::new("WSS", Reliability::Reliable)
    }

    /// A TCP connection, as between two servers.
    #[must_use]
    pub const fn tcp() -> Self {
        Self::new("TCP", Reliability::Reliable)
    }

    /// Datagrams to and from one far end; requests are retransmitted.
    #[must_use]
    pub const fn udp() -> Self {
        Self::new("UDP", Reliability::Unreliable)
    }

    /// With the address of the far end, for `received` and `rport` (RFC 3261 §18.2.1, RFC 3581).
    #[must_use]
    pub const fn with_peer(mut self, peer: SocketAddr) -> Self {
        self.peer = Some(peer);
        self
    }

    /// A flow to another server that takes the requests for `domain`: a static next hop (RFC 3261 §16.6 step 7).
    #[must_use]
    pub fn with_domain(mut self, domain: Host) -> Self {
        self.domains.push(domain);
        self
    }

    const fn new(transport: &'static str, reliability: Reliability) -> Self {
        Self { transport, reliability, peer: None, domains: Vec::new() }
    }

    pub(crate) const fn transport(&self) -> &'static str {
        self.transport
    }

    pub(crate) const fn reliability(&self) -> Reliability {
        self.reliability
    }

    pub(crate) const fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }

    /// Whether the far end is another server and no user agent.
    pub(crate) const fn is_next_hop(&self) -> bool {
        !self.domains.is_empty()
    }

    /// Whether the far end is the server that takes requests for `host`.
    pub(crate) fn leads_to(&self, host: &Host) -> bool {
        self.domains.iter().any(|domain| domain.is_equivalent(host))
    }
}

/// The open flows, and the tokens of pairs of them.
///
/// A token stands for the two flows on which the messages of a dialog come and go. It is random, so that nobody
/// can make one up (RFC 5626 §5.2 wants it protected), and it lives as long as one of the two flows.
#[derive(Debug, Default)]
pub(crate) struct Flows {
    open: BTreeMap<FlowId, FlowProfile>,
    /// The token of a pair that is given out.
    tokens: BTreeMap<Pair, Arc<str>>,
    /// All that are alive.
    pairs: BTreeMap<Arc<str>, Pair>,
    /// The same by each of their flows, so that one that closes asks for no more than its own.
    by_flow: BTreeMap<FlowId, BTreeSet<Arc<str>>>,
}

/// Two flows, the lower one first.
type Pair = (FlowId, FlowId);

impl Flows {
    pub(crate) fn open(&mut self, flow: FlowId, profile: FlowProfile) {
        self.open.insert(flow, profile);
    }

    pub(crate) fn close(&mut self, flow: FlowId) {
        self.open.remove(&flow);
        let own = self.by_flow.get(&flow).into_iter().flatten();
        let dead: Vec<Arc<str>> = own.filter(|token| !self.is_alive(token)).cloned().collect();
        for token in dead {
            self.forget(&token);
        }
    }

    pub(crate) fn get(&self, flow: FlowId) -> Option<&FlowProfile> {
        self.open.get(&flow)
    }

    pub(crate) fn is_open(&self, flow: FlowId) -> bool {
        self.open.contains_key(&flow)
    }

    /// The flow to the server that takes requests for `host`.
    pub(crate) fn next_hop(&self, host: &Host) -> Option<FlowId> {
        self.open.iter().find(|(_, profile)| profile.leads_to(host)).map(|(flow, _)| *flow)
    }

    /// Who sends a REGISTER with a Path on it is the edge that wrote the first value of it: requests with that Route go
    /// back there.
    // rfc3327#5.2: each proxy puts its own in front
    pub(crate) fn learn_edge(
        &mut self,
        register: &Request,
        flow: FlowId,
        config: &ProxyConfig,
    ) -> Result<(), HeaderError> {
        let first = register.headers().list::<Path>().next().transpose()?;
        let host = first.as_ref().and_then(|path| path.0.uri.as_sip()).map(SipUri::host);
        if let Some(edge) = host.filter(|host| !config.is_own_domain(host)) {
            self.learn(flow, edge);
        }
        Ok(())
    }

    /// The far end of `flow` has turned out to be the server that takes requests for `host`.
    fn learn(&mut self, flow: FlowId, host: &Host) {
        if let Some(profile) = self.open.get_mut(&flow)
            && !profile.leads_to(host)
        {
            profile.domains.push(host.clone());
        }
    }

    /// The token for requests that come on one of the two flows and leave on the other.
    pub(crate) fn token(&mut self, one: FlowId, other: FlowId, tokens: &mut TokenSource) -> &str {
        let pair = (one.min(other), one.max(other));
        let (pairs, by_flow) = (&mut self.pairs, &mut self.by_flow);
        self.tokens.entry(pair).or_insert_with(|| {
            let token: Arc<str> = tokens.token(TOKEN_LENGTH).into();
            pairs.insert(Arc::clone(&token), pair);
            for flow in [pair.0, pair.1] {
                by_flow.entry(flow).or_default().insert(Arc::clone(&token));
            }
            token
        })
    }

    /// The far end of the flow `old` is reached on the flow `new`: so are its dialogs.
    pub(crate) fn replace(&mut self, old: FlowId, new: FlowId) {
        let moved = |flow: FlowId| if flow == old { new } else { flow };
        for token in self.by_flow.remove(&old).unwrap_or_default() {
            let Some(pair) = self.pairs.get_mut(&token) else { continue };
            self.tokens.remove(pair);
            let (one, other) = (moved(pair.0), moved(pair.1));
            *pair = (one.min(other), one.max(other));
            self.tokens.entry(*pair).or_insert_with(|| Arc::clone(&token));
            self.by_flow.entry(new).or_default().insert(token);
        }
    }

    /// Whether `token` was made here and is still alive.
    pub(crate) fn is_token(&self, token: &str) -> bool {
        self.pairs.contains_key(token)
    }

    /// Where a request with `token` that came on `from` leaves.
    ///
    /// A client that lost its connection comes on a flow that is not of the pair: it stands for the closed one.
    pub(crate) fn far_end(&self, token: &str, from: FlowId) -> Option<FlowId> {
        let (one, other) = *self.pairs.get(token)?;
        let leaving = match (from == one, from == other, self.is_open(one), self.is_open(other)) {
            (true, _, _, true) | (false, false, false, true) => other,
            (_, true, true, _) | (false, false, true, false) => one,
            _ => return None,
        };
        Some(leaving)
    }

    fn is_alive(&self, token: &str) -> bool {
        self.pairs.get(token).is_some_and(|(one, other)| self.is_open(*one) || self.is_open(*other))
    }

    fn forget(&mut self, token: &str) {
        let Some(pair) = self.pairs.remove(token) else { return };
        self.tokens.remove(&pair);
        for flow in [pair.0, pair.1] {
            if let Some(own) = self.by_flow.get_mut(&flow) {
                own.remove(token);
                if own.is_empty() {
                    self.by_flow.remove(&flow);
                }
            }
        }
    }
}

/// 60 random bits.
const TOKEN_LENGTH: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn flows(numbers: &[u64]) -> Flows {
        let mut flows = Flows::default();
        for number in numbers {
            flows.open(FlowId::new(*number), FlowProfile::ws());
        }
        flows
    }

    #[test]
    fn a_token_leads_to_the_other_flow_of_its_pair() {
        let (one, two) = (FlowId::new(1), FlowId::new(2));
        let mut flows = flows(&[1, 2]);
        let token = flows.token(two, one, &mut TokenSource::from_seed(1)).to_owned();
        assert_eq!(flows.token(one, two, &mut TokenSource::from_seed(2)), token);
        assert_eq!(flows.far_end(&token, one), Some(two));
        assert_eq!(flows.far_end(&token, two), Some(one));
        assert_eq!(flows.far_end("guessed", two), None);
    }

    #[test]
    fn a_token_outlives_one_of_its_flows_but_not_both() {
        let (one, two, three) = (FlowId::new(1), FlowId::new(2), FlowId::new(3));
        let mut flows = flows(&[1, 2, 3]);
        let token = flows.token(one, two, &mut TokenSource::from_seed(1)).to_owned();
        flows.close(one);
        assert_eq!(flows.far_end(&token, two), None);
        assert_eq!(flows.far_end(&token, three), Some(two));
        flows.close(two);
        assert!(!flows.is_token(&token));
    }

    #[test]
    fn a_token_follows_a_client_to_its_next_flow() {
        let (one, two, three) = (FlowId::new(1), FlowId::new(2), FlowId::new(3));
        let mut flows = flows(&[1, 2, 3]);
        let token = flows.token(one, two, &mut TokenSource::from_seed(1)).to_owned();
        flows.replace(one, three);
        assert_eq!((flows.far_end(&token, two), flows.far_end(&token, three)), (Some(three), Some(two)));
        assert_eq!(flows.token(three, two, &mut TokenSource::from_seed(2)), token);
    }

    /// What happens to flows and tokens, as plain as can be: each step looks at all tokens there ever were.
    #[derive(Default)]
    struct Model {
        open: BTreeSet<u64>,
        tokens: Vec<(String, [u64; 2])>,
    }

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Open(u64),
        Close(u64),
        Token(u64, u64),
        Replace(u64, u64),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let flow = || 1..7_u64;
        let step = prop_oneof![
            flow().prop_map(Step::Open),
            flow().prop_map(Step::Close),
            (flow(), flow()).prop_map(|(one, other)| Step::Token(one, other)),
            (flow(), flow()).prop_map(|(old, new)| Step::Replace(old, new)),
        ];
        proptest::collection::vec(step, 0..60)
    }

    impl Model {
        fn take(&mut self, step: Step, flows: &mut Flows, chance: &mut TokenSource) {
            match step {
                Step::Open(flow) => {
                    self.open.insert(flow);
                    flows.open(FlowId::new(flow), FlowProfile::ws());
                }
                Step::Close(flow) => {
                    self.open.remove(&flow);
                    let open = &self.open;
                    self.tokens.retain(|(_, pair)| {
                        !pair.contains(&flow) || pair.iter().any(|end| open.contains(end))
                    });
                    flows.close(FlowId::new(flow));
                }
                Step::Token(one, other) if self.open.contains(&one) && self.open.contains(&other) => {
                    let token = flows.token(FlowId::new(one), FlowId::new(other), chance).to_owned();
                    if !self.tokens.iter().any(|(known, _)| *known == token) {
                        self.tokens.push((token, [one, other]));
                    }
                }
                Step::Token(..) => {}
                Step::Replace(old, new) => {
                    for (_, pair) in &mut self.tokens {
                        *pair = pair.map(|end| if end == old { new } else { end });
                    }
                    flows.replace(FlowId::new(old), FlowId::new(new));
                }
            }
        }

        fn far_end(&self, [one, other]: [u64; 2], from: u64) -> Option<FlowId> {
            let is_open = |flow: &u64| self.open.contains(flow);
            let ends = match from {
                _ if from == one => [other, other],
                _ if from == other => [one, one],
                // it stands for the one that is closed
                _ if is_open(&one) && is_open(&other) => return None,
                _ => [one, other],
            };
            ends.iter().find(|end| is_open(end)).map(|end| FlowId::new(*end))
        }
    }

    proptest! {
        #[test]
        fn tokens_live_and_lead_as_if_all_were_looked_at_each_time(steps in steps()) {
            let (mut model, mut flows) = (Model::default(), Flows::default());
            let mut chance = TokenSource::from_seed(1);
            for step in steps {
                model.take(step, &mut flows, &mut chance);
                prop_assert_eq!(flows.pairs.len(), model.tokens.len(), "{:?}", step);
                for (token, pair) in &model.tokens {
                    for from in 1..8 {
                        let far = flows.far_end(token, FlowId::new(from));
                        prop_assert_eq!(far, model.far_end(*pair, from), "{:?} {:?} from {}", step, pair, from);
                    }
                }
            }
            for flow in 1..8 {
                flows.close(FlowId::new(flow));
            }
            prop_assert!(flows.pairs.is_empty() && flows.tokens.is_empty() && flows.by_flow.is_empty());
        }
    }

    #[test]
    fn the_next_hop_is_found_by_domain() {
        let mut flows = flows(&[1]);
        let biloxi: Host = "biloxi.test".parse().unwrap();
        flows.open(FlowId::new(7), FlowProfile::udp().with_domain(biloxi.clone()));
        assert_eq!(flows.next_hop(&"BILOXI.test".parse().unwrap()), Some(FlowId::new(7)));
        assert_eq!(flows.next_hop(&"atlanta.test".parse().unwrap()), None);
    }
}
