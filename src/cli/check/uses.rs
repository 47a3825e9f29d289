//! Which messages a template of one's own may be used for.

use std::collections::{BTreeMap, BTreeSet};

use crate::digest;
use crate::notification::Kind;
use crate::route::{self, Action, Route};
use crate::settings::Settings;
use crate::template::SUFFIX;

/// What a template may be for: every kind of record, and a digest of many.
pub(in crate::cli) fn all() -> impl Iterator<Item = &'static str> {
    of_records().chain([digest::KIND])
}

fn of_records() -> impl Iterator<Item = &'static str> {
    Kind::ALL.into_iter().map(Kind::as_str)
}

/// The kinds that each file of the directory may be used for. One that nobody uses is not in it.
pub(in crate::cli) fn of_files(
    settings: &Settings,
    files: &[(String, String)],
) -> BTreeMap<String, BTreeSet<&'static str>> {
    let mut uses = BTreeMap::new();
    for (file, _) in files {
        let name = file.trim_end_matches(SUFFIX);
        let mut kinds = BTreeSet::new();
        kinds.extend(all().filter(|kind| *kind == name));
        if name.starts_with("eventbridge/") {
            kinds.insert(Kind::Eventbridge.as_str());
        }
        routed(settings.root(), name, &of_records().collect(), &mut kinds);
        if name.starts_with(super::PARTS) {
            kinds.extend(all());
        }
        if !kinds.is_empty() {
            uses.insert(file.clone(), kinds);
        }
    }
    uses
}

/// Adds the kinds that the routes let through which name a template.
fn routed(
    route: &Route,
    name: &str,
    above: &BTreeSet<&'static str>,
    kinds: &mut BTreeSet<&'static str>,
) {
    let own: BTreeSet<&'static str> = above
        .iter()
        .copied()
        .filter(|kind| {
            let takes = |matcher: &&route::Matcher| matcher.path() == "kind" && matcher.takes(kind);
            let looks = |matcher: &&route::Matcher| matcher.path() == "kind";
            route
                .matches
                .iter()
                .filter(looks)
                .all(|matcher| takes(&matcher))
                && !route.unless.iter().any(|matcher| takes(&matcher))
        })
        .collect();
    if let Action::Post {
        template: Some(template),
        ..
    } = &route.action
        && template == name
    {
        kinds.extend(own.iter().copied());
    }
    for child in &route.routes {
        routed(child, name, &own, kinds);
    }
}
