//! Which values a template reads, and at which lines: for `check`, because Tera takes a path that does not exist inside
//! `{% if %}` for false and says nothing.
//!
//! This is a reader of tags, not of the whole grammar: it follows `set`, `for` and component parameters, and leaves alone what it
//! cannot follow.

use std::collections::BTreeMap;

use crate::template::tags;

/// A value that a template reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Read {
    /// Counted from 1.
    pub(super) line: usize,
    /// As in `alarm.metrics[].id`; items of lists are `[]`.
    pub(super) path: String,
}

/// All reads of the context's values, in order.
pub(super) fn reads(source: &str) -> Vec<Read> {
    let mut reader = Reader {
        scopes: vec![BTreeMap::new()],
        reads: Vec::new(),
        line: 1,
    };
    for tag in tags(source) {
        reader.line = source
            .get(..tag.at)
            .unwrap_or_default()
            .matches('\n')
            .count()
            + 1;
        reader.tag(tag.block, &tokens(&tag.code));
    }
    reader.reads
}

/// A name of the template's own: what it stands for, if that can be followed.
type Alias = Option<String>;

struct Reader {
    scopes: Vec<BTreeMap<String, Alias>>,
    reads: Vec<Read>,
    line: usize,
}

const KEYWORDS: [&str; 13] = [
    "and", "or", "not", "in", "is", "true", "false", "none", "None", "True", "False", "if", "else",
];

impl Reader {
    fn tag(&mut self, block: bool, tokens: &[Token]) {
        if !block {
            self.expression(tokens);
            return;
        }
        match tokens.first().map(Token::text) {
            Some("set" | "set_global") => self.set(&tokens[1..]),
            Some("for") => self.for_loop(&tokens[1..]),
            Some("component") => self.component(&tokens[1..]),
            Some("endfor" | "endcomponent") if self.scopes.len() > 1 => {
                self.scopes.pop();
            }
            Some("if" | "elif") => {
                self.expression(&tokens[1..]);
            }
            Some("<") => {
                self.expression(tokens);
            }
            _ => {}
        }
    }

    fn set(&mut self, tokens: &[Token]) {
        let Some(Token::Name(name)) = tokens.first() else {
            return;
        };
        let alias = match tokens.get(1) {
            Some(Token::Sign('=')) => self.expression(&tokens[2..]),
            _ => None,
        };
        self.define(name, alias);
    }

    fn for_loop(&mut self, tokens: &[Token]) {
        let at = tokens.iter().position(|token| token.text() == "in");
        let (names, of) = tokens.split_at(at.unwrap_or(tokens.len()));
        let alias = self.expression(of.get(1..).unwrap_or_default());
        self.scopes.push(BTreeMap::new());
        self.define("loop", None);
        let names: Vec<&str> = names
            .iter()
            .map(Token::text)
            .filter(|name| *name != ",")
            .collect();
        for name in &names {
            // Of `key, value` neither can be followed.
            let alias = alias.as_ref().filter(|_| names.len() == 1);
            self.define(name, alias.map(|path| format!("{path}[]")));
        }
    }

    fn component(&mut self, tokens: &[Token]) {
        self.scopes.push(BTreeMap::new());
        self.define("body", None);
        for token in tokens {
            if let Token::Name(name) = token {
                self.define(name, None);
            }
        }
    }

    fn define(&mut self, name: &str, alias: Alias) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name.to_owned(), alias);
        }
    }

    /// Notes the reads; answers the path when the expression is nothing but one.
    fn expression(&mut self, tokens: &[Token]) -> Alias {
        let component = tokens.first().is_some_and(|token| token.text() == "<");
        let mut at = usize::from(component);
        if component {
            // The component's own name, which may have dots.
            while matches!(tokens.get(at), Some(Token::Name(_) | Token::Sign('.'))) {
                let dot = matches!(tokens.get(at + 1), Some(Token::Sign('.')));
                let was_dot = matches!(tokens.get(at), Some(Token::Sign('.')));
                at += 1;
                if !dot && !was_dot {
                    break;
                }
            }
        }
        let mut only = None;
        let mut found = 0;
        while let Some(token) = tokens.get(at) {
            let Token::Name(name) = token else {
                at += 1;
                continue;
            };
            let before = at.checked_sub(1).and_then(|before| tokens.get(before));
            let after = tokens.get(at + 1);
            let called = matches!(after, Some(Token::Sign('(')));
            let filter_or_test = match before {
                Some(Token::Sign('|')) => true,
                Some(token) => {
                    token.text() == "is"
                        || (token.text() == "not" && at >= 2 && tokens[at - 2].text() == "is")
                }
                None => false,
            };
            let argument = matches!(after, Some(Token::Sign('=')))
                && !matches!(tokens.get(at + 2), Some(Token::Sign('=')));
            if KEYWORDS.contains(&name.as_str()) || called || filter_or_test || argument {
                at += 1;
                continue;
            }
            let (path, next) = self.path(tokens, at);
            found += 1;
            if found == 1 && next == tokens.len() && at == 0 {
                only.clone_from(&path);
            }
            if let Some(path) = path {
                self.reads.push(Read {
                    line: self.line,
                    path,
                });
            }
            at = next;
        }
        only
    }

    /// The path that begins at a name, with aliases followed; `None` when it begins with something that is not the context's.
    fn path(&self, tokens: &[Token], at: usize) -> (Alias, usize) {
        let name = tokens[at].text();
        let alias = self.scopes.iter().rev().find_map(|scope| scope.get(name));
        let mut path = match alias {
            None => Some(name.to_owned()),
            Some(alias) => alias.clone(),
        };
        let mut next = at + 1;
        // What follows `?.` or `[` is read with care by the author, or cannot be followed.
        while let (Some(Token::Sign('.')), Some(Token::Name(member))) =
            (tokens.get(next), tokens.get(next + 1))
        {
            if let Some(path) = &mut path {
                path.push('.');
                path.push_str(member);
            }
            next += 2;
        }
        let mut member = false;
        while let Some(token) = tokens.get(next) {
            match token {
                Token::Sign('?' | '.' | '[' | ']' | '0') => member = token == &Token::Sign('.'),
                Token::Name(_) if member => member = false,
                _ => break,
            }
            next += 1;
        }
        (path, next)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Name(String),
    Sign(char),
}

impl Token {
    fn text(&self) -> &str {
        match self {
            Self::Name(name) => name,
            Self::Sign('<') => "<",
            Self::Sign(',') => ",",
            Self::Sign(_) => "",
        }
    }
}

/// Names and signs; numbers and the places of strings are signs of their own.
fn tokens(code: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut chars = code.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_whitespace() {
            continue;
        }
        if !c.is_alphanumeric() && c != '_' {
            tokens.push(Token::Sign(c));
            continue;
        }
        let mut word = String::from(c);
        while let Some(c) = chars.next_if(|c| c.is_alphanumeric() || *c == '_') {
            word.push(c);
        }
        tokens.push(if c.is_ascii_digit() {
            Token::Sign('0')
        } else {
            Token::Name(word)
        });
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_a_template_reads() {
        for (source, expected) in [
            ("{{ alarm.name }}", vec!["alarm.name"]),
            (
                "{% if alarm.nope %}x{% elif not links.alarm and a.b == \"c.d\" %}{% endif %}",
                vec!["alarm.nope", "links.alarm", "a.b"],
            ),
            ("{{ a.b | default(value=c.d) | upper }}", vec!["a.b", "c.d"]),
            (
                "{{ slack_date(time=approval.expires, format='{date} {time}') }}",
                vec!["approval.expires"],
            ),
            (
                "{{ <field label=\"Stage\" value={approval.stage}/> }}",
                vec!["approval.stage"],
            ),
            (
                "{{ <ui.field value={link(url=links.x, label=rule.name)}/> }}",
                vec!["links.x", "rule.name"],
            ),
            (
                "{% for m in alarm.metrics %}{{ m.id }}{{ loop.index }}{% endfor %}{{ m }}",
                vec!["alarm.metrics", "alarm.metrics[].id", "m"],
            ),
            (
                "{% for k, v in record.attributes %}{{ k }}{{ v.x }}{% endfor %}",
                vec!["record.attributes"],
            ),
            (
                "{% set x = alarm.metric %}{{ x.name }}{% set y = a ~ b %}{{ y.z }}",
                vec!["alarm.metric", "alarm.metric.name", "a", "b"],
            ),
            ("{% set x %}{{ a }}{% endset %}{{ x }}", vec!["a"]),
            (
                "{% component f(label: string, @time) %}{{ label }}{{ time }}{{ body }}{% endcomponent f %}",
                vec![],
            ),
            (
                "{% if a is string and b is not defined %}{% endif %}",
                vec!["a", "b"],
            ),
            (
                "{{ event.detail?.x.y }}{{ a[0].b }}",
                vec!["event.detail", "a"],
            ),
            ("{{ (findings | length) - 10 }}", vec!["findings"]),
            ("{# {{ no }} #}", vec![]),
        ] {
            let found: Vec<String> = reads(source).into_iter().map(|read| read.path).collect();
            assert_eq!(found, expected, "{source}");
        }
    }

    #[test]
    fn knows_the_line() {
        let found = reads("{\n\n\"text\": \"{{ a }}\n{% if b.c %}\"");
        assert_eq!(
            found.iter().map(|read| read.line).collect::<Vec<_>>(),
            [3, 4]
        );
    }
}
