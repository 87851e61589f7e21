//! Names that users choose.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::limits::NAME_CHARS_MAX;

/// The name of a state machine, an execution or an activity: 1–80 characters without white space,
/// control characters and the characters that AWS reserves.
///
/// Spec: API reference, `CreateStateMachine`, `StartExecution` § name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ResourceName(Arc<str>);

/// The text is not a valid name. The message is the one AWS gives for `InvalidName`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Invalid Name: '{0}'")]
pub struct ResourceNameError(pub String);

impl ResourceName {
    /// Checks the length and the characters of a name.
    pub fn parse(text: &str) -> Result<Self, ResourceNameError> {
        let length = text.chars().count();
        if length == 0 || length > NAME_CHARS_MAX || text.chars().any(is_forbidden_char) {
            return Err(ResourceNameError(text.to_owned()));
        }
        Ok(Self(text.into()))
    }

    /// Returns the name as the user wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_forbidden_char(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || "<>{}[]?*\"#%\\^|~`$&,;:/".contains(c)
        || ('\u{FFFE}'..='\u{FFFF}').contains(&c)
        || c == '\u{10FFFF}'
}

impl fmt::Display for ResourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ResourceName {
    type Error = ResourceNameError;

    fn try_from(text: String) -> Result<Self, ResourceNameError> {
        Self::parse(&text)
    }
}

impl From<ResourceName> for String {
    fn from(name: ResourceName) -> Self {
        name.0.as_ref().to_owned()
    }
}

/// The name of a state: unique in its whole definition, nested states included.
///
/// Spec: ASL § States, "State names MUST be unique within the scope of the whole state machine".
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StateName(Arc<str>);

impl StateName {
    /// Wraps a name without a check. The parser of the definition checks the length.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// Returns the name as the user wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_no_space_and_at_most_eighty_characters() {
        assert!(ResourceName::parse("order-42.é").is_ok());
        assert!(ResourceName::parse(&"x".repeat(80)).is_ok());
        for bad in ["", "a b", "a/b", "a:b", "tab\t", &"x".repeat(81)] {
            assert_eq!(ResourceName::parse(bad), Err(ResourceNameError(bad.to_owned())));
        }
    }
}
