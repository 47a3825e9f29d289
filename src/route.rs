//! Step 4: who gets a record.
//!
//! Routes are a tree, as in Prometheus' Alertmanager. A record enters at the root and goes down: the first child that
//! matches takes it, and its next siblings too when that child says `continue`. A route whose children all refuse decides
//! itself. So the root decides what nobody else does, and nothing is lost. See [`crate::settings`] for how it is written.

mod matcher;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use tera::Value;

use crate::context::Context;
use crate::settings::{Place, Receiver, Settings};
use crate::slack::Mention;

pub use matcher::{Glob, GlobError, Matcher};

/// One route with everything below it. What it inherits is already filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// Where it stands in the settings; its path (`route.routes[2]`) is its name.
    pub place: Place,
    /// All of them must hold.
    pub matches: Vec<Matcher>,
    /// None of them may hold.
    pub unless: Vec<Matcher>,
    /// Whether the siblings after it are tried even when it takes a record.
    pub continues: bool,
    /// What it does with a record that none of its children takes.
    pub action: Action,
    /// Tried first, in this order.
    pub routes: Vec<Route>,
}

/// What a route does with a record.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Posts it.
    Post {
        /// Names of receivers; not empty, and all of them are defined.
        receivers: Vec<String>,
        /// The template to use, without the suffix; `None` for the one of the kind.
        template: Option<String>,
        /// Whom the message notifies.
        mentions: Vec<Mention>,
    },
    /// Posts nothing.
    Ignore {
        /// For the log line: what decided so, and how to change it.
        note: String,
    },
}

/// Who gets a record.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision<'s> {
    /// These receivers, each once; never empty.
    Post(Vec<Target<'s>>),
    /// Nobody, and why.
    Ignore {
        /// For the log line: what decided so, and how to change it.
        note: &'s str,
    },
}

/// One receiver of a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Target<'s> {
    /// Where it goes.
    pub receiver: &'s Receiver,
    /// The template that the route names, without the suffix.
    pub template: Option<&'s str>,
    /// Whom the message notifies.
    pub mentions: &'s [Mention],
    /// The first route that names the receiver: it has decided template and mentions.
    pub route: &'s Route,
}

/// One route that was looked at, in the order of the tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Step<'s, 'c> {
    /// The route.
    pub route: &'s Route,
    /// How far below the root.
    pub depth: usize,
    /// What came of it.
    pub result: StepResult<'s, 'c>,
}

/// What came of looking at a route.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum StepResult<'s, 'c> {
    /// It matches, and none of its children does: it decides.
    Decides,
    /// It matches, and a child of it decides.
    LeftToChildren,
    /// It does not match.
    Refuses {
        /// Of `match`: it does not hold. Of `unless`: it does.
        matcher: &'s Matcher,
        /// Whether the matcher is one of `unless`.
        unless: bool,
        /// What the context says there; `None` when there is no such path.
        value: Option<&'c Value>,
    },
    /// Not tried: this sibling before it has taken the record, and does not say `continue`.
    NotReached {
        /// The sibling.
        taken_by: &'s Route,
    },
}

/// Decides by the context alone.
pub fn route<'s>(settings: &'s Settings, context: &Context) -> Decision<'s> {
    let steps = explain(settings, context);
    let deciding = steps
        .iter()
        .filter(|step| step.result == StepResult::Decides)
        .map(|step| step.route);
    let mut targets = Vec::new();
    let mut names = BTreeSet::new();
    let mut ignored = None;
    for route in deciding {
        match &route.action {
            Action::Ignore { note } => ignored = ignored.or(Some(note.as_str())),
            Action::Post {
                receivers,
                template,
                mentions,
            } => targets.extend(
                receivers
                    .iter()
                    .filter(|name| names.insert(name.as_str()))
                    .filter_map(|name| settings.receiver(name))
                    .map(|receiver| Target {
                        receiver,
                        template: template.as_deref(),
                        mentions,
                        route,
                    }),
            ),
        }
    }
    match ignored {
        Some(note) if targets.is_empty() => Decision::Ignore { note },
        _ => Decision::Post(targets),
    }
}

/// Every route that is looked at for a record, and what came of it. [`route`] decides by the same steps.
pub fn explain<'s, 'c>(settings: &'s Settings, context: &'c Context) -> Vec<Step<'s, 'c>> {
    let mut steps = Vec::new();
    visit(settings.root(), context, 0, &mut steps);
    steps
}

/// Whether the route takes the record.
fn visit<'s, 'c>(
    route: &'s Route,
    context: &'c Context,
    depth: usize,
    steps: &mut Vec<Step<'s, 'c>>,
) -> bool {
    let refusal = route.refusal(context);
    let taken = refusal.is_none();
    let own = steps.len();
    steps.push(Step {
        route,
        depth,
        result: refusal.unwrap_or(StepResult::Decides),
    });
    if !taken {
        return false;
    }
    let mut taken_by = None;
    for child in &route.routes {
        if let Some(taken_by) = taken_by {
            steps.push(Step {
                route: child,
                depth: depth + 1,
                result: StepResult::NotReached { taken_by },
            });
        } else if visit(child, context, depth + 1, steps) {
            if let Some(step) = steps.get_mut(own) {
                step.result = StepResult::LeftToChildren;
            }
            taken_by = (!child.continues).then_some(child);
        }
    }
    true
}

impl Route {
    /// One that takes every record.
    pub(crate) fn everything(place: &Place, action: Action) -> Self {
        Self {
            place: place.clone(),
            matches: Vec::new(),
            unless: Vec::new(),
            continues: false,
            action,
            routes: Vec::new(),
        }
    }

    fn refusal<'s, 'c>(&'s self, context: &'c Context) -> Option<StepResult<'s, 'c>> {
        let missing = self.matches.iter().find(|own| !own.matches(context));
        let found = self.unless.iter().find(|own| own.matches(context));
        let (matcher, unless) = missing
            .map(|matcher| (matcher, false))
            .or(found.map(|matcher| (matcher, true)))?;
        Some(StepResult::Refuses {
            matcher,
            unless,
            value: matcher.value(context),
        })
    }

    /// Is it easy to see that no record matches both? `false` says nothing.
    pub fn excludes(&self, other: &Self) -> bool {
        self.matches
            .iter()
            .any(|own| other.matches.iter().any(|theirs| own.excludes(theirs)))
    }

    /// Is it easy to see that it takes every record that the other one would? `false` says nothing.
    pub fn covers(&self, other: &Self) -> bool {
        self.unless.is_empty()
            && self
                .matches
                .iter()
                .all(|own| other.matches.iter().any(|theirs| own.covers(theirs)))
    }
}
