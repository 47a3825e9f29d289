//! Puts into a template the calls that count its rounds; see [`super::rounds`]. The build script does so with the built-in ones.

use super::tags::tags;

const CALL: &str = "count_round()";

/// The template with the calls in it. What it renders is the same.
pub(crate) fn counted(source: &str) -> String {
    let mut counted = String::with_capacity(source.len());
    let mut copied = 0;
    for tag in tags(source) {
        counted.push_str(&source[copied..tag.at]);
        let text = &source[tag.at..tag.end];
        push_tag(&mut counted, text);
        let first = tag.code.split_whitespace().next();
        if tag.block && matches!(first, Some("for" | "component")) {
            let trims = if text.ends_with("-%}") { "-" } else { "" };
            counted.push_str("{% if ");
            counted.push_str(CALL);
            counted.push_str(" %}{% endif ");
            counted.push_str(trims);
            counted.push_str("%}");
        }
        copied = tag.end;
    }
    counted.push_str(&source[copied..]);
    counted
}

/// What a bracket has opened.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    List,
    /// `[a for b in c`
    Comprehension,
    /// `[a for b in c if d`
    Condition,
    Other,
}

/// Adds a tag; a list comprehension in it counts in its condition, which is asked for every item.
fn push_tag(out: &mut String, tag: &str) {
    let mut open: Vec<Open> = Vec::new();
    let mut quote = None;
    let mut escaped = false;
    let mut word = String::new();
    for c in tag.chars() {
        if let Some(end) = quote {
            if !escaped && c == end {
                quote = None;
            }
            escaped = !escaped && c == '\\';
            out.push(c);
            continue;
        }
        if c.is_ascii_alphanumeric() || c == '_' || c == '.' {
            word.push(c);
            out.push(c);
            continue;
        }
        // Right after a number a word needs no space: `[1for a in b]`.
        let numbered = word.starts_with(|c: char| c.is_ascii_digit());
        let number = |c: char| numbered && (c.is_ascii_digit() || c == '.');
        match (word.trim_start_matches(number), open.last_mut()) {
            ("for", Some(last @ Open::List)) => *last = Open::Comprehension,
            ("if", Some(last @ Open::Comprehension)) => {
                *last = Open::Condition;
                out.push(' ');
                out.push_str(CALL);
                out.push_str(" and (");
            }
            _ => {}
        }
        word.clear();
        match c {
            '"' | '\'' | '`' => quote = Some(c),
            '[' => open.push(Open::List),
            '(' | '{' => open.push(Open::Other),
            ']' | ')' | '}' => match open.pop() {
                Some(Open::Comprehension) => {
                    out.push_str(" if ");
                    out.push_str(CALL);
                }
                Some(Open::Condition) => out.push(')'),
                _ => {}
            },
            _ => {}
        }
        out.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_in_every_loop_and_component() {
        const IF: &str = "{% if count_round() %}{% endif %}";
        const TRIMMED: &str = "{% if count_round() %}{% endif -%}";
        for (source, expected) in [
            ("{{ a }} for {% if b %}for{% endif %}", None),
            ("{# {% for a in b %} #}", None),
            ("{% raw %}{% for a in b %}{% endraw %}", None),
            ("{{ \"[a for b in c]\" }}", None),
            ("{{ [a, b] }}{{ [a if b else c] }}{{ f(for=[a.for, 1]) }}", None),
            ("{% for a in b %}c", Some(format!("{{% for a in b %}}{IF}c"))),
            (
                "{%- for a in b -%}\n c",
                Some(format!("{{%- for a in b -%}}{TRIMMED}\n c")),
            ),
            (
                "{% component a(b) %}c",
                Some(format!("{{% component a(b) %}}{IF}c")),
            ),
            (
                "{{ [a for b in c] }}",
                Some("{{ [a for b in c if count_round()] }}".to_owned()),
            ),
            (
                "{{ [a[\"]\\\"\"] for k, v in f(x=[1]) if a or b] | join }}",
                Some("{{ [a[\"]\\\"\"] for k, v in f(x=[1]) if count_round() and ( a or b)] | join }}".to_owned()),
            ),
            (
                "{{ [1for a in b] }}{{ [1.for a in b] }}{{ [a[0].for] }}",
                Some("{{ [1for a in b if count_round()] }}{{ [1.for a in b if count_round()] }}{{ [a[0].for] }}".to_owned()),
            ),
            (
                "{#} {{ \" #}{% for a in b %}c",
                Some(format!("{{#}} {{{{ \" #}}{{% for a in b %}}{IF}c")),
            ),
            (
                "{%\traw\r\n%}endraw {{ \" {%- endraw %}{% for a in b %}c",
                Some(format!("{{%\traw\r\n%}}endraw {{{{ \" {{%- endraw %}}{{% for a in b %}}{IF}c")),
            ),
            (
                "{% for a in [b for c in d] %}",
                Some(format!("{{% for a in [b for c in d if count_round()] %}}{IF}")),
            ),
            (
                "{% set a = [[b for c in d] for e in f if g] %}",
                Some("{% set a = [[b for c in d if count_round()] for e in f if count_round() and ( g)] %}".to_owned()),
            ),
        ] {
            assert_eq!(counted(source), expected.unwrap_or(source.to_owned()));
        }
    }
}
