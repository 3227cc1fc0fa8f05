//! The watch over a store whose circuit is open: so that the gateway is back within seconds of the store, and not only
//! when the circuit's rest is over.
//!
//! The watch sends a PING over a connection of its own, once a second, on a thread that lives as long as the rest. An
//! error reply is an answer, as it is to the circuit.
//! Requests are refused at once meanwhile, as ever: what the watch learns only ends the rest early, and then the
//! circuit's probes are real requests.

use super::breaker::Opening;
use super::failure::Verdict;
use super::session::Session;
use super::Shared;
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};

/// How long the watch waits between two questions.
const EVERY: Duration = Duration::from_secs(1);
/// The longest it waits for an answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Starts the watch over the rest that begins with `opening`. Without a thread to spare, the rest takes its full time.
pub(super) fn start(shared: &Arc<Shared>, opening: Opening) {
    let store = Arc::downgrade(shared);
    let _ = thread::Builder::new().name("aws-masker-watch".into()).spawn(move || watch(&store, opening));
}

fn watch(store: &Weak<Shared>, opening: Opening) {
    loop {
        thread::sleep(EVERY);
        let Some(shared) = store.upgrade() else { return };
        if !shared.breaker.is_resting(opening, Instant::now()) {
            return;
        }
        let deadline = Instant::now() + PATIENCE;
        let asked = Session::default().ping(&shared.site, deadline);
        if asked.map_or_else(|failure| failure.cause.verdict(), |()| Verdict::Answered) == Verdict::Answered {
            shared.breaker.wake(opening, Instant::now());
            return;
        }
    }
}
