//! Mappings in this process only: for one gateway without a store, and for tests.

use super::naming::Naming;
use super::{Scope, Vault, Wanted};
use crate::config::Key;
use crate::error::Result;
use foldhash::fast::RandomState;
use lru::LruCache;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The in-process store. Thread-safe.
///
/// Holds at most `max_entries` mappings; when it is full, the one unused for longest goes first. A mapping that has gone
/// or expired is not forgotten wrongly, only entirely: counters go on, so its identifier gets a new token and its token
/// never means anything else. (Responses do not need the store; a request carries its own mapping.)
pub struct MemoryVault {
    ttl: Duration,
    max_entries: usize,
    now: Clock,
    naming: Naming,
    state: Mutex<State>,
}

type Clock = Box<dyn Fn() -> Instant + Send + Sync>;

struct State {
    /// From scope and original to mapping, the least recently used last. All live equally long after their last use, so that
    /// order is also the order in which they expire.
    mappings: LruCache<Box<str>, Mapping>,
    /// The last number handed out per scope and counter. There are as many per scope as kinds of identifiers.
    counters: HashMap<Box<str>, u64>,
    /// The keyed tokens that are in use, per scope.
    keyed: HashSet<Box<str>>,
}

struct Mapping {
    token: Arc<str>,
    expires: Instant,
}

impl MemoryVault {
    /// A store in which a mapping lives for `ttl` after its last use, and `max_entries` (at least one) at the same time.
    pub fn new(ttl: Duration, max_entries: usize) -> Self {
        Self::with_clock(ttl, max_entries, Instant::now)
    }

    /// The same with a clock of the caller's, for tests.
    pub fn with_clock(ttl: Duration, max_entries: usize, now: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        // Unbounded, because `tokens` itself makes room: the cache would reserve its whole bound at once.
        let state = State { mappings: LruCache::unbounded(), counters: HashMap::new(), keyed: HashSet::new() };
        let naming = Naming::Sequential;
        MemoryVault { ttl, max_entries: max_entries.max(1), now: Box::new(now), naming, state: Mutex::new(state) }
    }

    /// Numbers new tokens by `key` instead of by counters.
    pub fn keyed(self, key: &Key) -> Self {
        MemoryVault { naming: Naming::new(Some(key)), ..self }
    }

    /// How many mappings it holds now, expired ones that nobody has asked for since included.
    pub fn len(&self) -> usize {
        self.lock().mappings.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A mapping is put in whole and a counter only grows, so what a panicking thread leaves is still true.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Vault for MemoryVault {
    fn tokens(&self, scope: &Scope, wanted: &[Wanted<'_>]) -> Result<Vec<Arc<str>>> {
        let scope = scope.path() + "\n";
        let mut place = scope.clone();
        let now = (self.now)();
        let expires = now + self.ttl;
        let mut state = self.lock();
        state.forget_expired(now);
        let mut token = |want: &Wanted<'_>| {
            place.truncate(scope.len());
            place.push_str(want.original);
            let token = state.token(&place, &scope, want, &self.naming, expires);
            while state.mappings.len() > self.max_entries {
                state.drop_lru();
            }
            token
        };
        if wanted.len() <= self.max_entries {
            return Ok(wanted.iter().map(token).collect());
        }
        // The request alone overflows the store: what it has been given stays the same all the same.
        let mut given: HashMap<&str, Arc<str>, RandomState> = HashMap::default();
        let tokens = wanted.iter().map(|want| given.entry(want.original).or_insert_with(|| token(want)).clone());
        Ok(tokens.collect())
    }

    fn health(&self) -> Result<()> {
        Ok(())
    }
}

impl State {
    fn forget_expired(&mut self, now: Instant) {
        while self.mappings.peek_lru().is_some_and(|(_, mapping)| mapping.expires <= now) {
            self.drop_lru();
        }
    }

    fn drop_lru(&mut self) {
        if let (Some((place, mapping)), false) = (self.mappings.pop_lru(), self.keyed.is_empty()) {
            let scope = place.split_inclusive('\n').next().unwrap_or_default();
            self.keyed.remove(format!("{scope}{}", mapping.token).as_str());
        }
    }

    fn token(&mut self, place: &str, scope: &str, want: &Wanted<'_>, naming: &Naming, expires: Instant) -> Arc<str> {
        if let Some(mapping) = self.mappings.get_mut(place) {
            mapping.expires = expires;
            return mapping.token.clone();
        }
        let token: Arc<str> = match naming.is_keyed() {
            true => self.free_keyed_token(scope, want, naming).into(),
            false => naming.render(want.prefix, self.next_number(&format!("{scope}{}", want.counter))).into(),
        };
        self.mappings.put(place.into(), Mapping { token: token.clone(), expires });
        token
    }

    fn free_keyed_token(&mut self, scope: &str, want: &Wanted<'_>, naming: &Naming) -> String {
        let candidates = (0..).filter_map(|attempt| naming.number(scope, want, attempt));
        let mut tokens = candidates.map(|number| naming.render(want.prefix, number));
        let free = tokens.find(|token| self.keyed.insert(format!("{scope}{token}").into()));
        free.expect("there are more numbers than attempts")
    }

    fn next_number(&mut self, counter: &str) -> u64 {
        if let Some(last) = self.counters.get_mut(counter) {
            *last += 1;
            return *last;
        }
        self.counters.insert(counter.into(), 1);
        1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;
    use std::sync::atomic::{AtomicU64, Ordering};

    const TTL: Duration = Duration::from_secs(100);

    /// A vault and the hand that moves its clock, in seconds.
    fn vault(max_entries: usize) -> (MemoryVault, Arc<AtomicU64>) {
        let (start, seconds) = (Instant::now(), Arc::new(AtomicU64::new(0)));
        let hand = seconds.clone();
        let now = move || start + Duration::from_secs(seconds.load(Ordering::Relaxed));
        (MemoryVault::with_clock(TTL, max_entries, now), hand)
    }

    fn ec2(original: &str) -> Wanted<'_> {
        Wanted { prefix: "AWS_EC2", counter: "ec2", original }
    }

    fn one(vault: &MemoryVault, original: &str) -> String {
        vault.tokens(&Scope::Global, &[ec2(original)]).unwrap()[0].to_string()
    }

    #[test]
    fn numbers_in_order_of_appearance_per_counter() {
        let (vault, _) = vault(10);
        let ami = Wanted { prefix: "AWS_AMI", counter: "ec2", original: "ami-1" };
        let vpc = Wanted { prefix: "AWS_VPC", counter: "vpc", original: "vpc-1" };
        let tokens = vault.tokens(&Scope::Global, &[ec2("i-1"), ami, vpc, ec2("i-1"), ec2("i-2")]).unwrap();
        let expected = ["AWS_EC2_001", "AWS_AMI_002", "AWS_VPC_001", "AWS_EC2_001", "AWS_EC2_003"];
        assert_eq!(tokens, expected.map(Arc::from));
        assert!(vault.tokens(&Scope::Global, &[]).unwrap().is_empty());
        assert!(vault.health().is_ok());
    }

    #[test]
    fn use_renews_a_mapping_and_disuse_ends_it() {
        let (vault, seconds) = vault(10);
        assert_eq!(one(&vault, "i-1"), "AWS_EC2_001");
        assert_eq!(one(&vault, "i-2"), "AWS_EC2_002");
        seconds.store(99, Ordering::Relaxed);
        assert_eq!(one(&vault, "i-1"), "AWS_EC2_001");
        seconds.store(100, Ordering::Relaxed);
        assert_eq!(one(&vault, "i-1"), "AWS_EC2_001");
        assert_eq!(vault.len(), 1);
        assert_eq!(one(&vault, "i-2"), "AWS_EC2_003");
        seconds.store(300, Ordering::Relaxed);
        assert_eq!(one(&vault, "i-1"), "AWS_EC2_004");
    }

    #[test]
    fn the_least_recently_used_goes_first() {
        let (vault, _) = vault(2);
        one(&vault, "i-1");
        one(&vault, "i-2");
        one(&vault, "i-1");
        one(&vault, "i-3");
        assert_eq!(one(&vault, "i-1"), "AWS_EC2_001");
        assert_eq!(one(&vault, "i-2"), "AWS_EC2_004");
    }

    #[test]
    fn a_request_larger_than_the_store_is_consistent() {
        let (vault, _) = vault(3);
        let originals: Vec<String> = (0..100).map(|i| format!("i-{}", i % 10)).collect();
        let wanted: Vec<_> = originals.iter().map(|o| ec2(o)).collect();
        let tokens = vault.tokens(&Scope::Global, &wanted).unwrap();
        for (i, token) in tokens.iter().enumerate() {
            assert_eq!(*token, tokens[i % 10]);
        }
        assert_eq!(tokens.iter().collect::<HashSet<_>>().len(), 10);
        assert_eq!(vault.len(), 3);
    }

    #[test]
    fn memory_is_bounded_by_the_entries() {
        let (vault, _) = vault(100);
        for i in 0..50_000 {
            one(&vault, &format!("i-{i:017x}"));
        }
        assert_eq!(vault.len(), 100);
        let mappings = &vault.lock().mappings;
        let bytes: usize = mappings.iter().map(|(original, mapping)| original.len() + mapping.token.len()).sum();
        assert!(bytes < 100 * 40, "{bytes}");
    }

    #[test]
    fn threads_agree() {
        let (vault, _) = vault(1000);
        let originals: Vec<String> = (0..200).map(|i| format!("i-{i}")).collect();
        let all: Vec<Vec<String>> = std::thread::scope(|scope| {
            let run = |shift: usize| {
                let (vault, originals) = (&vault, &originals);
                scope.spawn(move || {
                    let order = (0..originals.len()).map(|i| (i * 7 + shift) % originals.len());
                    let mut tokens = vec![String::new(); originals.len()];
                    order.for_each(|i| tokens[i] = one(vault, &originals[i]));
                    tokens
                })
            };
            let threads: Vec<_> = (0..8).map(run).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(all.iter().all(|tokens| *tokens == all[0]));
        assert_eq!(all[0].iter().collect::<HashSet<_>>().len(), 200);
    }

    proptest! {
        /// Whatever is asked for, however small the store and whatever expires: no token ever means two things, and
        /// what is asked for twice in one request gets one token.
        #[test]
        fn no_token_means_two_things(
            max_entries in 1..6usize,
            requests in prop::collection::vec((prop::collection::vec((0..8u8, 0..3usize), 0..12), 0..60u64), 1..30),
        ) {
            const KINDS: [(&str, &str); 3] = [("AWS_EC2", "ec2"), ("AWS_AMI", "ec2"), ("AWS_RDS", "rds")];
            let (vault, seconds) = vault(max_entries);
            let mut meaning: HashMap<Arc<str>, String> = HashMap::new();
            for (request, wait) in requests {
                seconds.fetch_add(wait, Ordering::Relaxed);
                let originals: Vec<String> = request.iter().map(|(id, kind)| format!("{kind}-{id}")).collect();
                let want = |((_, kind), original): (&(u8, usize), &'_ String)| (KINDS[*kind], original.clone());
                let kinds: Vec<_> = request.iter().zip(&originals).map(want).collect();
                let wanted: Vec<_> = kinds.iter()
                    .map(|((prefix, counter), original)| Wanted { prefix, counter, original })
                    .collect();
                let tokens = vault.tokens(&Scope::Global, &wanted).unwrap();
                let mut now: HashMap<&str, &Arc<str>> = HashMap::new();
                for (original, token) in originals.iter().zip(&tokens) {
                    prop_assert_eq!(meaning.entry(token.clone()).or_insert(original.clone()), original);
                    prop_assert_eq!(*now.entry(original).or_insert(token), token);
                }
                prop_assert!(vault.len() <= max_entries);
            }
        }
    }
}
