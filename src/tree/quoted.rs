//! What stands between the quotation marks of JSON.

use crate::scan;

/// More than most texts with escapes have, in bytes.
const USUAL: usize = 4096;

/// Writes the text that ends with the next quotation mark, without its escapes. How long it was with them; `None` when anything is
/// wrong with it.
pub(super) fn unescape(text: &str, out: &mut String) -> Option<usize> {
    let bytes = text.as_bytes();
    out.clear();
    out.reserve(text.len().min(USUAL));
    // What has not been written yet, and where we are.
    let (mut from, mut at) = (0, 0);
    loop {
        at += scan::json(bytes.get(at..)?);
        out.push_str(text.get(from..at)?);
        let sign = match bytes.get(at)? {
            b'"' => return Some(at),
            b'\\' => *bytes.get(at + 1)?,
            _ => return None,
        };
        let (c, length) = match sign {
            // The sign itself stands there, with the words after it.
            b'"' | b'\\' | b'/' => {
                from = at + 1;
                at += 2;
                continue;
            }
            b'n' => ('\n', 2),
            b't' => ('\t', 2),
            b'r' => ('\r', 2),
            b'b' => ('\u{8}', 2),
            b'f' => ('\u{c}', 2),
            b'u' => match unit(text, at)? {
                first @ 0xD800..0xDC00 => (pair(first, unit(text, at + 6)?)?, 12),
                one => (char::from_u32(one)?, 6),
            },
            _ => return None,
        };
        out.push(c);
        at += length;
        from = at;
    }
}

/// The UTF-16 unit that is written `\u0041` there.
fn unit(text: &str, at: usize) -> Option<u32> {
    let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
    // With these alone no sign may stand before them.
    let all = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    all.then(|| u32::from_str_radix(digits, 16).ok())?
}

/// The character of two units, of which the first one is the first of two.
fn pair(first: u32, second: u32) -> Option<char> {
    let (0xDC00..0xE000) = second else {
        return None;
    };
    char::from_u32(0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00))
}

/// Writes a text with its quotation marks and escapes, as serde_json does.
pub(super) fn quote(text: &str, out: &mut String) {
    out.reserve(text.len() + 2);
    out.push('"');
    let mut rest = text;
    loop {
        let (words, from) = rest.split_at(scan::json(rest.as_bytes()));
        out.push_str(words);
        let Some(sign) = from.bytes().next() else {
            break;
        };
        match sign {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            0x8 => out.push_str("\\b"),
            0xC => out.push_str("\\f"),
            _ => {
                let digit = |digit| char::from_digit(u32::from(digit), 16).unwrap_or('0');
                out.push_str("\\u00");
                out.extend([digit(sign >> 4), digit(sign & 0xF)]);
            }
        }
        rest = &from[1..];
    }
    out.push('"');
}
