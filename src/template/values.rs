//! A context as Tera wants it. Copying a value costs as much as showing it, so only what a template mentions is copied.

use serde::ser::{Serialize, SerializeStruct, Serializer};
use serde_json::{Map, Value};

use super::mentions::mentions;

/// What the built-in templates mention: name, and the names of its members unless all are needed. Both are sorted.
const MENTIONED: &[(&str, Option<&[&str]>)] = include!(concat!(env!("OUT_DIR"), "/mentioned.rs"));

/// Which values the loaded templates mention.
#[derive(Default)]
pub(super) struct Mentioned {
    /// Those of which a directory's templates mention more than the built-in ones.
    more: Vec<String>,
}

impl Mentioned {
    /// Takes a template of a directory into account.
    pub(super) fn add(&mut self, source: &str) {
        for (name, members) in mentions([source]) {
            let enough = match (known(&name), members) {
                (Some((_, None)), _) => true,
                (Some((_, Some(known))), Some(members)) => members
                    .iter()
                    .all(|member| known.contains(&member.as_str())),
                _ => false,
            };
            if !enough {
                self.more.push(name);
            }
        }
    }

    /// The values of a context that the templates can see.
    pub(super) fn of(&self, values: &Map<String, Value>) -> tera::Context {
        if self.has("__tera_context") {
            return all(values);
        }
        let mut context = tera::Context::new();
        for (name, value) in values {
            if self.has(name) {
                context.insert_value(name.clone(), copied(value));
            } else if let Some((name, members)) = known(name) {
                let value = match (value, members) {
                    (Value::Object(object), Some(names)) => copied(&Members { object, names }),
                    _ => copied(value),
                };
                context.insert_value(*name, value);
            }
        }
        context
    }

    fn has(&self, name: &str) -> bool {
        self.more.iter().any(|more| more == name)
    }
}

/// All values, which is what an error names as available.
pub(super) fn all(values: &Map<String, Value>) -> tera::Context {
    tera::Context::from_serialize(values).unwrap_or_default()
}

fn known(name: &str) -> Option<&'static (&'static str, Option<&'static [&'static str]>)> {
    let at = MENTIONED.binary_search_by(|(known, _)| (*known).cmp(name));
    MENTIONED.get(at.ok()?)
}

/// Nothing in JSON fails to be copied.
fn copied(value: &impl Serialize) -> tera::Value {
    tera::Value::try_from_serializable(value).unwrap_or_else(|_| tera::Value::none())
}

/// An object with some of its members; both have them sorted. Names that live as long as the program need not be copied: Tera borrows those of a struct.
struct Members<'v> {
    object: &'v Map<String, Value>,
    names: &'static [&'static str],
}

impl Serialize for Members<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_struct("", self.names.len())?;
        let mut names = self.names.iter().peekable();
        for (name, value) in self.object {
            while names.next_if(|wanted| **wanted < name.as_str()).is_some() {}
            if let Some(wanted) = names.next_if(|wanted| *wanted == name) {
                members.serialize_field(wanted, value)?;
            }
        }
        members.end()
    }
}
