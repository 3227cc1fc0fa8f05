//! Who gets which token: the protocol by which gateways that share a Redis agree, without locks and without scripts.
//!
//! An [`Assignment`] is the work for one request. It does no I/O: it hands out pipelines and takes in their replies, so
//! that every interleaving of several of them can be tried in a test. Three kinds of pipeline:
//!
//! 1. **look**: for each identifier `GET rev`, `PTTL rev`; for each counter `GET cnt`. If every identifier has a token
//!    that lives long enough, that was all. Encrypted mappings are looked for under every key's name and the open one.
//! 2. **claim**: `INCRBY cnt` for as many numbers as are needed, and for each token `EXPIRE map`, `SET map NX` and
//!    `GET map`. The token is claimed if the map key then holds this identifier; it has its full life.
//! 3. **publish**: for each claimed token `SET rev NX` and `GET rev`. Whoever was first has named the identifier; the
//!    others take that token.
//!
//! What makes it sound:
//!
//! - **A `rev` key is only written when its `map` key is known to hold the identifier**, known from a reply. So whoever
//!   reads a `rev` key may use its token at once, whatever the writer does next, even if it dies. It is also why no
//!   order is needed between commands for different keys, which a cluster does not keep.
//! - **`SET map NX` decides what a token means,** not the counter: a counter that was lost (a flush, a failover, an
//!   eviction) gives out numbers again, and then the map keys show that they are taken.
//! - **A token is only used if the counter gave its number to us,** although its map key would be claim enough: the Lua
//!   plugin trusts its counter and overwrites map keys.
//! - Every pipeline may be executed twice, or half, and be done again.
//!
//! Number and claim fit into one round trip because the number is predicted: the counter was read while looking. If
//! another gateway has moved it since, `INCRBY` shows it, and the right numbers are claimed in a round trip of their own.
//! A map key claimed for a wrong prediction stays until it expires: its token is never used for anything else, and
//! deleting it could hit what the Lua plugin has put there since.
//!
//! Keyed numbers come from no counter: they are claimed as they are, and the next one if somebody else has the token.
//!
//! A mapping found in an old form (written openly, or with an older key) is claimed like one that is due for renewal,
//! and then published in today's form: the map key sealed anew, the rev key under its new name. Its old name is left to
//! gateways that still use it, unless it shows the identifier.
//!
//! Renewal is the same claim and publication for a token that is known already: both keys get their full life again,
//! and a map key that was evicted is restored. Its limit: a token whose `rev` key is fresh is used without looking at
//! `map`, since that would take a second round trip; if `map` alone was evicted, it is restored when a quarter of the
//! life has passed. Responses do not depend on it: a request carries its own mapping.

use super::terms::{Held, Terms};
use crate::error::{Code, Error, Result};
use crate::token;
use crate::vault::Wanted;
use redis::{Pipeline, Value};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

/// Claims and publications one request may need. Far more than a lost counter takes: the step over taken numbers
/// doubles each time.
const MOST_PIPELINES: u32 = 64;
/// No step over taken numbers is larger than this.
const LONGEST_STRIDE: u64 = 1 << 40;

/// The work of giving one request's identifiers their tokens.
#[derive(Clone, Debug)]
pub(super) struct Assignment<'w> {
    terms: &'w Terms,
    /// Each different original once, in order of appearance.
    entries: Vec<Entry<'w>>,
    /// The entry of each wanted identifier.
    places: Vec<usize>,
    counters: Vec<Counter<'w>>,
    /// What each reply of the pipeline under way answers.
    asked: Vec<Ask>,
    pipelines: u32,
    /// Redis does not say yet that our key seals.
    must_sign: bool,
}

/// An identifier's token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub token: Arc<str>,
    /// How long this may be repeated without asking Redis again: until use must be recorded.
    pub believable: Duration,
}

#[derive(Clone, Debug)]
struct Entry<'w> {
    want: &'w Wanted<'w>,
    counter: usize,
    /// The rev key.
    rev: String,
    /// The rev keys that an older configuration may have written; the last one shows the identifier.
    old_revs: Vec<String>,
    /// That last one names the token, and goes once the rev key does.
    is_open: bool,
    /// One of them named the token, so that there is nothing wrong with the rev key.
    is_inherited: bool,
    state: State,
    /// What the rev key was seen to hold and must not: no token, or one that means something else.
    refused: Option<String>,
    /// The rev key was seen to hold that, and must go. Once: what stands there afterwards may be right.
    must_go: bool,
    /// The map key holds the original in an old form.
    reseal: bool,
    /// How many keyed numbers turned out to be taken.
    attempt: u32,
    /// How many milliseconds the mapping lives, if nothing renews it.
    life_ms: u64,
}

#[derive(Clone, Debug)]
enum State {
    /// Not looked up yet.
    Unknown,
    /// Needs a number.
    Unnumbered,
    /// Has this number from the counter; its map key is to be claimed.
    Numbered(u64),
    /// The rev key names this token; it is to be claimed anew because it is old or because two have it.
    Doubted(String),
    /// The map key of this token holds the original; the rev key is to be published, or prolonged.
    Claimed { token: String, known: bool },
    /// Has this token.
    Settled(String),
}

#[derive(Clone, Debug)]
struct Counter<'w> {
    name: &'w str,
    /// Its last known value.
    value: i64,
    /// Numbers it has given to us that are not in use yet.
    free: BTreeSet<u64>,
    /// How many numbers to step over, because those before turned out to be taken.
    stride: u64,
    /// How many numbers turned out to be taken in this claim.
    taken: u64,
}

/// What a reply answers.
#[derive(Clone, Debug)]
enum Ask {
    /// Nothing that matters.
    Nothing,
    /// The rev key of an entry, and then its remaining life.
    Rev(usize),
    Life(usize),
    /// Such a key of an older configuration.
    OldRev {
        entry: usize,
        old: usize,
    },
    /// The name of the key that sealed last.
    Sealer,
    /// The value of a counter.
    Count(usize),
    /// The value of a counter after so many numbers were taken from it, of which the last `wanted` are of use.
    Counted {
        counter: usize,
        wanted: u64,
    },
    /// The map key of the number that a counter is expected to give this entry.
    Predicted {
        entry: usize,
        number: u64,
    },
    /// The map key of the number or token that this entry has.
    Owner(usize),
    /// The rev key of an entry after publication.
    Winner(usize),
}

impl<'w> Assignment<'w> {
    /// The work for `wanted`, on the terms of their scope. The first kind given for an original counts.
    pub fn new(wanted: &'w [Wanted<'w>], terms: &'w Terms) -> Self {
        let mut entries: Vec<Entry<'w>> = Vec::new();
        let mut counters: Vec<Counter<'w>> = Vec::new();
        let mut known: HashMap<&str, usize> = HashMap::with_capacity(wanted.len());
        let places = wanted.iter().map(|want| {
            *known.entry(want.original).or_insert_with(|| {
                let counter = counters.iter().position(|counter| counter.name == want.counter).unwrap_or_else(|| {
                    counters.push(Counter::new(want.counter));
                    counters.len() - 1
                });
                entries.push(Entry::new(want, counter, terms));
                entries.len() - 1
            })
        });
        let places = places.collect();
        Assignment { terms, entries, places, counters, asked: Vec::new(), pipelines: 0, must_sign: false }
    }

    /// The next pipeline to run; `None` when every identifier has its token.
    ///
    /// # Errors
    /// `AWS_MASKER_1003`: no agreement in far more attempts than disorder can explain.
    pub fn next(&mut self) -> Result<Option<Pipeline>> {
        self.asked.clear();
        if self.any(|state| matches!(state, State::Unknown)) {
            return Ok(Some(self.look()));
        }
        if self.all_settled() {
            self.doubt_duplicates();
            if self.all_settled() && !self.must_sign {
                return Ok(None);
            }
        }
        self.pipelines += 1;
        if self.pipelines > MOST_PIPELINES {
            return Err(Error::new(
                Code::StoreCommand,
                "Redis keeps changing the mappings of a request; see its keys.",
            ));
        }
        let unclaimed = |state: &State| matches!(state, State::Unnumbered | State::Numbered(_) | State::Doubted(_));
        Ok(Some(match self.must_sign || self.any(unclaimed) {
            true => self.claim(),
            false => self.publish(),
        }))
    }

    /// Takes in the replies to the pipeline that [`Assignment::next`] gave, in order.
    ///
    /// # Errors
    /// `AWS_MASKER_1003`: a reply is of a type that its command cannot give.
    pub fn absorb(&mut self, replies: Vec<Value>) -> Result<()> {
        let asked = std::mem::take(&mut self.asked);
        if asked.len() != replies.len() {
            return Err(unexpected());
        }
        for (ask, reply) in asked.iter().zip(replies) {
            match *ask {
                Ask::Nothing => {}
                Ask::Rev(entry) => self.entries[entry].found(text(reply)?),
                Ask::Life(entry) => {
                    let left = integer(&reply)?;
                    let fresh = i128::from(left) * 4 > i128::from(self.terms.ttl) * 3000;
                    self.entries[entry].lives(u64::try_from(left).unwrap_or(0), fresh);
                }
                Ask::OldRev { entry, old } => {
                    let value = text(reply)?;
                    self.entries[entry].found_before(old, value);
                }
                Ask::Sealer => {
                    let sealer = text(reply)?;
                    self.sealed_by(sealer)?;
                }
                Ask::Count(counter) => {
                    let value = text(reply)?.and_then(|value| std::str::from_utf8(&value).ok()?.parse().ok());
                    self.counters[counter].value = value.unwrap_or(0);
                }
                Ask::Counted { counter, wanted } => self.counters[counter].gave(integer(&reply)?, wanted),
                Ask::Predicted { entry, number } => {
                    let token = self.terms.naming.render(self.entries[entry].want.prefix, number);
                    let owned = self.owned(entry, &token, reply)?;
                    self.predicted(entry, number, token, owned);
                }
                Ask::Owner(entry) => {
                    let Entry { state, want, .. } = &self.entries[entry];
                    let token = match state {
                        State::Numbered(number) => self.terms.naming.render(want.prefix, *number),
                        State::Doubted(token) => token.clone(),
                        _ => continue,
                    };
                    let owned = self.owned(entry, &token, reply)?;
                    self.checked(entry, token, owned);
                }
                Ask::Winner(entry) => self.entries[entry].published(text(reply)?),
            }
        }
        self.counters.iter_mut().for_each(Counter::lengthen_stride);
        Ok(())
    }

    /// The token of each wanted identifier. Only when [`Assignment::next`] has given `None`.
    pub fn into_named(self) -> Vec<Named> {
        let recorded_at = self.terms.ttl * 750;
        let named = |place: &usize| match &self.entries[*place] {
            Entry { state: State::Settled(token), life_ms, .. } => {
                let believable = Duration::from_millis(life_ms.saturating_sub(recorded_at));
                Named { token: token.as_str().into(), believable }
            }
            _ => unreachable!("asked before every identifier was settled"),
        };
        self.places.iter().map(named).collect()
    }

    fn look(&mut self) -> Pipeline {
        let mut pipeline = Pipeline::with_capacity(self.entries.len() * 2 + self.counters.len());
        for (i, entry) in self.entries.iter().enumerate() {
            pipeline.cmd("GET").arg(&entry.rev).cmd("PTTL").arg(&entry.rev);
            self.asked.extend([Ask::Rev(i), Ask::Life(i)]);
            for (old, rev) in entry.old_revs.iter().enumerate() {
                pipeline.cmd("GET").arg(rev);
                self.asked.push(Ask::OldRev { entry: i, old });
            }
        }
        let counters = if self.terms.naming.is_keyed() { &[] } else { self.counters.as_slice() };
        for (i, counter) in counters.iter().enumerate() {
            pipeline.cmd("GET").arg(self.terms.counter(counter.name));
            self.asked.push(Ask::Count(i));
        }
        if let Some((_, key)) = self.terms.sealing() {
            pipeline.cmd("GET").arg(key);
            self.asked.push(Ask::Sealer);
        }
        pipeline
    }

    /// Redis says which key sealed last: one of ours, or nothing here can be trusted to mean what it says.
    fn sealed_by(&mut self, sealer: Option<Vec<u8>>) -> Result<()> {
        let Some((cipher, _)) = self.terms.sealing() else { return Ok(()) };
        match sealer {
            Some(id) if !cipher.knows(&id) => Err(Error::new(
                Code::StoreCommand,
                "Redis holds mappings encrypted with a key that is not in config.mapping_encryption_keys.",
            )),
            sealer => {
                self.must_sign = sealer.as_deref() != Some(cipher.id().as_bytes());
                Ok(())
            }
        }
    }

    fn claim(&mut self) -> Pipeline {
        let mut pipeline = Pipeline::new();
        if let (true, Some((cipher, key))) = (std::mem::take(&mut self.must_sign), self.terms.sealing()) {
            pipeline.cmd("SET").arg(key).arg(cipher.id());
            self.asked.push(Ask::Nothing);
        }
        for entry in &mut self.entries {
            if let (State::Unnumbered, Some(number)) = (&entry.state, self.terms.number(entry.want, entry.attempt)) {
                entry.state = State::Numbered(number);
            }
        }
        for counter in 0..self.counters.len() {
            self.number(counter, &mut pipeline);
        }
        for (i, entry) in self.entries.iter().enumerate() {
            match &entry.state {
                State::Numbered(number) => {
                    let token = self.terms.naming.render(entry.want.prefix, *number);
                    claim(&mut pipeline, self.terms, &token, entry.want.original);
                    self.asked.extend([Ask::Nothing, Ask::Nothing, Ask::Owner(i)]);
                }
                State::Doubted(token) => {
                    claim(&mut pipeline, self.terms, token, entry.want.original);
                    self.asked.extend([Ask::Nothing, Ask::Nothing, Ask::Owner(i)]);
                }
                _ => {}
            }
        }
        pipeline
    }

    /// Gives the entries of a counter their numbers: those it has given to us first, then as many as are missing, which
    /// are claimed as predicted in the same pipeline.
    fn number(&mut self, index: usize, pipeline: &mut Pipeline) {
        let counter = &mut self.counters[index];
        let mut missing = Vec::new();
        for (i, entry) in self.entries.iter_mut().enumerate() {
            if entry.counter == index && matches!(entry.state, State::Unnumbered) {
                match counter.free.pop_first() {
                    Some(number) => entry.state = State::Numbered(number),
                    None => missing.push(i),
                }
            }
        }
        if missing.is_empty() {
            return;
        }
        let wanted = missing.len() as u64;
        pipeline.cmd("INCRBY").arg(self.terms.counter(counter.name)).arg(wanted + counter.stride);
        self.asked.push(Ask::Counted { counter: index, wanted });
        let Ok(last) = u64::try_from(counter.value) else { return };
        for (number, i) in (last.saturating_add(counter.stride + 1)..).zip(missing) {
            let want = self.entries[i].want;
            claim(pipeline, self.terms, &self.terms.naming.render(want.prefix, number), want.original);
            self.asked.extend([Ask::Nothing, Ask::Nothing, Ask::Predicted { entry: i, number }]);
        }
    }

    fn publish(&mut self) -> Pipeline {
        let mut pipeline = Pipeline::new();
        let ttl = self.terms.ttl;
        for (i, entry) in self.entries.iter_mut().enumerate() {
            let State::Claimed { token, known } = &entry.state else { continue };
            if entry.reseal {
                let sealed = self.terms.seal(token, entry.want.original);
                pipeline.cmd("SET").arg(self.terms.map(token)).arg(sealed).arg("XX").arg("EX").arg(ttl);
                self.asked.push(Ask::Nothing);
            }
            if let (true, Some(open)) = (entry.is_open, entry.old_revs.last()) {
                pipeline.cmd("DEL").arg(open);
                self.asked.push(Ask::Nothing);
            }
            if std::mem::take(&mut entry.must_go) {
                pipeline.cmd("DEL").arg(&entry.rev);
                self.asked.push(Ask::Nothing);
            } else if *known {
                pipeline.cmd("EXPIRE").arg(&entry.rev).arg(ttl);
                self.asked.push(Ask::Nothing);
            }
            pipeline.cmd("SET").arg(&entry.rev).arg(token).arg("NX").arg("EX").arg(ttl);
            pipeline.cmd("GET").arg(&entry.rev);
            self.asked.extend([Ask::Nothing, Ask::Winner(i)]);
        }
        pipeline
    }

    /// Whether the map key of `token` holds this entry's original.
    fn owned(&mut self, entry: usize, token: &str, reply: Value) -> Result<bool> {
        let entry = &mut self.entries[entry];
        let held = self.terms.held(token, text(reply)?, entry.want.original);
        entry.reseal = held == Held::OursInOldForm;
        Ok(held != Held::NotOurs)
    }

    fn predicted(&mut self, index: usize, number: u64, token: String, owned: bool) {
        let entry = &mut self.entries[index];
        let counter = &mut self.counters[entry.counter];
        // Not given to us: somebody else's. What we put there expires.
        if !counter.free.remove(&number) {
            return;
        }
        match owned {
            true => entry.state = State::Claimed { token, known: false },
            false => counter.taken += 1,
        }
    }

    fn checked(&mut self, index: usize, token: String, owned: bool) {
        let entry = &mut self.entries[index];
        let known = matches!(entry.state, State::Doubted(_));
        entry.state = match owned {
            true => State::Claimed { token, known },
            false => {
                match known {
                    true if entry.is_inherited => {}
                    true => entry.refuse(token),
                    false => {
                        self.counters[entry.counter].taken += 1;
                        entry.attempt += 1;
                    }
                }
                State::Unnumbered
            }
        };
    }

    /// Two originals with one token can only come from rev keys that somebody else wrote wrongly. The map key says whose
    /// the token is; the other one gets a new token.
    fn doubt_duplicates(&mut self) {
        let mut holders: HashMap<&str, u32> = HashMap::with_capacity(self.entries.len());
        for entry in &self.entries {
            if let State::Settled(token) = &entry.state {
                *holders.entry(token).or_default() += 1;
            }
        }
        if holders.len() == self.entries.len() {
            return;
        }
        let shared = |entry: &Entry<'_>| matches!(&entry.state, State::Settled(token) if holders[token.as_str()] > 1);
        let doubtful: Vec<usize> = (0..self.entries.len()).filter(|&i| shared(&self.entries[i])).collect();
        for i in doubtful {
            let entry = &mut self.entries[i];
            if let State::Settled(token) = std::mem::replace(&mut entry.state, State::Unnumbered) {
                entry.state = State::Doubted(token);
            }
        }
    }

    fn any(&self, is: impl Fn(&State) -> bool) -> bool {
        self.entries.iter().any(|entry| is(&entry.state))
    }

    fn all_settled(&self) -> bool {
        !self.any(|state| !matches!(state, State::Settled(_)))
    }
}

impl<'w> Entry<'w> {
    fn new(want: &'w Wanted<'w>, counter: usize, terms: &Terms) -> Self {
        let mut old_revs = terms.revs(want.original);
        Entry {
            want,
            counter,
            rev: old_revs.remove(0),
            old_revs,
            is_open: false,
            is_inherited: false,
            state: State::Unknown,
            refused: None,
            must_go: false,
            reseal: false,
            attempt: 0,
            life_ms: terms.ttl * 1000,
        }
    }

    /// The rev key holds this.
    fn found(&mut self, value: Option<Vec<u8>>) {
        self.state = match value.map(read_token) {
            None => State::Unnumbered,
            Some(Ok(token)) => State::Settled(token),
            Some(Err(other)) => {
                self.refuse(other);
                State::Unnumbered
            }
        };
    }

    /// The rev key holds what it must not.
    fn refuse(&mut self, other: String) {
        self.refused = Some(other);
        self.must_go = true;
    }

    /// The rev key lives for so many milliseconds, which is long enough or not.
    fn lives(&mut self, left: u64, fresh: bool) {
        match (&mut self.state, fresh) {
            (State::Settled(_), true) => self.life_ms = left,
            (State::Settled(token), false) => self.state = State::Doubted(std::mem::take(token)),
            _ => {}
        }
    }

    /// A rev key of an older configuration holds this. It counts where today's names nothing.
    fn found_before(&mut self, old: usize, value: Option<Vec<u8>>) {
        if let (State::Unnumbered, Some(Ok(token))) = (&self.state, value.map(read_token)) {
            self.state = State::Doubted(token);
            self.is_open = old + 1 == self.old_revs.len();
            self.is_inherited = true;
        }
    }

    /// The rev key holds this after we have tried to publish our token. If it holds again what it must not, the next
    /// pipeline publishes once more. If it has vanished, so may have the claim: then both are done again.
    fn published(&mut self, value: Option<Vec<u8>>) {
        match value.map(read_token) {
            None => {
                if let State::Claimed { token, .. } = &mut self.state {
                    self.state = State::Doubted(std::mem::take(token));
                }
            }
            Some(Ok(winner)) if self.refused.as_deref() != Some(&winner) => self.state = State::Settled(winner),
            Some(Ok(other) | Err(other)) => self.refuse(other),
        }
    }
}

impl<'w> Counter<'w> {
    fn new(name: &'w str) -> Self {
        Counter { name, value: 0, free: BTreeSet::new(), stride: 0, taken: 0 }
    }

    /// The counter stands at `value` after giving us numbers, of which the last `wanted` are of use. A counter that
    /// somebody has set below zero has none yet.
    fn gave(&mut self, value: i64, wanted: u64) {
        self.value = value;
        let last = u64::try_from(value).unwrap_or(0);
        self.free.extend(last.saturating_sub(wanted) + 1..=last);
    }

    fn lengthen_stride(&mut self) {
        if self.taken > 0 {
            self.stride = (self.stride * 2 + self.taken).min(LONGEST_STRIDE);
            self.taken = 0;
        }
    }
}

/// Claims a token for an original: three commands, of which the last shows whose it is. A key that is there already may
/// be ours and old, so its life starts anew; that it may be somebody else's does no harm.
fn claim(pipeline: &mut Pipeline, terms: &Terms, token: &str, original: &str) {
    let (key, ttl) = (terms.map(token), terms.ttl);
    pipeline.cmd("EXPIRE").arg(&key).arg(ttl);
    pipeline.cmd("SET").arg(&key).arg(terms.seal(token, original)).arg("NX").arg("EX").arg(ttl).cmd("GET").arg(&key);
}

/// The token that a rev key holds; `Err` if it is none of ours, which must never be sent anywhere.
fn read_token(value: Vec<u8>) -> std::result::Result<String, String> {
    let text = String::from_utf8(value).map_err(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())?;
    match token::has_form(&text) {
        true => Ok(text),
        false => Err(text),
    }
}

fn text(reply: Value) -> Result<Option<Vec<u8>>> {
    match reply {
        Value::Nil => Ok(None),
        Value::BulkString(bytes) => Ok(Some(bytes)),
        Value::SimpleString(text) => Ok(Some(text.into_bytes())),
        Value::Okay => Ok(Some(b"OK".to_vec())),
        _ => Err(unexpected()),
    }
}

fn integer(reply: &Value) -> Result<i64> {
    match reply {
        Value::Int(value) => Ok(*value),
        _ => Err(unexpected()),
    }
}

fn unexpected() -> Error {
    Error::new(Code::StoreCommand, "Redis gave a reply that its command cannot have.")
}

#[cfg(test)]
mod tests;
