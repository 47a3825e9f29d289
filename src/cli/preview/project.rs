//! What a preview is of: settings, templates and cases, as they were at one moment.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::cases::{self, Case};
use super::fault::Fault;
use crate::cli::Setup;
use crate::cli::check::examples::{self, Known};
use crate::cli::check::{reads, uses};
use crate::cli::sources::Sources;
use crate::context::Context;
use crate::settings::{References, Settings};
use crate::template::{SUFFIX, Templates};

/// Where everything is read from.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) settings: Option<PathBuf>,
    pub(super) templates: Option<PathBuf>,
    /// None for the built-in cases.
    pub(super) fixtures: Option<PathBuf>,
}

impl Place {
    pub(super) fn new(setup: &Setup, fixtures: Option<&Path>) -> Self {
        let usual = Path::new("fixtures");
        Self {
            settings: setup.settings.clone(),
            templates: setup.templates.clone(),
            fixtures: match fixtures {
                Some(fixtures) => Some(fixtures.to_owned()),
                None => usual.is_dir().then(|| usual.to_owned()),
            },
        }
    }
}

/// The files, as far as they could be read.
#[derive(Debug, Default, PartialEq, Eq)]
struct Files {
    settings: Option<String>,
    sources: Sources,
    cases: Vec<Arc<Case>>,
    /// What could not be read, so that there is not all to show that there should be.
    unreadable: Vec<String>,
    /// Files among the cases that could not be read.
    skipped: Vec<String>,
}

/// Settings, templates and cases of one moment.
#[derive(Debug)]
pub(super) struct Project {
    files: Files,
    /// Those of `--settings`; the usual ones when they are wrong.
    pub(super) settings: Settings,
    pub(super) templates: Templates,
    /// What is wrong with the settings, or cannot be read at all. Concerns every message.
    pub(super) faults: Vec<Fault>,
    /// Templates that cannot be loaded: file, what is wrong with it.
    broken: Vec<(String, Fault)>,
    /// Values that a template asks for and no message has. It renders all the same, with nothing there.
    unknown: Vec<(String, Fault)>,
    known: Arc<BTreeMap<&'static str, Known>>,
    uses: BTreeMap<String, BTreeSet<&'static str>>,
}

impl Project {
    /// Reads everything.
    ///
    /// # Errors
    /// Only when the built-in templates are broken.
    pub(super) fn read(place: &Place) -> Result<Self, String> {
        // Account names are all that settings have to do with it.
        let known = Arc::new(examples::known(&Settings::for_preview())?);
        Self::of(place, Files::read(place, &[]), known)
    }

    /// Reads everything again; None when nothing has changed.
    pub(super) fn read_again(&self, place: &Place) -> Option<Self> {
        let files = Files::read(place, &self.files.cases);
        if files == self.files {
            return None;
        }
        Self::of(place, files, Arc::clone(&self.known)).ok()
    }

    fn of(
        place: &Place,
        files: Files,
        known: Arc<BTreeMap<&'static str, Known>>,
    ) -> Result<Self, String> {
        let mut faults: Vec<Fault> = files.unreadable.iter().cloned().map(Fault::of).collect();
        let mut settings = None;
        if let (Some(path), Some(text)) = (&place.settings, &files.settings) {
            let variable = |name: &str| env::var(name).ok();
            match Settings::from_file(path, variable, References::AsWritten) {
                Ok(read) => settings = Some(read),
                Err(error) => {
                    let of_settings = error.0.into_iter();
                    faults.extend(of_settings.map(|it| Fault::of_settings(it, Some(text))));
                }
            }
        }
        let settings = settings.unwrap_or_else(Settings::for_preview);
        let mut templates = Templates::built_in().map_err(|error| error.to_string())?;
        if let Some(directory) = &place.templates {
            match templates.with_directory(directory) {
                Ok(with_directory) => templates = with_directory,
                Err(_) => {
                    // Said already: the same directory could not be read a moment ago.
                    templates = Templates::built_in().map_err(|error| error.to_string())?;
                }
            }
        }
        let sources = &files.sources;
        let there =
            |name: &str| templates.has(name) || sources.text(&format!("{name}{SUFFIX}")).is_some();
        let missing = settings.missing_templates(there);
        faults.extend(
            missing
                .into_iter()
                .map(|it| Fault::of_settings(it, files.settings.as_deref())),
        );
        let broken = templates.broken().iter().map(|error| {
            let text = sources.text(&error.template);
            let fault = Fault::of_template(sources.finding(error, None), text);
            (error.template.clone(), fault)
        });
        let uses = uses::of_files(&settings, &sources.files);
        let unknown = reads::all(sources, &uses, &known).into_iter();
        let unknown = unknown.map(|(file, finding)| {
            let fault = Fault::of_template(finding, sources.text(&file));
            (file, fault)
        });
        Ok(Self {
            broken: broken.collect(),
            unknown: unknown.collect(),
            uses,
            known,
            settings,
            templates,
            faults,
            files,
        })
    }

    pub(super) fn cases(&self) -> &[Arc<Case>] {
        &self.files.cases
    }

    /// The case of that name in a URL.
    pub(super) fn case(&self, slug: &str) -> Option<&Arc<Case>> {
        self.cases().iter().find(|case| case.slug == slug)
    }

    /// A file or directory that could not be read at all.
    pub(super) fn unreadable(&self) -> Option<&str> {
        self.files.unreadable.first().map(String::as_str)
    }

    pub(super) fn sources(&self) -> &Sources {
        &self.files.sources
    }

    /// Is there nothing in it that cannot be loaded?
    pub(super) fn is_whole(&self) -> bool {
        self.faults.is_empty() && self.broken.is_empty()
    }

    /// What is allowed in the settings but most likely not meant, and what is missing among the cases.
    pub(super) fn warnings(&self) -> impl Iterator<Item = String> {
        let skipped = self.files.skipped.iter();
        let skipped = skipped.map(|problem| format!("no case was made of {problem}"));
        let settings = self.settings.warnings.iter().map(ToString::to_string);
        settings.chain(skipped)
    }

    /// The broken templates that such a message may be made with.
    pub(super) fn broken_for<'p>(
        &'p self,
        kind: &'p str,
        context: &'p Context,
    ) -> impl Iterator<Item = &'p Fault> {
        self.concerning(&self.broken, kind, context)
    }

    /// What those templates ask for in vain.
    pub(super) fn unknown_for<'p>(
        &'p self,
        kind: &'p str,
        context: &'p Context,
    ) -> impl Iterator<Item = &'p Fault> {
        self.concerning(&self.unknown, kind, context)
    }

    fn concerning<'p>(
        &'p self,
        faults: &'p [(String, Fault)],
        kind: &'p str,
        context: &'p Context,
    ) -> impl Iterator<Item = &'p Fault> {
        let concerned = faults.iter().filter(move |(file, _)| {
            let used = self.uses.get(file).is_some_and(|it| it.contains(kind));
            used && examples::meets(file, context)
        });
        concerned.map(|(_, fault)| fault)
    }

    /// Every broken template.
    pub(super) fn broken(&self) -> impl Iterator<Item = &Fault> {
        self.broken.iter().map(|(_, fault)| fault)
    }
}

impl Files {
    fn read(place: &Place, before: &[Arc<Case>]) -> Self {
        let mut files = Self::default();
        if let Some(path) = &place.settings {
            match fs::read_to_string(path) {
                Ok(text) => files.settings = Some(text),
                Err(error) => {
                    let path = path.display();
                    files.unreadable.push(format!("--settings {path}: {error}"));
                }
            }
        }
        match Sources::read(place.templates.as_deref()) {
            Ok(sources) => files.sources = sources,
            Err(error) => files.unreadable.push(error),
        }
        match cases::all(place.fixtures.as_deref(), before) {
            Ok((cases, skipped)) => (files.cases, files.skipped) = (cases, skipped),
            Err(error) => {
                files.cases = before.to_vec();
                let path = place.fixtures.as_deref().unwrap_or(Path::new("")).display();
                files.unreadable.push(format!("--fixtures {path}: {error}"));
            }
        }
        files
    }
}
