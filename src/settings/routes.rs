//! Reading the tree of routes.

use std::collections::BTreeSet;

use super::finding::{Finding, Place, list, nearest, quoted, shown};
use super::reader::{At, Reader};
use crate::route::{Action, Route};
use crate::slack::Mention;
use crate::template::SUFFIX;

const KEYS: [&str; 8] = [
    "match",
    "unless",
    "receivers",
    "template",
    "mention",
    "continue",
    "ignore",
    "routes",
];

/// Reads routes.
pub(super) struct Routes<'r> {
    pub(super) reader: &'r mut Reader,
    /// Names of receivers.
    pub(super) defined: &'r BTreeSet<&'r str>,
    /// Those that a route names.
    pub(super) used: BTreeSet<String>,
}

/// What a route passes on to the ones below it, for what they do not say themselves.
#[derive(Debug, Clone, Default)]
struct Inherited {
    receivers: Vec<String>,
    template: Option<String>,
    mentions: Vec<Mention>,
}

/// A route as it could be read.
struct Read {
    route: Route,
    /// Nothing is wrong with what it matches on.
    sound: bool,
}

impl Routes<'_> {
    /// The tree, as good as it could be read.
    pub(super) fn root(&mut self, at: &At<'_>) -> Route {
        self.route(at, Inherited::default(), true).route
    }

    fn route(&mut self, at: &At<'_>, mut own: Inherited, is_root: bool) -> Read {
        let note = format!("ignored by {}", at.place.named());
        let mut route = Route::everything(&at.place, Action::Ignore { note });
        let mut sound = true;
        let mut ignores = false;
        let mut posts: Option<(&str, Place)> = None;
        let mut children = Vec::new();
        for (name, member) in self.reader.table(at, "a table, as in [route]") {
            let faults = self.reader.faults.len();
            match name {
                "match" | "unless" | "continue" if is_root => self.reader.fault(
                    &member.place,
                    format!("the root route takes every record and has no `{name}`"),
                    Some("put it into a route below: [[route.routes]]".to_owned()),
                ),
                "match" => route.matches = self.reader.matchers(&member),
                "unless" => route.unless = self.reader.matchers(&member),
                "continue" => route.continues = self.reader.flag(&member).unwrap_or_default(),
                "ignore" => ignores = self.reader.flag(&member).unwrap_or_default(),
                "receivers" => own.receivers = self.receivers(&member),
                "template" => own.template = self.template(&member),
                "mention" => own.mentions = self.mentions(&member),
                "routes" => {
                    children = self
                        .reader
                        .items(&member, "a list of routes")
                        .unwrap_or_default();
                }
                unknown => self
                    .reader
                    .unknown(unknown, &member.place, &at.place.path, &KEYS),
            }
            if matches!(name, "receivers" | "template" | "mention") {
                posts.get_or_insert((name, member.place));
            } else if name != "routes" {
                sound &= self.reader.faults.len() == faults;
            }
        }
        if let (true, Some((name, place))) = (ignores, posts) {
            self.reader.fault(
                &place,
                format!("`{name}` in a route with ignore = true, which posts nothing"),
                Some(
                    "keep one of them; exceptions go into routes below the ignored one".to_owned(),
                ),
            );
        }
        if !ignores && own.receivers.is_empty() {
            self.without_receivers(&at.place, is_root);
            // The ones below would only repeat it.
            own.receivers = self.any();
        }
        let children: Vec<Read> = children
            .iter()
            .map(|child| self.route(child, own.clone(), false))
            .collect();
        self.unreachable(&children);
        self.named_twice(&children);
        route.routes = children.into_iter().map(|child| child.route).collect();
        if !ignores {
            route.action = Action::Post {
                receivers: own.receivers,
                template: own.template,
                mentions: own.mentions,
            };
        }
        Read { route, sound }
    }

    fn without_receivers(&mut self, place: &Place, is_root: bool) {
        let example = self.defined.first().unwrap_or(&"deploys");
        let (message, hint) = if is_root {
            (
                "the root route names no receivers; it gets what no other route takes, and nothing may be lost",
                format!("add receivers = [\"{example}\"], or ignore = true if that is meant"),
            )
        } else {
            (
                "this route names no receivers, and there are none above it to inherit",
                format!("add receivers = [\"{example}\"]"),
            )
        };
        self.reader.fault(place, message.to_owned(), Some(hint));
    }

    /// What stands for receivers that cannot be read, so that one fault does not become several.
    fn any(&self) -> Vec<String> {
        self.defined.iter().map(|name| (*name).to_owned()).collect()
    }

    fn receivers(&mut self, at: &At<'_>) -> Vec<String> {
        let Some(items) = self.reader.items(at, "a list of receivers") else {
            return self.any();
        };
        if items.is_empty() {
            self.reader.fault(
                &at.place,
                "a route without receivers would lose records".to_owned(),
                Some("leave `receivers` out to inherit them, or write ignore = true".to_owned()),
            );
        }
        let mut own: Vec<String> = Vec::new();
        for item in items {
            let Some(name) = self.reader.text(&item, "the name of a receiver") else {
                continue;
            };
            if !self.defined.contains(name) {
                let defined = self.defined.iter().copied();
                let meant = match nearest(name, defined.clone()) {
                    Some(meant) => format!("did you mean \"{meant}\"? "),
                    None => String::new(),
                };
                let hint = format!("{meant}defined receivers: {}", list(defined));
                let message = format!("receiver {} is not defined", quoted(name));
                self.reader.fault(&item.place, message, Some(hint));
            } else if own.iter().any(|known| known == name) {
                self.reader.fault(
                    &item.place,
                    format!("receiver \"{name}\" is named twice in this route"),
                    Some("name it once; a receiver gets a record once".to_owned()),
                );
            } else {
                self.used.insert(name.to_owned());
                own.push(name.to_owned());
            }
        }
        if own.is_empty() { self.any() } else { own }
    }

    fn template(&mut self, at: &At<'_>) -> Option<String> {
        let name = self.reader.text(at, "the name of a template")?;
        let stem = name.strip_suffix(SUFFIX).unwrap_or(name);
        if stem.is_empty() {
            self.reader.fault(
                &at.place,
                "the name of the template is empty".to_owned(),
                Some("leave `template` out to use the one of the kind".to_owned()),
            );
            return None;
        }
        if stem != name {
            self.reader.fault(
                &at.place,
                format!(
                    "templates are named without `{SUFFIX}`, not {}",
                    quoted(name)
                ),
                Some(format!("write {}", quoted(stem))),
            );
        }
        Some(stem.to_owned())
    }

    fn mentions(&mut self, at: &At<'_>) -> Vec<Mention> {
        let Some(items) = self.reader.items(at, "a list of mentions") else {
            return Vec::new();
        };
        if items.len() > Mention::MOST {
            self.reader.fault(
                &at.place,
                format!("{} mentions are more than {}", items.len(), Mention::MOST),
                Some("mention a user group instead: \"<!subteam^S…>\"".to_owned()),
            );
        }
        let mut mentions = Vec::new();
        for item in items {
            let Some(text) = self.reader.text(&item, "a mention") else {
                continue;
            };
            match Mention::parse(text) {
                Ok(mention) => mentions.push(mention),
                Err(error) => self.reader.fault(
                    &item.place,
                    format!("{} is no mention", quoted(text)),
                    Some(error.to_string()),
                ),
            }
        }
        mentions
    }

    fn unreachable(&mut self, siblings: &[Read]) {
        for (index, Read { route, sound }) in siblings.iter().enumerate() {
            let before = siblings.iter().take(index);
            let covering = before
                .filter(|before| before.sound && !before.route.continues)
                .find(|before| before.route.covers(route));
            let Some(Read {
                route: covering, ..
            }) = covering.filter(|_| *sound)
            else {
                continue;
            };
            let why = if covering.matches.is_empty() {
                "matches everything"
            } else {
                "takes all that it would take"
            };
            self.reader.fault(
                &route.place,
                format!(
                    "this route is never reached: {} {why}",
                    covering.place.named()
                ),
                Some("put it before that one, or set continue = true there".to_owned()),
            );
        }
    }
}

impl Routes<'_> {
    /// A receiver gets a record once. Where two routes may both take it, the second one's template and mentions are lost.
    fn named_twice(&mut self, siblings: &[Read]) {
        for (index, Read { route: first, .. }) in siblings.iter().enumerate() {
            let after = siblings.iter().skip(index + 1).map(|read| &read.route);
            let both = after.filter(|second| first.continues && !first.excludes(second));
            for (first, second) in both.flat_map(|second| pairs(first, second)) {
                let Some(receiver) = differs(first, second) else {
                    continue;
                };
                self.reader.warning(
                    &second.place,
                    format!(
                        "receiver {} is named here and by {}, which says `continue`; of a record that both take it gets one message, with the template and mention of the first",
                        quoted(receiver),
                        first.place.named()
                    ),
                    Some("give both the same template and mention, or keep them apart with `match` or `unless`".to_owned()),
                );
            }
        }
    }
}

/// Every route at or below the one with every route at or below the other.
fn pairs<'r>(first: &'r Route, second: &'r Route) -> Vec<(&'r Route, &'r Route)> {
    fn collect<'r>(route: &'r Route, all: &mut Vec<&'r Route>) {
        all.push(route);
        route.routes.iter().for_each(|child| collect(child, all));
    }
    let (mut firsts, mut seconds) = (Vec::new(), Vec::new());
    collect(first, &mut firsts);
    collect(second, &mut seconds);
    firsts
        .iter()
        .flat_map(|first| seconds.iter().map(move |second| (*first, *second)))
        .filter(|(first, second)| !first.excludes(second))
        .collect()
}

/// A receiver of both that they treat differently.
fn differs<'r>(first: &'r Route, second: &'r Route) -> Option<&'r str> {
    let (
        Action::Post {
            receivers,
            template,
            mentions,
        },
        Action::Post {
            receivers: others,
            template: other_template,
            mentions: other_mentions,
        },
    ) = (&first.action, &second.action)
    else {
        return None;
    };
    if template == other_template && mentions == other_mentions {
        return None;
    }
    let shared = receivers.iter().find(|name| others.contains(name));
    shared.map(String::as_str)
}

/// Says where a template is named that nobody has, once for each.
pub(super) fn missing_templates(
    route: &Route,
    exists: &impl Fn(&str) -> bool,
    findings: &mut Vec<Finding>,
) {
    if let Action::Post {
        template: Some(name),
        ..
    } = &route.action
    {
        let message = format!("there is no template {}", quoted(name));
        let said = findings.iter().any(|finding| finding.message == message);
        if !said && !exists(name) {
            let hint = format!(
                "add {}{SUFFIX} to the templates; until then the template of the kind is used",
                shown(name)
            );
            findings.push(Finding {
                place: Some(route.place.clone()),
                message,
                hint: Some(hint),
            });
        }
    }
    for child in &route.routes {
        missing_templates(child, exists, findings);
    }
}
