//! On the left: the cases by kind, with search.

use std::sync::Arc;

use maud::{Markup, html};

use super::{Page, paste};
use crate::cli::preview::cases::Case;
use crate::cli::preview::site::Site;

impl Page<'_> {
    pub(super) fn list(&self) -> Markup {
        let cases = self.project.cases();
        let found = cases.iter().filter(|case| self.finds(case)).count();
        let server = self.site == Site::Server;
        html! {
            nav #cases.cases popover aria-label="Cases" {
                form.search role="search" action=[server.then(|| self.own(self.view))] {
                    label for="search" { "Search cases" }
                    input #search type="search" name="q" value=(self.search) autocomplete="off" spellcheck="false";
                    @for (name, word) in self.view.pairs() {
                        input type="hidden" name=(name) value=(word);
                    }
                    p #found.found role="status" { (found) @if found == 1 { " case" } @else { " cases" } }
                }
                @if server {
                    a.paste data-carry href=(paste(self.view)) aria-current=[self.case.is_none().then_some("page")] {
                        "Paste an event of your own"
                    }
                }
                div #list {
                    @for of_kind in cases.chunk_by(|a, b| a.kind == b.kind) {
                        (self.group(of_kind))
                    }
                    @if cases.is_empty() {
                        p.hint { "There are no cases in the folder of --fixtures." }
                    }
                }
            }
        }
    }

    fn group(&self, cases: &[Arc<Case>]) -> Markup {
        let kind = cases.first().map_or("", |case| case.kind);
        let current = self.case.is_some_and(|case| case.kind == kind);
        let found = cases.iter().any(|case| self.finds(case));
        // By the ids the script gives the focus back.
        html! {
            details.kind data-kind=(kind) open[current || !self.search.trim().is_empty()] hidden[!found] {
                summary id={ "kind-" (kind) } { (kind) " " span.count { (cases.len()) } }
                ul {
                    @for case in cases {
                        // Not left out: the script may widen the search.
                        li hidden[!self.finds(case)] {
                            a data-carry id={ "case-" (case.slug) } href=(self.site.case(&case.slug, self.view)) title=(case.name)
                                aria-current=[self.is(case).then_some("page")] { (short(case)) }
                        }
                    }
                }
            }
        }
    }

    fn is(&self, case: &Case) -> bool {
        self.case.is_some_and(|own| own.slug == case.slug)
    }

    /// As the script does.
    fn finds(&self, case: &Case) -> bool {
        let search = self.search.to_lowercase();
        let text = format!("{} {}", case.kind, case.name).to_lowercase();
        search.split_whitespace().all(|word| text.contains(word))
    }
}

/// Without the kind, which stands above it.
fn short(case: &Case) -> &str {
    let rest = case.name.strip_prefix(case.kind);
    rest.and_then(|rest| rest.strip_prefix('-'))
        .filter(|rest| !rest.is_empty())
        .unwrap_or(&case.name)
}
