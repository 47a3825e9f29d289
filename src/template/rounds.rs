//! A bound on loops. Tera has none: loops in loops that write nothing would go on until AWS ends the invocation.
//!
//! So rounds are counted. When a template is loaded, a call is put into each loop, list comprehension and component of it,
//! on the line where it stands (`counted.rs`).

use std::cell::Cell;

use tera::{Kwargs, State, Tera, TeraResult};

/// While a message is rendered, loops may take this many rounds together, and each use of a component is one. A message
/// has 50 blocks, and a list in a context 100 items.
pub(super) const MOST_ROUNDS: u32 = 20_000;

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

#[cfg(test)]
mod tests {
    use super::super::counted::counted;
    use super::*;

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
