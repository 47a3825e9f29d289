//! Values that templates ask for and no message has. Rendering alone does not find those that stand inside `{% if %}`, or are
//! handed to a component.

use std::collections::{BTreeMap, BTreeSet};

use super::examples::Known;
use super::uses;
use crate::cli::paths;
use crate::cli::sources::Sources;
use crate::settings::{Finding, nearest};

/// By file of the directory. `uses` says what kinds a file is for, `known` what messages of a kind have.
pub(in crate::cli) fn all(
    sources: &Sources,
    uses: &BTreeMap<String, BTreeSet<&'static str>>,
    known: &BTreeMap<&'static str, Known>,
) -> Vec<(String, Finding)> {
    let mut findings = Vec::new();
    for (file, source) in &sources.files {
        let Some(kinds) = uses.get(file) else {
            continue;
        };
        let known: Vec<&Known> = kinds.iter().filter_map(|kind| known.get(kind)).collect();
        for read in paths::reads(source) {
            if known.iter().any(|known| known.has(&read.path)) {
                continue;
            }
            let names = known.iter().flat_map(|known| known.paths());
            let of_kinds = if kinds.len() == uses::all().count() {
                String::new()
            } else {
                let kinds: Vec<&str> = kinds.iter().copied().collect();
                format!(" of the kind {}", kinds.join(" or "))
            };
            let finding = Finding {
                place: Some(sources.place(file, Some(read.line))),
                message: format!("no message{of_kinds} has a value `{}`", read.path),
                hint: Some(match nearest(&read.path, names) {
                    Some(name) => format!("did you mean `{name}`?"),
                    None => "templates/README.md lists the values of every kind".to_owned(),
                }),
            };
            findings.push((file.clone(), finding));
        }
    }
    findings
}
