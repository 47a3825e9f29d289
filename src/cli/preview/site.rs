//! Where the parts of the page are: on the server, or as files beside each other.

use super::view::View;

/// Who serves the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Site {
    /// `preview` itself.
    Server,
    /// Any server of files, or none.
    Files {
        /// The way from this page to the index's folder: empty, or `../`.
        root: &'static str,
    },
}

impl Site {
    /// The word for it that the script reads.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Files { .. } => "files",
        }
    }

    /// Style sheet or script.
    pub(super) fn asset(self, name: &str) -> String {
        match self {
            Self::Server => format!("/{name}"),
            Self::Files { root } => format!("{root}{name}"),
        }
    }

    /// The page of a case. Of files the script keeps the view.
    pub(super) fn case(self, slug: &str, view: View) -> String {
        match self {
            Self::Server => format!("/case/{slug}{}", view.query()),
            Self::Files { root } => format!("{root}case/{slug}.html"),
        }
    }

    /// The page to begin with.
    pub(super) fn index(self, view: View) -> String {
        match self {
            Self::Server => format!("/{}", view.query()),
            Self::Files { root } => format!("{root}index.html"),
        }
    }
}
