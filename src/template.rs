//! Step 5: from a context to a [`Message`], by way of a Tera template.
//!
//! A template is the whole payload as JSON text. Values are escaped by where they land (see [`crate::slack`]), so neither
//! an author nor a sender can break the JSON or the markup. When a template fails, the next rung of the ladder is taken:
//! custom template, built-in template, minimal text. A message always comes out.

mod counted;
mod functions;
#[cfg(test)]
mod inlined;
mod minimal;
mod refused;
mod rounds;
mod tags;
mod trouble;

use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, Write};
use std::path::Path;

use tera::Tera;

use crate::context::Context;
use crate::slack::{Message, escape};

pub use self::minimal::{detail, minimal};
#[cfg(feature = "cli")]
pub(crate) use self::tags::{Tag, tags};

/// The templates in the binary: name below `templates/`, text.
pub const BUILT_IN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/templates.rs"));

/// The same as [`Templates`] loads them: with their rounds counted, components put where they are called, and without
/// indentation. Parts are none of them: nothing calls them any more.
const READY: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/ready.rs"));

/// What every template's file name ends with.
pub const SUFFIX: &str = ".json.tera";

/// What the names of templates with components for the others begin with.
const PARTS: &str = "parts/";

/// More than most messages are before they are finished.
const USUAL_OUTPUT: usize = 8 * 1024;

/// A template may render this many bytes; a loop inside a loop inside a loop gives more.
const LARGEST_OUTPUT: usize = 256 * 1024;

/// Parsed templates: the built-in ones, and a directory's laid over them.
pub struct Templates {
    built_in: Tera,
    custom: Option<Custom>,
    broken: Vec<TemplateError>,
}

impl fmt::Debug for Templates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Templates")
            .field("custom", &self.custom.as_ref().map(|custom| &custom.names))
            .field("broken", &self.broken)
            .finish_non_exhaustive()
    }
}

struct Custom {
    tera: Tera,
    /// The files of the directory.
    names: BTreeSet<String>,
    /// A part of the directory may change how a built-in template renders.
    has_parts: bool,
}

/// What is wrong with a template, for its author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError {
    /// Its file name, such as `cloudwatch_alarm.json.tera`.
    pub template: String,
    /// Counted from 1; `None` when the fault is in what was rendered.
    pub line: Option<usize>,
    /// What is wrong and, where we know, what to do.
    pub message: String,
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "template \"{}\"", self.template)?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for TemplateError {}

/// A message and how it came about.
#[derive(Debug)]
pub struct Rendered {
    /// Inside Slack's limits.
    pub message: Message,
    /// Where it comes from: a file name, `built-in:<file name>` or `minimal`.
    pub template: String,
    /// What was shortened or left out.
    pub warnings: Vec<String>,
    /// The rungs that failed before this one.
    pub failed: Vec<TemplateError>,
}

impl Templates {
    /// The built-in templates alone.
    ///
    /// # Errors
    /// Only when the binary was built with a broken template, which its tests prevent.
    pub fn built_in() -> Result<Self, TemplateError> {
        Ok(Self {
            built_in: with(engine(), READY.iter().copied())?,
            custom: None,
            broken: Vec::new(),
        })
    }

    /// Lays the `*.json.tera` files of a directory over the built-in templates. A file that does not parse is left out and
    /// listed by [`Templates::broken`]; the built-in template of its name is used instead.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn with_directory(mut self, directory: &Path) -> io::Result<Self> {
        let mut files = files(directory)?;
        // Parts first: the others use them.
        files.sort_by_cached_key(|(name, _)| (!name.starts_with(PARTS), name.clone()));
        let mut tera = if files.iter().any(|(name, _)| name.starts_with(PARTS)) {
            with_calls(engine(), "")
        } else {
            with_calls(self.built_in.clone(), PARTS)
        }
        .map_err(io::Error::other)?;
        let mut names = BTreeSet::new();
        for (name, source) in files {
            let added = refused::check(&name, &source).and_then(|()| {
                tera.add_raw_template(&name, &counted::counted(&source))
                    .map_err(|error| TemplateError::from_tera(&name, &error))
            });
            match added {
                Ok(()) => {
                    names.insert(name);
                }
                Err(error) => self.broken.push(error),
            }
        }
        let has_parts = names.iter().any(|name| name.starts_with(PARTS));
        self.custom = Some(Custom {
            tera,
            names,
            has_parts,
        });
        Ok(self)
    }

    /// The files of the directory that could not be parsed.
    pub fn broken(&self) -> &[TemplateError] {
        &self.broken
    }

    /// Is there a template of this name, without the suffix?
    pub fn has(&self, name: &str) -> bool {
        let name = format!("{name}{SUFFIX}");
        let custom = self.custom.as_ref();
        custom.is_some_and(|custom| custom.names.contains(&name))
            || self.built_in.contains_template(&name)
    }

    /// Renders a record's message. Always gives one.
    ///
    /// `wanted` is a template that the record's route names, without the suffix.
    pub fn render(&self, context: &Context, wanted: Option<&str>) -> Rendered {
        let mut failed = Vec::new();
        let wanted = wanted.map(str::to_owned).into_iter();
        for name in wanted.chain(names(context)) {
            let name = [&name, SUFFIX].concat();
            for (tera, own) in self.rungs(&name) {
                match render(tera, &name, context) {
                    Ok((message, warnings)) => {
                        let of = if own { "" } else { "built-in:" };
                        return Rendered {
                            message,
                            template: [of, &name].concat(),
                            warnings,
                            failed,
                        };
                    }
                    Err(error) => failed.push(error),
                }
            }
        }
        Rendered {
            message: minimal(context),
            template: "minimal".to_owned(),
            warnings: Vec::new(),
            failed,
        }
    }

    /// The templates of that name to try, in order, and whether each is the directory's own. They are looked up by name among
    /// those loaded, never as a path.
    fn rungs(&self, name: &str) -> impl Iterator<Item = (&Tera, bool)> {
        // As one tree: the most special name wins, and of one name the directory's file.
        let custom = self.custom.as_ref().and_then(|custom| {
            let own = custom.names.contains(name);
            let rendered_by_it = own || custom.has_parts && custom.tera.contains_template(name);
            rendered_by_it.then_some((&custom.tera, own))
        });
        let built_in = self.built_in.contains_template(name);
        let built_in = built_in.then_some((&self.built_in, false));
        custom.into_iter().chain(built_in)
    }
}

/// The names that fit a record, the most special first.
fn names(context: &Context) -> impl Iterator<Item = String> {
    let kind = context.text("kind").unwrap_or("text");
    let of_source = (kind == "eventbridge").then(|| {
        let source = context.text("source").unwrap_or_default();
        let detail_type = context.text("name").unwrap_or_default();
        [
            format!("eventbridge/{source}/{detail_type}"),
            format!("eventbridge/{source}"),
        ]
    });
    let of_source = of_source.into_iter().flatten();
    of_source.chain([kind.to_owned()])
}

/// Adds the built-in templates whose names begin so, with their calls of components, which a part of a directory may answer.
fn with_calls(tera: Tera, prefix: &str) -> Result<Tera, TemplateError> {
    let sources = BUILT_IN.iter().filter(|(name, _)| name.starts_with(prefix));
    with(
        tera,
        sources.map(|(name, source)| (*name, counted::counted(source))),
    )
}

fn with<S: AsRef<str>>(
    mut tera: Tera,
    sources: impl Iterator<Item = (&'static str, S)>,
) -> Result<Tera, TemplateError> {
    tera.add_raw_templates(sources)
        .map_err(|error| TemplateError::from_tera("built-in", &error))?;
    Ok(tera)
}

fn engine() -> Tera {
    let mut tera = Tera::new();
    tera.autoescape_on([SUFFIX]);
    tera.set_escape_fn(escape::write_foreign);
    functions::register(&mut tera);
    rounds::register(&mut tera);
    tera
}

fn render(
    tera: &Tera,
    name: &str,
    context: &Context,
) -> Result<(Message, Vec<String>), TemplateError> {
    let out = rendered(tera, name, context)
        .map_err(|error| TemplateError::from_rendering(name, &error, &context.to_json()))?;
    let rendered = String::from_utf8(out)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    Message::from_rendered(&rendered).map_err(|error| TemplateError {
        template: name.to_owned(),
        line: None,
        message: error.to_string(),
    })
}

fn rendered(tera: &Tera, name: &str, context: &Context) -> tera::TeraResult<Vec<u8>> {
    let mut out = Bounded(Vec::with_capacity(USUAL_OUTPUT));
    rounds::reset();
    tera.render_to(name, context.values(), &mut out)?;
    Ok(out.0)
}

/// A buffer that refuses to grow beyond [`LARGEST_OUTPUT`].
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > LARGEST_OUTPUT {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write(bytes).map(|_| ())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The `*.json.tera` files of a directory by name: their path below it, and their text.
///
/// # Errors
/// When the directory or a file in it cannot be read.
pub fn files(directory: &Path) -> io::Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    read_directory(directory, "", &mut files)?;
    files.sort();
    Ok(files)
}

fn read_directory(
    folder: &Path,
    prefix: &str,
    files: &mut Vec<(String, String)>,
) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let path = entry.path();
        if path.is_dir() {
            read_directory(&path, &format!("{prefix}{name}/"), files)?;
        } else if name.ends_with(SUFFIX) {
            let text = std::fs::read_to_string(&path)
                .map_err(|error| io::Error::new(error.kind(), format!("{name}: {error}")))?;
            files.push((format!("{prefix}{name}"), text));
        }
    }
    Ok(())
}
