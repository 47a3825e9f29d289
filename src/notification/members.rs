//! The members of a document whose shape nobody told us: which of them fit into a field, and which a reader wants first.

use std::borrow::Cow;

use super::words;
use crate::loose::as_text;
use crate::tree::{Members, Node};

/// A member that can be shown in one field.
pub(super) struct Member<'a> {
    /// The path of what holds it, if it is not at the top: `details`, `containers.0`.
    pub(super) of: Option<Cow<'a, str>>,
    /// Its name in there.
    pub(super) name: &'a str,
    /// A scalar, or a short list of scalars. Never blank.
    pub(super) text: String,
}

/// The members that fit into a field, also those one level down; and whether these are all that say something.
pub(super) fn flat<'m>(members: &'m Members<'_>) -> (Vec<Member<'m>>, bool) {
    let mut found = Vec::new();
    let mut all = true;
    for (name, member) in members {
        if let Some(text) = shown(member) {
            found.push(Member {
                of: None,
                name,
                text,
            });
        } else if let Node::Object(inner) = member {
            for (inner_name, member) in inner {
                match shown(member) {
                    Some(text) => found.push(Member {
                        of: Some(Cow::Borrowed(name)),
                        name: inner_name,
                        text,
                    }),
                    None => all &= says_nothing(member),
                }
            }
        } else {
            all &= says_nothing(member);
        }
    }
    (found, all)
}

/// Of each list of objects the first one's members, as far as they fit into a field.
pub(super) fn of_first_items<'m>(members: &'m Members<'_>) -> Vec<Member<'m>> {
    let first_items = members.iter().filter_map(|(name, list)| {
        let first = list.as_list()?.first()?.as_object()?;
        Some((name, first))
    });
    first_items
        .flat_map(|(list, item)| {
            item.iter().filter_map(move |(name, member)| {
                Some(Member {
                    of: Some(Cow::Owned(format!("{list}.0"))),
                    name,
                    text: shown(member)?,
                })
            })
        })
        .collect()
}

/// Puts first what says how it went and why, and last what only machines read. Among what is equally worth reading, what
/// is at the top comes before what is one level down.
pub(super) fn sort(members: &mut [Member<'_>]) {
    members.sort_by_cached_key(|member| {
        let worth = Worth::of(member.name);
        (worth.tier(), member.of.is_some(), worth)
    });
}

/// Does it say where or when? Of an event, every message says so anyway.
pub(super) fn says_where_or_when(name: &str) -> bool {
    let words = Words::of(name);
    words.any(&REGION) || words.any(&ACCOUNT) || words.any(&TIME)
}

/// What a member's name promises, the best first.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Worth {
    /// Its place in [`TELLING`]; what is nothing but the word comes before what has others beside it.
    Telling {
        place: usize,
        qualified: bool,
    },
    Time,
    Unknown,
    /// Ids and the like.
    Dull,
}

/// Words that make a member worth reading, the most telling first.
const TELLING: [&[&str]; 11] = [
    &["status", "state", "result", "outcome"],
    &["severity", "priority"],
    &["level"],
    &["error", "exception", "failure", "code"],
    &["reason", "cause"],
    &["message", "msg", "description", "text"],
    &["service", "application", "app", "component", "group"],
    &["environment", "env", "stage"],
    &REGION,
    &ACCOUNT,
    &["resource", "host", "instance"],
];

const REGION: [&str; 1] = ["region"];
const ACCOUNT: [&str; 1] = ["account"];
const TIME: [&str; 4] = ["time", "timestamp", "date", "at"];

const DULL: [&str; 14] = [
    "arn",
    "arns",
    "attempt",
    "digest",
    "etag",
    "hash",
    "id",
    "ids",
    "page",
    "pages",
    "partition",
    "token",
    "version",
    "zone",
];

impl Worth {
    fn of(name: &str) -> Self {
        let words = Words::of(name);
        let place = |word: &str| TELLING.iter().position(|group| group.contains(&word));
        if let Some(place) = words.iter().filter_map(place).min() {
            let qualified = words.iter().nth(1).is_some();
            return Self::Telling { place, qualified };
        }
        if words.any(&TIME) {
            Self::Time
        } else if words.any(&DULL) {
            Self::Dull
        } else {
            Self::Unknown
        }
    }

    fn tier(&self) -> u8 {
        match self {
            Self::Telling { .. } => 0,
            Self::Time | Self::Unknown => 1,
            Self::Dull => 2,
        }
    }
}

/// The words of a name, in small letters.
struct Words(String);

impl Words {
    fn of(name: &str) -> Self {
        Self(words::readable(name).to_lowercase())
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.split(|c: char| !c.is_alphanumeric())
    }

    fn any(&self, known: &[&str]) -> bool {
        self.iter().any(|word| known.contains(&word))
    }
}

fn shown(value: &Node<'_>) -> Option<String> {
    const MOST_ITEMS: usize = 10;
    let text = match value {
        Node::List(items) if items.len() <= MOST_ITEMS => {
            let texts: Option<Vec<String>> = items.iter().map(as_text).collect();
            texts?.join(", ")
        }
        scalar => as_text(scalar)?,
    };
    // Some sources write out a list or an object that is empty.
    (!matches!(text.trim(), "" | "[]" | "{}")).then_some(text)
}

/// Of a value that is not shown: is there nothing in it?
fn says_nothing(value: &Node<'_>) -> bool {
    match value {
        Node::List(items) => items.is_empty(),
        Node::Object(members) => members.is_empty(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn paths(mut members: Vec<Member<'_>>) -> Vec<String> {
        sort(&mut members);
        members
            .into_iter()
            .map(|Member { of, name, text }| match of {
                Some(of) => format!("{of}.{name}: {text}"),
                None => format!("{name}: {text}"),
            })
            .collect()
    }

    fn flat_of(document: &Value) -> (Vec<String>, bool) {
        let document = Node::from(document);
        let (members, all) = flat(document.as_object().unwrap());
        (paths(members), all)
    }

    #[test]
    fn the_telling_ones_come_first_and_ids_last() {
        let document = json!({
            "availabilityZone": "eu-west-1a",
            "clusterArn": "arn:aws:ecs:eu-west-1:123456789012:cluster/shop",
            "containers": {"lastStatus": "RUNNING", "image": "shop:1"},
            "createdAt": "2026-03-11T09:42:14Z",
            "cpu": 1024,
            "errorMessage": "out of memory",
            "eventID": 7,
            "group": "service:shop",
            "lastStatus": "STOPPED",
            "platform-version": "1.4",
            "state": "red",
            "stoppedReason": "Essential container exited",
            "taskId": 4,
        });
        let (members, all) = flat_of(&document);
        assert_eq!(
            members,
            [
                "state: red",
                "lastStatus: STOPPED",
                "errorMessage: out of memory",
                "stoppedReason: Essential container exited",
                "group: service:shop",
                "containers.lastStatus: RUNNING",
                "createdAt: 2026-03-11T09:42:14Z",
                "cpu: 1024",
                "containers.image: shop:1",
                "availabilityZone: eu-west-1a",
                "clusterArn: arn:aws:ecs:eu-west-1:123456789012:cluster/shop",
                "eventID: 7",
                "platform-version: 1.4",
                "taskId: 4",
            ]
        );
        assert!(all);
    }

    #[test]
    fn places_and_times_are_known_by_their_words() {
        for (name, expected) in [
            ("awsRegion", true),
            ("recipientAccountId", true),
            ("start-time", true),
            ("createdAt", true),
            ("status", false),
            ("attachments", false),
            ("", false),
        ] {
            assert_eq!(says_where_or_when(name), expected, "{name}");
        }
    }

    #[test]
    fn what_says_nothing_is_left_out_and_not_missed() {
        let empty = json!({"a": null, "b": [], "c": {}, "d": " ", "e": "[]", "f": {"g": {}}});
        assert_eq!(flat_of(&empty), (Vec::new(), true));
        let eleven: Vec<u8> = (0..11).collect();
        for (document, expected) in [
            (json!({"a": [1, "x", true]}), Some("a: 1, x, true")),
            (json!({"a": {"b": [1, 2]}}), Some("a.b: 1, 2")),
            (json!({"a": eleven}), None),
            (json!({"a": [1, [2]]}), None),
            (json!({"a": {"b": {"c": 1}}}), None),
        ] {
            let (members, all) = flat_of(&document);
            assert_eq!(members.first().map(String::as_str), expected, "{document}");
            assert_eq!(all, expected.is_some(), "{document}");
        }
    }

    #[test]
    fn the_first_of_a_list_speaks_for_the_others() {
        let document = json!({
            "findings": [{"Title": "one", "Severity": {"Label": "LOW"}}, {"Title": "two"}],
            "texts": ["a"],
            "empty": [],
            "nested": [[{"a": 1}]],
        });
        assert_eq!(
            paths(of_first_items(Node::from(&document).as_object().unwrap())),
            ["findings.0.Title: one"]
        );
    }
}
