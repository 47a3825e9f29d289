//! Constructs of Tera that would act on text that is already escaped, refused when a template is loaded.

use super::TemplateError;
use super::tags::tags;
use crate::slack::escape;

pub(super) const SAFE: &str = "the filter `safe` is refused: it would put a value into the payload unescaped; values are escaped by where they land";
pub(super) const THROW: &str = "the function `throw` is refused: its message would put a value into the log; leave the template to a route instead (`template = ...`)";
const FILTER_BLOCK: &str = "`{% filter %}` is refused: it would change text that is already escaped; apply the filter to the value instead";
const CAPTURE_FILTER: &str = "a filter on a captured block is refused: it would change text that is already escaped; apply the filter to the value instead";
const MARKS: &str =
    "the control character DEL (U+007F) is refused: it marks values while a template is rendered";

/// Looks through the tags of a template. What it overlooks does no harm: escaped text that a filter has changed is found
/// after rendering, and the built-in template takes over.
pub(super) fn check(name: &str, source: &str) -> Result<(), TemplateError> {
    let refused = |at: usize, message: &str| TemplateError {
        template: name.to_owned(),
        line: Some(source.get(..at).unwrap_or_default().matches('\n').count() + 1),
        message: message.to_owned(),
    };
    if let Some(at) = escape::find_mark(source) {
        return Err(refused(at, MARKS));
    }
    for tag in tags(source) {
        let words: Vec<&str> = tag.code.split_whitespace().collect();
        if tag.block && words.first() == Some(&"filter") {
            return Err(refused(tag.at, FILTER_BLOCK));
        }
        // `{% set x %}` captures; `{% set x = y %}` does not.
        let captures = tag.block
            && matches!(words.first(), Some(&"set" | &"set_global"))
            && !tag.code.contains('=');
        if captures && tag.code.contains('|') {
            return Err(refused(tag.at, CAPTURE_FILTER));
        }
        let throws = tag.code.match_indices("throw").any(|(at, word)| {
            let (before, after) = tag.code.split_at(at);
            let after = after.trim_start_matches(word).trim_start();
            after.starts_with('(') && !before.ends_with(|c: char| c.is_alphanumeric() || c == '_')
        });
        if throws {
            return Err(refused(tag.at, THROW));
        }
        let safe = tag.code.split('|').skip(1).any(|filter| {
            filter
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .find(|word| !word.is_empty())
                == Some("safe")
        });
        if safe {
            return Err(refused(tag.at, SAFE));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::BUILT_IN;

    /// They are not looked through when the function starts.
    #[test]
    fn nothing_in_the_built_in_templates_is_refused() {
        for (name, source) in BUILT_IN {
            assert_eq!(check(name, source), Ok(()));
        }
    }

    #[test]
    fn finds_what_would_act_on_escaped_text() {
        for (source, expected) in [
            ("{\"text\": \"{{ a }}\"}", None),
            ("{{ a | upper }}", None),
            ("{# {{ a | safe }} #}", None),
            ("{{ \"| safe\" }}", None),
            ("{{ a | replace(from=\"| safe\", to=\"\") }}", None),
            ("{{ unsafe }}{{ a | default(value=safe) }}", None),
            ("{% set a = b | upper %}", None),
            ("{{ throw }}{{ rethrow(message=a) }}{{ \"throw()\" }}", None),
            (
                "\n{% if a %}{{ throw (message=a) }}{% endif %}",
                Some((2, THROW)),
            ),
            ("{% set a %}x{% endset %}", None),
            ("\n\n{{ a | safe }}", Some((3, SAFE))),
            ("{{a|safe}}", Some((1, SAFE))),
            ("{% if a | safe == \"x\" %}{% endif %}", Some((1, SAFE))),
            (
                "\n{%- filter upper -%}x{% endfilter %}",
                Some((2, FILTER_BLOCK)),
            ),
            (
                "{% set a | upper %}x{% endset %}",
                Some((1, CAPTURE_FILTER)),
            ),
            ("a\u{7f}", Some((1, MARKS))),
        ] {
            let found = check("t", source).err();
            assert_eq!(
                found
                    .as_ref()
                    .map(|e| (e.line.unwrap(), e.message.as_str())),
                expected,
                "{source}"
            );
        }
    }
}
