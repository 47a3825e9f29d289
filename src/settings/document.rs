//! Settings as they are written, TOML or JSON, with the place of every value.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::finding::{Finding, Place};

/// One value as it is written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    /// Of TOML.
    pub(super) line: Option<usize>,
    pub(super) value: Written,
}

/// What is written.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Written {
    Null,
    Flag(bool),
    Number(String),
    Text(String),
    /// TOML's dates and times, which no setting takes.
    #[cfg_attr(
        not(feature = "cli"),
        expect(
            dead_code,
            reason = "JSON has no dates, and TOML is read by the command line only"
        )
    )]
    Date(String),
    List(Vec<Node>),
    /// In the order of the file, names that are there twice included.
    Table(Vec<Member>),
}

/// A name and its value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Member {
    pub(super) name: String,
    /// Of the name, in TOML.
    pub(super) line: Option<usize>,
    pub(super) node: Node,
}

#[cfg(feature = "cli")]
impl Node {
    /// As JSON: what the function reads.
    pub(super) fn to_json(&self) -> serde_json::Value {
        use serde_json::Value;
        match &self.value {
            Written::Null => Value::Null,
            Written::Flag(flag) => Value::Bool(*flag),
            Written::Number(number) => {
                serde_json::from_str(number).unwrap_or_else(|_| Value::String(number.clone()))
            }
            Written::Text(text) | Written::Date(text) => Value::String(text.clone()),
            Written::List(items) => items.iter().map(Self::to_json).collect(),
            Written::Table(members) => members
                .iter()
                .map(|member| (member.name.clone(), member.node.to_json()))
                .collect(),
        }
    }
}

/// Reads JSON.
pub(super) fn from_json(text: &str, file: &str) -> Result<Node, Finding> {
    serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| Finding {
        place: Some(Place::top(file)),
        // The parser's texts name signs and positions, never values.
        message: format!("not JSON: {error}"),
        hint: text
            .trim_start()
            .starts_with(['[', '#'])
            .then(|| "TOML is for the command line; the function takes JSON".to_owned()),
    })
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = deserializer.deserialize_any(Reader)?;
        Ok(Self { line: None, value })
    }
}

/// Unlike `serde_json::Value`, keeps a name that is there twice.
struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Written;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("settings")
    }

    fn visit_unit<E>(self) -> Result<Written, E> {
        Ok(Written::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Written, E> {
        Ok(Written::Flag(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Written, E> {
        Ok(Written::Number(number.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Written, E> {
        Ok(Written::Number(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Written, E> {
        Ok(Written::Number(number.to_string()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Written, E> {
        Ok(Written::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Written, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Written::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Written, A::Error> {
        let mut table = Vec::new();
        while let Some((name, node)) = members.next_entry()? {
            table.push(Member {
                name,
                line: None,
                node,
            });
        }
        Ok(Written::Table(table))
    }
}

/// Reads TOML. What could be read comes with the faults, so that the settings behind them are examined too; `None` when a
/// fault makes the rest unreliable.
#[cfg(feature = "cli")]
pub(super) fn from_toml(text: &str, file: &str) -> (Option<Node>, Vec<Finding>) {
    use toml::de::DeTable;

    let lines = Lines::new(text);
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut reliable = true;
    let mut findings = Vec::new();
    let mut twice = None;
    for error in errors {
        let span = error.span().unwrap_or_default();
        let place = Place {
            line: Some(lines.of(span.start)),
            ..Place::top(file)
        };
        // The parser's texts name signs, never values; its `Display` would show the line.
        if error.message() != "duplicate key" {
            reliable = false;
            findings.push(Finding {
                place: Some(place),
                message: format!("not TOML: {}", error.message()),
                hint: None,
            });
            continue;
        }
        let header = lines.header(text, span.start);
        let name = if header == place.line {
            twice = header;
            text.lines()
                .nth(lines.of(span.start) - 1)
                .unwrap_or_default()
        } else if header.is_some() && header == twice {
            // Said already, of the table as a whole.
            continue;
        } else {
            text.get(span).unwrap_or_default()
        };
        findings.push(Finding {
            place: Some(place),
            message: format!("{} is defined twice", super::finding::quoted(name.trim())),
            hint: Some("keep one of them".to_owned()),
        });
    }
    let node = lines.table(Some(1), table.get_ref());
    (reliable.then_some(node), findings)
}

/// Where the lines of a text begin.
#[cfg(feature = "cli")]
struct Lines(Vec<usize>);

#[cfg(feature = "cli")]
impl Lines {
    fn new(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(at, _)| at + 1).collect())
    }

    fn of(&self, at: usize) -> usize {
        self.0.partition_point(|begin| *begin <= at) + 1
    }

    /// The line of the table's header that a place stands below, or in.
    fn header(&self, text: &str, at: usize) -> Option<usize> {
        let line = self.of(at);
        let lines: Vec<&str> = text.lines().take(line).collect();
        lines
            .iter()
            .rposition(|line| line.trim_start().starts_with('['))
            .map(|index| index + 1)
    }

    fn table(&self, line: Option<usize>, table: &toml::de::DeTable<'_>) -> Node {
        let mut members: Vec<_> = table.iter().collect();
        members.sort_by_key(|(name, _)| name.span().start);
        let members = members.into_iter().map(|(name, value)| {
            let line = Some(self.of(name.span().start));
            Member {
                name: name.get_ref().to_string(),
                line,
                node: self.node(value),
            }
        });
        Node {
            line,
            value: Written::Table(members.collect()),
        }
    }

    fn node(&self, value: &toml::Spanned<toml::de::DeValue<'_>>) -> Node {
        use toml::de::DeValue;

        let line = Some(self.of(value.span().start));
        let value = match value.get_ref() {
            DeValue::Boolean(flag) => Written::Flag(*flag),
            DeValue::Integer(number) => Written::Number(number.to_string()),
            DeValue::Float(number) => Written::Number(number.to_string()),
            DeValue::String(text) => Written::Text(text.to_string()),
            DeValue::Datetime(date) => Written::Date(date.to_string()),
            DeValue::Array(items) => {
                Written::List(items.iter().map(|item| self.node(item)).collect())
            }
            DeValue::Table(table) => return self.table(line, table),
        };
        Node { line, value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_keeps_names_that_are_there_twice() {
        let node = from_json(r#"{"a": 1, "a": [true, null, "x"]}"#, "SETTINGS").unwrap();
        let Written::Table(members) = node.value else {
            panic!("{node:?}");
        };
        let names: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
        assert_eq!(names, ["a", "a"]);
    }

    #[test]
    fn faults_of_json_do_not_repeat_it() {
        for text in [
            r#"{"webhook": "https://hooks.slack.com/CANARY"#,
            r#"{"webhook": https://hooks.slack.com/CANARY}"#,
            "CANARY",
            "[receivers.CANARY]",
        ] {
            let finding = from_json(text, "SETTINGS").unwrap_err().to_string();
            assert!(!finding.contains("CANARY"), "{finding}");
        }
    }

    #[cfg(feature = "cli")]
    #[test]
    fn toml_knows_the_line_of_every_value() {
        let text = "# comment\n[receivers.a]\nwebhook = \"x\"\n\n[route]\nreceivers = [\n  \"a\",\n  \"b\",\n]\n[[route.routes]]\n[[route.routes]]\nmatch = { kind = \"text\" }\n";
        let (node, findings) = from_toml(text, "settings.toml");
        assert_eq!(findings, []);
        let mut seen = Vec::new();
        lines(&node.unwrap(), "", &mut seen);
        assert_eq!(
            seen.join("\n"),
            "receivers 2\nreceivers.a 2\nreceivers.a.webhook 3\nroute 5\nroute.receivers 6\nroute.receivers[0] 7\nroute.receivers[1] 8\n\
             route.routes 10\nroute.routes[0] 10\nroute.routes[1] 11\nroute.routes[1].match 12\nroute.routes[1].match.kind 12"
        );
    }

    #[cfg(feature = "cli")]
    fn lines(node: &Node, path: &str, seen: &mut Vec<String>) {
        match &node.value {
            Written::Table(members) => {
                for member in members {
                    let path = format!("{path}.{}", member.name);
                    let path = path.trim_start_matches('.').to_owned();
                    seen.push(format!("{path} {}", member.line.unwrap()));
                    lines(&member.node, &path, seen);
                }
            }
            Written::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    let path = format!("{path}[{index}]");
                    seen.push(format!("{path} {}", item.line.unwrap()));
                    lines(item, &path, seen);
                }
            }
            _ => {}
        }
    }

    #[cfg(feature = "cli")]
    #[test]
    fn faults_of_toml_name_the_line_and_do_not_repeat_it() {
        let shown = |text: &str| -> Vec<String> {
            let (_, findings) = from_toml(text, "settings.toml");
            findings.iter().map(ToString::to_string).collect()
        };
        assert_eq!(
            shown("[receivers.a]\nwebhook = \"x\"\n[receivers.a]\nwebhook = \"y\"\n"),
            ["settings.toml:3: \"[receivers.a]\" is defined twice\n  keep one of them"]
        );
        for text in [
            "webhook = https://hooks.slack.com/CANARY",
            "webhook = \"https://hooks.slack.com/CANARY",
            "webhook = \"a\"\nwebhook = \"https://hooks.slack.com/CANARY\"",
            "[\"https://hooks.slack.com/CANARY\"]\n[\"https://hooks.slack.com/CANARY\"]",
            "CANARY",
        ] {
            let findings = shown(text);
            assert!(!findings.is_empty(), "{text}");
            assert!(!findings.join("\n").contains("CANARY"), "{findings:?}");
        }
    }
}
