//! Every limit, as a named constant with its unit and source; those that a deployment may raise are
//! fields of [`Limits`].
//!
//! Spec: Developer Guide, "Step Functions service quotas".

use std::str::FromStr;

/// Characters in the name of a state machine, execution, activity or state.
pub const NAME_CHARS_MAX: usize = 80;
/// Bytes of a definition.
pub const DEFINITION_BYTES_MAX: usize = 1_048_576;
/// Levels of arrays and objects in one JSON text that we read. AWS documents none; JSON parsers
/// there and here recurse, so there is one.
pub const JSON_DEPTH_MAX: usize = 127;
/// Seconds in any `…Seconds` field of a definition.
pub const SECONDS_MAX: u64 = 99_999_999;
/// Milliseconds that a Wait may last: AWS refuses a timestamp 24,856 days ahead and takes one
/// 24,855 days ahead, which is where milliseconds leave 32 bits of seconds.
pub const WAIT_MILLISECONDS_MAX: i64 = 2_147_483_647_000;
/// Seconds in `MaxDelaySeconds`.
pub const MAX_DELAY_SECONDS_MAX: u64 = 31_622_400;
/// Characters in an error name.
pub const ERROR_CHARS_MAX: usize = 256;
/// Characters in a cause.
pub const CAUSE_CHARS_MAX: usize = 32_768;
/// Characters in an ARN.
pub const ARN_CHARS_MAX: usize = 256;
/// Characters in a page token; `ListExecutions` takes longer ones.
pub const PAGE_TOKEN_CHARS_MAX: usize = 1_024;
/// Characters in a page token of `ListExecutions`.
pub const PAGE_TOKEN_EXECUTIONS_CHARS_MAX: usize = 3_096;
/// Characters in a client token.
pub const CLIENT_TOKEN_CHARS_MAX: usize = 64;
/// Characters in a task token.
pub const TASK_TOKEN_CHARS_MAX: usize = 2_048;
/// Items on a page.
pub const PAGE_ITEMS_MAX: u32 = 1_000;
/// Items on a page when none are asked for.
pub const PAGE_ITEMS_DEFAULT: u32 = 100;
/// Deliveries of one message after which its execution is ended visibly.
pub const RECEIVES_MAX: u32 = 20;
/// Deliveries of one message after which its execution is ended even though the message has
/// written the head: its worker dies of what comes after. The looks at a live call are among them,
/// of which there is one a minute.
pub const RECEIVES_OF_OWN_HEAD_MAX: u32 = 100;
/// Milliseconds for which a claim counts as alive after its worker last renewed it.
pub const LEASE_MILLISECONDS: i64 = 60_000;
/// Milliseconds by which the clocks of two workers may differ.
pub const CLOCK_SKEW_MILLISECONDS_MAX: i64 = 2_000;
/// Milliseconds between two looks at a job whose end nobody has reported: as long as it has run, at
/// least this.
pub const JOB_LOOK_MILLISECONDS_MIN: i64 = 60_000;
/// The same, at most this.
pub const JOB_LOOK_MILLISECONDS_MAX: i64 = 3_600_000;
/// Milliseconds after which an execution that has not moved since its start is thought forgotten.
pub const FORGOTTEN_MILLISECONDS: i64 = 60_000;
/// Milliseconds after its end for which an execution can be redriven: 14 days.
pub const REDRIVABLE_MILLISECONDS: i64 = 14 * 24 * 3_600_000;
/// Bytes of all variables of an execution.
pub const VARIABLES_BYTES_MAX: usize = 10 * 1_024 * 1_024;
/// Levels of Parallel and Map inside one another.
pub const FRAME_DEPTH_MAX: usize = 32;

/// The limits that a deployment chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeploymentLimits {
    /// Bytes of an input, output or result, as UTF-8.
    pub payload_bytes: usize,
    /// Events in the history of one execution.
    pub history_events: u64,
    /// Children of one Parallel or Map state.
    pub children: u32,
}

impl DeploymentLimits {
    /// Profile `aws`: Step Functions' own. Children have no limit: a history is full before.
    pub const AWS: Self =
        Self { payload_bytes: 262_144, history_events: 25_000, children: u32::MAX };
    /// Profile `open`: what Lambda carries (6 MiB), histories without end, and as many children as
    /// end within minutes of one another, since the end of each rewrites one item that names them.
    pub const OPEN: Self =
        Self { payload_bytes: 6 << 20, history_events: u64::MAX, children: 10_000 };
}

impl Default for DeploymentLimits {
    fn default() -> Self {
        Self::AWS
    }
}

/// No profile has that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the profiles of limits are 'aws' and 'open'")]
pub struct UnknownLimitsProfile;

impl FromStr for DeploymentLimits {
    type Err = UnknownLimitsProfile;

    fn from_str(name: &str) -> Result<Self, UnknownLimitsProfile> {
        match name {
            "aws" => Ok(Self::AWS),
            "open" => Ok(Self::OPEN),
            _ => Err(UnknownLimitsProfile),
        }
    }
}
