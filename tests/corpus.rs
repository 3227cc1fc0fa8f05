//! Detection keeps the goals of recall and precision on the labelled corpus.

use std::process::Command;

#[test]
fn the_goals_are_met() {
    let output = Command::new(env!("CARGO_BIN_EXE_score")).arg("--verbose").output().unwrap();
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{shown}");
    let (counts, _) =
        shown.lines().find_map(|line| line.split_once(" lines, ").filter(|_| line.ends_with("formats"))).unwrap();
    assert!(counts.parse::<usize>().unwrap() >= 1_200, "{counts} lines");
}
