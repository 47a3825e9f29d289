//! Where settings come from: environment variables and files.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::document::{self, Node};
use super::finding::{Finding, Place, SettingsError, quoted};
use super::reference::{ReferenceError, in_variable};
use super::sections;
use super::{Delivery, Receiver, Settings, Webhook, WebhookReference};
use crate::retry::QueueUrl;
use crate::route::{Action, Glob, Matcher, Route};
use crate::slack::webhook::Loopback;

/// The URL of a webhook for everything, or a reference to it.
pub(super) const WEBHOOK: &str = "SLACK_WEBHOOK_URL";
/// Settings as JSON.
const TEXT: &str = "SETTINGS";
/// The path of a file of settings.
const FILE: &str = "SETTINGS_FILE";
const TEMPLATES: &str = "TEMPLATES_DIR";
const LOOPBACK: &str = "ALLOW_LOOPBACK_WEBHOOK";
const RETRY_QUEUE: &str = "RETRY_QUEUE_URL";
const PARTIAL_BATCH: &str = "SQS_PARTIAL_BATCH";
/// Where a Lambda layer puts things (page "Packaging your layer content").
const LAYER: &str = "/opt/sns-to-slack";

/// What becomes of the webhooks that settings refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum References {
    /// They are fetched.
    Resolved,
    /// They stay references: a preview and a check need no secrets.
    AsWritten,
}

/// Turns references into webhooks.
pub(super) struct Resolver<'v> {
    variable: &'v dyn Fn(&str) -> Option<String>,
    pub(super) loopback: Loopback,
    references: References,
}

impl Resolver<'_> {
    pub(super) fn webhook(&self, text: &str) -> Result<Webhook, ReferenceError> {
        let reference = WebhookReference::parse(text, self.loopback)?;
        let why = match (&reference, self.references) {
            (WebhookReference::Url(url), _) => return Ok(Webhook::Resolved(url.clone())),
            (_, References::AsWritten) => "it is not fetched for a preview",
            (WebhookReference::Env(name), References::Resolved) => {
                return in_variable(name, self.variable, self.loopback)
                    .map(Webhook::Resolved)
                    .map_err(|fault| ReferenceError {
                        message: fault.message,
                        hint: fault.hint,
                    });
            }
            (WebhookReference::Ssm(_) | WebhookReference::SecretsManager { .. }, _) => {
                "it has not been fetched"
            }
        };
        Ok(Webhook::Unresolved {
            reference,
            why: why.to_owned(),
        })
    }
}

impl Settings {
    /// From the environment variables `SLACK_WEBHOOK_URL`, `SETTINGS` or `SETTINGS_FILE`, or from `settings.json` beside the
    /// binary or in a layer. `variable` gives the value of a variable.
    ///
    /// # Errors
    /// With every fault there is.
    pub fn from_environment(
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, SettingsError> {
        Self::from_surroundings(&variable, &folders(), References::Resolved)
    }

    /// The same with references as they are written.
    ///
    /// # Errors
    /// With every fault there is.
    #[cfg(feature = "cli")]
    pub fn from_environment_as_written(
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, SettingsError> {
        Self::from_surroundings(&variable, &folders(), References::AsWritten)
    }

    pub(super) fn from_surroundings(
        variable: &dyn Fn(&str) -> Option<String>,
        folders: &[PathBuf],
        references: References,
    ) -> Result<Self, SettingsError> {
        let (resolver, mut faults) = resolver(variable, references);
        let given: Vec<&str> = [WEBHOOK, TEXT, FILE]
            .into_iter()
            .filter(|name| set(variable, name).is_some())
            .collect();
        let value = |name| set(variable, name).unwrap_or_default();
        let (settings, found) = match given.as_slice() {
            [] => match beside(folders, "settings.json").filter(|path| path.is_file()) {
                Some(path) => file(&path, None, &resolver),
                None => (Self::for_preview(), vec![nothing_given()]),
            },
            [WEBHOOK] => Self::from_webhook(&value(WEBHOOK), &resolver),
            [TEXT] => read(document::from_json(&value(TEXT), TEXT), TEXT, &resolver),
            [_] => file(Path::new(&value(FILE)), Some(FILE), &resolver),
            several => (Self::for_preview(), vec![several_given(several)]),
        };
        faults.extend(found);
        let templates = match set(variable, TEMPLATES) {
            Some(path) => Some(PathBuf::from(path)),
            None => beside(folders, "templates").filter(|path| path.is_dir()),
        };
        let retry_queue = retry_queue(variable, &mut faults);
        let partial_batch = switch(variable, PARTIAL_BATCH, &mut faults);
        let mut settings = Self {
            retry_queue,
            partial_batch,
            templates,
            ..settings
        };
        if settings.retry_queue.is_some() && !partial_batch {
            settings.warnings.push(without_partial_batch());
        }
        settings.unless(faults)
    }

    /// From a file of TOML or JSON, by its extension, for the command line. `variable` gives the value of an environment
    /// variable.
    ///
    /// # Errors
    /// With every fault there is.
    pub fn from_file(
        path: &Path,
        variable: impl Fn(&str) -> Option<String>,
        references: References,
    ) -> Result<Self, SettingsError> {
        let (resolver, mut faults) = resolver(&variable, references);
        let (settings, found) = file(path, None, &resolver);
        faults.extend(found);
        settings.unless(faults)
    }

    /// From TOML, with references as they are written. `file` is for the findings.
    ///
    /// # Errors
    /// With every fault there is.
    #[cfg(feature = "cli")]
    pub fn from_toml(text: &str, file: &str) -> Result<Self, SettingsError> {
        let (resolver, _) = resolver(&|_| None, References::AsWritten);
        let (settings, faults) = toml(text, file, &resolver);
        settings.unless(faults)
    }

    /// From JSON, with references as they are written. `file` is for the findings.
    ///
    /// # Errors
    /// With every fault there is.
    pub fn from_json(text: &str, file: &str) -> Result<Self, SettingsError> {
        let (resolver, _) = resolver(&|_| None, References::AsWritten);
        let (settings, faults) = read(document::from_json(text, file), file, &resolver);
        settings.unless(faults)
    }

    /// A file of TOML or JSON as JSON, for the function. References stay as they are written. Of a file that
    /// [`Settings::from_file`] takes; of any other as good as it can be read.
    ///
    /// # Errors
    /// When the file cannot be read or parsed.
    #[cfg(feature = "cli")]
    pub fn as_json(path: &Path) -> Result<serde_json::Value, String> {
        let file = path.display().to_string();
        let text =
            fs::read_to_string(path).map_err(|error| format!("cannot read {file}: {error}"))?;
        let node = if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            document::from_toml(&text, &file).0
        } else {
            document::from_json(&text, &file).ok()
        };
        node.map(|node| node.to_json())
            .ok_or_else(|| format!("{file} cannot be parsed"))
    }

    fn from_webhook(text: &str, resolver: &Resolver<'_>) -> (Self, Vec<Finding>) {
        match resolver.webhook(text) {
            Err(error) => {
                let fault = Finding {
                    place: Some(Place::top(WEBHOOK)),
                    message: error.message,
                    hint: error.hint,
                };
                (Self::for_preview(), vec![fault])
            }
            Ok(webhook) => {
                let place = Place::top(WEBHOOK);
                let note = "with SLACK_WEBHOOK_URL alone only compliance changes of an AWS Config stream are posted, which reports \
                            every change of every resource; set SETTINGS or SETTINGS_FILE with a route for config_notice to change that";
                let ignore = Action::Ignore {
                    note: note.to_owned(),
                };
                let notices = Glob::parse("config_notice").map(|glob| Route {
                    matches: vec![Matcher::new("kind", vec![glob])],
                    ..Route::everything(&place, ignore)
                });
                let routes = notices.into_iter().collect();
                let settings = Self {
                    loopback: resolver.loopback,
                    ..Self::one_receiver(webhook, routes)
                };
                (settings, Vec::new())
            }
        }
    }

    /// One receiver `default` for what these routes do not take.
    pub(super) fn one_receiver(webhook: Webhook, routes: Vec<Route>) -> Self {
        let name = "default".to_owned();
        let post = Action::Post {
            receivers: vec![name.clone()],
            template: None,
            mentions: Vec::new(),
        };
        Self {
            root: Route {
                routes,
                ..Route::everything(&Place::top(WEBHOOK), post)
            },
            receivers: BTreeMap::from([(name.clone(), Receiver { name, webhook })]),
            account_names: BTreeMap::new(),
            delivery: Delivery::default(),
            loopback: Loopback::Refused,
            retry_queue: None,
            partial_batch: false,
            templates: None,
            warnings: Vec::new(),
        }
    }

    fn unless(self, faults: Vec<Finding>) -> Result<Self, SettingsError> {
        if faults.is_empty() {
            Ok(self)
        } else {
            Err(SettingsError(faults))
        }
    }
}

/// A variable that is set to something.
pub(super) fn set(variable: &dyn Fn(&str) -> Option<String>, name: &str) -> Option<String> {
    variable(name).filter(|text| !text.trim().is_empty())
}

fn resolver(
    variable: &dyn Fn(&str) -> Option<String>,
    references: References,
) -> (Resolver<'_>, Vec<Finding>) {
    let mut faults = Vec::new();
    let loopback = if switch(variable, LOOPBACK, &mut faults) {
        Loopback::Allowed
    } else {
        Loopback::Refused
    };
    let resolver = Resolver {
        variable,
        loopback,
        references,
    };
    (resolver, faults)
}

/// A variable that is 1, or 0 or not set.
fn switch(
    variable: &dyn Fn(&str) -> Option<String>,
    name: &str,
    faults: &mut Vec<Finding>,
) -> bool {
    match set(variable, name).as_deref() {
        Some("1") => true,
        None | Some("0") => false,
        Some(other) => {
            faults.push(Finding {
                place: Some(Place::top(name)),
                message: format!("{} is neither 1 nor 0", quoted(other)),
                hint: None,
            });
            false
        }
    }
}

fn retry_queue(
    variable: &dyn Fn(&str) -> Option<String>,
    faults: &mut Vec<Finding>,
) -> Option<QueueUrl> {
    let text = set(variable, RETRY_QUEUE)?;
    QueueUrl::parse_standard(&text)
        .map_err(|error| {
            faults.push(Finding {
                place: Some(Place::top(RETRY_QUEUE)),
                message: error.to_string(),
                hint: None,
            });
        })
        .ok()
}

fn without_partial_batch() -> Finding {
    Finding {
        place: Some(Place::top(RETRY_QUEUE)),
        message: "the retry queue invokes this function, and SQS_PARTIAL_BATCH is not set: one failure brings a whole batch back"
            .to_owned(),
        hint: Some(
            "let the event source mapping report batch item failures (ReportBatchItemFailures), and set SQS_PARTIAL_BATCH=1"
                .to_owned(),
        ),
    }
}

/// That of the binary, then the layer.
fn folders() -> Vec<PathBuf> {
    let binary = env::current_exe().ok();
    let beside = binary.and_then(|binary| binary.parent().map(Path::to_owned));
    beside.into_iter().chain([PathBuf::from(LAYER)]).collect()
}

/// In the first of the folders that has it.
fn beside(folders: &[PathBuf], name: &str) -> Option<PathBuf> {
    folders
        .iter()
        .map(|folder| folder.join(name))
        .find(|path| path.exists())
}

fn read(
    node: Result<Node, Finding>,
    file: &str,
    resolver: &Resolver<'_>,
) -> (Settings, Vec<Finding>) {
    match node {
        Ok(node) => sections::read(&node, file, resolver),
        Err(fault) => (Settings::for_preview(), vec![fault]),
    }
}

#[cfg(test)]
pub(super) fn with_faults(json: &str) -> (Settings, Vec<Finding>) {
    let (resolver, _) = resolver(&|_| None, References::AsWritten);
    read(document::from_json(json, "SETTINGS"), "SETTINGS", &resolver)
}

#[cfg(feature = "cli")]
fn toml(text: &str, file: &str, resolver: &Resolver<'_>) -> (Settings, Vec<Finding>) {
    let (node, mut faults) = document::from_toml(text, file);
    let (settings, found) = match node {
        Some(node) => sections::read(&node, file, resolver),
        None => (Settings::for_preview(), Vec::new()),
    };
    faults.extend(found);
    sections::sort(&mut faults);
    (settings, faults)
}

/// `asked` is the variable that names the file.
fn file(path: &Path, asked: Option<&str>, resolver: &Resolver<'_>) -> (Settings, Vec<Finding>) {
    let shown = path.display().to_string();
    let fault = |message: String, hint: Option<&str>| {
        let fault = Finding {
            place: asked.map(Place::top),
            message,
            hint: hint.map(str::to_owned),
        };
        (Settings::for_preview(), vec![fault])
    };
    let is_toml = match path.extension().and_then(|extension| extension.to_str()) {
        Some("toml") => true,
        Some("json") => false,
        _ => {
            let message = format!("{} is neither a .toml nor a .json file", quoted(&shown));
            return fault(message, None);
        }
    };
    if is_toml && cfg!(not(feature = "cli")) {
        return fault(
            format!("the function takes JSON, not TOML: {}", quoted(&shown)),
            Some("write the settings as JSON, or let `sns-to-slack bundle` do it"),
        );
    }
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            let relative =
                asked.is_some() && path.is_relative() && error.kind() == io::ErrorKind::NotFound;
            let hint = relative
                .then_some("a relative path begins where the program runs, in Lambda at /var/task");
            return fault(format!("cannot read {}: {error}", quoted(&shown)), hint);
        }
    };
    #[cfg(feature = "cli")]
    if is_toml {
        return toml(&text, &shown, resolver);
    }
    read(document::from_json(&text, &shown), &shown, resolver)
}

fn nowhere(message: String, hint: Option<String>) -> Finding {
    Finding {
        place: None,
        message,
        hint,
    }
}

fn nothing_given() -> Finding {
    let hint = "set it to the URL of a Slack incoming webhook, or set SETTINGS or SETTINGS_FILE for more than one";
    nowhere(
        "SLACK_WEBHOOK_URL is not set".to_owned(),
        Some(hint.to_owned()),
    )
}

fn several_given(names: &[&str]) -> Finding {
    let (set, hint) = match names {
        [_, _, _] => (
            "SLACK_WEBHOOK_URL, SETTINGS and SETTINGS_FILE",
            "drop SLACK_WEBHOOK_URL, and SETTINGS or SETTINGS_FILE",
        ),
        [WEBHOOK, other] => (
            *other,
            "drop SLACK_WEBHOOK_URL: settings name their own webhooks. To keep its value out of them, give the variable another name \
             and write webhook = \"env:NAME\"",
        ),
        _ => (
            "SETTINGS and SETTINGS_FILE",
            "drop SETTINGS to use the file, or SETTINGS_FILE to use the text",
        ),
    };
    let set = match names {
        [WEBHOOK, other] => format!("SLACK_WEBHOOK_URL and {other}"),
        _ => set.to_owned(),
    };
    nowhere(
        format!("{set} are set, and only one may be"),
        Some(hint.to_owned()),
    )
}
