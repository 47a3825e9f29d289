//! `check`: what is wrong with settings and templates, before a deploy.

pub(super) mod examples;
pub(super) mod reads;
pub(super) mod uses;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::path::{Path, PathBuf};

use clap::Args;

use self::examples::{Example, Known};
use super::sources::{self, Sources};
use super::{Setup, Verdict};
use crate::digest;
use crate::handler;
use crate::route::{self, Decision};
use crate::settings::{Finding, References, Settings, nearest};
use crate::template::{Rendered, SUFFIX, Templates};

/// What the names of files begin with that define components.
const PARTS: &str = "parts/";

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
    let sources = Sources::read(directory)?;
    let mut templates = Templates::built_in().map_err(|error| error.to_string())?;
    if let Some(path) = directory {
        templates = templates
            .with_directory(path)
            .map_err(|error| format!("--templates {}: {error}", path.display()))?;
    }
    // One that cannot be read is a finding of its own.
    let there = |name: &str| {
        sources
            .files
            .iter()
            .any(|(file, _)| file.strip_suffix(SUFFIX) == Some(name))
    };
    findings.extend(settings.missing_templates(|name| templates.has(name) || there(name)));

    let check = Check {
        known: examples::known(&settings)?,
        examples: examples::all(&settings, fixtures)?,
        uses: uses::of_files(&settings, &sources.files),
        settings,
        templates,
        sources,
    };
    let reads: Vec<Finding> = reads::all(&check.sources, &check.uses, &check.known)
        .into_iter()
        .map(|(_, finding)| finding)
        .collect();
    let mut of_templates = check.rendering(&reads);
    of_templates.extend(reads);
    of_templates.extend(check.syntax());
    of_templates.extend(check.unused());
    of_templates.sort_by(|a, b| by_place(a).cmp(&by_place(b)));
    findings.extend(of_templates);
    Ok(findings)
}

fn by_place(finding: &Finding) -> Option<(&str, Option<usize>)> {
    let place = finding.place.as_ref()?;
    Some((&place.file, place.line))
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

struct Check {
    settings: Settings,
    templates: Templates,
    sources: Sources,
    uses: BTreeMap<String, BTreeSet<&'static str>>,
    examples: Vec<Example>,
    known: BTreeMap<&'static str, Known>,
}

impl Check {
    fn syntax(&self) -> Vec<Finding> {
        self.templates
            .broken()
            .iter()
            .map(|error| self.sources.finding(error, None))
            .collect()
    }

    /// Every example through the templates that its routes choose, and through every template that it may meet. Of one line
    /// of a template only the first finding, and none where there is one already.
    fn rendering(&self, reads: &[Finding]) -> Vec<Finding> {
        let mut findings: Vec<Finding> = Vec::new();
        let mut warned = BTreeSet::new();
        for example in &self.examples {
            for rendered in self.rendered(example) {
                for error in &rendered.failed {
                    let finding = self.sources.finding(error, Some(&example.name));
                    let same = |known: &Finding| match (&known.place, &finding.place) {
                        (Some(known), Some(place)) if place.line.is_some() => known == place,
                        _ => known.place == finding.place && known.hint == finding.hint,
                    };
                    if !reads.iter().chain(&findings).any(same) {
                        findings.push(finding);
                    }
                }
                let own = self.sources.text(&rendered.template).is_some();
                if !own || example.is_extreme() {
                    continue;
                }
                for warning in &rendered.warnings {
                    let line = self.sources.line_of(&rendered.template, warning);
                    // The same warning has other numbers with other examples.
                    let key: String = warning.chars().filter(|c| !c.is_ascii_digit()).collect();
                    if warned.insert((rendered.template.clone(), line, key)) {
                        findings.push(Finding {
                            place: Some(self.sources.place(&rendered.template, line)),
                            message: format!("{warning} (with {})", example.name),
                            hint: sources::remedy_for_warning(warning),
                        });
                    }
                }
            }
        }
        findings
    }

    fn rendered(&self, example: &Example) -> Vec<Rendered> {
        let mut rendered = Vec::new();
        if example.kind == digest::KIND {
            // Routes choose no template for it.
            rendered.push(self.templates.render(&example.context, None));
        } else if let Decision::Post(targets) = route::route(&self.settings, &example.context) {
            rendered.extend(targets.iter().map(|it| {
                handler::render(&self.templates, &example.context, it.template, it.mentions)
            }));
        }
        for (file, kinds) in &self.uses {
            // Parts are rendered by the templates that use them.
            let whole = !file.starts_with(PARTS);
            if whole && kinds.contains(&example.kind) && examples::meets(file, &example.context) {
                let name = file.trim_end_matches(SUFFIX);
                rendered.push(self.templates.render(&example.context, Some(name)));
            }
        }
        rendered
    }

    fn unused(&self) -> Vec<Finding> {
        self.sources
            .files
            .iter()
            .filter(|(file, _)| !self.uses.contains_key(file))
            .map(|(file, _)| {
                let name = file.trim_end_matches(SUFFIX);
                let kinds: Vec<&str> = uses::all().collect();
                Finding {
                    place: Some(self.sources.place(file, None)),
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
}
