//! Which messages a template of one's own may be used for.

use std::collections::{BTreeMap, BTreeSet};

use crate::notification::Kind;
use crate::route::{self, Action, Route};
use crate::settings::Settings;
use crate::template::SUFFIX;

/// The kinds of record that each file of the directory may be used for. One that nobody uses is not in it.
pub(super) fn of_files(
    settings: &Settings,
    files: &[(String, String)],
) -> BTreeMap<String, BTreeSet<Kind>> {
    let mut uses = BTreeMap::new();
    for (file, _) in files {
        let name = file.trim_end_matches(SUFFIX);
        let mut kinds = BTreeSet::new();
        kinds.extend(Kind::ALL.into_iter().filter(|kind| kind.as_str() == name));
        if name.starts_with("eventbridge/") {
            kinds.insert(Kind::Eventbridge);
        }
        routed(settings.root(), name, &Kind::ALL.into(), &mut kinds);
        if name.starts_with(super::PARTS) {
            kinds.extend(Kind::ALL);
        }
        if !kinds.is_empty() {
            uses.insert(file.clone(), kinds);
        }
    }
    uses
}

/// Adds the kinds that the routes let through which name a template.
fn routed(route: &Route, name: &str, above: &BTreeSet<Kind>, kinds: &mut BTreeSet<Kind>) {
    let own: BTreeSet<Kind> = above
        .iter()
        .copied()
        .filter(|kind| {
            let takes = |matcher: &&route::Matcher| {
                matcher.path() == "kind" && matcher.takes(kind.as_str())
            };
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
        kinds.extend(&own);
    }
    for child in &route.routes {
        routed(child, name, &own, kinds);
    }
}
