//! How much of a text may stand as it is: asked of every text several times, so of sixteen bytes at once, which processors compare
//! with one instruction.

use wide::u8x16;

/// How many bytes there are before the first that a JSON string may not have as it is: a quotation mark, a backslash, or one of the
/// control characters, of which DEL is none.
pub(crate) fn json(bytes: &[u8]) -> usize {
    before(bytes, special)
}

/// The same before the first that is no character of ASCII, or DEL.
pub(crate) fn ascii(bytes: &[u8]) -> usize {
    before(bytes, |bytes| special(bytes) | at_least(bytes, 0x7F))
}

/// The same before the first DEL.
pub(crate) fn del(bytes: &[u8]) -> usize {
    before(bytes, |bytes| is(bytes, 0x7F))
}

/// The same before the first sign that mrkdwn gives a meaning: `&`, `<`, `>` or a backtick.
pub(crate) fn mrkdwn(bytes: &[u8]) -> usize {
    before(bytes, sign)
}

/// The same before the first of these signs, of the control characters (a line break is one), or a colon (a URL has one).
pub(crate) fn words(bytes: &[u8]) -> usize {
    before(bytes, |bytes| {
        sign(bytes) | at_most(bytes, 0x1F) | is(bytes, b':')
    })
}

/// The same before the first that does not stand in the path, the query and the fragment of a URL as it is.
pub(crate) fn path(bytes: &[u8]) -> usize {
    before(bytes, |bytes| {
        let within = |first: u8, last: u8| at_most(bytes - all(first), last - first);
        let graphic = within(b'!', b'~');
        let bracket = within(b'[', b'^') | within(b'{', b'}');
        !graphic | bracket | angle(bytes) | is(bytes, b'"') | is(bytes, b'`')
    })
}

fn sign(bytes: u8x16) -> u8x16 {
    is(bytes, b'&') | angle(bytes) | is(bytes, b'`')
}

/// `<` and `>` differ in one bit.
fn angle(bytes: u8x16) -> u8x16 {
    is(bytes | all(2), b'>')
}

/// With one bit turned, the quotation mark follows the control characters, so that one comparison finds both.
fn special(bytes: u8x16) -> u8x16 {
    at_most(bytes ^ all(2), b'"' ^ 2) | is(bytes, b'\\')
}

/// The bytes that are this one, with all their bits, and the others with none; as all of the following.
fn is(bytes: u8x16, byte: u8) -> u8x16 {
    bytes.simd_eq(all(byte))
}

fn at_most(bytes: u8x16, most: u8) -> u8x16 {
    bytes.simd_eq(bytes.min(all(most)))
}

fn at_least(bytes: u8x16, least: u8) -> u8x16 {
    bytes.simd_eq(bytes.max(all(least)))
}

fn all(byte: u8) -> u8x16 {
    u8x16::splat(byte)
}

/// What even the oldest processors of both kinds compare at once, in bytes.
const AT_ONCE: usize = 16;

/// How many bytes there are before the first that is wanted.
fn before(bytes: &[u8], wanted: impl Fn(u8x16) -> u8x16) -> usize {
    // Of so many; sixteen where none is.
    let plain = |chunk: [u8; AT_ONCE]| {
        let marks = wanted(chunk.into()).to_bitmask() | 1 << AT_ONCE;
        marks.trailing_zeros() as usize
    };
    let mut rest = bytes;
    while let Some((chunk, after)) = rest.split_first_chunk() {
        let plain = plain(*chunk);
        if plain < AT_ONCE {
            return bytes.len() - rest.len() + plain;
        }
        rest = after;
    }
    // What is left is looked at together with bytes that were looked at before, of which none is wanted.
    if let Some(last) = bytes.last_chunk() {
        return bytes.len() - AT_ONCE + plain(*last);
    }
    let mut padded = [0; AT_ONCE];
    padded[..bytes.len()].copy_from_slice(bytes);
    plain(padded).min(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_found_at_every_place() {
        for byte in 0..=u8::MAX {
            let special = matches!(byte, b'"' | b'\\' | ..0x20);
            for length in 0..36 {
                for at in 0..length {
                    let mut text = vec![b'a'; length];
                    text[at] = byte;
                    let found = |it| if it { at } else { length };
                    assert_eq!(json(&text), found(special), "{byte} in {length}");
                    let not_ascii = special || byte >= 0x7F;
                    assert_eq!(ascii(&text), found(not_ascii), "{byte} in {length}");
                    assert_eq!(del(&text), found(byte == 0x7F), "{byte} in {length}");
                    let sign = matches!(byte, b'&' | b'<' | b'>' | b'`');
                    assert_eq!(mrkdwn(&text), found(sign), "{byte} in {length}");
                    let no_word = sign || matches!(byte, b':' | ..0x20);
                    assert_eq!(words(&text), found(no_word), "{byte} in {length}");
                    let encoded = !byte.is_ascii_graphic() || br#""<>[\]^`{|}"#.contains(&byte);
                    assert_eq!(path(&text), found(encoded), "{byte} in {length}");
                }
                assert_eq!(json(&vec![byte; length]), if special { 0 } else { length });
            }
        }
    }
}
