//! In the middle: what Slack shows, or what is wrong.

use maud::{Markup, html};

use super::Page;
use crate::cli::drawing::{self, Drawing};
use crate::cli::preview::fault::Fault;
use crate::cli::preview::shown::{Sent, Shown};
use crate::cli::rendering::Missing;

impl Page<'_> {
    pub(super) fn stage(&self) -> Markup {
        let gone = self
            .case
            .is_some_and(|case| self.project.case(&case.slug).is_none());
        html! {
            main #stage tabindex="-1" {
                div #name.name {
                    h1 { (self.case.map_or("Pasted event", |case| &case.name)) }
                    @if let Some(case) = self.case {
                        @if self.event != case.text { span.edited { "edited" } }
                    }
                }
                div #messages {
                    (self.elsewhere())
                    @if gone { (no_case()) } @else { (self.outcome()) }
                }
            }
        }
    }

    /// The messages, and what is wrong with them.
    fn outcome(&self) -> Markup {
        let faults = &self.shown.faults;
        html! {
            @for fault in &self.shown.unknown {
                @if !faults.iter().any(|it| it.finding.place == fault.finding.place) {
                    div.unknown { (self::fault(fault)) }
                }
            }
            @if faults.is_empty() {
                (messages(self.shown))
            } @else {
                div.faults role="alert" { @for fault in faults { (self::fault(fault)) } }
                @match self.before {
                    Some(before) => div.before {
                        h2 { "Before that" }
                        p.hint { "The last rendering without this." }
                        (messages(before))
                    },
                    None => div.before {
                        h2 { "What is posted meanwhile" }
                        p.hint { "The next template takes over; a message is never lost." }
                        (messages(self.shown))
                    },
                }
            }
        }
    }

    /// Templates that cannot be loaded but have nothing to do with this event.
    fn elsewhere(&self) -> Markup {
        let others: Vec<&Fault> = self
            .project
            .broken()
            .filter(|fault| !self.shown.faults.contains(fault))
            .collect();
        html! {
            @if !others.is_empty() {
                details.elsewhere {
                    summary {
                        "Another template is broken: "
                        @for (index, fault) in others.iter().enumerate() {
                            @if index > 0 { ", " }
                            @if let Some(place) = &fault.finding.place { (place) }
                        }
                    }
                    @for fault in others { (self::fault(fault)) }
                }
            }
        }
    }
}

fn no_case() -> Markup {
    html! {
        div.faults role="alert" {
            section.fault {
                p { "There is no such case." }
                p.hint { "Take one of the list. If its file comes back, it is shown here again." }
            }
        }
    }
}

fn messages(shown: &Shown) -> Markup {
    html! {
        @for (index, sent) in shown.messages.iter().enumerate() { (message(index + 1, sent)) }
        @for missing in &shown.missing {
            @match missing {
                Missing::Ignored(record, note) => p.nobody {
                    strong { "Nobody gets record " (record) "." } " " (note)
                },
                Missing::Unreadable(problem) => p.nobody.wrong {
                    strong { "A record cannot be read." } " " (problem.to_string())
                },
            }
        }
        @if shown.messages.is_empty() && shown.missing.is_empty() {
            p.nobody { "An event without records: nothing is posted." }
        }
    }
}

fn message(number: usize, sent: &Sent) -> Markup {
    let drawing = Drawing::of(&sent.rendered.message);
    html! {
        section.sent aria-label={ "Message " (number) ", to #" (sent.receiver) } {
            p.about {
                strong { "#" (sent.receiver) } " · " (sent.rendered.template) " · " (sent.records)
            }
            div.slack { (drawing::html::message(&drawing)) }
            div.notification {
                p.about { "Notification" }
                (drawing::html::notification(&drawing))
            }
        }
    }
}

fn fault(fault: &Fault) -> Markup {
    let finding = &fault.finding;
    html! {
        section.fault {
            @if let Some(place) = &finding.place { h2 { (place) } }
            p { (finding.message) }
            @if !fault.lines.is_empty() {
                pre.source tabindex="0" aria-label="Source" {
                    @for (number, line) in &fault.lines {
                        @if Some(*number) == fault.marked() {
                            mark { (numbered(*number, line, '>')) }
                        } @else {
                            (numbered(*number, line, ' '))
                        }
                    }
                }
            }
            @if let Some(hint) = &finding.hint { p.hint { (hint) } }
        }
    }
}

fn numbered(number: usize, line: &str, mark: char) -> String {
    format!("{mark}{number:>4}  {line}\n")
}
