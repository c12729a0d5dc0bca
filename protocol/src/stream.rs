//! Stream ids: `{address}/{name}`, public, and part of every link.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::key::{Address, InvalidAddress};

/// A stream's public id: whose it is and what they call it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Id {
    /// Who may publish it.
    pub address: Address,
    /// Its name among that address's streams.
    pub name: Name,
}

impl Id {
    /// The stream `name` of `address`.
    #[must_use]
    pub fn new(address: Address, name: Name) -> Self {
        Self { address, name }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.name)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Id {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (address, name) = text.split_once('/').ok_or(Invalid::Shape)?;
        Ok(Self::new(address.parse()?, name.parse()?))
    }
}

impl TryFrom<String> for Id {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<Id> for String {
    fn from(id: Id) -> Self {
        id.to_string()
    }
}

/// A stream's name: 1 to 64 letters, digits, `-`, `_` or `.`, not starting with a dot, so that it needs no escaping
/// in a URL, a file name or a log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

impl Name {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Name {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if text.is_empty() || text.len() > 64 || text.starts_with('.') || !text.chars().all(plain) {
            return Err(Invalid::Name);
        }
        Ok(Self(text.to_owned()))
    }
}

/// Why a text is no stream id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Invalid {
    /// No slash.
    #[error("a stream id is {{address}}/{{name}}")]
    Shape,
    /// The part before the slash.
    #[error(transparent)]
    Address(#[from] InvalidAddress),
    /// The part after it.
    #[error("a stream's name is 1 to 64 letters, digits, '-', '_' or '.', not starting with '.'")]
    Name,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_written_as_it_is_read() {
        let text = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266/studio-1.main";
        assert_eq!(text.parse::<Id>().unwrap().to_string(), text);
    }

    #[test]
    fn what_would_need_escaping_is_refused() {
        let address = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";
        for name in ["", "..", "a/b", "a b", "ü", &"x".repeat(65)] {
            assert_eq!(
                format!("{address}/{name}").parse::<Id>(),
                Err(Invalid::Name),
                "{name:?}"
            );
        }
        assert_eq!("studio".parse::<Id>(), Err(Invalid::Shape));
        assert_eq!("0x12/studio".parse::<Id>(), Err(Invalid::Address(InvalidAddress)));
    }
}
