//! The tags of a template's source.

/// A tag with code in it; comments are none.
pub(crate) struct Tag {
    /// Where it starts, in bytes.
    pub(crate) at: usize,
    /// Where what follows it starts.
    pub(crate) end: usize,
    /// `{% … %}` rather than `{{ … }}`.
    pub(crate) block: bool,
    /// What is in it, with the contents of strings left out.
    pub(crate) code: String,
}

/// All tags, in order.
pub(crate) fn tags(source: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut at = 0;
    while let Some(found) = source.get(at..).and_then(|rest| rest.find('{')) {
        let start = at + found;
        let rest = &source[start..];
        let (block, close) = match rest.as_bytes().get(1) {
            Some(b'{') => (false, "}}"),
            Some(b'%') => (true, "%}"),
            Some(b'#') => {
                let end = rest[2..].find("#}");
                at = end.map_or(source.len(), |end| start + 2 + end + 2);
                continue;
            }
            _ => {
                at = start + 1;
                continue;
            }
        };
        let (code, length) = code(&rest[2..], close);
        let end = start + 2 + length;
        at = end;
        if block && code == "raw" {
            // Up to the end tag all is text.
            at += endraw(&source[at..]);
        }
        tags.push(Tag {
            at: start,
            end,
            block,
            code,
        });
    }
    tags
}

/// Where the tag is that ends raw text; the word alone may stand in the text.
fn endraw(text: &str) -> usize {
    let space = |c: char| c.is_ascii_whitespace();
    let mut found = text.match_indices("endraw").map(|(at, _)| at);
    let end = found.find(|at| {
        let before = text[..*at].trim_end_matches(space);
        let before = before.strip_suffix('-').unwrap_or(before);
        let after = text[at + "endraw".len()..].trim_start_matches(space);
        let after = after.strip_prefix('-').unwrap_or(after);
        before.ends_with("{%") && after.starts_with("%}")
    });
    end.unwrap_or(text.len())
}

/// The code up to a closing tag, without the contents of strings, and its length in the source.
fn code(rest: &str, close: &str) -> (String, usize) {
    let mut code = String::new();
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in rest.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(open) if c == open => quote = None,
            Some(_) => escaped = c == '\\',
            None if matches!(c, '"' | '\'' | '`') => quote = Some(c),
            None if rest[at..].starts_with(close) => {
                return (
                    code.trim_matches(|c: char| c == '-' || c.is_ascii_whitespace())
                        .to_owned(),
                    at + close.len(),
                );
            }
            None => code.push(c),
        }
    }
    (code, rest.len())
}
