//! On the right: where the message comes from, in tabs.

use std::cmp::Reverse;

use maud::{Markup, html};
use serde_json::Value;

use super::Page;
use super::json::Json;
use crate::cli::drawing::usage;
use crate::cli::preview::shown::{Sent, Shown};
use crate::cli::preview::site::Site;
use crate::cli::preview::view::TABS;
use crate::cli::rendering::builder_link;
use crate::slack::Message;

impl Page<'_> {
    pub(super) fn details(&self) -> Markup {
        // Of wrong settings nothing follows; of a wrong template the context is what its author needs.
        let settings_are_wrong = !self.project.faults.is_empty();
        let shown = match self.before {
            Some(before) if settings_are_wrong => before,
            _ => self.shown,
        };
        html! {
            aside.details aria-label="Where it comes from" {
                (self.tabs(warnings(self, shown).len()))
                (panel("event", &self.event_panel()))
                (panel("context", &contexts(shown)))
                (panel("payload", &payloads(shown)))
                (panel("decision", &decisions(shown)))
                (panel("limits", &limits(self, shown)))
            }
        }
    }

    fn tabs(&self, warnings: usize) -> Markup {
        let chosen = self.view.tab.unwrap_or("event");
        html! {
            div.tabs role="tablist" aria-label="Where it comes from" {
                @for (word, label) in TABS {
                    a id={ "tab-" (word) } role="tab" data-view="tab" data-word=(word) aria-controls={ "panel-" (word) }
                        aria-selected=(chosen == word) tabindex=[(chosen != word).then_some("-1")]
                        href=(self.tab(word)) {
                        (label)
                        @if word == "limits" {
                            span #warnings.count { @if warnings > 0 { (warnings) span.unseen { " warnings" } } }
                        }
                    }
                }
            }
        }
    }

    fn tab(&self, word: &'static str) -> String {
        match self.site {
            Site::Server => self.with("tab", word),
            Site::Files { .. } => format!("#panel-{word}"),
        }
    }

    fn event_panel(&self) -> Markup {
        let server = self.site == Site::Server;
        let slug = self.case.map_or("", |case| &case.slug);
        let query = self.view.query();
        html! {
            form #edit.edit method="post" action=[server.then(|| format!("/event/{slug}{query}"))] {
                label for="event" {
                    @if server { "Lambda event, SNS message, or any text: edit it, or paste another" }
                    @else { "Lambda event" }
                }
                textarea #event name="event" spellcheck="false" autocomplete="off" autocapitalize="off" wrap="off"
                    readonly[!server] {
                    // The parser drops one line break here.
                    "\n" (self.event)
                }
                @if server {
                    div.buttons {
                        button type="submit" { "Show" }
                        a.button #reset data-carry href=(self.own(self.view)) { "Reset" }
                    }
                }
            }
        }
    }
}

fn panel(word: &str, inside: &Markup) -> Markup {
    html! {
        section id={ "panel-" (word) } role="tabpanel" aria-labelledby={ "tab-" (word) } tabindex="0" { (inside) }
    }
}

/// Contexts that several messages share are there once.
fn contexts(shown: &Shown) -> Markup {
    let mut contexts: Vec<(&Sent, Vec<&str>)> = Vec::new();
    for sent in &shown.messages {
        let same = contexts
            .iter_mut()
            .find(|(it, _)| it.context == sent.context);
        match same {
            Some((_, receivers)) => receivers.push(&sent.receiver),
            None => contexts.push((sent, vec![&sent.receiver])),
        }
    }
    html! {
        p.hint { "What a template sees and routes match on." }
        @for (index, (sent, receivers)) in contexts.iter().enumerate() {
            @if contexts.len() > 1 {
                h2 { (sent.records) ", " @for receiver in receivers { "#" (receiver) " " } }
            }
            (code(&format!("context-{index}"), &Value::Object(sent.context.to_json())))
        }
    }
}

fn payloads(shown: &Shown) -> Markup {
    html! {
        @for (index, sent) in shown.messages.iter().enumerate() {
            @let payload = sent.rendered.message.payload();
            @if shown.messages.len() > 1 { h2 { "#" (sent.receiver) ", " (sent.records) } }
            p.hint { "Of " (sent.rendered.template) "." }
            div.buttons {
                button type="button" data-copy={ "payload-" (index) } { "Copy" }
                a.button href=(builder_link(&payload)) target="_blank" rel="noopener noreferrer" {
                    "Open in Block Kit Builder"
                }
            }
            (code(&format!("payload-{index}"), &payload))
        }
        @if shown.messages.is_empty() { p.hint { "Nothing is posted." } }
    }
}

fn code(id: &str, value: &Value) -> Markup {
    html! { pre.json id=(id) tabindex="0" { code { (Json(value)) } } }
}

fn decisions(shown: &Shown) -> Markup {
    html! {
        @for (index, decision) in shown.decisions.iter().enumerate() {
            @if shown.decisions.len() > 1 { h2 { "Record " (index + 1) } }
            pre.decision tabindex="0" { (decision) }
        }
        @if shown.decisions.is_empty() { p.hint { "There is no record." } }
    }
}

fn limits(page: &Page<'_>, shown: &Shown) -> Markup {
    let warnings = warnings(page, shown);
    html! {
        h2 { "Warnings" }
        @if warnings.is_empty() {
            p.hint { "None." }
        } @else {
            ul.warnings { @for warning in &warnings { li { (warning) } } }
        }
        @for sent in &shown.messages {
            h2 {
                "What Slack takes, and how much of it is used"
                @if shown.messages.len() > 1 { ": #" (sent.receiver) ", " (sent.records) }
            }
            (usage(&sent.rendered.message))
        }
    }
}

/// The fullest first.
fn usage(message: &Message) -> Markup {
    let mut all = usage::usage(message);
    all.sort_by_key(|it| Reverse(it.used * 1000 / it.most.max(1)));
    html! {
        table.usage {
            thead { tr { th scope="col" { "where" } th scope="col" { "used" } th scope="col" { "at most" } th { span.unseen { "share" } } } }
            tbody {
                @for it in &all {
                    tr {
                        th scope="row" { (it.place) }
                        td { (it.used) }
                        td { (it.most) }
                        td { meter min="0" max=(it.most) high=(it.most * 4 / 5) value=(it.used) aria-label=(it.place) {} }
                    }
                }
            }
        }
    }
}

fn warnings(page: &Page<'_>, shown: &Shown) -> Vec<String> {
    let mut warnings: Vec<String> = shown.warning.iter().cloned().collect();
    warnings.extend(page.project.warnings());
    for sent in &shown.messages {
        let failed = sent.rendered.failed.iter().map(ToString::to_string);
        let all = failed.chain(sent.rendered.warnings.iter().cloned());
        warnings.extend(all.map(|warning| format!("#{}: {warning}", sent.receiver)));
    }
    warnings
}
