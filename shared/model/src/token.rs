//! Task tokens, which name the task attempt that `SendTaskSuccess` or `SendTaskFailure` completes.

use std::{fmt, str::FromStr};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::{ExecutionId, FramePath};

/// The secret part of a task token. Each attempt of a task has its own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TaskSecret(u128);

impl TaskSecret {
    /// Wraps 128 bits, which must not be guessable.
    pub const fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    /// Returns the bits, from which names can be derived that must be the same for each repetition
    /// of a call.
    pub const fn as_bits(self) -> u128 {
        self.0
    }
}

impl fmt::Display for TaskSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// Shows only the first four hex digits, so that logs do not reveal the secret.
impl fmt::Debug for TaskSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({:04x}…)", self.0 >> 112)
    }
}

impl FromStr for TaskSecret {
    type Err = TaskTokenError;

    fn from_str(text: &str) -> Result<Self, TaskTokenError> {
        u128::from_str_radix(text, 16).map(Self).map_err(|_| TaskTokenError)
    }
}

impl TryFrom<String> for TaskSecret {
    type Error = TaskTokenError;

    fn try_from(text: String) -> Result<Self, TaskTokenError> {
        text.parse()
    }
}

impl From<TaskSecret> for String {
    fn from(secret: TaskSecret) -> Self {
        secret.to_string()
    }
}

/// Identifies one call of `SendTaskSuccess` or `SendTaskFailure`. Of several calls with one token, the
/// record that completes the task names the one that counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskAnswerId(u64);

impl TaskAnswerId {
    /// Wraps 64 bits.
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// Takes 64 of the bits of a random seed.
    #[expect(clippy::cast_possible_truncation, reason = "the rest of the seed is not needed")]
    pub const fn from_seed(seed: u128) -> Self {
        Self(seed as u64)
    }
}

impl fmt::Display for TaskAnswerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Identifies one attempt of a call of `GetActivityTask` to take a task. Of several attempts to take
/// one task, the record that starts the task names the one that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ActivityPollId(u64);

impl ActivityPollId {
    /// Wraps 64 bits.
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// Takes 64 of the bits of a random seed.
    #[expect(clippy::cast_possible_truncation, reason = "the rest of the seed is not needed")]
    pub const fn from_seed(seed: u128) -> Self {
        Self(seed as u64)
    }
}

impl fmt::Display for ActivityPollId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// `$$.Task.Token`: identifies one attempt of one task. The text is opaque to users.
///
/// Spec: API reference, `SendTaskSuccess` § taskToken (at most 2,048 characters).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TaskToken {
    /// The execution.
    pub execution: ExecutionId,
    /// The frame whose task it is.
    pub frame: FramePath,
    /// The secret of the attempt.
    pub secret: TaskSecret,
}

/// The text is not a task token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a task token")]
pub struct TaskTokenError;

impl fmt::Display for TaskToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = format!("{}\n{}\n{}", self.execution, self.frame, self.secret);
        f.write_str(&BASE64_URL_SAFE_NO_PAD.encode(plain))
    }
}

impl FromStr for TaskToken {
    type Err = TaskTokenError;

    fn from_str(text: &str) -> Result<Self, TaskTokenError> {
        let plain = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| TaskTokenError)?;
        let plain = String::from_utf8(plain).map_err(|_| TaskTokenError)?;
        let parts: Vec<&str> = plain.split('\n').collect();
        let [execution, frame, secret] = parts[..] else { return Err(TaskTokenError) };
        Ok(Self {
            execution: execution.parse().map_err(|_| TaskTokenError)?,
            frame: frame.parse().map_err(|_| TaskTokenError)?,
            secret: secret.parse()?,
        })
    }
}

impl TryFrom<String> for TaskToken {
    type Error = TaskTokenError;

    fn try_from(text: String) -> Result<Self, TaskTokenError> {
        text.parse()
    }
}

impl From<TaskToken> for String {
    fn from(token: TaskToken) -> Self {
        token.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ResourceName;

    #[test]
    fn a_token_reads_back_as_it_prints() {
        let name = |text| ResourceName::parse(text).expect("a name");
        let token = TaskToken {
            execution: ExecutionId::from_names(&name("orders"), &name("été")),
            frame: "3:0/7:12".parse().expect("a path"),
            secret: TaskSecret::from_bits(7),
        };
        assert_eq!(token.to_string().parse(), Ok(token));
    }

    #[test]
    fn a_text_of_somebody_else_is_no_token() {
        for text in ["", "token", "b3JkZXJz", "orders:1\n\n7"] {
            assert_eq!(text.parse::<TaskToken>(), Err(TaskTokenError), "{text}");
        }
    }
}
