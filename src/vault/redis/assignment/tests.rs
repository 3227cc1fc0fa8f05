//! The protocol against a Redis in memory that executes one command at a time, in whatever order a test decides.

use super::*;
use crate::vault::naming::Naming;
use crate::vault::Scope;
use base64::engine::general_purpose::STANDARD;
use base64::Engine;
use once_cell::sync::Lazy;
use proptest::prelude::*;
use redis::Arg;
use std::collections::{BTreeMap, VecDeque};

/// The life of a key in these tests, in seconds.
const TTL: u64 = 1000;

mod model;

/// The terms of an installation without options.
static OPEN: Lazy<Terms> = Lazy::new(|| Terms::new(TTL, Naming::Sequential, None, &Scope::Global));

fn tokens(assignment: Assignment<'_>) -> Vec<String> {
    assignment.into_named().into_iter().map(|named| named.token.to_string()).collect()
}

fn map(token: &str) -> String {
    OPEN.map(token)
}

/// As much of Redis as the protocol uses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Fake {
    now_ms: u64,
    keys: BTreeMap<String, (Vec<u8>, Option<u64>)>,
}

impl Fake {
    fn execute(&mut self, command: &[Vec<u8>]) -> Value {
        let arguments: Vec<String> = command.iter().map(|a| String::from_utf8(a.clone()).unwrap()).collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let now = self.now_ms;
        self.keys.retain(|_, (_, expiry)| expiry.is_none_or(|at| at > now));
        let after = |seconds: &str| now + seconds.parse::<u64>().unwrap() * 1000;
        match arguments[..] {
            ["GET", key] => self.keys.get(key).map_or(Value::Nil, |(value, _)| Value::BulkString(value.clone())),
            ["PTTL", key] => Value::Int(match self.keys.get(key) {
                None => -2,
                Some((_, None)) => -1,
                Some((_, Some(at))) => (at - now) as i64,
            }),
            ["INCRBY", key, by] => {
                let value =
                    self.keys.get(key).map_or(0, |(value, _)| std::str::from_utf8(value).unwrap().parse().unwrap());
                let value: i64 = value + by.parse::<i64>().unwrap();
                self.keys.insert(key.into(), (value.to_string().into(), None));
                Value::Int(value)
            }
            ["SET", key, value, "NX", "EX", seconds] => {
                if self.keys.contains_key(key) {
                    return Value::Nil;
                }
                self.keys.insert(key.into(), (value.into(), Some(after(seconds))));
                Value::Okay
            }
            ["SET", key, value, "EX", seconds] => {
                self.keys.insert(key.into(), (value.into(), Some(after(seconds))));
                Value::Okay
            }
            ["EXPIRE", key, seconds] => match self.keys.get_mut(key) {
                None => Value::Int(0),
                Some((_, expiry)) => {
                    *expiry = Some(after(seconds));
                    Value::Int(1)
                }
            },
            ["DEL", key] => Value::Int(self.keys.remove(key).is_some().into()),
            _ => panic!("{arguments:?} is not a command of the protocol"),
        }
    }

    fn set(&mut self, key: &str, value: &str, seconds: Option<u64>) {
        self.keys.insert(key.into(), (value.into(), seconds.map(|s| self.now_ms + s * 1000)));
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.keys.get(key).map(|(value, _)| std::str::from_utf8(value).unwrap())
    }
}

fn commands(pipeline: &Pipeline) -> Vec<Vec<Vec<u8>>> {
    let bytes = |argument: Arg<&[u8]>| match argument {
        Arg::Simple(bytes) => bytes.to_vec(),
        _ => panic!("no cursor is used"),
    };
    pipeline.cmd_iter().map(|command| command.args_iter().map(bytes).collect()).collect()
}

fn want(original: &str) -> Wanted<'_> {
    Wanted { prefix: "AWS_EC2", counter: "ec2", original }
}

fn rev(original: &str) -> String {
    format!("aws_masker:rev:{}", STANDARD.encode(original))
}

/// Runs an assignment to its end; `between` may do something after each round trip. Gives tokens and round trips.
fn run_with(fake: &mut Fake, wanted: &[Wanted<'_>], mut between: impl FnMut(&mut Fake, usize)) -> (Vec<String>, usize) {
    let mut assignment = Assignment::new(wanted, &OPEN);
    let mut round_trips = 0;
    while let Some(pipeline) = assignment.next().unwrap() {
        let replies = commands(&pipeline).iter().map(|command| fake.execute(command)).collect();
        assignment.absorb(replies).unwrap();
        round_trips += 1;
        between(fake, round_trips);
    }
    (tokens(assignment), round_trips)
}

fn run(fake: &mut Fake, originals: &[&str]) -> (Vec<String>, usize) {
    let wanted: Vec<_> = originals.iter().map(|original| want(original)).collect();
    run_with(fake, &wanted, |_, _| {})
}

#[test]
fn new_identifiers_cost_three_round_trips_and_known_ones_one() {
    let mut fake = Fake::default();
    let originals: Vec<String> = (0..500).map(|i| format!("i-{i:08x}")).collect();
    let originals: Vec<&str> = originals.iter().map(String::as_str).collect();
    let (tokens, round_trips) = run(&mut fake, &originals);
    assert_eq!(round_trips, 3);
    assert_eq!((tokens[0].as_str(), tokens[499].as_str()), ("AWS_EC2_001", "AWS_EC2_500"));
    assert_eq!(run(&mut fake, &originals), (tokens, 1));
    let mixed = run(&mut fake, &["i-new", originals[7], "i-newer", "i-new"]);
    assert_eq!(mixed.1, 3);
    assert_eq!(mixed.0, ["AWS_EC2_501", "AWS_EC2_008", "AWS_EC2_502", "AWS_EC2_501"]);
    assert_eq!(run(&mut fake, &[]), (vec![], 0));
}

#[test]
fn use_renews_both_keys_once_a_quarter_has_passed() {
    let mut fake = Fake::default();
    run(&mut fake, &["i-1"]);
    fake.now_ms += 249_000;
    assert_eq!(run(&mut fake, &["i-1"]).1, 1);
    fake.now_ms += 1_000;
    assert_eq!(run(&mut fake, &["i-1"]).1, 3);
    assert_eq!(run(&mut fake, &["i-1"]).1, 1);
    for key in ["aws_masker:map:AWS_EC2_001", &rev("i-1")] {
        assert_eq!(fake.keys[key].1, Some(fake.now_ms + TTL * 1000), "{key}");
    }
}

#[test]
fn renewal_restores_an_evicted_map_key() {
    let mut fake = Fake::default();
    run(&mut fake, &["i-1"]);
    fake.keys.remove("aws_masker:map:AWS_EC2_001");
    fake.now_ms += 500_000;
    assert_eq!(run(&mut fake, &["i-1"]).0, ["AWS_EC2_001"]);
    assert_eq!(fake.get("aws_masker:map:AWS_EC2_001"), Some("i-1"));
}

#[test]
fn a_key_without_expiry_gets_one() {
    let mut fake = Fake::default();
    run(&mut fake, &["i-1"]);
    fake.keys.get_mut(&rev("i-1")).unwrap().1 = None;
    assert_eq!(run(&mut fake, &["i-1"]), (vec!["AWS_EC2_001".into()], 3));
    assert!(fake.keys[&rev("i-1")].1.is_some());
}

#[test]
fn a_counter_that_moved_since_it_was_read_costs_one_round_trip_more() {
    let mut fake = Fake::default();
    let wanted = [want("i-1"), want("i-2"), want("i-3")];
    let (tokens, round_trips) = run_with(&mut fake, &wanted, |fake, round_trip| {
        if round_trip == 1 {
            fake.set("aws_masker:cnt:ec2", "2", None);
        }
    });
    assert_eq!((tokens, round_trips), (vec!["AWS_EC2_004".into(), "AWS_EC2_005".into(), "AWS_EC2_003".into()], 4));
}

#[test]
fn a_lost_counter_gives_no_token_a_second_meaning() {
    let mut fake = Fake::default();
    let originals: Vec<String> = (0..3000).map(|i| format!("i-{i:08x}")).collect();
    let originals: Vec<&str> = originals.iter().map(String::as_str).collect();
    run(&mut fake, &originals);
    fake.keys.remove("aws_masker:cnt:ec2");
    let (tokens, round_trips) = run(&mut fake, &["i-new", originals[0], "i-newer"]);
    assert_eq!(tokens[1], "AWS_EC2_001");
    for token in [&tokens[0], &tokens[2]] {
        let number: u64 = token.strip_prefix("AWS_EC2_").unwrap().parse().unwrap();
        assert!(number > 3000, "{token}");
    }
    assert!(round_trips < 20, "{round_trips}");
    assert_eq!(run(&mut fake, &["i-newest"]).1, 3);
}

#[test]
fn a_claim_that_was_left_over_gets_its_full_life_again() {
    let mut fake = Fake::default();
    fake.set("aws_masker:map:AWS_EC2_001", "i-1", Some(1));
    assert_eq!(run(&mut fake, &["i-1"]).0, ["AWS_EC2_001"]);
    assert_eq!(fake.keys["aws_masker:map:AWS_EC2_001"].1, Some(TTL * 1000));
}

#[test]
fn a_lost_race_takes_the_winners_token() {
    let mut fake = Fake::default();
    let (tokens, round_trips) = run_with(&mut fake, &[want("i-1")], |fake, round_trip| {
        if round_trip == 2 {
            fake.set("aws_masker:map:AWS_EC2_777", "i-1", Some(TTL));
            fake.set(&rev("i-1"), "AWS_EC2_777", Some(TTL));
        }
    });
    assert_eq!((tokens, round_trips), (vec!["AWS_EC2_777".into()], 3));
}

#[test]
fn what_the_lua_plugin_wrote_is_honoured() {
    let mut fake = Fake::default();
    fake.set("aws_masker:cnt:ec2", "41", None);
    fake.set("aws_masker:map:AWS_EC2_041", "i-1", Some(TTL));
    fake.set(&rev("i-1"), "AWS_EC2_041", Some(TTL));
    assert_eq!(run(&mut fake, &["i-2", "i-1"]).0, ["AWS_EC2_042", "AWS_EC2_041"]);
}

#[test]
fn two_identifiers_never_end_with_one_token() {
    let mut fake = Fake::default();
    fake.set("aws_masker:map:AWS_EC2_001", "i-2", Some(TTL));
    for original in ["i-1", "i-2", "i-3"] {
        fake.set(&rev(original), "AWS_EC2_001", Some(TTL));
    }
    let (tokens, _) = run(&mut fake, &["i-1", "i-2", "i-3"]);
    assert_eq!(tokens[1], "AWS_EC2_001");
    assert!(tokens[0] != tokens[1] && tokens[1] != tokens[2] && tokens[0] != tokens[2]);
    for (original, token) in ["i-1", "i-2", "i-3"].iter().zip(&tokens) {
        assert_eq!(fake.get(&rev(original)), Some(token.as_str()));
        assert_eq!(fake.get(&map(token)), Some(*original));
    }
}

#[test]
fn a_rev_key_that_holds_no_token_is_never_used() {
    for garbage in ["i-1", "", "AWS_EC2_1", "AWS_EC2_001 ", "x AWS_EC2_001", r"AWS\_EC2\_001", "AWS_001"] {
        let mut fake = Fake::default();
        fake.set(&rev("i-1"), garbage, Some(TTL));
        assert_eq!(run(&mut fake, &["i-1"]), (vec!["AWS_EC2_001".into()], 3), "{garbage:?}");
        assert_eq!(fake.get(&rev("i-1")), Some("AWS_EC2_001"));
    }
}

#[test]
fn a_counter_below_zero_is_brought_up() {
    let mut fake = Fake::default();
    fake.set("aws_masker:cnt:ec2", "-2", None);
    let (tokens, _) = run(&mut fake, &["i-1", "i-2", "i-3"]);
    assert_eq!(tokens[0], "AWS_EC2_001");
    assert_eq!(tokens.iter().collect::<BTreeSet<_>>().len(), 3);
}

#[test]
fn endless_disorder_ends_in_an_error() {
    let mut fake = Fake::default();
    let wanted = [want("i-1")];
    let mut assignment = Assignment::new(&wanted, &OPEN);
    let error = loop {
        match assignment.next() {
            Ok(Some(pipeline)) => {
                let replies = commands(&pipeline).iter().map(|command| fake.execute(command)).collect();
                fake.keys.clear();
                if let Some(token) = commands(&pipeline).iter().find(|c| c[0] == b"GET" && c[1].ends_with(b"1")) {
                    fake.set(std::str::from_utf8(&token[1]).unwrap(), "i-other", None);
                }
                let replies: Vec<Value> = replies;
                let vanished = |reply: Value| match reply {
                    Value::BulkString(_) => Value::Nil,
                    other => other,
                };
                assignment.absorb(replies.into_iter().map(vanished).collect()).unwrap();
            }
            Ok(None) => panic!("nothing can be settled"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.code(), Code::StoreCommand);
}

#[test]
fn replies_of_the_wrong_type_are_errors() {
    let wanted = [want("i-1")];
    for replies in [
        vec![],
        vec![Value::Int(1), Value::Int(-2), Value::Nil],
        vec![Value::Nil, Value::Nil, Value::Nil],
        vec![Value::Nil, Value::Int(-2), Value::Array(vec![])],
    ] {
        let mut assignment = Assignment::new(&wanted, &OPEN);
        assignment.next().unwrap();
        assert_eq!(assignment.absorb(replies).unwrap_err().code(), Code::StoreCommand);
    }
}

/// One gateway with its calls, each a request's identifiers.
#[derive(Clone, Debug)]
struct Gateway<'w> {
    terms: &'w Terms,
    calls: VecDeque<&'w [Wanted<'static>]>,
    current: Option<Call<'w>>,
}

#[derive(Clone, Debug)]
struct Call<'w> {
    wanted: &'w [Wanted<'static>],
    assignment: Assignment<'w>,
    began_ms: u64,
    pipeline: Vec<Vec<Vec<u8>>>,
    replies: Vec<Option<Value>>,
}

/// What a gateway has sent to a provider: from now on this token means this original.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Use {
    token: String,
    original: &'static str,
    at_ms: u64,
}

/// A call that takes longer than this is given up, as the store's deadline does.
const DEADLINE_MS: u64 = TTL * 1000 / 16;

impl<'w> Gateway<'w> {
    /// Executes one command of the pipeline under way; `pick` chooses the key, since only commands for one key keep
    /// their order.
    fn step(&mut self, fake: &mut Fake, pick: usize) -> Vec<Use> {
        let Some(call) = &mut self.current else {
            let Some(wanted) = self.calls.pop_front() else { return Vec::new() };
            let assignment = Assignment::new(wanted, self.terms);
            let call = Call { wanted, assignment, began_ms: fake.now_ms, pipeline: Vec::new(), replies: Vec::new() };
            self.current = Some(call);
            return self.turn(fake.now_ms);
        };
        if fake.now_ms - call.began_ms > DEADLINE_MS {
            self.current = None;
            return Vec::new();
        }
        let open: Vec<usize> = (0..call.pipeline.len()).filter(|&i| call.replies[i].is_none()).collect();
        let first_of_key = |&i: &usize| open.iter().all(|&j| j >= i || call.pipeline[j][1] != call.pipeline[i][1]);
        let ready: Vec<usize> = open.iter().copied().filter(first_of_key).collect();
        let i = ready[pick % ready.len()];
        call.replies[i] = Some(fake.execute(&call.pipeline[i]));
        match open.len() {
            1 => self.turn(fake.now_ms),
            _ => Vec::new(),
        }
    }

    /// All replies are there: on to the next pipeline, or to the end of the call.
    fn turn(&mut self, now_ms: u64) -> Vec<Use> {
        let Some(mut call) = self.current.take() else { return Vec::new() };
        if !call.pipeline.is_empty() {
            let replies = call.replies.drain(..).map(|reply| reply.expect("all are there")).collect();
            call.assignment.absorb(replies).expect("replies are of the right type");
        }
        match call.assignment.next().expect("the protocol comes to an end") {
            Some(pipeline) => {
                call.pipeline = commands(&pipeline);
                call.replies = vec![None; call.pipeline.len()];
                self.current = Some(call);
                Vec::new()
            }
            None => {
                let tokens = tokens(call.assignment);
                let used =
                    |(want, token): (&Wanted<'static>, String)| Use { token, original: want.original, at_ms: now_ms };
                call.wanted.iter().zip(tokens).map(used).collect()
            }
        }
    }

    /// The connection broke somewhere in the pipeline: all of it is sent again.
    fn repeat(&mut self) {
        if let Some(call) = &mut self.current {
            call.replies.fill(None);
        }
    }
}

/// The Lua plugin naming one identifier: GET rev, INCR, SET map, SET rev, each on its own.
#[derive(Default)]
struct Lua {
    work: VecDeque<&'static str>,
    number: Option<i64>,
    map_written: bool,
    looked: bool,
}

impl Lua {
    fn step(&mut self, fake: &mut Fake) -> Vec<Use> {
        let Some(&original) = self.work.front() else { return Vec::new() };
        let mut execute =
            |arguments: &[&str]| fake.execute(&arguments.iter().map(|a| a.as_bytes().to_vec()).collect::<Vec<_>>());
        let ttl = TTL.to_string();
        if !self.looked {
            self.looked = true;
            if let Value::BulkString(token) = execute(&["GET", &rev(original)]) {
                return self.done(original, String::from_utf8(token).unwrap(), fake.now_ms);
            }
            return Vec::new();
        }
        let Some(number) = self.number else {
            self.number = Some(integer(&execute(&["INCRBY", "aws_masker:cnt:ec2", "1"])).unwrap());
            return Vec::new();
        };
        let token = token::render("AWS_EC2", number as u64);
        if !self.map_written {
            self.map_written = true;
            execute(&["SET", &map(&token), original, "EX", &ttl]);
            return Vec::new();
        }
        execute(&["SET", &rev(original), &token, "EX", &ttl]);
        self.done(original, token, fake.now_ms)
    }

    fn done(&mut self, original: &'static str, token: String, at_ms: u64) -> Vec<Use> {
        let work = std::mem::take(&mut self.work).into_iter().skip(1).collect();
        *self = Lua { work, ..Lua::default() };
        vec![Use { token, original, at_ms }]
    }
}

const ORIGINALS: [&str; 5] = ["i-1", "i-2", "i-3", "i-4", "i-5"];

#[derive(Clone, Debug)]
enum Event {
    Step { who: usize, pick: usize },
    Lua,
    Repeat { who: usize },
    Crash { who: usize },
    LoseCounter,
    Wait { ms: u64 },
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        60 => (0..3usize, 0..12usize).prop_map(|(who, pick)| Event::Step { who, pick }),
        8 => Just(Event::Lua),
        2 => (0..3usize).prop_map(|who| Event::Repeat { who }),
        1 => (0..3usize).prop_map(|who| Event::Crash { who }),
        1 => Just(Event::LoseCounter),
        2 => (0..TTL * 1000 / 20).prop_map(|ms| Event::Wait { ms }),
    ]
}

type Requests = Vec<Vec<Vec<Wanted<'static>>>>;

/// Three gateways with a few requests each, of a few identifiers each.
fn requests() -> impl Strategy<Value = Requests> {
    let request = prop::collection::vec(0..ORIGINALS.len(), 1..5)
        .prop_map(|ids| ids.into_iter().map(|i| want(ORIGINALS[i])).collect::<Vec<_>>());
    prop::collection::vec(prop::collection::vec(request, 1..8), 3)
}

/// Plays the events, lets every gateway finish, and gives all uses in order.
fn play(requests: &Requests, lua: VecDeque<&'static str>, events: &[Event]) -> Vec<Use> {
    let mut fake = Fake::default();
    let mut gateways: Vec<Gateway<'_>> = requests
        .iter()
        .map(|calls| Gateway { terms: &OPEN, calls: calls.iter().map(Vec::as_slice).collect(), current: None })
        .collect();
    let mut lua = Lua { work: lua, ..Lua::default() };
    let mut uses = Vec::new();
    for event in events {
        match *event {
            Event::Step { who, pick } => uses.extend(gateways[who].step(&mut fake, pick)),
            Event::Lua => uses.extend(lua.step(&mut fake)),
            Event::Repeat { who } => gateways[who].repeat(),
            Event::Crash { who } => gateways[who].current = None,
            Event::LoseCounter => drop(fake.keys.remove("aws_masker:cnt:ec2")),
            Event::Wait { ms } => fake.now_ms += ms,
        }
    }
    let mut left = 100_000;
    while gateways.iter().any(|g| g.current.is_some() || !g.calls.is_empty()) || !lua.work.is_empty() {
        for gateway in &mut gateways {
            uses.extend(gateway.step(&mut fake, left));
        }
        uses.extend(lua.step(&mut fake));
        left -= 1;
        assert!(left > 0, "the gateways do not come to an end");
    }
    uses
}

fn with_cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(with_cases(3000))]

    /// However three gateways interleave, crash, repeat and wait, and however often the counter is lost: while a use is
    /// alive, its token means nothing else and its original has no other token.
    #[test]
    fn one_meaning_per_token_and_one_token_per_original(
        requests in requests(),
        events in prop::collection::vec(event(), 0..600),
    ) {
        let uses = play(&requests, VecDeque::new(), &events);
        for (i, a) in uses.iter().enumerate() {
            for b in uses[..i].iter().rev().take_while(|b| a.at_ms - b.at_ms < TTL * 1000 / 2) {
                prop_assert_eq!(a.token == b.token, a.original == b.original, "{} {} / {} {}",
                    &a.token, a.original, &b.token, b.original);
            }
        }
    }

    /// The same next to the Lua plugin, as long as its counter is not lost (it trusts it): no token means two things.
    /// It overwrites rev keys, so an original may change its token.
    #[test]
    fn one_meaning_per_token_next_to_the_lua_plugin(
        requests in requests(),
        lua in prop::collection::vec(0..ORIGINALS.len(), 0..10),
        events in prop::collection::vec(event(), 0..600),
    ) {
        let events: Vec<Event> = events.into_iter().filter(|e| !matches!(e, Event::LoseCounter)).collect();
        let uses = play(&requests, lua.into_iter().map(|i| ORIGINALS[i]).collect(), &events);
        let mut meaning: HashMap<&str, &str> = HashMap::new();
        for used in &uses {
            prop_assert_eq!(*meaning.entry(&used.token).or_insert(used.original), used.original, "{}", &used.token);
        }
    }
}
