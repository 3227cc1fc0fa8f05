//! The circuit breaker: after some failures in a row the store is left alone for a while.
//!
//! A store that is down costs every request its whole timeout. The breaker turns that into an answer at once: it opens
//! after [`FAILURES_TO_OPEN`] failures in a row, lets a single call through after [`REST`], and closes when
//! [`SUCCESSES_TO_CLOSE`] such probes in a row have succeeded.
//!
//! A watch may ask an idle question meanwhile: once the store answers it, the rest is over early ([`Breaker::wake`]), and
//! the probes decide as ever.
//!
//! Time is an argument, so that the rules can be tested without waiting.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Failures in a row that open the circuit.
pub const FAILURES_TO_OPEN: u32 = 5;
/// How long an open circuit refuses every call.
pub const REST: Duration = Duration::from_secs(30);
/// Probes in a row that must succeed before the circuit closes.
pub const SUCCESSES_TO_CLOSE: u32 = 3;

/// Whether calls may go to the store. Thread-safe; shared by all calls of one store.
#[derive(Debug)]
pub struct Breaker {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    state: State,
    /// Changes with every change of state, so that the verdict of a call that began in an earlier one is ignored.
    epoch: u64,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Closed { failures: u32 },
    Open { until: Instant },
    HalfOpen { successes: u32, probing: bool },
}

/// Leave to call the store. Give the verdict with [`Permit::succeed`] or [`Permit::fail`]; a permit that is dropped
/// without one (the call never reached the store) counts as neither.
#[must_use]
#[derive(Debug)]
pub struct Permit<'b> {
    breaker: &'b Breaker,
    epoch: u64,
    probe: bool,
}

/// One opening of the circuit, so that what watches it is not taken in by a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    epoch: u64,
}

impl Default for Breaker {
    fn default() -> Self {
        Breaker { inner: Mutex::new(Inner { state: State::Closed { failures: 0 }, epoch: 0 }) }
    }
}

impl Breaker {
    /// Asks for leave to call the store at the time `now`.
    ///
    /// # Errors
    /// The circuit is open (or half open with its one probe under way): how long until it is worth asking again, zero
    /// if that depends on the probe.
    pub fn enter(&self, now: Instant) -> Result<Permit<'_>, Duration> {
        let mut inner = self.lock();
        if let State::Open { until } = inner.state {
            let left = until.saturating_duration_since(now);
            if !left.is_zero() {
                return Err(left);
            }
            inner.change(State::HalfOpen { successes: 0, probing: false });
        }
        let probe = match &mut inner.state {
            State::HalfOpen { probing: true, .. } => return Err(Duration::ZERO),
            State::HalfOpen { probing, .. } => {
                *probing = true;
                true
            }
            State::Closed { .. } | State::Open { .. } => false,
        };
        Ok(Permit { breaker: self, epoch: inner.epoch, probe })
    }

    /// Whether the rest that began with `opening` still goes on at the time `now`.
    pub fn is_resting(&self, opening: Opening, now: Instant) -> bool {
        let inner = self.lock();
        inner.epoch == opening.epoch && matches!(inner.state, State::Open { until } if until > now)
    }

    /// Ends the rest that began with `opening`: the store answers again, so that a probe is worth making.
    pub fn wake(&self, opening: Opening, now: Instant) {
        let mut inner = self.lock();
        if let (true, State::Open { until }) = (inner.epoch == opening.epoch, &mut inner.state) {
            *until = now.min(*until);
        }
    }

    /// Whether calls are refused at the time `now`.
    pub fn is_open(&self, now: Instant) -> bool {
        matches!(self.lock().state, State::Open { until } if until > now)
    }

    /// A panic elsewhere leaves the few numbers in here consistent, so a poisoned lock is as good as any.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn change(&mut self, state: State) {
        self.state = state;
        self.epoch += 1;
    }
}

impl Permit<'_> {
    /// The store answered.
    pub fn succeed(self) {
        let mut inner = self.breaker.lock();
        if inner.epoch != self.epoch {
            return;
        }
        match &mut inner.state {
            State::Closed { failures } => *failures = 0,
            State::HalfOpen { successes, .. } if *successes + 1 >= SUCCESSES_TO_CLOSE => {
                inner.change(State::Closed { failures: 0 });
            }
            // The drop of this permit makes room for the next probe.
            State::HalfOpen { successes, .. } => *successes += 1,
            State::Open { .. } => {}
        }
    }

    /// The store gave no usable answer, known at the time `now`. Tells if that has opened the circuit.
    pub fn fail(self, now: Instant) -> Option<Opening> {
        let mut inner = self.breaker.lock();
        if inner.epoch != self.epoch {
            return None;
        }
        match &mut inner.state {
            State::Closed { failures } if *failures + 1 < FAILURES_TO_OPEN => *failures += 1,
            State::Closed { .. } | State::HalfOpen { .. } => {
                inner.change(State::Open { until: now + REST });
                return Some(Opening { epoch: inner.epoch });
            }
            State::Open { .. } => {}
        }
        None
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if !self.probe {
            return;
        }
        let mut inner = self.breaker.lock();
        if inner.epoch != self.epoch {
            return;
        }
        if let State::HalfOpen { probing, .. } = &mut inner.state {
            *probing = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fail_times(breaker: &Breaker, now: Instant, times: u32) {
        for _ in 0..times {
            breaker.enter(now).expect("closed").fail(now);
        }
    }

    #[test]
    fn opens_after_five_failures_in_a_row() {
        let (breaker, now) = (Breaker::default(), Instant::now());
        fail_times(&breaker, now, 4);
        breaker.enter(now).unwrap().succeed();
        fail_times(&breaker, now, 4);
        assert!(!breaker.is_open(now));
        fail_times(&breaker, now, 1);
        assert!(breaker.is_open(now));
        assert_eq!(breaker.enter(now).unwrap_err(), REST);
    }

    #[test]
    fn tries_again_after_thirty_seconds_with_one_probe_at_a_time() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        fail_times(&breaker, start, 5);
        assert!(breaker.enter(start + REST - Duration::from_millis(1)).is_err());
        let later = start + REST;
        let probe = breaker.enter(later).unwrap();
        assert_eq!(breaker.enter(later).unwrap_err(), Duration::ZERO);
        probe.succeed();
        let probe = breaker.enter(later).unwrap();
        assert!(breaker.enter(later).is_err());
        probe.succeed();
        breaker.enter(later).unwrap().succeed();
        let (one, two) = (breaker.enter(later).unwrap(), breaker.enter(later).unwrap());
        one.succeed();
        two.succeed();
    }

    #[test]
    fn a_store_that_answers_again_ends_the_rest_it_was_watched_in() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        fail_times(&breaker, start, 4);
        let opening = breaker.enter(start).unwrap().fail(start).expect("the fifth failure opens it");
        let soon = start + Duration::from_secs(1);
        assert!(breaker.is_resting(opening, soon));
        breaker.wake(opening, soon);
        assert!(!breaker.is_resting(opening, soon));
        let probe = breaker.enter(soon).unwrap();
        assert!(breaker.enter(soon).is_err(), "one probe at a time");
        let second = probe.fail(soon).expect("a failed probe opens it anew");
        breaker.wake(opening, soon);
        assert!(breaker.is_resting(second, soon), "a late watch is not taken in");
    }

    #[test]
    fn a_failed_probe_opens_it_anew() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        fail_times(&breaker, start, 5);
        let later = start + REST;
        breaker.enter(later).unwrap().succeed();
        breaker.enter(later).unwrap().fail(later);
        assert_eq!(breaker.enter(later + Duration::from_secs(10)).unwrap_err(), REST - Duration::from_secs(10));
    }

    #[test]
    fn an_abandoned_probe_makes_room_for_the_next() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        fail_times(&breaker, start, 5);
        let later = start + REST;
        drop(breaker.enter(later).unwrap());
        breaker.enter(later).unwrap().succeed();
    }

    #[test]
    fn a_verdict_from_before_the_circuit_opened_is_ignored() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        let (slow_success, slow_failure) = (breaker.enter(start).unwrap(), breaker.enter(start).unwrap());
        fail_times(&breaker, start, 5);
        slow_success.succeed();
        assert!(breaker.is_open(start));
        let later = start + REST;
        let probe = breaker.enter(later).unwrap();
        slow_failure.fail(later);
        assert!(!breaker.is_open(later));
        probe.succeed();
    }

    /// What a caller may do: begin a call, end one in some way, or let time pass.
    #[derive(Clone, Debug)]
    enum Step {
        Begin,
        Succeed(usize),
        Fail(usize),
        Abandon(usize),
        Wait(u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => Just(Step::Begin),
            2 => (0..8usize).prop_map(Step::Succeed),
            4 => (0..8usize).prop_map(Step::Fail),
            1 => (0..8usize).prop_map(Step::Abandon),
            1 => (0..40u64).prop_map(Step::Wait),
        ]
    }

    proptest! {
        /// However calls overlap: an opened circuit refuses for its whole rest, probes are one at a time, and it never
        /// opens before five failures nor stays shut out for ever.
        #[test]
        fn keeps_its_promises(steps in prop::collection::vec(step(), 0..200)) {
            let breaker = Breaker::default();
            let start = Instant::now();
            let mut now = start;
            let mut running: Vec<Permit<'_>> = Vec::new();
            let mut open_until: Option<Instant> = None;
            let mut failures_ever = 0;
            for step in steps {
                let was_open = breaker.is_open(now);
                match step {
                    Step::Begin => match breaker.enter(now) {
                        Ok(permit) => {
                            prop_assert!(open_until.is_none_or(|until| now >= until));
                            if permit.probe {
                                let others = running.iter().filter(|p| p.probe && p.epoch == permit.epoch).count();
                                prop_assert_eq!(others, 0);
                            }
                            running.push(permit);
                        }
                        Err(left) => prop_assert!(left <= REST && failures_ever >= FAILURES_TO_OPEN),
                    },
                    Step::Succeed(i) if i < running.len() => running.remove(i).succeed(),
                    Step::Fail(i) if i < running.len() => {
                        failures_ever += 1;
                        running.remove(i).fail(now);
                    }
                    Step::Abandon(i) if i < running.len() => drop(running.remove(i)),
                    Step::Wait(seconds) => now += Duration::from_secs(seconds),
                    _ => {}
                }
                if breaker.is_open(now) && !was_open {
                    open_until = Some(now + REST);
                }
            }
            running.clear();
            prop_assert!(breaker.enter(now + REST).is_ok());
        }
    }
}
