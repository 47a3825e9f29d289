//! On the left: the cases by kind, with search.

use maud::{Markup, html};

use super::{Page, paste};
use crate::cli::preview::cases::Case;
use crate::cli::preview::site::Site;

impl Page<'_> {
    pub(super) fn list(&self) -> Markup {
        let found = self.found();
        let server = self.site == Site::Server;
        html! {
            nav #cases.cases popover aria-label="Cases" {
                form.search role="search" action=[server.then(|| self.own(self.view))] {
                    label for="search" { "Search cases" }
                    input #search type="search" name="q" value=(self.search) autocomplete="off" spellcheck="false";
                    @for (name, word) in self.view.pairs() {
                        input type="hidden" name=(name) value=(word);
                    }
                    p #found.found role="status" { (found.len()) " cases" }
                }
                @if server {
                    a.paste data-carry href=(paste(self.view)) aria-current=[self.case.is_none().then_some("page")] {
                        "Paste an event of your own"
                    }
                }
                div #list {
                    @for of_kind in found.chunk_by(|a, b| a.kind == b.kind) {
                        (self.group(of_kind))
                    }
                    @if self.project.cases().is_empty() {
                        p.hint { "There are no cases in the folder of --fixtures." }
                    }
                }
            }
        }
    }

    fn group(&self, cases: &[&Case]) -> Markup {
        let kind = cases.first().map_or("", |case| case.kind);
        let current = self.case.is_some_and(|case| case.kind == kind);
        html! {
            details.kind open[current || !self.search.is_empty()] {
                summary { (kind) " " span.count { (cases.len()) } }
                ul {
                    @for case in cases {
                        li {
                            a data-carry href=(self.site.case(&case.slug, self.view)) title=(case.name)
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

    /// The cases that the search finds, in their order.
    fn found(&self) -> Vec<&Case> {
        let search = self.search.to_lowercase();
        let found = |case: &&Case| {
            let text = format!("{} {}", case.kind, case.name).to_lowercase();
            search.split_whitespace().all(|word| text.contains(word))
        };
        let cases = self.project.cases().iter().map(AsRef::as_ref);
        cases.filter(found).collect()
    }
}

/// Without the kind, which stands above it.
fn short(case: &Case) -> &str {
    let rest = case.name.strip_prefix(case.kind);
    rest.and_then(|rest| rest.strip_prefix('-'))
        .filter(|rest| !rest.is_empty())
        .unwrap_or(&case.name)
}
