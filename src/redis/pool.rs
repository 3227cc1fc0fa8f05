//! The pool: how many calls may be at the store at once, and which connections they use.
//!
//! r2d2 would open connections on threads of its own, try again for ever when that fails, and let the caller wait out
//! its whole timeout without telling it why. So what it manages here is a *place*: a [`Session`] that starts out
//! without a connection and costs nothing to make. Whoever holds a place opens the connections it needs itself, in its
//! own thread, within its own deadline, and learns at once why one cannot be opened. Nothing is retried in the
//! background, and a store that refuses a password is not asked again until a request needs it.

use super::failure::Cause;
use super::session::Session;
use r2d2::{ManageConnection, NopErrorHandler, PooledConnection};
use scheduled_thread_pool::{OnPoolDropBehavior, ScheduledThreadPool};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The places of a store. Thread-safe.
pub(crate) struct Pool {
    places: r2d2::Pool<Places>,
}

/// Makes places.
pub(crate) struct Places;

/// A place that is held; giving it back is dropping it.
pub(crate) type Place = PooledConnection<Places>;

impl Pool {
    /// `size` places; one that is idle for `keep_alive` is closed (within half a minute). One thread makes and closes
    /// places; it does no I/O, and ends with the pool.
    pub fn new(size: u32, keep_alive: Duration) -> Pool {
        Self::with_thread_name(size, keep_alive, "aws-masker-pool")
    }

    fn with_thread_name(size: u32, keep_alive: Duration, name: &str) -> Pool {
        let thread = ScheduledThreadPool::builder()
            .num_threads(1)
            .thread_name_pattern(name)
            .on_drop_behavior(OnPoolDropBehavior::DiscardPendingScheduled)
            .build();
        let places = r2d2::Pool::builder()
            .max_size(size.max(1))
            .min_idle(Some(0))
            .test_on_check_out(false)
            .max_lifetime(None)
            .idle_timeout(Some(keep_alive.max(Duration::from_millis(1))))
            .error_handler(Box::new(NopErrorHandler))
            .thread_pool(Arc::new(thread))
            .build_unchecked(Places);
        Pool { places }
    }

    /// A place, as soon as one is free.
    ///
    /// # Errors
    /// None became free before `deadline`.
    pub fn place(&self, deadline: Instant) -> Result<Place, Cause> {
        let patience = deadline.saturating_duration_since(Instant::now());
        self.places.get_timeout(patience).map_err(|_| Cause::PoolBusy(self.places.max_size()))
    }
}

impl ManageConnection for Places {
    type Connection = Session;
    type Error = Infallible;

    fn connect(&self) -> Result<Session, Infallible> {
        Ok(Session::default())
    }

    fn is_valid(&self, _: &mut Session) -> Result<(), Infallible> {
        Ok(())
    }

    /// A session drops its own broken connections; without any it is a place like a new one.
    fn has_broken(&self, _: &mut Session) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_places_as_asked_for() {
        let pool = Pool::new(2, Duration::from_secs(60));
        let soon = || Instant::now() + Duration::from_millis(50);
        let long = Instant::now() + Duration::from_secs(10);
        let (one, _two) = (pool.place(long).unwrap(), pool.place(long).unwrap());
        assert_eq!(pool.place(soon()).map(drop), Err(Cause::PoolBusy(2)));
        drop(one);
        assert!(pool.place(long).is_ok());
    }

    #[test]
    fn the_thread_ends_with_the_pool() {
        let named = || {
            let tasks = std::fs::read_dir("/proc/self/task").expect("Linux lists threads").flatten();
            let name = |task: std::fs::DirEntry| std::fs::read_to_string(task.path().join("comm")).unwrap_or_default();
            tasks.map(name).filter(|name| name.starts_with("drop-me")).count()
        };
        let pools: Vec<Pool> = (0..5).map(|_| Pool::with_thread_name(1, Duration::from_secs(60), "drop-me")).collect();
        assert!(pools.iter().all(|pool| pool.place(Instant::now() + Duration::from_secs(10)).is_ok()));
        assert_eq!(named(), 5);
        drop(pools);
        let end = Instant::now() + Duration::from_secs(10);
        while named() > 0 {
            assert!(Instant::now() < end, "{} threads are left", named());
            std::thread::yield_now();
        }
    }
}
