//! Which values templates mention. The build script looks through the built-in ones, [`super::values`] through those of a directory.

use std::collections::{BTreeMap, BTreeSet};

use super::tags::tags;

/// Names of values, and of each the members that are mentioned as in `alarm.name`; `None` when the value is mentioned in any other
/// way, as in `{{ alarm }}`. Loop variables, words of Tera and the like are among them.
pub(crate) type Mentions = BTreeMap<String, Option<BTreeSet<String>>>;

/// What these templates mention.
pub(crate) fn mentions<'s>(sources: impl IntoIterator<Item = &'s str>) -> Mentions {
    let mut mentions = Mentions::new();
    for source in sources {
        for tag in tags(source) {
            add(&mut mentions, &tag.code);
        }
    }
    mentions
}

/// `code` has no contents of strings.
fn add(mentions: &mut Mentions, code: &str) {
    let mut before = ' ';
    let mut rest = code;
    while let Some(c) = rest.chars().next() {
        // All members at once.
        if let Some(spread) = rest.strip_prefix("...") {
            (before, rest) = (' ', spread);
            continue;
        }
        let Some(name) = word(rest) else {
            before = c;
            rest = &rest[c.len_utf8()..];
            continue;
        };
        rest = &rest[name.len()..];
        // A member; a parameter that the caller's value fills, which the body then mentions; the name of an argument.
        let argument = rest.starts_with('=') && !rest.starts_with("==");
        if !matches!(before, '.' | '@') && !argument {
            let known = mentions
                .entry(name.to_owned())
                .or_insert_with(|| Some(BTreeSet::new()));
            match (rest.strip_prefix('.').and_then(word), known.as_mut()) {
                (Some(member), Some(members)) => {
                    members.insert(member.to_owned());
                }
                _ => *known = None,
            }
        }
        before = 'a';
    }
}

fn word(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
    let word = &text[..end.unwrap_or(text.len())];
    (!word.is_empty()).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_is_mentioned_and_how() {
        let mentions = mentions([
            "{% component c(@alarm, text: string) %}{{ alarm.name ~ \"links.a\" }}{% endcomponent c %}
            {{ <c alarm={pick(from=event.detail.a, path='b')} text=\"x\"/> }}{# {{ topic }} #}",
            "{% if alarm.metric and a.links==record %}{{ [x.a for x in event.list] }}{% endif %}{{ links . b }} region",
            "{% for name, value in {...spread} %}{% endfor %}{{ [...listed] }}{{ <c {...given}/> }}",
        ]);
        let members =
            |names: &[&str]| Some(Some(names.iter().map(|name| (*name).to_owned()).collect()));
        for (name, expected) in [
            ("alarm", members(&["metric", "name"])),
            ("event", members(&["detail", "list"])),
            ("a", members(&["links"])),
            ("x", Some(None)),
            ("links", Some(None)),
            ("record", Some(None)),
            ("spread", Some(None)),
            ("listed", Some(None)),
            ("given", Some(None)),
            ("topic", None),
            ("region", None),
            ("from", None),
        ] {
            assert_eq!(mentions.get(name).cloned(), expected, "{name}");
        }
    }
}
