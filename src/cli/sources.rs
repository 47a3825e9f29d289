//! The files of `--templates`, and where in them something is wrong.

mod position;
mod remedy;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::settings::{Finding, Place};
use crate::template::{self, TemplateError};

pub(super) use remedy::for_warning as remedy_for_warning;

/// The templates of a directory as their author wrote them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sources {
    directory: PathBuf,
    /// Name below the directory, text.
    pub(super) files: Vec<(String, String)>,
}

impl Sources {
    /// None without a directory.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn read(directory: Option<&Path>) -> Result<Self, String> {
        let Some(directory) = directory else {
            return Ok(Self::default());
        };
        let files = template::files(directory)
            .map_err(|error| format!("--templates {}: {error}", directory.display()))?;
        Ok(Self {
            directory: directory.to_owned(),
            files,
        })
    }

    /// The text of a file of the directory.
    pub(super) fn text(&self, file: &str) -> Option<&str> {
        let mut files = self.files.iter();
        files.find_map(|(own, source)| (own == file).then_some(source.as_str()))
    }

    /// What is wrong with a template, where, and what to do. `example` is the message that showed it.
    pub(super) fn finding(&self, error: &TemplateError, example: Option<&str>) -> Finding {
        let (message, hint) = remedy::for_error(&error.message);
        let line = error
            .line
            .or_else(|| self.line_of(&error.template, &message));
        Finding {
            place: Some(self.place(&error.template, line)),
            message: match example {
                Some(example) => format!("{message} (with {example})"),
                None => message,
            },
            hint,
        }
    }

    /// Where the part of the payload is written that a message begins with.
    pub(super) fn line_of(&self, file: &str, message: &str) -> Option<usize> {
        Some(position::line(self.text(file)?, remedy::path(message)?))
    }

    /// A line of a template of the directory, or of a built-in one.
    pub(super) fn place(&self, file: &str, line: Option<usize>) -> Place {
        let file = match self.text(file) {
            Some(_) => self.directory.join(file).display().to_string(),
            None => format!("built-in:{file}"),
        };
        Place {
            file: Arc::from(file),
            line,
            path: String::new(),
        }
    }
}
