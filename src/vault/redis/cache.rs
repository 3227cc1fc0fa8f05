//! What this process remembers of Redis, so that a conversation's earlier turns cost no round trip.
//!
//! A mapping is remembered for as long as its use need not be recorded in Redis, and for [`LONGEST`] at most: nobody
//! tells this process when Redis loses it. Everything is forgotten when the store gives reason for doubt: a lost
//! connection, a failed call, a server that changed its role.

use super::assignment::Named;
use crate::vault::{Scope, Wanted};
use lru::LruCache;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The longest time a mapping is believed without asking Redis.
const LONGEST: Duration = Duration::from_secs(60);

/// Remembered mappings, the least recently used last. Thread-safe.
pub(super) struct Cache {
    mappings: Mutex<LruCache<Box<str>, Remembered>>,
    most: usize,
}

struct Remembered {
    token: Arc<str>,
    until: Instant,
    /// The store's doubts when it was learnt.
    doubts: u64,
}

impl Cache {
    /// Holds at most `most` mappings, at least one.
    pub fn new(most: usize) -> Cache {
        // Unbounded, because `learn` itself makes room: the cache would reserve its whole bound at once.
        Cache { mappings: Mutex::new(LruCache::unbounded()), most: most.max(1) }
    }

    /// The remembered token of each wanted identifier.
    pub fn look(&self, scope: &Scope, wanted: &[Wanted<'_>], doubts: u64, now: Instant) -> Vec<Option<Arc<str>>> {
        let mut key = scope.path() + "\n";
        let scope_length = key.len();
        let mut mappings = self.lock();
        let look = |want: &Wanted<'_>| {
            key.truncate(scope_length);
            key.push_str(want.original);
            let found = mappings.get(key.as_str())?;
            (found.doubts == doubts && found.until > now).then(|| found.token.clone())
        };
        wanted.iter().map(look).collect()
    }

    /// Remembers what Redis said when it was asked at the time `now`.
    pub fn learn<'n>(
        &self,
        scope: &Scope,
        named: impl Iterator<Item = (&'n Wanted<'n>, &'n Named)>,
        doubts: u64,
        now: Instant,
    ) {
        let path = scope.path();
        let mut mappings = self.lock();
        for (want, Named { token, believable }) in named {
            let key = format!("{path}\n{}", want.original).into_boxed_str();
            let until = now + LONGEST.min(*believable);
            mappings.put(key, Remembered { token: token.clone(), until, doubts });
            while mappings.len() > self.most {
                mappings.pop_lru();
            }
        }
    }

    /// Forgets everything.
    pub fn forget(&self) {
        self.lock().clear();
    }

    /// A mapping is put in whole, so what a panicking thread leaves is still true.
    fn lock(&self) -> MutexGuard<'_, LruCache<Box<str>, Remembered>> {
        self.mappings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn want(original: &str) -> Wanted<'_> {
        Wanted { prefix: "AWS_EC2", counter: "ec2", original }
    }

    fn learn(cache: &Cache, scope: &Scope, original: &str, believable: Duration, now: Instant) {
        let named = Named { token: format!("T-{original}").into(), believable };
        cache.learn(scope, [(&want(original), &named)].into_iter(), 0, now);
    }

    fn look(cache: &Cache, scope: &Scope, original: &str, doubts: u64, now: Instant) -> Option<Arc<str>> {
        cache.look(scope, &[want(original)], doubts, now).remove(0)
    }

    #[test]
    fn a_mapping_is_believed_for_its_time_and_a_minute_at_most() {
        let (cache, now, global) = (Cache::new(10), Instant::now(), Scope::Global);
        learn(&cache, &global, "short", 2 * SECOND, now);
        learn(&cache, &global, "long", 10_000 * SECOND, now);
        assert_eq!(look(&cache, &global, "short", 0, now + SECOND).as_deref(), Some("T-short"));
        assert_eq!(look(&cache, &global, "short", 0, now + 2 * SECOND), None);
        assert!(look(&cache, &global, "long", 0, now + 59 * SECOND).is_some());
        assert_eq!(look(&cache, &global, "long", 0, now + 60 * SECOND), None);
        assert_eq!(look(&cache, &global, "long", 1, now), None, "the store has given reason for doubt");
    }

    #[test]
    fn scopes_are_apart_and_the_least_recently_used_goes_first() {
        let (cache, now) = (Cache::new(2), Instant::now());
        let one = Scope::Consumer("one".into());
        learn(&cache, &one, "x", 9 * SECOND, now);
        for other in [Scope::Global, Scope::Anonymous, Scope::Consumer("two".into())] {
            assert_eq!(look(&cache, &other, "x", 0, now), None);
        }
        learn(&cache, &Scope::Global, "y", 9 * SECOND, now);
        assert!(look(&cache, &one, "x", 0, now).is_some());
        learn(&cache, &Scope::Global, "z", 9 * SECOND, now);
        assert_eq!(look(&cache, &Scope::Global, "y", 0, now), None);
        assert!(look(&cache, &one, "x", 0, now).is_some());
        cache.forget();
        assert_eq!(look(&cache, &one, "x", 0, now), None);
    }

    /// Entries of the sizes that occur cost less than 200 bytes beyond their strings.
    #[test]
    fn remembering_is_cheap() {
        let resident = || -> usize {
            let pages = std::fs::read_to_string("/proc/self/statm").expect("Linux tells");
            pages.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).expect("a number") * 4096
        };
        const MANY: usize = 200_000;
        let (cache, now) = (Cache::new(MANY), Instant::now());
        let originals: Vec<String> = (0..MANY).map(|i| format!("i-{i:017x}")).collect();
        let before = resident();
        let mut strings = 0;
        for original in &originals {
            learn(&cache, &Scope::Global, original, SECOND, now);
            strings += 2 * original.len() + 2;
        }
        let each = resident().saturating_sub(before + strings) / MANY;
        assert!(each < 200, "{each} bytes per mapping");
    }
}
