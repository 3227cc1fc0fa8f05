//! The ways to find triggers, each forced in turn: what they lead to is the same.

use aws_masker::simd::{self, Level};
use aws_masker::{Config, Masker};
use std::path::{Path, PathBuf};

/// The files of the labelled corpus, as they are and inside a JSON string.
fn bodies() -> Vec<Vec<u8>> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let (directories, files): (Vec<_>, Vec<_>) = entries(&corpus).into_iter().partition(|path| path.is_dir());
    let files = files.into_iter().chain(directories.iter().flat_map(|directory| entries(directory)));
    let texts = files.map(|path| std::fs::read_to_string(path).expect("it is text"));
    texts
        .flat_map(|text| [serde_json::json!({ "content": text }).to_string().into_bytes(), text.into_bytes()])
        .collect()
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).expect("the corpus is there");
    entries.map(|entry| entry.expect("it can be read").path()).collect()
}

fn masked(level: Level, bodies: &[Vec<u8>]) -> Vec<Option<Vec<u8>>> {
    simd::limit(level);
    let masker = Masker::new(&Config { use_redis: false, ..Config::default() }).expect("the configuration is possible");
    bodies.iter().map(|body| masker.mask("", body).expect("the body can be masked").body).collect()
}

#[test]
fn every_level_masks_the_same() {
    let bodies = bodies();
    let portable = masked(Level::Portable, &bodies);
    assert!(portable.iter().flatten().count() > 100, "the corpus has identifiers");
    for level in [Level::Avx2, Level::Avx512] {
        assert!(masked(level, &bodies) == portable, "{level:?} differs");
    }
}
