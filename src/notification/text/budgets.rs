//! AWS Budgets: a heading, the account, a letter, and lines of `Key: value`.

use super::{Text, TextFamily};
use crate::arn;
use crate::notification::words;

pub(super) fn read(text: &str) -> Option<Text> {
    if !text.starts_with("AWS Budget Notification") {
        return None;
    }
    let mut read = Text::new(TextFamily::Budgets, "aws.budgets");
    let mut others: Vec<&str> = Vec::new();
    for line in text.lines().skip(1).map(str::trim) {
        if let Some(account) = account(line) {
            read.facts.account = Some(account.to_owned());
        } else if let Some((name, value)) = named(line) {
            if name == "Budget Name" {
                read.facts.name = Some(value.to_owned());
            }
            read.add(name, Some(value));
        } else if !is_ornament(line) {
            others.push(line);
        }
    }
    read.title = words::first_line(&match &read.facts.name {
        Some(name) => format!("AWS Budgets: {name}"),
        None => "AWS Budgets".to_owned(),
    })?;
    let others = others.join("\n").trim().to_owned();
    read.body = (!others.is_empty()).then_some(others);
    Some(read)
}

/// `AWS Account 123456789012`
fn account(line: &str) -> Option<&str> {
    let id = line
        .strip_prefix("AWS Account")?
        .trim_start_matches([':', ' ']);
    arn::is_account_id(id).then_some(id)
}

/// `Budgeted Amount: $100.00`; no sentence that happens to hold a colon.
fn named(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(": ")?;
    let is_name = name.len() <= 40
        && name.starts_with(|c: char| c.is_alphabetic())
        && name.split(' ').count() <= 5
        && !name.contains(['.', ',']);
    is_name.then_some((name, value))
}

/// What says nothing about the budget: the address of the letter and the link to the console's start page.
fn is_ornament(line: &str) -> bool {
    line.starts_with("Dear AWS Customer") || line.starts_with("[1] http")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_names_from_sentences() {
        for (line, expected) in [
            (
                "Alert Threshold: > $80.00",
                Some(("Alert Threshold", "> $80.00")),
            ),
            ("[1] https://console.aws.amazon.com/billing", None),
            ("You asked us to tell you this, so here it is: now", None),
            ("Budget Name:", None),
        ] {
            assert_eq!(named(line), expected, "{line}");
        }
    }
}
