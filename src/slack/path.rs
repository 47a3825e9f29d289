//! Where a part of a payload stands, for what is said of it.

use std::fmt;

/// A place, as in `attachments[0].blocks[2].text`. It is put into words only when something is said of it: most payloads give
/// no occasion.
#[derive(Debug, Clone, Copy)]
pub(super) enum Path<'p> {
    Payload,
    Member(&'p Path<'p>, &'p str),
    Item(&'p Path<'p>, usize),
}

impl<'p> Path<'p> {
    pub(super) fn member(&'p self, name: &'p str) -> Self {
        Self::Member(self, name)
    }

    pub(super) fn item(&'p self, index: usize) -> Self {
        Self::Item(self, index)
    }
}

/// Nothing for the payload itself.
impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Payload => Ok(()),
            Self::Member(Self::Payload, name) => f.write_str(name),
            Self::Member(of, name) => write!(f, "{of}.{name}"),
            Self::Item(of, index) => write!(f, "{of}[{index}]"),
        }
    }
}
