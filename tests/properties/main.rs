//! What always holds, on generated requests and answers.

mod generate;
mod invariants;
mod streams;
mod unmasker;

use proptest::test_runner::{Config, RngSeed};

/// As many cases, the same ones in every run, so that a failure is the change's. To look for new ones, set
/// `PROPTEST_CASES` to more, and `PROPTEST_RNG_SEED` to another number.
fn cases(cases: u32) -> Config {
    let asked = Config::default();
    Config {
        cases: if std::env::var_os("PROPTEST_CASES").is_some() { asked.cases } else { cases },
        rng_seed: if asked.rng_seed == RngSeed::Random { RngSeed::Fixed(1) } else { asked.rng_seed },
        failure_persistence: None,
        ..asked
    }
}
