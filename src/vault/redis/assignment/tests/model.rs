//! Every interleaving of three gateways, with the faults that a store and its clients have: a model check.
//!
//! The gateways run the protocol itself: two of them one command at a time, three a pipeline at a time, and whoever dies
//! does so behind any command. A quarter of a mapping's life passes at once, so that
//! keys expire; a pipeline under way then runs into its deadline. Each kind of fault happens a limited number of times,
//! anywhere.

use super::*;
use crate::config::Key;
use stateright::{Checker, Model, Property};
use std::hash::{Hash, Hasher};

/// A quarter of a mapping's life, in milliseconds.
const QUARTER_MS: u64 = TTL * 1000 / 4;
/// A conversation's turn is over, and its tokens with it, before this has passed.
const LIVE_MS: u64 = 2 * QUARTER_MS;

/// How often each fault may happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Faults {
    /// A gateway dies, or gives up, between two commands.
    crashes: u8,
    /// A connection breaks and a pipeline is sent again.
    repeats: u8,
    /// A quarter of the life of a mapping passes.
    quarters: u8,
    /// The counter is lost.
    lost_counters: u8,
    /// A replica that has not got everything becomes the primary.
    failovers: u8,
}

struct Gateways {
    terms: &'static Terms,
    requests: Vec<&'static [Wanted<'static>]>,
    faults: Faults,
}

#[derive(Clone, Debug)]
struct System {
    primary: Fake,
    replica: Fake,
    gateways: Vec<Gateway<'static>>,
    uses: Vec<Use>,
    /// A request was given one token for two identifiers.
    confused: bool,
    left: Faults,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    Step(usize),
    Crash { gateway: usize, behind: usize },
    Repeat(usize),
    Quarter,
    LoseCounter,
    Replicate,
    Failover,
}

impl System {
    /// Executes the gateway's next command, or all that are left of its pipeline.
    fn step(&mut self, gateway: usize, whole_pipeline: bool) {
        let gateway = &mut self.gateways[gateway];
        loop {
            let used = gateway.step(&mut self.primary, 0);
            let tokens: BTreeSet<&str> = used.iter().map(|used| used.token.as_str()).collect();
            self.confused |= tokens.len() < used.len();
            self.uses.extend(used);
            let in_a_pipeline = gateway.current.as_ref().is_some_and(|call| call.replies.iter().any(Option::is_some));
            if !(whole_pipeline && in_a_pipeline) {
                return;
            }
        }
    }

    fn text(&self) -> String {
        let gateways: Vec<_> = self.gateways.iter().map(|g| (g.calls.len(), call_text(g.current.as_ref()))).collect();
        format!("{gateways:?}")
    }
}

/// What tells one point of a call from another.
fn call_text(call: Option<&Call<'static>>) -> String {
    call.map_or(String::new(), |Call { assignment, began_ms, replies, .. }| {
        let Assignment { entries, counters, pipelines, .. } = assignment;
        let entries: Vec<_> = entries.iter().map(|e| (&e.state, &e.refused, e.attempt, e.life_ms)).collect();
        format!("{began_ms} {pipelines} {entries:?} {counters:?} {replies:?}")
    })
}

impl PartialEq for System {
    fn eq(&self, other: &Self) -> bool {
        let data = |system: &System| (system.primary.clone(), system.replica.clone(), system.uses.clone(), system.left);
        data(self) == data(other) && self.text() == other.text()
    }
}

impl Hash for System {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.primary, &self.replica, &self.uses, self.left, self.text()).hash(state);
    }
}

impl Gateways {
    /// Whether a step is a whole pipeline.
    fn is_coarse(&self) -> bool {
        self.requests.len() > 2
    }

    /// Explores everything and checks every property.
    fn check(self) {
        let checker = self.checker().threads(2).spawn_bfs().join();
        checker.assert_properties();
        assert!(checker.is_done() && checker.unique_state_count() > 500, "{} states", checker.unique_state_count());
    }
}

impl Model for Gateways {
    type State = System;
    type Action = Event;

    fn init_states(&self) -> Vec<System> {
        let gateway = |calls: &&'static [Wanted<'static>]| Gateway {
            terms: self.terms,
            calls: VecDeque::from([*calls]),
            current: None,
        };
        vec![System {
            primary: Fake::default(),
            replica: Fake::default(),
            gateways: self.requests.iter().map(gateway).collect(),
            uses: Vec::new(),
            confused: false,
            left: self.faults,
        }]
    }

    fn actions(&self, system: &System, events: &mut Vec<Event>) {
        let left = &system.left;
        for (i, gateway) in system.gateways.iter().enumerate() {
            if gateway.current.is_some() || !gateway.calls.is_empty() {
                events.push(Event::Step(i));
            }
            if let (Some(call), true) = (&gateway.current, left.crashes > 0) {
                let commands = if self.is_coarse() { call.pipeline.len() } else { 1 };
                events.extend((0..commands).map(|behind| Event::Crash { gateway: i, behind }));
            }
            if gateway.current.is_some() && left.repeats > 0 {
                events.push(Event::Repeat(i));
            }
        }
        let at_work = system.gateways.iter().any(|g| g.current.is_some() || !g.calls.is_empty());
        if left.quarters > 0 && at_work {
            events.push(Event::Quarter);
        }
        if left.lost_counters > 0 && system.primary.keys.contains_key("aws_masker:cnt:ec2") {
            events.push(Event::LoseCounter);
        }
        if left.failovers > 0 && system.primary != system.replica {
            events.extend([Event::Replicate, Event::Failover]);
        }
    }

    fn next_state(&self, system: &System, event: Event) -> Option<System> {
        let mut next = system.clone();
        match event {
            Event::Step(i) => next.step(i, self.is_coarse()),
            Event::Crash { gateway, behind } => {
                (0..behind).for_each(|_| next.step(gateway, false));
                next.gateways[gateway].current = None;
                next.left.crashes -= 1;
            }
            Event::Repeat(i) => {
                next.gateways[i].repeat();
                next.left.repeats -= 1;
            }
            Event::Quarter => {
                next.primary.now_ms += QUARTER_MS;
                next.replica.now_ms += QUARTER_MS;
                let now = next.primary.now_ms;
                next.uses.retain(|used| now - used.at_ms < LIVE_MS);
                next.left.quarters -= 1;
            }
            Event::LoseCounter => {
                next.primary.keys.remove("aws_masker:cnt:ec2");
                next.left.lost_counters -= 1;
            }
            Event::Replicate => next.replica = next.primary.clone(),
            Event::Failover => {
                next.primary = next.replica.clone();
                next.left.failovers -= 1;
            }
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut properties = vec![
            Property::always("a request's tokens are as different as its identifiers", |_: &Self, system: &System| {
                !system.confused
            }),
            Property::sometimes("every request is served", |model: &Self, system: &System| {
                system.uses.len() == model.requests.iter().map(|request| request.len()).sum::<usize>()
            }),
        ];
        let one_meaning = |_: &Self, system: &System| {
            let uses = &system.uses;
            uses.iter()
                .enumerate()
                .all(|(i, a)| uses[..i].iter().all(|b| a.token != b.token || a.original == b.original))
        };
        let one_name = |_: &Self, system: &System| {
            let uses = &system.uses;
            uses.iter()
                .enumerate()
                .all(|(i, a)| uses[..i].iter().all(|b| a.original != b.original || a.token == b.token))
        };
        let resolvable = |_: &Self, system: &System| {
            let holds = |used: &Use| system.primary.get(&map(&used.token)) == Some(used.original);
            system.uses.iter().all(holds)
        };
        let loses_writes = self.faults.failovers > 0;
        if !loses_writes || self.terms.naming.is_keyed() {
            properties.push(Property::always("a token has one meaning among live requests", one_meaning));
        }
        if !loses_writes {
            properties.push(Property::always("an identifier has one name among live requests", one_name));
            properties.push(Property::always("a token that was sent can be resolved", resolvable));
        }
        properties
    }
}

static ONE: Lazy<[Wanted<'static>; 1]> = Lazy::new(|| [want("i-1")]);
static OTHER: Lazy<[Wanted<'static>; 1]> = Lazy::new(|| [want("i-2")]);
static BOTH: Lazy<[Wanted<'static>; 2]> = Lazy::new(|| [want("i-1"), want("i-2")]);
static KEYED: Lazy<Terms> = Lazy::new(|| Terms::new(TTL, Naming::new(Some(&Key::new([1; 32]))), None, &Scope::Global));

fn check(terms: &'static Terms, requests: &[&'static [Wanted<'static>]], faults: Faults) {
    Gateways { terms, requests: requests.to_vec(), faults }.check();
}

#[test]
fn gateways_that_crash_and_repeat_agree() {
    let faults = Faults { crashes: 1, repeats: 1, ..Faults::default() };
    check(&OPEN, &[&*ONE, &*ONE], faults);
    check(&OPEN, &[&*ONE, &*OTHER], faults);
    check(&OPEN, &[&*ONE, &*BOTH, &*OTHER], Faults { crashes: 2, ..faults });
}

#[test]
fn gateways_agree_while_mappings_expire() {
    let faults = Faults { quarters: 5, ..Faults::default() };
    check(&OPEN, &[&*ONE, &*ONE], faults);
    check(&OPEN, &[&*ONE, &*OTHER, &*BOTH], Faults { crashes: 1, ..faults });
}

#[test]
fn gateways_agree_when_the_counter_is_lost() {
    let faults = Faults { lost_counters: 1, crashes: 1, ..Faults::default() };
    check(&OPEN, &[&*ONE, &*OTHER], faults);
    check(&OPEN, &[&*ONE, &*OTHER, &*BOTH], faults);
}

/// What a failover loses is lost: a number may be given out again. No request confuses its own identifiers all the same.
#[test]
fn a_failover_that_loses_writes_confuses_no_request() {
    let faults = Faults { failovers: 1, ..Faults::default() };
    check(&OPEN, &[&*ONE, &*BOTH], faults);
    check(&OPEN, &[&*ONE, &*BOTH, &*OTHER], faults);
}

/// Keyed tokens do not depend on what a store remembers.
#[test]
fn a_failover_that_loses_writes_changes_no_keyed_token() {
    let faults = Faults { failovers: 1, crashes: 1, ..Faults::default() };
    check(&KEYED, &[&*ONE, &*BOTH], faults);
    check(&KEYED, &[&*ONE, &*BOTH, &*OTHER], faults);
}
