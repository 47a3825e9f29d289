//! What changed in a resource: the difference that comes with a configuration item.

use serde::Serialize;

use crate::loose::Loose;
use crate::notification::words;
use crate::tree::Node;

/// How many changed properties a notice shows; the rest is counted.
const CHANGES_SHOWN: usize = 20;
/// The longest value of a changed property, in characters. A value may be a whole policy document.
const LONGEST_VALUE: usize = 300;

/// In the context: an item of `notice.changes`.
#[derive(Debug, Clone, Default, Serialize)]
#[expect(
    clippy::struct_field_names,
    reason = "the context says `change_type` here as it does one level up"
)]
pub struct Change {
    /// The path of the property: `Configuration.IpPermissions.0`.
    pub property: String,
    /// `CREATE`, `UPDATE` or `DELETE`.
    pub change_type: Option<String>,
    /// The value before, as text or as compact JSON, up to 300 characters; null when there was none.
    pub previous: Option<String>,
    /// The value after, likewise.
    pub updated: Option<String>,
}

/// The properties that are shown, and how many more there are.
pub(super) fn read(diff: &Node<'_>) -> (Vec<Change>, usize) {
    let Some(properties) = diff.object("changedProperties") else {
        return (Vec::new(), 0);
    };
    let changes = properties
        .iter()
        .take(CHANGES_SHOWN)
        .map(|(property, change)| Change {
            property: property.to_owned(),
            change_type: change.text("changeType"),
            previous: change.member("previousValue").map(shown),
            updated: change.member("updatedValue").map(shown),
        })
        .collect();
    (changes, properties.len().saturating_sub(CHANGES_SHOWN))
}

fn shown(value: &Node<'_>) -> String {
    let text = match value {
        Node::Text(text) => text.to_string(),
        other => other.to_string(),
    };
    words::cut(&text, LONGEST_VALUE)
}
