//! What always holds, on generated requests and answers.

mod generate;
mod invariants;
mod streams;
mod unmasker;
