//! The compiler that Cargo.toml and the Dockerfile name takes every package of the lock file.

use serde_json::Value;
use std::process::Command;

/// What a program of the toolchain prints.
fn output(program: &str, arguments: &[&str]) -> String {
    let run = Command::new(program).args(arguments).output().unwrap();
    assert!(run.status.success(), "{program}: {}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).unwrap()
}

/// A version as numbers: `1.89`, `1.89.0`.
fn numbers(version: &str) -> Vec<u32> {
    version.split('.').take(2).map(|part| part.parse().unwrap()).collect()
}

#[test]
fn no_package_needs_a_newer_compiler() {
    let own = env!("CARGO_PKG_RUST_VERSION");
    let about = output("rustc", &["-vV"]);
    let host = about.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let arguments = ["metadata", "--locked", "--format-version", "1", "--filter-platform", host];
    let metadata: Value = serde_json::from_str(&output(env!("CARGO"), &arguments)).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let is_newer = |package: &&Value| package["rust_version"].as_str().is_some_and(|v| numbers(v) > numbers(own));
    let newer: Vec<_> = packages.iter().filter(is_newer).map(|package| package["id"].to_string()).collect();
    assert!(packages.len() > 1 && newer.is_empty(), "these need a newer compiler than {own}: {newer:?}");
}

#[test]
fn the_image_is_built_by_that_compiler() {
    let image = include_str!("../kong/docker/Dockerfile");
    assert!(image.contains(concat!("FROM rust:", env!("CARGO_PKG_RUST_VERSION"), "-")), "{image}");
}
