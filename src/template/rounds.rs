//! A bound on loops. Tera has none: loops in loops that write nothing would go on until AWS ends the invocation.
//!
//! So rounds are counted. When a template is loaded, a call is put into each loop, list comprehension and component of it,
//! on the line where it stands.

use std::cell::Cell;

use tera::{Kwargs, State, Tera, TeraResult};

use super::tags::tags;

/// While a message is rendered, loops may take this many rounds together, and each use of a component is one. A message
/// has 50 blocks, and a list in a context 100 items.
pub(super) const MOST_ROUNDS: u32 = 20_000;

const CALL: &str = "count_round()";

thread_local! {
    /// Of the message that this thread renders.
    static ROUNDS: Cell<u32> = const { Cell::new(0) };
}

pub(super) fn register(tera: &mut Tera) {
    tera.register_function("count_round", count_round);
}

/// Begins to count anew.
pub(super) fn reset() {
    ROUNDS.set(0);
}

fn count_round(_kwargs: Kwargs, _state: &State<'_>) -> TeraResult<bool> {
    let rounds = ROUNDS.get() + 1;
    ROUNDS.set(rounds);
    if rounds > MOST_ROUNDS {
        return Err(tera::Error::message(format!(
            "more than {MOST_ROUNDS} rounds of loops; loops inside loops multiply"
        )));
    }
    Ok(true)
}

/// The template with the calls in it. What it renders is the same.
pub(super) fn counted(source: &str) -> String {
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
        match (word.as_str(), open.last_mut()) {
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

    #[test]
    fn what_is_rendered_stays_the_same() {
        let mut context = tera::Context::new();
        context.insert("list", &[1, 2, 3]);
        context.insert("empty", &[0; 0]);
        for source in [
            "{% for a in list %}\n {{ a }} \n{% endfor %}",
            "{% for a in list -%}\n {{ a }} \n{%- endfor %} x",
            "{%- for a in empty -%}\n {{ a }} \n{% else %} nothing {% endfor %}",
            "{% for a in list %}{% if a == 2 %}{% continue %}{% endif %}{{ a }}{{ loop.index }}{% endfor %}",
            "{{ [a * 2 for a in list] | join(sep=\",\") }}",
            "{{ [a for a in list if a > 1 or a == 0] | join(sep=\",\") }}",
            "{{ [[a + b for a in list if a > b] for b in list if false or b] }}",
            "{% component c(x) -%} ({{ x }}) {%- endcomponent c %}{{ <c x={1}/> }}{{ <c x={2}/> }}",
            "{% raw -%} {% for a in b %} {{ [a for a in b] }} {% endraw %}",
            "{{ \"\\\"\" }}{% for a in list %}{{ a ~ \"\\\"\" }}{% endfor %}",
        ] {
            let rendered = [source.to_owned(), counted(source)].map(|source| {
                let mut tera = Tera::new();
                register(&mut tera);
                reset();
                tera.add_raw_template("t", &source).unwrap();
                tera.render("t", &context).unwrap()
            });
            assert_eq!(rendered[0], rendered[1], "{source}");
        }
    }

    #[test]
    fn a_loop_without_an_end_ends() {
        for (source, ends) in [
            ("{% for a in range(end=20000) %}{% endfor %}", true),
            ("{% for a in range(end=20001) %}{% endfor %}", false),
            (
                "{% set r = range(end=9000) %}{% for a in r %}{% for b in r %}{% endfor %}{% endfor %}",
                false,
            ),
            ("{{ [a for a in range(end=20001)] | length }}", false),
            (
                "{{ [a for a in range(end=20001) if false] | length }}",
                false,
            ),
            (
                "{{ [[a for a in range(end=9000)] for b in range(end=9000)] | length }}",
                false,
            ),
            (
                "{% component c() %}{{ <c/> }}{{ <c/> }}{% endcomponent c %}{{ <c/> }}",
                false,
            ),
        ] {
            let mut tera = Tera::new();
            register(&mut tera);
            reset();
            tera.add_raw_template("t", &counted(source)).unwrap();
            let rendered = tera.render("t", &tera::Context::new());
            assert_eq!(rendered.is_ok(), ends, "{source}: {rendered:?}");
        }
    }
}
