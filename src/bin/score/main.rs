//! score: how good detection is, measured.
//!
//! `score` reads the labelled corpus and prints recall and precision per kind; `score labelled DIR` does so of other texts with labels;
//! `score clean DIR` counts what is masked in texts without identifiers; `score examples DIR` sends every file through masking and back and looks for leaks with
//! expressions of its own. Exit code 1: a goal is missed; 2: it could not be told.

mod clean;
mod corpus;
mod examples;

use aws_masker::{Config, Masker};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut out = io::stdout().lock();
    let good = match arguments.as_slice() {
        [] => corpus::score(&corpus, false, &mut out),
        ["--verbose"] => corpus::score(&corpus, true, &mut out),
        ["labelled", directory] => corpus::score(Path::new(directory), false, &mut out),
        ["labelled", directory, "--verbose"] => corpus::score(Path::new(directory), true, &mut out),
        ["clean", directory] => clean::score(Path::new(directory), &mut out),
        ["examples", directory] => examples::score(Path::new(directory), &mut out),
        _ => {
            eprintln!(
                "usage: score [--verbose] | score labelled DIR [--verbose] | score clean DIR | score examples DIR"
            );
            return ExitCode::from(2);
        }
    };
    match good {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        // Whoever read it has seen enough, as with `… | head`.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("score: what was measured could not be written: {error}");
            ExitCode::from(2)
        }
    }
}

fn masker() -> Masker {
    let config = Config { use_redis: false, max_entries: 10_000_000.0, ..Config::default() };
    Masker::new(&config).expect("the default configuration starts")
}

/// The files under a directory, in order.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut open = vec![directory.to_path_buf()];
    while let Some(directory) = open.pop() {
        let entries = std::fs::read_dir(&directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}
