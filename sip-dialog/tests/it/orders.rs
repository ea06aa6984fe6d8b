//! Every order in which the messages of a small call can arrive, each message lost or doubled once, the connection cut
//! at each moment: AC-14, AC-25. No times are chosen here: from each state everything that can happen next is tried, and
//! states that were seen before are not gone through again. The world checks the laws of sessions on the way.

use crate::world::{Act, World};
use sip_dialog::{EndedBy, SessionState};
use sip_message::StatusCode;
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

const ALICE: usize = 0;
const BOB: usize = 1;
const CAROL: usize = 2;

/// What may happen next.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// The user of this agent does what is next for it.
    Act(usize),
    /// The message with this place on the wire arrives, whatever was sent before it.
    Deliver(usize),
    /// The same, and it will arrive once more.
    Double(usize),
    Lose(usize),
    /// Nothing of what is under way or follows arrives.
    Cut,
    /// The next deadline comes before what is under way.
    Wait,
}

/// Which faults a history may have, one in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Faults {
    None,
    LostOrDoubled,
    Cut,
}

struct Explorer<'a> {
    begin: &'a dyn Fn() -> World,
    /// What each agent's user does, in this order.
    deeds: &'a [Vec<Act>],
    faults: Faults,
    /// How many deadlines may pass while something is under way.
    waits: usize,
    check: &'a dyn Fn(&World, &str),
    seen: BTreeSet<u64>,
    histories: usize,
}

/// A history so far.
struct Moment {
    world: World,
    done: Vec<usize>,
    waits: usize,
    has_fault: bool,
}

impl Explorer<'_> {
    /// Goes through all histories and returns how many ends and how many states there are.
    fn explore(mut self) -> (usize, usize) {
        let mut open: Vec<Vec<Step>> = vec![Vec::new()];
        while let Some(mut path) = open.pop() {
            let mut moment = self.replay(&path);
            while self.seen.insert(fingerprint(&moment)) {
                let mut next = self.next(&moment);
                if moment.world.in_flight() == 0 && !next.iter().any(|step| matches!(step, Step::Act(_))) {
                    self.histories += 1;
                    let label = format!("{:?} {path:?}", self.deeds);
                    (self.check)(&moment.world.run(), &label);
                    break;
                }
                // the last one goes on from here, the others begin anew
                let Some(last) = next.pop() else { break };
                open.extend(next.into_iter().map(|step| path.iter().copied().chain([step]).collect()));
                self.take(&mut moment, last);
                path.push(last);
            }
        }
        (self.histories, self.seen.len())
    }

    fn replay(&self, path: &[Step]) -> Moment {
        let world = (self.begin)();
        let mut moment = Moment { world, done: vec![0; self.deeds.len()], waits: 0, has_fault: false };
        for step in path {
            self.take(&mut moment, *step);
        }
        moment
    }

    fn take(&self, moment: &mut Moment, step: Step) {
        moment.has_fault |= matches!(step, Step::Double(_) | Step::Lose(_) | Step::Cut);
        match step {
            Step::Act(who) => {
                moment.world.does(who, &self.deeds[who][moment.done[who]]);
                moment.done[who] += 1;
            }
            Step::Deliver(place) => moment.world.deliver(place, false),
            Step::Double(place) => moment.world.deliver(place, true),
            Step::Lose(place) => moment.world.lose(place),
            Step::Cut => moment.world.cut_off(),
            Step::Wait => {
                moment.waits += 1;
                moment.world.wait();
            }
        }
    }

    fn next(&self, moment: &Moment) -> Vec<Step> {
        let mut steps = Vec::new();
        for (who, deeds) in self.deeds.iter().enumerate() {
            if moment.done[who] < deeds.len() && moment.world.agents[who].session.is_some() {
                steps.push(Step::Act(who));
            }
        }
        let places = 0..moment.world.in_flight();
        steps.extend(places.clone().map(Step::Deliver));
        match self.faults {
            _ if moment.has_fault => {}
            Faults::None => {}
            Faults::LostOrDoubled => {
                steps.extend(places.clone().map(Step::Double));
                steps.extend(places.filter(|place| moment.world.can_lose(*place)).map(Step::Lose));
            }
            Faults::Cut => steps.push(Step::Cut),
        }
        if moment.waits < self.waits && moment.world.is_due_soon() {
            steps.push(Step::Wait);
        }
        steps
    }
}

fn fingerprint(moment: &Moment) -> u64 {
    let mut hasher = DefaultHasher::new();
    moment.world.fingerprint().hash(&mut hasher);
    (&moment.done, moment.waits, moment.has_fault).hash(&mut hasher);
    hasher.finish()
}

/// All histories of a call to `callees` in which the users do `deeds`; how many there are.
fn explore(
    begin: &dyn Fn() -> World,
    deeds: &[Vec<Act>],
    (faults, waits): (Faults, usize),
    check: &dyn Fn(&World, &str),
) -> (usize, usize) {
    Explorer { begin, deeds, faults, waits, check, seen: BTreeSet::new(), histories: 0 }.explore()
}

fn called(mut world: World) -> World {
    world.does(ALICE, &Act::Call { offer: true });
    world
}

/// What the two users of a call may do, each in its order.
fn deeds() -> Vec<Vec<Vec<Act>>> {
    let alices = [vec![], vec![Act::HangUp]];
    let bobs = [
        vec![Act::Ring, Act::Accept],
        vec![Act::Accept, Act::HangUp],
        vec![Act::Ring, Act::Accept, Act::HangUp],
        vec![Act::Ring, Act::Reject(StatusCode::BUSY_HERE)],
        vec![Act::Ring, Act::HangUp],
    ];
    let pairs =
        |alice: &Vec<Act>| bobs.iter().map(|bob| vec![alice.clone(), bob.clone()]).collect::<Vec<_>>();
    alices.iter().flat_map(pairs).collect()
}

/// Both ends think alike of what became of the call.
fn assert_agreed(world: &World, label: &str) {
    let ends: Vec<usize> = world.agents.iter().map(|agent| agent.ends.len()).collect();
    assert!(ends.iter().all(|end| *end == ends[0]), "{label}: {ends:?}\n{}", world.transcript);
}

/// The same, and what ended it was somebody's wish: no order and no single fault ends a call.
fn assert_wished(world: &World, label: &str) {
    assert_agreed(world, label);
    for end in world.agents.iter().flat_map(|agent| &agent.ends) {
        assert_ne!(end.by, EndedBy::Network, "{label}\n{}", world.transcript);
    }
}

/// Explores all of `deeds` and adds up how many ends and states there are.
fn total(
    begin: &dyn Fn() -> World,
    deeds: Vec<Vec<Vec<Act>>>,
    limits: (Faults, usize),
    check: &dyn Fn(&World, &str),
) -> (usize, usize) {
    let counts = deeds.into_iter().map(|deeds| explore(begin, &deeds, limits, check));
    counts.fold((0, 0), |(ends, states), (more_ends, more)| (ends + more_ends, states + more))
}

#[test]
fn ac25_in_every_order_both_ends_agree() {
    let count = total(&|| called(World::new(&["bob"])), deeds(), (Faults::None, 1), &assert_wished);
    assert!(count.1 > 4_000, "{count:?}");
}

#[test]
fn ac25_in_every_order_with_one_message_lost_or_doubled_both_ends_agree() {
    let count = total(&|| called(World::new(&["bob"])), deeds(), (Faults::LostOrDoubled, 0), &assert_wished);
    assert!(count.1 > 5_000, "{count:?}");
}

#[test]
fn ac25_a_connection_cut_at_any_moment_leaves_nothing_behind() {
    let count = total(&|| called(World::new(&["bob"])), deeds(), (Faults::Cut, 0), &|_, _| {});
    assert!(count.1 > 1_000, "{count:?}");
}

/// Whatever arrives first, one of the two who accept has the call, and the other is told that it is over.
#[test]
fn ac15_in_every_order_one_fork_has_the_call() {
    let deeds =
        [vec![], vec![Act::HangUp]].map(|alice| vec![alice, vec![Act::Ring, Act::Accept], vec![Act::Accept]]);
    let count = total(
        &|| called(World::new(&["bob", "carol"])),
        deeds.to_vec(),
        (Faults::None, 0),
        &|world, label| {
            let ends: Vec<usize> = world.agents.iter().map(|agent| agent.ends.len()).collect();
            let callees = ends[BOB] + ends[CAROL];
            assert_eq!(callees, 1 + ends[ALICE], "{label}: {ends:?}\n{}", world.transcript);
        },
    );
    assert!(count.1 > 3_000, "{count:?}");
}

/// The offer in the 2xx, or in a reliable 183 and its PRACK, and an answer to it that comes, comes too late, or never.
#[test]
fn ac23_in_every_order_both_ends_agree_on_a_call_without_offer() {
    let begin = |option: Option<&'static str>| {
        let mut world = World::new(&["bob"]);
        if let Some(option) = option {
            world = world.requires(option);
        }
        world.does(ALICE, &Act::Call { offer: false });
        world
    };
    let alices = [vec![], vec![Act::Answer], vec![Act::Answer, Act::HangUp]];
    let deeds = alices.map(|alice| vec![alice, vec![Act::EarlyMedia, Act::Accept]]).to_vec();
    let plain = total(&|| begin(None), deeds.clone(), (Faults::LostOrDoubled, 0), &assert_agreed);
    let reliable = total(&|| begin(Some("100rel")), deeds, (Faults::LostOrDoubled, 0), &assert_agreed);
    assert!(plain.1 > 500 && reliable.1 > 500, "{plain:?} {reliable:?}");
}

/// Reliable responses and their PRACKs among the messages of the call.
#[test]
fn ac24_in_every_order_both_ends_agree_on_a_call_that_rings_reliably() {
    let bobs = [vec![Act::Ring, Act::EarlyMedia, Act::Accept], vec![Act::EarlyMedia, Act::HangUp]];
    let alices = [vec![], vec![Act::HangUp]];
    let pair = |alice: &Vec<Act>| bobs.iter().map(|bob| vec![alice.clone(), bob.clone()]).collect::<Vec<_>>();
    let deeds = alices.iter().flat_map(pair).collect();
    let begin = || called(World::new(&["bob"]).requires("100rel"));
    let count = total(&begin, deeds, (Faults::LostOrDoubled, 0), &assert_wished);
    assert!(count.1 > 1_000, "{count:?}");
}

/// What an end that talks may want changed.
fn changes(version: u32) -> Vec<Act> {
    let text: &'static str = match version {
        7 => "o=- 1 7 IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 0\r\n",
        _ => "o=- 1 8 IN IP4 192.0.2.2\r\nm=audio 4000 RTP/AVP 0\r\n",
    };
    vec![Act::Offer(text), Act::Update(Some(text)), Act::Update(None), Act::AskOffer, Act::Hold]
}

fn talking() -> World {
    standing(World::new(&["bob"]).talking())
}

fn standing(world: World) -> World {
    let mut world = called(world);
    world.deliver(0, false);
    world.does(BOB, &Act::Accept);
    while world.in_flight() > 0 {
        world.deliver(0, false);
    }
    world
}

#[test]
fn ac14_in_every_order_every_pair_of_changes_converges() {
    let pair = |alice: Act| changes(8).into_iter().map(move |bob| vec![vec![alice.clone()], vec![bob]]);
    let deeds: Vec<_> = changes(7).into_iter().flat_map(pair).collect();
    let count = total(&talking, deeds, (Faults::LostOrDoubled, 0), &assert_converged);
    assert!(count.1 > 3_000, "{count:?}");
}

/// A change of one end while the other hangs up, or while both do.
#[test]
fn ac19_in_every_order_a_change_and_the_end_of_the_call_leave_nothing() {
    let ends = [vec![Act::HangUp], vec![Act::Hold, Act::HangUp]];
    let pair =
        |change: Act| ends.iter().map(move |end| vec![vec![change.clone()], end.clone()]).collect::<Vec<_>>();
    let deeds: Vec<_> = changes(7).into_iter().flat_map(pair).collect();
    let count = total(&talking, deeds, (Faults::LostOrDoubled, 0), &|world, label| {
        assert_wished(world, label);
        assert_eq!(world.alice().ends.len(), 1, "{label}\n{}", world.transcript);
    });
    assert!(count.1 > 5_000, "{count:?}");
}

/// Alice holds, and Bob's user, who is asked, answers early before he makes up his mind: both ends think alike, and what
/// was declined in the end holds nowhere (RFC 6141 §3).
#[test]
fn ac14_in_every_order_both_ends_agree_after_a_re_invite_that_waits() {
    const EARLY: &str = "o=- 1 2 IN IP4 192.0.2.2\r\nm=audio 4000 RTP/AVP 0\r\n";
    const LATER: &str = "o=- 1 3 IN IP4 192.0.2.3\r\nm=audio 4000 RTP/AVP 0\r\n";
    let begin = || {
        let mut world = standing(World::new(&["bob"]).talking().asks(BOB));
        world.does(ALICE, &Act::Hold);
        world.deliver(0, false);
        world
    };
    let bobs = [
        vec![Act::Progress(EARLY), Act::Conclude],
        vec![Act::Progress(EARLY), Act::Decline],
        vec![Act::Progress(EARLY), Act::Hold, Act::Decline],
        vec![Act::Progress(EARLY), Act::Update(Some(LATER)), Act::Decline],
        vec![Act::Progress(""), Act::Decline],
        vec![Act::Progress(EARLY), Act::Resume, Act::Conclude],
    ];
    for (alices, check) in [
        (
            vec![vec![], vec![Act::Resume], vec![Act::Update(None)]],
            &assert_converged as &dyn Fn(&World, &str),
        ),
        (vec![vec![Act::HangUp]], &assert_wished),
    ] {
        let pair =
            |alice: &Vec<Act>| bobs.iter().map(|bob| vec![alice.clone(), bob.clone()]).collect::<Vec<_>>();
        let deeds = alices.iter().flat_map(pair).collect();
        let count = total(&begin, deeds, (Faults::LostOrDoubled, 0), check);
        assert!(count.1 > 3_000, "{count:?}");
    }
}

/// Both sessions stand, nothing is under way, and the two ends agree on who holds.
fn assert_converged(world: &World, label: &str) {
    let [Some(alice), Some(bob)] = [ALICE, BOB].map(|who| world.agents[who].session.as_ref()) else {
        panic!("{label}: the session did not survive\n{}", world.transcript);
    };
    for session in [alice, bob] {
        assert_eq!(session.state(), SessionState::Established, "{label}\n{}", world.transcript);
        assert!(!session.is_busy(), "{label}: something is under way\n{}", world.transcript);
    }
    let (here, there) = (alice.held(), bob.held());
    assert_eq!((here.local, here.remote), (there.remote, there.local), "{label}\n{}", world.transcript);
}
