//! One history: what a seed makes happen, from the first call until every table is empty again.

use crate::deed::Deed;
use crate::ghosts::Presence;
use crate::habits;
use crate::phone::Phone;
use crate::registrations;
use crate::verdict;
use crate::world::{Kind, LineEnd, World};
use sip_clock::{Instant, TokenSource};
use sip_testbed::sim::{Cut, Direction, NodeId, SimError};
use sip_testbed::{Ladder, Referee};
use sip_uri::{SipUri, Uri};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

/// What came of a seed.
pub(crate) struct History {
    pub(crate) world: World,
    /// How many calls were made.
    pub(crate) calls: u32,
    /// Which invariants did not hold.
    pub(crate) violations: Vec<String>,
    blows: Vec<(Instant, String)>,
    presence: Presence,
}

/// What happens to a line of a phone.
#[derive(Clone, Copy, Debug)]
enum Blow {
    Partition(Direction),
    Heal,
    Cut(Cut),
    /// The phone finds out that the line is dead.
    PhoneNotices,
    /// The other end finds out.
    PeerNotices,
    Reconnect,
    /// The process of the phone ends, and its connection with it.
    Sleep,
    /// Another process goes on from what the last one wrote down.
    Wake,
    /// Something that was sent long ago arrives once more.
    Echo(u64),
    /// Something arrives with a part missing.
    Garbage(u64),
}

impl History {
    /// Runs the history of `seed` to its end.
    pub(crate) fn run(seed: u64, kind: Kind, referee: &mut Referee) -> Result<Self, SimError> {
        let mut chance = TokenSource::from_seed(seed);
        let world = World::draw(seed, kind, &mut chance)?;
        let mut history = Self {
            world,
            calls: 0,
            violations: Vec::new(),
            blows: Vec::new(),
            presence: Presence::default(),
        };
        history.plan_deeds(&mut chance);
        let blows = match kind {
            Kind::Survival => history.draw_losses(&mut chance),
            Kind::Any if history.world.is_fair => BTreeMap::new(),
            Kind::Any => history.draw_blows(&mut chance),
        };
        history.live(blows)?;
        if kind == Kind::Survival {
            history.world.network.run_for(RETURN)?;
            history.violations.extend(registrations::of_end(&mut history.world));
        }
        history.rest()?;
        history.violations.extend(verdict::of(&mut history.world, &history.presence, referee));
        history.violations.extend(registrations::of_history(&mut history.world));
        Ok(history)
    }

    /// The ladder, and what the users did and saw.
    pub(crate) fn report(&mut self) -> String {
        let names: Vec<String> = self.world.proxies.iter().map(|(name, _)| name.clone()).collect();
        let names: Vec<&str> = std::iter::once("alice").chain(names.iter().map(String::as_str)).collect();
        let mut report = Ladder::new(self.world.network.records()).participants(&names).to_string();
        let mut lines: Vec<(Instant, String)> = self.blows.clone();
        for (name, id) in self.world.phones.clone() {
            let diary = self.world.network.with(id, |phone, _| phone.diary().to_vec());
            lines.extend(diary.into_iter().map(|(at, text)| (at, format!("{name}: {text}"))));
        }
        lines.sort_by_key(|(at, _)| *at);
        let start = self.world.network.records().first().map_or(Instant::ZERO, |record| record.at);
        for (at, text) in lines {
            let _ = writeln!(report, "  +{}ms {text}", at.duration_since(start).as_millis());
        }
        report
    }

    /// The history with every byte that was sent, to be compared with its repetition.
    pub(crate) fn transcript(&self) -> String {
        Ladder::new(self.world.network.records()).with_messages(true).to_string()
    }

    /// Who calls and writes to whom, and when.
    fn plan_deeds(&mut self, chance: &mut TokenSource) {
        let start = self.world.network.now();
        for _ in 0..=chance.below(4) {
            let at = start + habits::millis(6000, chance);
            let Some((phone, target)) = self.pair(chance) else { continue };
            let is_offerless = chance.below(6) == 0;
            self.calls += 1;
            self.world.network.with(phone, |phone, _| phone.plan(at, Deed::Call { target, is_offerless }));
        }
        if chance.below(3) == 0
            && let Some((_, phone)) =
                draw(&self.world.phones, chance).filter(|_| !self.world.proxies.is_empty())
        {
            let at = start + habits::millis(8000, chance);
            self.world.network.with(*phone, |phone, _| phone.plan(at, Deed::Register));
        }
        for _ in 0..chance.below(3) {
            let at = start + habits::millis(6000, chance);
            let Some((phone, target)) = self.pair(chance) else { continue };
            let deed = if chance.below(3) == 0 { Deed::Options { target } } else { Deed::Message { target } };
            self.world.network.with(phone, |phone, _| phone.plan(at, deed));
        }
    }

    /// Somebody, and whom he calls: mostly somebody else, at times himself or nobody.
    fn pair(&self, chance: &mut TokenSource) -> Option<(NodeId<Phone>, Uri)> {
        let (name, phone) = draw(&self.world.phones, chance)?;
        let user = name.trim_end_matches(char::is_numeric);
        let is_own = |address: &&Uri| address.as_sip().and_then(SipUri::user).as_deref() == Some(user);
        let others: Vec<&Uri> = self.world.addresses.iter().filter(|address| !is_own(address)).collect();
        let target = match chance.below(20) {
            0 if !self.world.proxies.is_empty() => self.world.addresses.iter().find(is_own)?.clone(),
            1 if !self.world.proxies.is_empty() => "sip:nobody@atlanta.test".parse().ok()?,
            _ => (*draw(&others, chance)?).clone(),
        };
        Some((*phone, target))
    }

    /// What happens to the lines, in the order of time.
    fn draw_blows(&self, chance: &mut TokenSource) -> BTreeMap<(Instant, usize), (usize, Blow)> {
        let mut blows = BTreeMap::new();
        let mut add = |at: Instant, line: usize, blow: Blow| {
            let order = blows.len();
            blows.insert((at, order), (line, blow));
        };
        let start = self.world.network.now();
        for line in 0..self.world.lines.len() {
            let at = start + habits::millis(15_000, chance);
            let later = at + habits::millis(20_000, chance);
            match chance.below(10) {
                0 => {
                    add(at, line, Blow::Partition(Direction::There));
                    add(later, line, Blow::Heal);
                }
                1 => {
                    add(at, line, Blow::Partition(Direction::Back));
                    add(later, line, Blow::Heal);
                }
                2 => {
                    let cut = if chance.below(2) == 0 { Cut::Clean } else { Cut::Reset };
                    add(at, line, Blow::Cut(cut));
                    add(later, line, Blow::Reconnect);
                }
                3 => {
                    add(at, line, Blow::Cut(Cut::Silent));
                    add(later, line, Blow::PhoneNotices);
                    add(later + habits::millis(3000, chance), line, Blow::PeerNotices);
                    add(later + habits::millis(6000, chance) + Duration::from_secs(3), line, Blow::Reconnect);
                }
                4 => {
                    let echo =
                        |_| add(start + habits::millis(90_000, chance), line, Blow::Echo(chance.below(1000)));
                    (0..8).for_each(echo);
                }
                5 => {
                    let garbage = |_| {
                        add(start + habits::millis(9000, chance), line, Blow::Garbage(chance.below(100_000)))
                    };
                    (0..8).for_each(garbage);
                }
                6 => {
                    add(at, line, Blow::Sleep);
                    add(later, line, Blow::Wake);
                }
                _ => {}
            }
        }
        blows
    }

    /// When connections are lost and come back: each up to three times, in each way in which a connection ends.
    fn draw_losses(&self, chance: &mut TokenSource) -> BTreeMap<(Instant, usize), (usize, Blow)> {
        let mut blows = BTreeMap::new();
        let mut add = |at: Instant, line: usize, blow: Blow| {
            let order = blows.len();
            blows.insert((at, order), (line, blow));
        };
        for line in 0..self.world.lines.len() {
            let mut at = self.world.network.now();
            for _ in 0..chance.below(4) {
                at += habits::millis(12_000, chance);
                let noticed = at + habits::millis(10_000, chance);
                match chance.below(3) {
                    0 => add(at, line, Blow::Cut(Cut::Clean)),
                    1 => add(at, line, Blow::Cut(Cut::Reset)),
                    _ => {
                        add(at, line, Blow::Cut(Cut::Silent));
                        add(noticed, line, Blow::PhoneNotices);
                        add(noticed + habits::millis(3000, chance), line, Blow::PeerNotices);
                    }
                }
                // some longer than a CANCEL is repeated
                let longest = if chance.below(3) == 0 { 60_000 } else { 15_000 };
                at = noticed + Duration::from_secs(3) + habits::millis(longest, chance);
                add(at, line, Blow::Reconnect);
            }
        }
        blows
    }

    fn strike(&mut self, line: usize, blow: Blow) {
        let now = self.world.network.now();
        self.blows.push((now, format!("line {line}: {blow:?}")));
        let Some((flow, phone, end)) =
            self.world.lines.get(line).map(|line| (line.flow, line.phone, line.end))
        else {
            return;
        };
        let name = self.world.phones.iter().find(|(_, known)| *known == phone).map(|(name, _)| name.as_str());
        match blow {
            Blow::Cut(_) => self.presence.note(name.unwrap_or_default(), now, false),
            Blow::Reconnect => self.presence.note(name.unwrap_or_default(), now, true),
            _ => {}
        }
        match blow {
            Blow::Partition(direction) => self.world.network.partition(flow, direction),
            Blow::Heal => self.world.network.heal(flow),
            Blow::Cut(cut) => self.world.network.cut(flow, cut),
            Blow::PhoneNotices => self.world.network.notice(phone, flow),
            Blow::PeerNotices => match end {
                LineEnd::Proxy(proxy) => self.world.network.notice(proxy, flow),
                LineEnd::Phone(phone) => self.world.network.notice(phone, flow),
            },
            Blow::Reconnect => self.world.reconnect(line),
            Blow::Sleep => {
                self.world.network.with(phone, Phone::fall_asleep);
                self.world.network.cut(flow, Cut::Reset);
            }
            Blow::Wake => self.world.restart(line),
            Blow::Echo(which) => self.world.echo(line, which),
            Blow::Garbage(place) => self.world.garble(line, place),
        }
    }

    /// Runs until everything has happened and every call has ended, or should have.
    fn live(&mut self, blows: BTreeMap<(Instant, usize), (usize, Blow)>) -> Result<(), SimError> {
        let start = self.world.network.now();
        for ((at, _), (line, blow)) in blows {
            self.world.run_until(at)?;
            self.strike(line, blow);
        }
        while !self.is_done() && self.world.network.now() < start + LONGEST {
            self.world.network.run_for(GLANCES)?;
            if self.world.kind == Kind::Any && self.world.is_fair && self.violations.is_empty() {
                self.violations = verdict::of_moment(&mut self.world);
            }
        }
        Ok(())
    }

    fn is_done(&mut self) -> bool {
        let phones = self.world.phones.clone();
        phones.iter().all(|(_, id)| self.world.network.with(*id, |phone, _| phone.is_done()))
    }

    /// Everybody signs off, then 64·T1 go by.
    fn rest(&mut self) -> Result<(), SimError> {
        for (_, id) in self.world.phones.clone() {
            self.world.network.with(id, |phone, now| phone.plan(now, Deed::Unregister));
        }
        self.world.network.run_for(REST)?;
        // rfc3261#16.8: an INVITE whose callee was away for more than 64·T1 with its answer, or left, may be answered until
        // timer C.
        let may_be_left = !self.world.is_fair || self.world.kind == Kind::Survival;
        if may_be_left && !self.world.are_proxies_idle() {
            self.world.network.run_for(TIMER_C)?;
        }
        Ok(())
    }
}

fn draw<'a, T>(list: &'a [T], chance: &mut TokenSource) -> Option<&'a T> {
    let index = chance.below(u64::try_from(list.len()).unwrap_or(0));
    list.get(usize::try_from(index).unwrap_or(0))
}

/// How often it is looked at who holds which call.
const GLANCES: Duration = Duration::from_millis(700);
/// No call of these users lasts longer, nor its connections are lost.
const LONGEST: Duration = Duration::from_secs(400);
/// More than a registration may wait after its connection is back (AC-12).
const RETURN: Duration = Duration::from_secs(30);
/// Four times 64·T1: an INVITE that arrives last, its 2xx without ACK, the BYE for it, the wait after that; and latencies.
const REST: Duration = Duration::from_secs(140);
/// Three minutes and a little more, and what a CANCEL and its answer take.
const TIMER_C: Duration = Duration::from_secs(300);
