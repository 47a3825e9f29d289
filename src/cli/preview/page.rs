//! The whole page, drawn here: the script replaces parts of it by the same parts of a newer one.

mod details;
mod json;
mod list;
mod stage;

use maud::{DOCTYPE, Markup, html};

use super::cases::Case;
use super::project::Project;
use super::shown::Shown;
use super::site::Site;
use super::view::{THEMES, View, WIDTHS};
use crate::cli::drawing;

/// The style sheet: the page, and the message in it.
pub(super) fn css() -> String {
    format!("{}\n{}", include_str!("page/page.css"), drawing::html::CSS)
}

/// The script.
pub(super) const JS: &str = include_str!("page/page.js");

/// What `<meta name="generator">` says: by it an export knows its own files again.
pub(super) const GENERATOR: &str = "sns-to-slack preview";

/// An empty page has this in the place of an icon, so that browsers do not ask for one.
const NO_ICON: &str = "data:,";

/// What the page shows.
pub(super) struct Page<'a> {
    pub(super) project: &'a Project,
    /// None for an event that was pasted.
    pub(super) case: Option<&'a Case>,
    /// The event that is shown: that of the case, or what became of it in the text box.
    pub(super) event: &'a str,
    pub(super) shown: &'a Shown,
    /// When something is wrong: what the same event was before.
    pub(super) before: Option<&'a Shown>,
    pub(super) view: View,
    pub(super) site: Site,
    /// Which state of the files it shows; the script asks for the page again when there is another.
    pub(super) version: &'a str,
    /// What the list is searched for.
    pub(super) search: &'a str,
    /// For pages of files, whose server sends none.
    pub(super) policy: Option<&'a str>,
}

impl Page<'_> {
    pub(super) fn markup(&self) -> Markup {
        let (site, view) = (self.site, self.view);
        let tab = view.tab.unwrap_or("event");
        let title = self.case.map_or("Pasted event", |case| &case.name);
        html! {
            (DOCTYPE)
            html lang="en" data-site=(site.word()) data-version=(self.version) data-theme=[view.theme]
                data-width=[view.width] data-tab=[(site == Site::Server).then_some(tab)] {
                head {
                    meta charset="utf-8";
                    @if let Some(policy) = self.policy {
                        meta http-equiv="Content-Security-Policy" content=(policy);
                    }
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="generator" content=(GENERATOR);
                    title { (title) " · sns-to-slack preview" }
                    link rel="icon" href=(NO_ICON);
                    link rel="stylesheet" href=(site.asset("page.css"));
                    // Not deferred: the view is set before anything is drawn.
                    script src=(site.asset("page.js")) {}
                    // A page that is drawn while half of it has come jumps when the rest does (MDN, "rel=expect").
                    link rel="expect" href="#end" blocking="render";
                }
                body {
                    a.skip href="#stage" { "Skip to the message" }
                    (self.header())
                    (self.list())
                    (self.stage())
                    (self.details())
                    div #end hidden {}
                }
            }
        }
    }

    fn header(&self) -> Markup {
        html! {
            header.top {
                a.home data-carry href=(self.site.index(self.view)) {
                    "sns-to-slack " span { "preview" }
                }
                button.open-list popovertarget="cases" { "Cases" }
                (self.choice("theme", "Theme", &THEMES, self.view.theme))
                (self.choice("width", "Width", &WIDTHS, Some(self.view.width.unwrap_or("desktop"))))
                @if self.site == Site::Server {
                    p #live.live role="status" {}
                }
            }
        }
    }

    /// Links, so that they work without the script.
    fn choice(
        &self,
        name: &str,
        label: &str,
        words: &[(&'static str, &'static str)],
        chosen: Option<&str>,
    ) -> Markup {
        html! {
            div.choice role="group" aria-label=(label) {
                @for (word, label) in words {
                    a data-view=(name) data-word=(word) href=(self.with(name, word))
                        aria-current=[(chosen == Some(word)).then_some("true")] { (label) }
                }
            }
        }
    }

    /// This page with another view.
    fn with(&self, name: &str, word: &'static str) -> String {
        let mut view = self.view;
        match name {
            "theme" => view.theme = Some(word),
            "width" => view.width = Some(word),
            _ => view.tab = Some(word),
        }
        match self.site {
            Site::Server => self.own(view),
            // The script reads it, also of a file.
            Site::Files { .. } => format!("?{name}={word}"),
        }
    }

    /// This page.
    fn own(&self, view: View) -> String {
        match self.case {
            Some(case) => self.site.case(&case.slug, view),
            None => paste(view),
        }
    }
}

/// The page for an event of one's own.
pub(super) fn paste(view: View) -> String {
    format!("/paste{}", view.query())
}
