//! A file of tests that no `mod` names is never compiled, and nobody would miss it: this does.

use std::path::PathBuf;

/// Fails where `folder`, of this crate, has a file that `main` (the text of its `main.rs`) does not name as a module.
pub fn assert_all_named(folder: &str, main: &str) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder);
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let named = main.lines().any(|line| line == format!("mod {name};"));
        assert!(named || name == "main", "{} is no part of any test binary", path.display());
    }
}
