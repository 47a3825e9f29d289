//! `tests/FAULTS.md` and the tests say the same.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The tests that the page names.
fn on_the_page() -> BTreeSet<String> {
    let page = fs::read_to_string(root().join("tests/FAULTS.md")).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| "));
    let tests = rows.filter_map(|row| row.trim_end_matches([' ', '|']).rsplit_once("| "));
    tests
        .flat_map(|(_, tests)| tests.split('`').skip(1).step_by(2))
        .map(str::to_owned)
        .collect()
}

/// The tests of all Rust files below a folder.
fn tests_below(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(tests_below(&path));
        } else if path.extension().is_some_and(|suffix| suffix == "rs") {
            found.extend(tests_of(&fs::read_to_string(path).unwrap()));
        }
    }
    found
}

fn tests_of(source: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut is_test = false;
    for line in source.lines().map(str::trim) {
        is_test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
        let name = line.trim_start_matches("async ").strip_prefix("fn ");
        if let Some((name, _)) = name.and_then(|line| line.split_once('(')) {
            if is_test {
                found.insert(name.to_owned());
            }
            is_test = false;
        }
    }
    found
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_fault_has_its_test_and_every_test_its_fault() {
    let named = on_the_page();
    let mut all = tests_below(&root().join("src"));
    all.extend(tests_below(&root().join("tests/it")));
    let missing: Vec<&String> = named.difference(&all).collect();
    assert!(missing.is_empty(), "not there any more: {missing:#?}");
    let mut faults = tests_below(&root().join("tests/it/faults"));
    faults.remove("every_fault_has_its_test_and_every_test_its_fault");
    let unnamed: Vec<&String> = faults.difference(&named).collect();
    assert!(unnamed.is_empty(), "not on the page: {unnamed:#?}");
}
