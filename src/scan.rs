//! How much of a text may stand as it is: asked of every text several times, so of eight bytes at once.

/// How many bytes there are before the first that a JSON string may not have as it is: a quotation mark, a backslash, or one of the
/// control characters, of which DEL is none.
#[inline]
pub(crate) fn json(bytes: &[u8]) -> usize {
    before(bytes, |eight| special(eight) & !eight & HIGHEST)
}

/// The same before the first that is no character of ASCII, or DEL.
#[inline]
pub(crate) fn ascii(bytes: &[u8]) -> usize {
    before(bytes, |eight| {
        (special(eight) | is(eight, 0x7F) | eight) & HIGHEST
    })
}

/// The same before the first DEL.
#[inline]
pub(crate) fn del(bytes: &[u8]) -> usize {
    before(bytes, |eight| is(eight, 0x7F) & !eight & HIGHEST)
}

/// The same before the first sign that mrkdwn gives a meaning: `&`, `<`, `>` or a backtick.
#[inline]
pub(crate) fn mrkdwn(bytes: &[u8]) -> usize {
    before(bytes, |eight| signs(eight) & !eight & HIGHEST)
}

/// The same before the first of these signs, of the control characters (a line break is one), or a colon (a URL has one).
#[inline]
pub(crate) fn words(bytes: &[u8]) -> usize {
    before(bytes, |eight| {
        (signs(eight) | below(eight, 0x20) | is(eight, b':')) & !eight & HIGHEST
    })
}

const EACH: u64 = 0x0101_0101_0101_0101;
/// Set in what is found.
const HIGHEST: u64 = EACH << 7;

/// `find` sets the highest bit of the first byte that is looked for, and of none before it.
fn before(bytes: &[u8], find: impl Fn(u64) -> u64) -> usize {
    let (chunks, rest) = bytes.as_chunks();
    for (index, chunk) in chunks.iter().enumerate() {
        let found = find(u64::from_le_bytes(*chunk));
        if found != 0 {
            return index * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    // With zeros after it.
    let last = match bytes.last_chunk() {
        Some(eight) if !rest.is_empty() => u64::from_le_bytes(*eight) >> (64 - rest.len() * 8),
        _ => {
            let rest = rest.iter().rev();
            rest.fold(0, |eight, byte| (eight << 8) | u64::from(*byte))
        }
    };
    let before = chunks.len() * 8 + find(last).trailing_zeros() as usize / 8;
    before.min(bytes.len())
}

/// Set also in some bytes above ASCII, and, where a borrow has gone on, in bytes after the first.
fn special(eight: u64) -> u64 {
    below(eight, 0x20) | is(eight, b'"') | is(eight, b'\\')
}

/// `<` and `>` differ in one bit.
fn signs(eight: u64) -> u64 {
    is(eight, b'&') | is(eight | (EACH * 2), b'>') | is(eight, b'`')
}

fn is(eight: u64, byte: u8) -> u64 {
    below(eight ^ (EACH * u64::from(byte)), 1)
}

fn below(eight: u64, least: u64) -> u64 {
    eight.wrapping_sub(EACH * least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_found_at_every_place() {
        for byte in 0..=u8::MAX {
            let special = matches!(byte, b'"' | b'\\' | ..0x20);
            for length in 0..20 {
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
                }
                assert_eq!(json(&vec![byte; length]), if special { 0 } else { length });
            }
        }
    }
}
