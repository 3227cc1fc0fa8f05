//! What the files of the Lua plugin repeat from elsewhere is the same there.

use std::fs;
use std::path::{Path, PathBuf};

const PLUGIN: &str = "kong/plugins/aws-masker-stream";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// C without comments, every run of white space as one space.
fn condensed(c: &str) -> String {
    let code = c.lines().map(|line| line.split("//").next().unwrap());
    code.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_bindings_declarations_are_the_headers() {
    let header = condensed(&read("include/aws_masker.h"));
    let library = read(&format!("{PLUGIN}/library.lua"));
    let (_, declarations) = library.split_once("ffi.cdef [[").unwrap();
    let (declarations, _) = declarations.split_once("]]").unwrap();
    let mut checked = 0;
    for part in condensed(declarations).split_inclusive(';') {
        assert!(header.contains(part.trim()), "not in include/aws_masker.h: {part}");
        checked += 1;
    }
    assert!(checked > 20, "{checked} parts");
    for called in library.split("lib.aws_masker_").skip(1) {
        let name: String = called.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
        assert!(declarations.contains(&format!("aws_masker_{name}(")), "aws_masker_{name} is not declared");
    }
    let version = format!("local ABI_VERSION = {}\n", aws_masker::ffi::AWS_MASKER_ABI_VERSION);
    assert!(library.contains(&version), "library.lua is for another interface");
}

#[test]
fn the_rockspec_has_this_version_and_every_file() {
    let version = env!("CARGO_PKG_VERSION");
    let rockspec = read(&format!("{PLUGIN}/aws-masker-stream-{version}-1.rockspec"));
    assert!(rockspec.contains(&format!("version = \"{version}-1\"")));
    let mut modules = 0;
    for file in fs::read_dir(root().join(PLUGIN)).unwrap() {
        let file = file.unwrap().file_name().into_string().unwrap();
        if let Some(module) = file.strip_suffix(".lua") {
            let entry = format!("[\"kong.plugins.aws-masker-stream.{module}\"] = \"{file}\"");
            assert!(rockspec.contains(&entry), "{file} is not installed");
            modules += 1;
        }
    }
    assert_eq!(modules, rockspec.matches("[\"kong.plugins.").count());
}
