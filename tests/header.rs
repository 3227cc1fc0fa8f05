//! The checked-in C header is the one that the source generates.

use std::path::Path;

#[test]
fn the_header_is_the_sources() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut generated = Vec::new();
    cbindgen::generate(root).expect("src/ffi has no C header").write(&mut generated);
    let path = root.join("include/aws_masker.h");
    if std::env::var_os("UPDATE_HEADER").is_some() {
        std::fs::write(&path, &generated).unwrap();
    }
    let checked_in = std::fs::read(&path).unwrap_or_default();
    assert!(checked_in == generated, "include/aws_masker.h is not what src/ffi says; run `make header` and commit it");
}
