//! Puts components where a template calls them. The build script does so with the built-in templates: a call costs a record about
//! as much as ten values do, because Tera makes a context for each. What cannot be put in place stays a call.

use std::collections::BTreeMap;

use super::tags::tags;

/// How a component ends that gives nothing without a value.
const NULL: &str = "{%- else -%}null{%- endif %}";

/// A component of a part.
pub(crate) struct Component {
    parameters: Vec<String>,
    /// What it renders, on one line.
    body: String,
    /// Names that the body itself gives to values.
    bound: Vec<String>,
}

/// What a call hands over.
enum Argument {
    /// `a="text"`
    Text(String),
    /// `a={b.c}`
    Path(String),
    /// `a={f(b=c)}`
    Other(String),
}

/// The components of these templates by their names, with those they call put into them.
pub(crate) fn components<'s>(
    parts: impl IntoIterator<Item = &'s str>,
) -> BTreeMap<String, Component> {
    let mut found = BTreeMap::new();
    for source in parts {
        let mut open = None;
        for tag in tags(source) {
            let text = &source[tag.at..tag.end];
            if tag.block && tag.code.starts_with("component ") {
                open = Some((tag.code, tag.end, text.ends_with("-%}")));
            } else if tag.block
                && tag.code.starts_with("endcomponent")
                && let Some((header, from, trimmed)) = open.take()
            {
                let body = &source[from..tag.at];
                let body = if trimmed { body.trim_start() } else { body };
                let ends = text.starts_with("{%-");
                let body = if ends { body.trim_end() } else { body };
                found.extend(component(&header, body));
            }
        }
    }
    // As deep as any nests; one that calls itself stays a call.
    for _ in 0..3 {
        let bodies: Vec<(String, String)> = found
            .iter()
            .map(|(name, component)| (name.clone(), inlined(&component.body, &found, false)))
            .collect();
        for (name, body) in bodies {
            if let Some(component) = found.get_mut(&name)
                && !calls(&body, &name)
            {
                component.body = body;
            }
        }
    }
    found
}

/// The template with the components in place of their calls. What it renders is the same.
///
/// Such a text is parsed at every start. So what needs nothing from its caller can be included from [`included`] instead, which costs
/// little more than the text itself.
pub(crate) fn inlined(
    source: &str,
    components: &BTreeMap<String, Component>,
    include: bool,
) -> String {
    let mut out = String::with_capacity(source.len() * 2);
    let mut copied = 0;
    for tag in tags(source) {
        let in_place = call(&source[tag.at..tag.end]).and_then(|(name, arguments)| {
            let component = components.get(name)?;
            (!calls(&component.body, name)).then_some(())?;
            let same = |(parameter, argument): &(String, Argument)| {
                matches!(argument, Argument::Path(path) if path == parameter)
            };
            if include && arguments.iter().all(same) {
                return Some(format!("{{% include \"{}\" %}}", file(name)));
            }
            component.with(name, &arguments)
        });
        if let Some(in_place) = in_place {
            out.push_str(&source[copied..tag.at]);
            copied = tag.end;
            // `null,` among the items of a list is the same as nothing.
            match in_place.strip_suffix(NULL) {
                Some(item) if !item.contains("{%- el") && source[copied..].starts_with(',') => {
                    out.push_str(item);
                    out.push_str(",{% endif %}");
                    copied += 1;
                }
                _ => out.push_str(&in_place),
            }
        }
    }
    out.push_str(&source[copied..]);
    out
}

/// The same with the value at hand that most of it is about (`alarm`): Tera looks among what a template has set before it searches
/// everything that there is.
pub(crate) fn at_hand(source: &str) -> String {
    let mut bound = vec!["loop".to_owned()];
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    for tag in tags(source) {
        if tag.block {
            bound.extend(names_bound(&tag.code));
        }
        let part_of_a_path = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
        for path in tag.code.split(|c| !part_of_a_path(c)) {
            if let Some((name, _)) = path.split_once('.')
                && name.starts_with(|c: char| c.is_ascii_alphabetic())
            {
                *uses.entry(name.to_owned()).or_default() += 1;
            }
        }
    }
    uses.retain(|name, count| !bound.contains(name) && *count >= WORTH_IT);
    match uses.into_iter().max_by_key(|(_, count)| *count) {
        Some((name, _)) => format!("{{% set {name} = {name} %}}{source}"),
        None => source.to_owned(),
    }
}

/// A value that is looked up so often is put at hand.
const WORTH_IT: usize = 8;

/// The names to which a tag gives values.
fn names_bound(code: &str) -> impl Iterator<Item = String> {
    let mut words = code.split([' ', ',']);
    let binds = matches!(words.next(), Some("for" | "set" | "set_global"));
    let names = words.take_while(move |word| binds && !matches!(*word, "in" | "="));
    names.map(str::to_owned)
}

/// What these templates include: name, text.
pub(crate) fn included(
    sources: &[(String, String)],
    components: &BTreeMap<String, Component>,
) -> Vec<(String, String)> {
    let files = components.iter();
    files
        .map(|(name, component)| (file(name), component.body.clone()))
        .filter(|(file, _)| {
            let include = format!("{{% include \"{file}\" %}}");
            sources.iter().any(|(_, source)| source.contains(&include))
        })
        .collect()
}

/// No file of a directory has such a name.
fn file(component: &str) -> String {
    format!("<{component}/>")
}

impl Component {
    /// The body for a call; `None` when that would mean something else.
    fn with(&self, name: &str, arguments: &[(String, Argument)]) -> Option<String> {
        let mut body = self.body.clone();
        let mut sets = String::new();
        for (parameter, argument) in arguments {
            let known = self.parameters.contains(parameter);
            let value = match argument {
                Argument::Text(text) => format!("\"{text}\""),
                Argument::Path(path) => path.clone(),
                Argument::Other(code) => {
                    let kept = format!("{name}_{parameter}");
                    sets += &["{% set ", &kept, " = ", code, " %}"].concat();
                    kept
                }
            };
            let first = value.split('.').next();
            // An argument that is named like another parameter would be replaced again.
            if !known
                || self
                    .bound
                    .iter()
                    .chain(&self.parameters)
                    .any(|bound| Some(bound.as_str()) == first && bound != parameter)
            {
                return None;
            }
            body = replaced(
                &body,
                parameter,
                &value,
                matches!(argument, Argument::Text(_)),
            );
        }
        Some(sets + &body)
    }
}

/// `component name(a: string, @b)` with its body.
fn component(header: &str, body: &str) -> Option<(String, Component)> {
    let (name, parameters) = header.strip_prefix("component ")?.split_once('(')?;
    let parameters = parameters.strip_suffix(')')?.split(',');
    let parameters = parameters
        .filter_map(|parameter| parameter.trim().trim_start_matches('@').split(':').next())
        .map(|parameter| parameter.trim().to_owned())
        .collect();
    // Space at an end could be swallowed by a neighbour of the call.
    if body.trim() != body {
        return None;
    }
    let mut bound = Vec::new();
    let mut line = String::new();
    let mut copied = 0;
    for tag in tags(body) {
        push_joined(&mut line, &body[copied..tag.at]);
        let text = &body[tag.at..tag.end];
        if tag.block {
            bound.extend(names_bound(&tag.code));
        }
        // Nor may it swallow what stands beside the call.
        let text = match text.as_bytes() {
            [b'{', _, b'-', ..] if tag.at == 0 => text.replacen('-', "", 1),
            _ => text.to_owned(),
        };
        match text.strip_suffix("-%}").or(text.strip_suffix("-}}")) {
            Some(start) if tag.end == body.len() => {
                line.push_str(&start.replace('\n', " "));
                line.push_str(&text[start.len() + 1..]);
            }
            _ => line.push_str(&text.replace('\n', " ")),
        }
        copied = tag.end;
    }
    push_joined(&mut line, &body[copied..]);
    let component = Component {
        parameters,
        body: line,
        bound,
    };
    Some((name.trim().to_owned(), component))
}

/// JSON has no line break within a text, so one stands only where none is needed.
fn push_joined(out: &mut String, text: &str) {
    let mut lines = text.split('\n');
    out.extend(lines.next());
    out.extend(lines.map(str::trim_start));
}

/// `{{ <name a="b" c={d}/> }}`
fn call(tag: &str) -> Option<(&str, Vec<(String, Argument)>)> {
    let call = tag.strip_prefix("{{")?.strip_suffix("}}")?.trim();
    let call = call.strip_prefix('<')?.strip_suffix("/>")?;
    let end = call.find(' ').unwrap_or(call.len());
    let (name, mut rest) = call.split_at(end);
    let mut arguments = Vec::new();
    loop {
        rest = rest.trim_start();
        let Some((parameter, value)) = rest.split_once('=') else {
            return rest.is_empty().then_some((name, arguments));
        };
        let argument;
        (argument, rest) = if let Some(text) = value.strip_prefix('"') {
            let (text, rest) = text.split_once('"')?;
            let plain = !text.contains(['\\', '{', '<', '>', '&']);
            (plain.then(|| Argument::Text(text.to_owned()))?, rest)
        } else {
            let value = value.strip_prefix('{')?;
            let (code, rest) = value.split_at(closing(value)?);
            let path = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
            let code = code.trim().to_owned();
            let argument = if code.chars().all(path) {
                Argument::Path(code)
            } else {
                Argument::Other(code)
            };
            (argument, &rest[1..])
        };
        arguments.push((parameter.to_owned(), argument));
    }
}

/// Where the brace is that closes an argument.
fn closing(code: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in code.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c == '{' => return None,
            None if c == '}' => return Some(at),
            _ => {}
        }
    }
    None
}

fn calls(body: &str, name: &str) -> bool {
    tags(body)
        .iter()
        .any(|tag| call(&body[tag.at..tag.end]).is_some_and(|(called, _)| called == name))
}

/// A body with a value in place of a parameter. A text that is shown becomes part of the template.
fn replaced(body: &str, parameter: &str, value: &str, text: bool) -> String {
    let mut out = String::with_capacity(body.len());
    let mut copied = 0;
    for tag in tags(body) {
        out.push_str(&body[copied..tag.at]);
        if text && !tag.block && tag.code == parameter {
            out.push_str(value.trim_matches('"'));
        } else {
            push_replaced(&mut out, &body[tag.at..tag.end], parameter, value);
        }
        copied = tag.end;
    }
    out.push_str(&body[copied..]);
    out
}

fn push_replaced(out: &mut String, tag: &str, parameter: &str, value: &str) {
    let mut quote = None;
    let mut rest = tag;
    while let Some(c) = rest.chars().next() {
        let word = rest
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .next();
        let word = word.filter(|word| !word.is_empty() && quote.is_none());
        let Some(word) = word else {
            match quote {
                Some(open) if c == open => quote = None,
                None if c == '"' || c == '\'' => quote = Some(c),
                _ => {}
            }
            out.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        };
        rest = &rest[word.len()..];
        let member = out.ends_with('.');
        let named = rest.starts_with('=') && !rest.starts_with("==");
        out.push_str(if word == parameter && !member && !named {
            value
        } else {
            word
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_template_is_mostly_about_is_at_hand() {
        let eight = "{% if alarm.a %}{{ alarm.a ~ alarm.b }}{% endif %}{{ alarm.c }}".repeat(2);
        for (source, prefix) in [
            (eight.clone() + "{{ links.a }}", "{% set alarm = alarm %}"),
            // Of too little use, bound by the template itself, or no code at all.
            ("{{ alarm.a }}".repeat(7), ""),
            (
                format!("{{% for alarm in alarms %}}{eight}{{% endfor %}}"),
                "",
            ),
            (format!("{{% set alarm = alarms.0 %}}{eight}"), ""),
            ("{{ f(a=1).b ~ \"alarm.a\" }} alarm.a ".repeat(8), ""),
        ] {
            assert_eq!(at_hand(&source), prefix.to_owned() + &source);
        }
    }

    #[test]
    fn a_component_stands_where_it_was_called() {
        let parts = "{#- One. -#}
            {% component field(label: string, value) -%}
              {%- if value -%}
                {\"a\": \"*{{ label }}*\",
                \"b\": {{ value }}}
              {%- else -%}
                null
              {%- endif -%}
            {%- endcomponent field %}
            {% component place(@region) -%}{%- if region == \"region\" %}{{ f(region=region) }}{% endif -%}{%- endcomponent place %}
            {% component at(@region) -%}at {{ <place/> }}{%- endcomponent at %}
            {% component list(items) -%}{% for item in items %}{{ <field label={item.name} value={item.items}/> }}{% endfor %}{%- endcomponent list %}
            {% component again() -%}x{{ <again/> }}{%- endcomponent again %}
            {% component loose() %} x {% endcomponent loose %}";
        let components = components([parts]);
        for (source, expected) in [
            (
                "{{ <field label=\"A b\" value={c.d}/> }}",
                "{% if c.d -%}{\"a\": \"*A b*\",\"b\": {{ c.d }}}{%- else -%}null{%- endif %}",
            ),
            (
                "{{ <field label=\"A\" value={f(x=\"}\", value=c)}/> }},",
                "{% set field_value = f(x=\"}\", value=c) %}{% if field_value -%}{\"a\": \"*A*\",\"b\": {{ field_value }}},{% endif %}",
            ),
            (
                "{{ <at/> }}",
                "at {% if region == \"region\" %}{{ f(region=region) }}{% endif %}",
            ),
            (
                "{{ <at region={a.region}/> }}",
                "at {% if a.region == \"region\" %}{{ f(region=a.region) }}{% endif %}",
            ),
            (
                "{{ <list items={a.items}/> }}",
                "{% for item in a.items %}{% if item.items -%}{\"a\": \"*{{ item.name }}*\",\"b\": {{ item.items }}}{%- else -%}null{%- endif %}{% endfor %}",
            ),
        ] {
            assert_eq!(inlined(source, &components, false), expected, "{source}");
        }
        for stays in [
            "{{ <list items={item.items}/> }}",
            "{{ <field label=\"a {b}\" value={c}/> }}",
            "{{ <field label={value} value={c}/> }}",
            "{{ <field label=\"a\" values={c}/> }}",
            "{{ <again/> }}",
            "{{ <loose/> }}",
            "{{ <unknown/> }}",
            "{{- <at/> }}",
            "{# {{ <at/> }} #}",
            "{% raw %}{{ <at/> }}{% endraw %}",
        ] {
            assert_eq!(inlined(stays, &components, true), stays);
        }
        for source in ["{{ <at/> }}", "{{ <at region={region}/> }}"] {
            let ready = inlined(source, &components, true);
            assert_eq!(ready, "{% include \"<at/>\" %}");
            let files = included(&[(String::new(), ready)], &components);
            let body = "at {% if region == \"region\" %}{{ f(region=region) }}{% endif %}";
            assert_eq!(files, [("<at/>".to_owned(), body.to_owned())]);
        }
    }
}
