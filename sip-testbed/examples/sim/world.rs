//! The places of a history: phones, proxies and the links between them, all drawn from one seed.

use crate::deed::Deed;
use crate::habits;
use crate::phone::Phone;
use bytes::Bytes;
use sip_auth::Account;
use sip_clock::{Instant, TokenSource};
use sip_outbound::InstanceId;
use sip_testbed::sim::{Conditions, Network, NodeId, SimError, Weather};
use sip_testbed::{FlowProfile, Proxy, ProxyAuthentication, ProxyConfig, Record};
use sip_transaction::FlowId;
use sip_ua::core::Config;
use sip_uri::Uri;
use std::time::Duration;

/// A simulated world, and what is needed to break it.
pub(crate) struct World {
    pub(crate) network: Network,
    pub(crate) phones: Vec<(String, NodeId<Phone>)>,
    pub(crate) proxies: Vec<(String, NodeId<Proxy>)>,
    pub(crate) lines: Vec<Line>,
    pub(crate) addresses: Vec<Uri>,
    /// Whether every request reaches its end, and so no call may be lost.
    pub(crate) is_fair: bool,
    /// Whether messages came that nobody had sent.
    pub(crate) is_spoofed: bool,
    /// Which phones began another process, and when.
    pub(crate) restarts: Vec<(String, Instant)>,
    pub(crate) kind: Kind,
}

/// What is to be found out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// Whether anything can break a rule.
    Any,
    /// Whether every call and registration outlives the loss of connections (AC-6, AC-11): fair weather, streams, and
    /// each connection that is lost comes back before the patience is over.
    Survival,
}

/// The connection of a phone.
pub(crate) struct Line {
    pub(crate) phone: NodeId<Phone>,
    pub(crate) end: LineEnd,
    pub(crate) profile: FlowProfile,
    pub(crate) flow: FlowId,
    pub(crate) weather: Weather,
}

/// What a phone is connected to.
#[derive(Clone, Copy)]
pub(crate) enum LineEnd {
    Proxy(NodeId<Proxy>),
    Phone(NodeId<Phone>),
}

/// How many proxies stand between two phones, by weight.
const PROXIES: [(u64, usize); 3] = [(2, 0), (5, 1), (3, 2)];
const DOMAINS: [&str; 2] = ["atlanta.test", "biloxi.test"];
const PASSWORD: &str = "secret";

impl World {
    /// Draws a world; phones with a proxy are registered.
    pub(crate) fn draw(seed: u64, kind: Kind, chance: &mut TokenSource) -> Result<Self, SimError> {
        let mut world = Self {
            network: Network::from_seed(seed),
            phones: Vec::new(),
            proxies: Vec::new(),
            lines: Vec::new(),
            addresses: Vec::new(),
            is_fair: chance.below(3) > 0 || kind == Kind::Survival,
            is_spoofed: false,
            restarts: Vec::new(),
            kind,
        };
        match habits::pick(&PROXIES, |entry| entry.0, chance).1 {
            0 if kind == Kind::Any => world.add_pair(chance),
            0 => world.add_domains(1, chance),
            proxies => world.add_domains(proxies, chance),
        }
        world.network.run_for(Duration::from_secs(5))?;
        world.begin_weather(chance);
        Ok(world)
    }

    /// Two phones on one link.
    fn add_pair(&mut self, chance: &mut TokenSource) {
        let [alice, bob] = ["alice", "bob"].map(|name| self.add_phone(name, name, DOMAINS[0], chance));
        let profile = self.transport(chance);
        let flow = self.network.connect(alice, bob, profile.clone(), calm());
        let end = LineEnd::Phone(bob);
        self.lines.push(Line { phone: alice, end, profile, flow, weather: Weather::default() });
    }

    /// Alice and Carol here, Bob with up to three devices at the last proxy.
    fn add_domains(&mut self, proxies: usize, chance: &mut TokenSource) {
        let authentication = match chance.below(3) {
            0 => ProxyAuthentication::Off,
            1 => ProxyAuthentication::OutsideDialogs,
            _ => ProxyAuthentication::Always,
        };
        for domain in DOMAINS.iter().take(proxies) {
            self.add_proxy(domain, authentication, chance);
        }
        self.join_proxies(chance);
        let (Some(first), Some(last)) = (self.proxies.first().cloned(), self.proxies.last().cloned()) else {
            return;
        };
        self.add_line("alice", "alice", &first, chance);
        for device in ["bob", "bob2", "bob3"].iter().take(1 + chance.below(3) as usize) {
            self.add_line(device, "bob", &last, chance);
        }
        if chance.below(2) == 0 {
            self.add_line("carol", "carol", &first, chance);
        }
    }

    fn add_proxy(&mut self, domain: &str, authentication: ProxyAuthentication, chance: &mut TokenSource) {
        let uri = format!("sip:proxy.{domain}").parse().expect("a host name of letters");
        let mut config = ProxyConfig::new(uri)
            .with_domain(domain.parse().expect("a host name of letters"))
            .with_proxy_authentication(authentication);
        for user in ["alice", "bob", "carol"] {
            config = config.with_user(user, PASSWORD);
        }
        let proxy = self.network.add(domain, Proxy::new(config, chance.seed()));
        self.proxies.push((domain.to_owned(), proxy));
    }

    /// Two proxies know each other by their domains.
    fn join_proxies(&mut self, chance: &mut TokenSource) {
        let [(one_domain, one), (other_domain, other)] = self.proxies.as_slice() else { return };
        let is_stream = chance.below(2) == 0;
        let next_hop = |domain: &str| {
            let profile = if is_stream { FlowProfile::tcp() } else { FlowProfile::udp() };
            profile.with_domain(domain.parse().expect("a host name of letters"))
        };
        let profiles = (next_hop(other_domain), next_hop(one_domain));
        let weather = Weather::each(habits::fair_weather(chance), habits::fair_weather(chance));
        self.network.connect_as(*one, *other, profiles, weather);
    }

    fn add_line(
        &mut self,
        name: &str,
        user: &str,
        proxy: &(String, NodeId<Proxy>),
        chance: &mut TokenSource,
    ) {
        let phone = self.add_phone(name, user, &proxy.0, chance);
        let profile = self.transport(chance);
        let flow = self.network.connect(phone, proxy.1, profile.clone(), calm());
        let end = LineEnd::Proxy(proxy.1);
        self.lines.push(Line { phone, end, profile, flow, weather: Weather::default() });
        self.network.with(phone, |phone, now| phone.plan(now, Deed::Register));
    }

    fn add_phone(&mut self, name: &str, user: &str, domain: &str, chance: &mut TokenSource) -> NodeId<Phone> {
        let address = format!("sip:{user}@{domain}");
        let mut config = Config::new(address.parse().expect("letters make a SIP URI"), chance.seed());
        config.accounts = vec![Account::password(user, PASSWORD)];
        config.answer_within = Duration::from_secs(20);
        habits::set_up(&mut config, chance);
        if self.kind == Kind::Survival {
            // long enough to be heard ringing for nobody
            config.answer_within = Duration::from_secs(100);
            config.instance = Some(InstanceId::random(chance));
            // one REGISTER in ten seconds is too few for a challenge and a shorter binding
            config.expires = config.expires.max(60);
        }
        let last_resort = (!self.is_fair).then_some(LAST_RESORT);
        let phone = self.network.add(name, Phone::new(config, TokenSource::new(chance.seed()), last_resort));
        self.phones.push((name.to_owned(), phone));
        let address: Uri = address.parse().expect("letters make a SIP URI");
        if !self.addresses.contains(&address) {
            self.addresses.push(address);
        }
        phone
    }

    fn transport(&self, chance: &mut TokenSource) -> FlowProfile {
        let is_datagrams = chance.below(2) == 0 && self.kind == Kind::Any;
        if is_datagrams { FlowProfile::udp() } else { FlowProfile::wss() }
    }

    fn begin_weather(&mut self, chance: &mut TokenSource) {
        for line in &mut self.lines {
            line.weather = if self.is_fair {
                Weather::each(habits::fair_weather(chance), habits::fair_weather(chance))
            } else {
                Weather::each(habits::foul_weather(chance), habits::foul_weather(chance))
            };
            self.network.set_weather(line.flow, line.weather);
        }
    }

    /// Gives a phone that has lost its connection a new one.
    pub(crate) fn reconnect(&mut self, line: usize) {
        let Some(line) = self.lines.get_mut(line) else { return };
        let (profile, weather) = (line.profile.clone(), line.weather);
        line.flow = match line.end {
            LineEnd::Proxy(proxy) => self.network.connect(line.phone, proxy, profile, weather),
            LineEnd::Phone(phone) => self.network.connect(line.phone, phone, profile, weather),
        };
    }

    /// The next process of a phone begins, and gives it a new connection.
    pub(crate) fn restart(&mut self, line: usize) {
        let Some(phone) = self.lines.get(line).map(|line| line.phone) else { return };
        let name = self.phones.iter().find(|(_, known)| *known == phone).map(|(name, _)| name.clone());
        self.restarts.extend(name.map(|name| (name, self.network.now())));
        self.network.with(phone, Phone::wake_up);
        self.reconnect(line);
    }

    /// Whether the phone with this name was another process before.
    pub(crate) fn is_restarted(&self, name: &str, now: Instant) -> bool {
        self.restarts.iter().any(|(known, at)| known == name && *at <= now)
    }

    /// Whether no proxy has anything under way.
    pub(crate) fn are_proxies_idle(&mut self) -> bool {
        let proxies = self.proxies.clone();
        proxies.iter().all(|(_, id)| self.network.with(*id, |proxy, _| proxy.is_idle()))
    }

    /// Something that came over a line once comes again, to the end that got it.
    pub(crate) fn echo(&mut self, line: usize, which: u64) {
        if let Some((bytes, is_to_phone)) = self.sent_over(line, which) {
            self.inject(line, bytes, is_to_phone);
        }
    }

    /// The same, but for a byte that is gone.
    pub(crate) fn garble(&mut self, line: usize, place: u64) {
        let Some((bytes, is_to_phone)) = self.sent_over(line, place) else { return };
        let mut bytes = bytes.to_vec();
        let index = usize::try_from(place).unwrap_or(0) % bytes.len().max(1);
        if index < bytes.len() {
            bytes.remove(index);
        }
        self.inject(line, bytes.into(), is_to_phone);
    }

    fn sent_over(&self, line: usize, which: u64) -> Option<(Bytes, bool)> {
        let line = self.lines.get(line)?;
        let (name, _) = self.phones.iter().find(|(_, phone)| *phone == line.phone)?;
        let records = self.network.records().iter();
        let records: Vec<&Record> =
            records.filter(|record| record.from == *name || record.to == *name).collect();
        let index = usize::try_from(which).unwrap_or(0).checked_rem(records.len())?;
        let record = records.get(index)?;
        Some((record.message.to_bytes(), record.to == *name))
    }

    fn inject(&mut self, line: usize, bytes: Bytes, is_to_phone: bool) {
        self.is_spoofed = true;
        let Some(line) = self.lines.get(line) else { return };
        match (is_to_phone, line.end) {
            (false, _) => self.network.inject(line.phone, line.flow, bytes),
            (true, LineEnd::Proxy(proxy)) => self.network.inject(proxy, line.flow, bytes),
            (true, LineEnd::Phone(phone)) => self.network.inject(phone, line.flow, bytes),
        }
    }

    /// Runs until `at`.
    pub(crate) fn run_until(&mut self, at: Instant) -> Result<(), SimError> {
        if at > self.network.now() {
            let wait = at - self.network.now();
            self.network.run_for(wait)?;
        }
        Ok(())
    }
}

fn calm() -> Weather {
    Weather::both(Conditions::new(Duration::from_millis(10)))
}

/// Longer than any call lasts by itself.
const LAST_RESORT: Duration = Duration::from_secs(100);
