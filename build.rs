//! Gives the shared library its name for the dynamic linker: `libaws_masker.so.<version of the C ABI>`, so that a program
//! built against one interface never starts with another.

fn main() {
    println!("cargo:rerun-if-changed=src/ffi/mod.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libaws_masker.so.{}", abi_version());
    }
}

/// The number is written once, in the source.
fn abi_version() -> u32 {
    let source = std::fs::read_to_string("src/ffi/mod.rs").expect("src/ffi/mod.rs can be read");
    let (_, behind) = source.split_once("AWS_MASKER_ABI_VERSION: u32 = ").expect("src/ffi/mod.rs states the version");
    let (number, _) = behind.split_once(';').expect("the version ends with a semicolon");
    number.parse().expect("the version is a number")
}
