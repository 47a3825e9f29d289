//! `check`: what is wrong with settings and templates, before a deploy.

mod examples;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use self::examples::{Example, Known};
use super::{Setup, Verdict, paths};
use crate::handler;
use crate::notification::Kind;
use crate::route::{self, Action, Decision, Route};
use crate::settings::{Finding, Place, References, Settings, nearest};
use crate::template::{self, SUFFIX, TemplateError, Templates};

#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(flatten)]
    setup: Setup,
    /// A directory of examples of your own, beside the built-in ones: any files that `render` takes
    #[arg(long, value_name = "DIR")]
    fixtures: Option<PathBuf>,
}

pub(super) fn run(options: &Options) -> Result<Verdict, String> {
    let findings = findings(&options.setup, options.fixtures.as_deref())?;
    Ok(report(&findings))
}

/// Prints the findings, and says whether there are any.
pub(super) fn report(findings: &[Finding]) -> Verdict {
    for finding in findings {
        anstream::println!("{finding}");
    }
    match findings.len() {
        0 => {
            anstream::println!("nothing to complain about");
            Verdict::Fine
        }
        count => {
            anstream::println!("{count} finding{}", if count == 1 { "" } else { "s" });
            Verdict::Failed
        }
    }
}

/// Everything that is wrong, settings first.
///
/// # Errors
/// When a directory cannot be read.
pub(super) fn findings(setup: &Setup, fixtures: Option<&Path>) -> Result<Vec<Finding>, String> {
    let (settings, mut findings) = read_settings(setup);
    let directory = setup.templates.as_deref();
    let files = match directory {
        None => Vec::new(),
        Some(path) => template::files(path)
            .map_err(|error| format!("--templates {}: {error}", path.display()))?,
    };
    let mut templates = Templates::built_in().map_err(|error| error.to_string())?;
    if let Some(path) = directory {
        templates = templates
            .with_directory(path)
            .map_err(|error| format!("--templates {}: {error}", path.display()))?;
    }
    findings.extend(settings.missing_templates(|name| templates.has(name)));

    let check = Check {
        known: examples::known(&settings)?,
        examples: examples::all(&settings, fixtures)?,
        uses: uses(&settings, &files),
        directory: directory.unwrap_or(Path::new("")),
        settings,
        templates,
        files,
    };
    findings.extend(check.syntax());
    findings.extend(check.reads());
    findings.extend(check.rendering());
    findings.extend(check.unused());
    Ok(findings)
}

fn read_settings(setup: &Setup) -> (Settings, Vec<Finding>) {
    let Some(path) = &setup.settings else {
        return (Settings::for_preview(), Vec::new());
    };
    match Settings::from_file(path, |name| env::var(name).ok(), References::AsWritten) {
        Ok(settings) => {
            let warnings = settings.warnings.clone();
            (settings, warnings)
        }
        Err(error) => (Settings::for_preview(), error.0),
    }
}

/// The kinds of record that each file of the directory may be used for. One that nobody uses is not in it.
fn uses(settings: &Settings, files: &[(String, String)]) -> BTreeMap<String, BTreeSet<Kind>> {
    let mut uses = BTreeMap::new();
    for (file, _) in files {
        let name = file.trim_end_matches(SUFFIX);
        let mut kinds = BTreeSet::new();
        kinds.extend(Kind::ALL.into_iter().filter(|kind| kind.as_str() == name));
        if name.starts_with("eventbridge/") {
            kinds.insert(Kind::Eventbridge);
        }
        routed(settings.root(), name, &Kind::ALL.into(), &mut kinds);
        if name.starts_with("parts/") {
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

struct Check<'d> {
    settings: Settings,
    templates: Templates,
    files: Vec<(String, String)>,
    uses: BTreeMap<String, BTreeSet<Kind>>,
    examples: Vec<Example>,
    known: BTreeMap<Kind, Known>,
    directory: &'d Path,
}

impl Check<'_> {
    fn syntax(&self) -> Vec<Finding> {
        self.templates
            .broken()
            .iter()
            .map(|error| self.finding(error, None))
            .collect()
    }

    /// Values that no message of the template's kinds has. Rendering alone does not find them inside `{% if %}`.
    fn reads(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (file, source) in &self.files {
            let Some(kinds) = self.uses.get(file) else {
                continue;
            };
            let known: Vec<&Known> = kinds
                .iter()
                .filter_map(|kind| self.known.get(kind))
                .collect();
            for read in paths::reads(source) {
                if known.iter().any(|known| known.has(&read.path)) {
                    continue;
                }
                let names = known.iter().flat_map(|known| known.paths());
                let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
                findings.push(Finding {
                    place: Some(self.place(file, Some(read.line))),
                    message: format!(
                        "no message of the kind {} has a value `{}`",
                        kinds.join(" or "),
                        read.path
                    ),
                    hint: Some(match nearest(&read.path, names) {
                        Some(name) => format!("did you mean `{name}`?"),
                        None => "templates/README.md lists the values of every kind".to_owned(),
                    }),
                });
            }
        }
        findings
    }

    /// Every example through the templates that its routes choose, and through every template that it may meet.
    fn rendering(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut seen = BTreeSet::new();
        for example in &self.examples {
            let mut rendered = Vec::new();
            if let Decision::Post(targets) = route::route(&self.settings, &example.context) {
                rendered.extend(
                    targets
                        .iter()
                        .map(|target| handler::render(&self.templates, &example.context, target)),
                );
            }
            for (file, kinds) in &self.uses {
                if kinds.contains(&example.kind) && example.meets(file) {
                    let name = file.trim_end_matches(SUFFIX);
                    rendered.push(self.templates.render(&example.context, Some(name)));
                }
            }
            for rendered in rendered {
                for error in &rendered.failed {
                    if seen.insert((error.template.clone(), error.message.clone())) {
                        findings.push(self.finding(error, Some(&example.name)));
                    }
                }
                let own = self
                    .files
                    .iter()
                    .any(|(file, _)| *file == rendered.template);
                for warning in rendered
                    .warnings
                    .iter()
                    .filter(|_| own && !example.is_extreme())
                {
                    if seen.insert((rendered.template.clone(), warning.clone())) {
                        findings.push(Finding {
                            place: Some(self.place(&rendered.template, None)),
                            message: format!("{warning} (with {})", example.name),
                            hint: None,
                        });
                    }
                }
            }
        }
        findings
    }

    fn unused(&self) -> Vec<Finding> {
        self.files
            .iter()
            .filter(|(file, _)| !self.uses.contains_key(file))
            .map(|(file, _)| {
                let name = file.trim_end_matches(SUFFIX);
                let kinds = Kind::ALL.map(Kind::as_str);
                Finding {
                    place: Some(self.place(file, None)),
                    message: format!(
                        "nobody uses the template `{name}`: it is no kind, and no route names it"
                    ),
                    hint: Some(match nearest(name, kinds) {
                        Some(kind) => format!("did you mean `{kind}{SUFFIX}`?"),
                        None => format!("name it in a route: template = \"{name}\""),
                    }),
                }
            })
            .collect()
    }

    fn finding(&self, error: &TemplateError, example: Option<&str>) -> Finding {
        Finding {
            place: Some(self.place(&error.template, error.line)),
            message: match example {
                Some(example) => format!("{} (with {example})", error.message),
                None => error.message.clone(),
            },
            hint: None,
        }
    }

    fn place(&self, file: &str, line: Option<usize>) -> Place {
        let file = if self.files.iter().any(|(own, _)| own == file) {
            self.directory.join(file).display().to_string()
        } else {
            format!("built-in:{file}")
        };
        Place {
            file: Arc::from(file),
            line,
            path: String::new(),
        }
    }
}
