//! How much of a text may stand as it is: asked of every text several times, so of sixteen bytes at once, which processors compare
//! with one instruction.

#![expect(
    clippy::needless_bitwise_bool,
    reason = "without branches, or the bytes would be compared one by one"
)]

/// How many bytes there are before the first that a JSON string may not have as it is: a quotation mark, a backslash, or one of the
/// control characters, of which DEL is none.
#[inline]
pub(crate) fn json(bytes: &[u8]) -> usize {
    before(bytes, special)
}

/// The same before the first that is no character of ASCII, or DEL.
#[inline]
pub(crate) fn ascii(bytes: &[u8]) -> usize {
    before(bytes, |byte| special(byte) | (byte >= 0x7F))
}

/// The same before the first DEL.
#[inline]
pub(crate) fn del(bytes: &[u8]) -> usize {
    before(bytes, |byte| byte == 0x7F)
}

/// The same before the first sign that mrkdwn gives a meaning: `&`, `<`, `>` or a backtick.
#[inline]
pub(crate) fn mrkdwn(bytes: &[u8]) -> usize {
    before(bytes, sign)
}

/// The same before the first of these signs, of the control characters (a line break is one), or a colon (a URL has one).
#[inline]
pub(crate) fn words(bytes: &[u8]) -> usize {
    before(bytes, |byte| sign(byte) | (byte < 0x20) | (byte == b':'))
}

/// The same before the first that does not stand in the path, the query and the fragment of a URL as it is.
#[inline]
pub(crate) fn path(bytes: &[u8]) -> usize {
    before(bytes, |byte| {
        let graphic = byte.wrapping_sub(b'!') <= b'~' - b'!';
        let bracket =
            (byte.wrapping_sub(b'[') <= b'^' - b'[') | (byte.wrapping_sub(b'{') <= b'}' - b'{');
        !graphic | bracket | (byte | 2 == b'>') | (byte == b'"') | (byte == b'`')
    })
}

/// `<` and `>` differ in one bit.
fn sign(byte: u8) -> bool {
    (byte == b'&') | (byte | 2 == b'>') | (byte == b'`')
}

/// With one bit turned, the quotation mark follows the control characters, so that one comparison finds both.
fn special(byte: u8) -> bool {
    (byte ^ 2 <= b'"' ^ 2) | (byte == b'\\')
}

/// What even the oldest processors of both kinds compare at once, in bytes.
const AT_ONCE: usize = 16;

/// How many bytes there are before the first that is wanted.
#[inline]
fn before(bytes: &[u8], wanted: impl Fn(u8) -> bool + Copy) -> usize {
    let mut rest = bytes;
    while let Some((chunk, after)) = rest.split_first_chunk() {
        let plain = plain(chunk, wanted);
        if plain < AT_ONCE {
            return bytes.len() - rest.len() + plain;
        }
        rest = after;
    }
    // What is left is looked at together with bytes that were looked at before, of which none is wanted.
    if let Some(last) = bytes.last_chunk() {
        return bytes.len() - AT_ONCE + plain(last, wanted);
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let half = |chunk| u128::from(u64::from_le_bytes(chunk));
        let plain = plain(&(half(*first) | half(*last) << 64).to_le_bytes(), wanted);
        return if plain < AT_ONCE / 2 {
            plain
        } else {
            bytes.len() + plain - AT_ONCE
        };
    }
    let wanted = bytes.iter().position(|byte| wanted(*byte));
    wanted.unwrap_or(bytes.len())
}

/// The same of so many. A loop like this is made into instructions for all bytes at once as long as `wanted` has no branch.
#[inline]
fn plain(chunk: &[u8; AT_ONCE], wanted: impl Fn(u8) -> bool + Copy) -> usize {
    let mut marks = *chunk;
    for byte in &mut marks {
        *byte = if wanted(*byte) { u8::MAX } else { 0 };
    }
    u128::from_le_bytes(marks).trailing_zeros() as usize / 8
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
