//! Which bytes need care: asked of each byte of each text, so by a table.

/// A set of bytes.
pub(super) struct Bytes([bool; 256]);

impl Bytes {
    /// These.
    pub(super) const fn of(bytes: &[u8]) -> Self {
        Self([false; 256]).changed(bytes, true)
    }

    /// What ASCII has of letters, digits and signs, and these.
    pub(super) const fn graphic(bytes: &[u8]) -> Self {
        let mut set = Self::of(bytes);
        let mut byte = 0;
        while byte < u8::MAX {
            if byte.is_ascii_graphic() {
                set.0[byte as usize] = true;
            }
            byte += 1;
        }
        set
    }

    /// But not these.
    pub(super) const fn without(self, bytes: &[u8]) -> Self {
        self.changed(bytes, false)
    }

    const fn changed(mut self, bytes: &[u8], is_in: bool) -> Self {
        let mut index = 0;
        while index < bytes.len() {
            self.0[bytes[index] as usize] = is_in;
            index += 1;
        }
        self
    }

    pub(super) fn has(&self, byte: u8) -> bool {
        self.0[usize::from(byte)]
    }

    /// Is any of its bytes one of these?
    pub(super) fn any_in(&self, text: &str) -> bool {
        text.bytes().any(|byte| self.has(byte))
    }
}
