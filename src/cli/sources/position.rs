//! Where in a template a part of its payload is written: what is wrong with a payload is known by its path.

use std::collections::BTreeMap;

use crate::template::{Tag, tags};

/// The line, counted from 1, of the part at a path such as `blocks[2].text`, or of the nearest thing around it.
///
/// Counts the commas of the template itself. What a loop writes is found at the loop's first item.
pub(super) fn line(source: &str, path: &str) -> usize {
    let lines = Reader::read(source);
    let mut path = path;
    loop {
        if let Some(line) = lines.get(path) {
            return *line;
        }
        match path.rfind(['.', '[']) {
            Some(at) => path = path.get(..at).unwrap_or_default(),
            None => return lines.get("").copied().unwrap_or(1),
        }
    }
}

/// An object or a list that is open.
struct Level {
    path: String,
    object: bool,
    items: usize,
    /// The member whose value comes next.
    name: Option<String>,
}

impl Level {
    fn part(&self) -> String {
        match &self.name {
            _ if !self.object => format!("{}[{}]", self.path, self.items),
            Some(name) if self.path.is_empty() => name.clone(),
            Some(name) => format!("{}.{name}", self.path),
            None => self.path.clone(),
        }
    }
}

#[derive(Default)]
struct Reader {
    levels: Vec<Level>,
    lines: BTreeMap<String, usize>,
    line: usize,
    /// Inside a component, whose pieces stand somewhere else.
    elsewhere: bool,
}

impl Reader {
    fn read(source: &str) -> BTreeMap<String, usize> {
        let mut reader = Self {
            line: 1,
            ..Self::default()
        };
        let mut tags = tags(source).into_iter().peekable();
        let mut text: Option<String> = None;
        let mut escaped = false;
        let mut skip_to = 0;
        for (at, c) in source.char_indices() {
            if let Some(tag) = tags.next_if(|tag| tag.at == at) {
                skip_to = tag.end;
                reader.tag(&tag, text.is_some());
            } else if at >= skip_to
                && let Some(comment) = source.get(at..).filter(|rest| rest.starts_with("{#"))
            {
                skip_to = at + comment.find("#}").map_or(comment.len(), |end| end + 2);
            }
            if c == '\n' {
                reader.line += 1;
            }
            if at < skip_to || reader.elsewhere {
                continue;
            }
            match &mut text {
                None if c == '"' => text = Some(String::new()),
                None => reader.sign(c),
                Some(_) if c == '"' && !escaped => reader.text(text.take().unwrap_or_default()),
                Some(text) => text.push(c),
            }
            escaped = c == '\\' && !escaped;
        }
        reader.lines
    }

    fn tag(&mut self, tag: &Tag, in_text: bool) {
        let word = tag.code.split_whitespace().next().unwrap_or_default();
        match word {
            "component" if tag.block => self.elsewhere = true,
            "endcomponent" if tag.block => self.elsewhere = false,
            _ if tag.block || in_text => {}
            _ => self.note(),
        }
    }

    fn sign(&mut self, c: char) {
        match c {
            '{' | '[' => {
                self.note();
                let path = self.levels.last().map(Level::part).unwrap_or_default();
                self.levels.push(Level {
                    path,
                    object: c == '{',
                    items: 0,
                    name: None,
                });
            }
            '}' | ']' => {
                self.levels.pop();
            }
            ',' => {
                if let Some(level) = self.levels.last_mut() {
                    level.items += 1;
                    level.name = None;
                }
            }
            _ => {}
        }
    }

    /// A name, or a value that is a text.
    fn text(&mut self, text: String) {
        if let Some(level) = self.levels.last_mut()
            && level.object
            && level.name.is_none()
        {
            level.name = Some(text);
        }
        self.note();
    }

    /// The first line of a part counts.
    fn note(&mut self) {
        let part = self.levels.last().map(Level::part).unwrap_or_default();
        self.lines.entry(part).or_insert(self.line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_line_of_a_part_or_of_what_is_around_it() {
        let source = r#"{% component x() %}{"text": "no"}{% endcomponent x %}
{
  {# "text": "no" #}
  "text": "{{ title }} {% if a %}\" , {{ "}" }}{% endif %}",
  "blocks": [
    {% if b %}{{ <paragraph value={b}/> }}{% else %}null{% endif %},
    {"type": "section", "fields": [
      {{ <field label="x" value={c}/> }},
      {"type": "mrkdwn",
       "text": "{{ d }}"}
    ]},
    {% for e in f %}
      {"type": "divider"},
    {% endfor %}
    null
  ],
  "username": "x"
}
"#;
        for (path, expected) in [
            ("", 2),
            ("text", 4),
            ("blocks", 5),
            ("blocks[0]", 6),
            ("blocks[0].text", 6),
            ("blocks[1]", 7),
            ("blocks[1].fields[0]", 8),
            ("blocks[1].fields[1].text", 10),
            ("blocks[2]", 13),
            ("blocks[17].text", 5),
            ("username", 17),
            ("attachments[0].color", 2),
            ("payload", 2),
        ] {
            assert_eq!(line(source, path), expected, "{path}");
        }
        assert_eq!(line("", "text"), 1);
        assert_eq!(line("{\"text\"", "text"), 1);
        assert_eq!(line("}}],{{", "text"), 1);
    }
}
