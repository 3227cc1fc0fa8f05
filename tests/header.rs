//! The checked-in C header is the one that the source generates.

use std::path::Path;

/// Only src/ffi is read: a public constant of another room is no part of the C interface.
fn generate(root: &Path) -> Vec<u8> {
    let config = cbindgen::Config::from_file(root.join("cbindgen.toml")).unwrap();
    let builder = cbindgen::Builder::new().with_config(config).with_src(root.join("src/ffi/mod.rs"));
    let mut header = Vec::new();
    builder.generate().expect("src/ffi has no C header").write(&mut header);
    header
}

#[test]
fn the_header_is_the_sources() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let generated = generate(root);
    let path = root.join("include/aws_masker.h");
    if std::env::var_os("UPDATE_HEADER").is_some() {
        std::fs::write(&path, &generated).unwrap();
    }
    let checked_in = std::fs::read(&path).unwrap_or_default();
    assert!(checked_in == generated, "include/aws_masker.h is not what src/ffi says; run `make header` and commit it");
}
