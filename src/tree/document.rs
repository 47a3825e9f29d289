//! A document with its own arena.

use std::fmt;

use self_cell::self_cell;
use serde::ser::{Serialize, Serializer};

use super::{Arena, Node};

self_cell! {
    struct Kept {
        owner: Arena,
        #[covariant]
        dependent: Node,
    }
}

/// A document that borrows from nothing else.
pub struct Document(Kept);

impl Document {
    /// What is made in an arena of so many bytes, which grows when that is not enough.
    ///
    /// # Errors
    /// Those of `make`.
    pub fn try_new<E>(
        usual: usize,
        make: impl for<'a> FnOnce(&'a Arena) -> Result<Node<'a>, E>,
    ) -> Result<Self, E> {
        Kept::try_new(Arena::with_capacity(usual), make).map(Self)
    }

    /// A copy of that.
    pub fn of(node: &Node<'_>) -> Self {
        Self(Kept::new(Arena::new(), |arena| node.copied(arena)))
    }

    /// What is made of a copy.
    #[must_use]
    pub fn changed(&self, change: impl for<'a> FnOnce(Node<'a>, &'a Arena) -> Node<'a>) -> Self {
        Self(Kept::new(Arena::new(), |arena| {
            change(self.node().copied(arena), arena)
        }))
    }

    /// What is in it.
    pub fn node(&self) -> &Node<'_> {
        self.0.borrow_dependent()
    }
}

impl Default for Document {
    fn default() -> Self {
        Self::of(&Node::Null)
    }
}

impl Clone for Document {
    fn clone(&self) -> Self {
        Self::of(self.node())
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        self.node() == other.node()
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.node().fmt(f)
    }
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.node().serialize(serializer)
    }
}
