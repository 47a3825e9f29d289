//! Reading values of the types that are expected, and collecting what is wrong with the others.

use super::document::{Member, Node, Written};
use super::finding::{Finding, Place, list, nearest, quoted};

/// A value and where it is.
#[derive(Debug, Clone)]
pub(super) struct At<'n> {
    pub(super) node: &'n Node,
    pub(super) place: Place,
}

/// Goes through a document and keeps on after a fault.
#[derive(Debug, Default)]
pub(super) struct Reader {
    pub(super) faults: Vec<Finding>,
    pub(super) warnings: Vec<Finding>,
}

impl Reader {
    pub(super) fn fault(&mut self, place: &Place, message: String, hint: Option<String>) {
        self.faults.push(finding(place, message, hint));
    }

    pub(super) fn warning(&mut self, place: &Place, message: String, hint: Option<String>) {
        self.warnings.push(finding(place, message, hint));
    }

    pub(super) fn wrong_type(&mut self, at: &At<'_>, expected: &str, hint: Option<String>) {
        let written = &at.node.value;
        let value = match written {
            Written::Number(text) => format!("the number {text}"),
            Written::Date(text) => format!("the date {text}"),
            Written::Text(text) => format!("the text {}", quoted(text)),
            Written::Flag(flag) => flag.to_string(),
            Written::Null => "null".to_owned(),
            Written::List(_) => "a list".to_owned(),
            Written::Table(_) => "a table".to_owned(),
        };
        // Without a line the path is the place.
        let subject = match at.place.line {
            Some(_) => format!("`{}` ", at.place.path),
            None => String::new(),
        };
        self.fault(
            &at.place,
            format!("{subject}must be {expected}, not {value}"),
            hint,
        );
    }

    /// The members of a table, each name once.
    pub(super) fn table<'n>(&mut self, at: &At<'n>, expected: &str) -> Vec<(&'n str, At<'n>)> {
        let Written::Table(members) = &at.node.value else {
            self.wrong_type(at, expected, None);
            return Vec::new();
        };
        let mut read: Vec<(&str, At<'_>)> = Vec::new();
        for Member { name, line, node } in members {
            let place = at.place.member(name, *line);
            if read.iter().any(|(known, _)| known == name) {
                let hint = Some("keep one of them".to_owned());
                self.fault(&place, format!("{} is defined twice", quoted(name)), hint);
            } else {
                read.push((name, At { node, place }));
            }
        }
        read
    }

    /// Says that a name is not one of those known in a table.
    pub(super) fn unknown(&mut self, name: &str, place: &Place, within: &str, known: &[&str]) {
        let hint = match nearest(name, known.iter().copied()) {
            Some(meant) => format!("did you mean \"{meant}\"?"),
            None => format!("known here: {}", list(known.iter().copied())),
        };
        let message = format!("unknown key {} in {within}", quoted(name));
        self.fault(place, message, Some(hint));
    }

    pub(super) fn text<'n>(&mut self, at: &At<'n>, expected: &str) -> Option<&'n str> {
        if let Written::Text(text) = &at.node.value {
            return Some(text);
        }
        self.wrong_type(at, expected, None);
        None
    }

    pub(super) fn flag(&mut self, at: &At<'_>) -> Option<bool> {
        match &at.node.value {
            Written::Flag(flag) => Some(*flag),
            other => {
                let hint = match other {
                    Written::Text(text) if text == "true" || text == "false" => {
                        Some(format!("write {text} without quotes"))
                    }
                    _ => None,
                };
                self.wrong_type(at, "true or false", hint);
                None
            }
        }
    }

    /// A whole number.
    pub(super) fn number(&mut self, at: &At<'_>, expected: &str) -> Option<u64> {
        let number = match &at.node.value {
            Written::Number(text) => text.parse().ok(),
            _ => None,
        };
        if number.is_none() {
            self.wrong_type(at, expected, None);
        }
        number
    }

    pub(super) fn items<'n>(&mut self, at: &At<'n>, expected: &str) -> Option<Vec<At<'n>>> {
        match &at.node.value {
            Written::List(items) => Some(
                items
                    .iter()
                    .enumerate()
                    .map(|(index, node)| At {
                        node,
                        place: at.place.item(index, node.line),
                    })
                    .collect(),
            ),
            other => {
                let hint = match other {
                    Written::Text(text) => Some(format!("write [{}]", quoted(text))),
                    _ => None,
                };
                self.wrong_type(at, expected, hint);
                None
            }
        }
    }
}

fn finding(place: &Place, message: String, hint: Option<String>) -> Finding {
    Finding {
        place: Some(place.clone()),
        message,
        hint,
    }
}
