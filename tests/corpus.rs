//! Detection keeps the goals of recall and precision on the labelled corpus, and the corpus is as varied as it says.

use std::process::Command;

#[test]
fn the_goals_are_met() {
    let output = Command::new(env!("CARGO_BIN_EXE_score")).arg("--verbose").output().unwrap();
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{shown}");
    let sizes = shown.lines().find(|line| line.ends_with(" formats")).unwrap();
    let size = |what: &str| -> usize {
        let size = sizes.split(", ").find_map(|size| size.strip_suffix(what)).unwrap();
        size.parse().unwrap()
    };
    assert!(size(" labelled and distinct in shape") >= 1_200, "{sizes}");
    assert!(size(" formats") >= 60, "{sizes}");
}
