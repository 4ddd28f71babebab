//! Reads the one version of both halves, so that a library and a jar that do not belong together notice.

use std::path::Path;

fn main() {
    let manifest = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let properties = Path::new(&manifest).join("../../gradle.properties");
    println!("cargo:rerun-if-changed={}", properties.display());
    let text = std::fs::read_to_string(&properties).expect("gradle.properties is readable");
    let version = text.lines().find_map(|line| line.strip_prefix("version=")).expect("it has a version line");
    println!("cargo:rustc-env=PIECLOUDDB_VERSION={}", version.trim());
}
