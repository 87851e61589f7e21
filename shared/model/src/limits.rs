//! Limits, as constants whose names end in the unit. Limits that a deployment can choose are fields
//! of [`DeploymentLimits`].
//!
//! Spec: Developer Guide, "Step Functions service quotas".

use std::{num::NonZeroU32, str::FromStr};

/// Maximum number of characters in the name of a state machine, execution, activity or state.
pub const NAME_CHARS_MAX: usize = 80;
/// Maximum size of a definition in bytes.
pub const DEFINITION_BYTES_MAX: usize = 1_048_576;
/// Maximum nesting depth of arrays and objects in a JSON text. AWS documents no such limit, but
/// JSON parsers recurse, there as here.
pub const JSON_DEPTH_MAX: usize = 127;
/// Maximum value of any `…Seconds` field of a definition, in seconds.
pub const SECONDS_MAX: u64 = 99_999_999;
/// Maximum duration of a Wait state in milliseconds: 2^31 − 1 seconds. AWS accepts a timestamp
/// 24,855 days ahead and refuses one 24,856 days ahead.
pub const WAIT_MILLISECONDS_MAX: i64 = 2_147_483_647_000;
/// Maximum duration of an Express execution, in seconds.
pub const EXPRESS_SECONDS_MAX: u64 = 300;
/// Maximum value of `MaxDelaySeconds`, in seconds.
pub const MAX_DELAY_SECONDS_MAX: u64 = 31_622_400;
/// Maximum number of characters in an error name.
pub const ERROR_CHARS_MAX: usize = 256;
/// Maximum number of characters in a cause.
pub const CAUSE_CHARS_MAX: usize = 32_768;
/// Maximum number of characters in an ARN.
pub const ARN_CHARS_MAX: usize = 256;
/// Maximum number of characters in the ARN of a Map Run.
pub const LONG_ARN_CHARS_MAX: usize = 2_000;
/// Maximum number of characters in a page token. `ListExecutions` accepts longer ones.
pub const PAGE_TOKEN_CHARS_MAX: usize = 1_024;
/// Maximum number of characters in a page token of `ListExecutions`.
pub const PAGE_TOKEN_EXECUTIONS_CHARS_MAX: usize = 3_096;
/// Maximum number of characters in a client token.
pub const CLIENT_TOKEN_CHARS_MAX: usize = 64;
/// Maximum number of characters in a task token.
pub const TASK_TOKEN_CHARS_MAX: usize = 2_048;
/// Maximum number of items on a page.
pub const PAGE_ITEMS_MAX: u32 = 1_000;
/// Number of items on a page when the caller does not ask for a number.
pub const PAGE_ITEMS_DEFAULT: u32 = 100;
/// Maximum number of versions of a state machine.
pub const VERSIONS_MAX: usize = 1_000;
/// Maximum number of aliases of a state machine.
pub const ALIASES_MAX: usize = 100;
/// Maximum number of characters in the description of a version or an alias.
pub const DESCRIPTION_CHARS_MAX: usize = 256;
/// Number of receives of a message that count no deaths: most messages are handled in the first.
pub const RECEIVES_UNCOUNTED: u32 = 3;
/// Number of processes in a row that may die of one message. After that, the execution fails visibly
/// and the message becomes a dead letter.
pub const DEATHS_MAX: u32 = 5;
/// Maximum time for which a message is hidden after a fault or a death, in milliseconds.
pub const BACKOFF_MILLISECONDS_MAX: i64 = 900_000;
/// Number of receives after which a message that cannot be read is put away. With the back-off
/// after each, that takes hours: longer than a deployment, after which it may be readable.
pub const RECEIVES_UNREADABLE_MAX: u32 = 20;
/// Duration of the lease of a claim in milliseconds, counted from its last renewal.
pub const LEASE_MILLISECONDS: i64 = 60_000;
/// Milliseconds after which a delivery appends the transitions that it has made in memory.
pub const TRANSITIONS_MILLISECONDS_MAX: i64 = 1_000;
/// Bytes of payloads after which a delivery appends the transitions that it has made in memory.
pub const TRANSITIONS_BYTES_MAX: usize = 65_536;
/// Number of transitions that a delivery makes in memory where it may make several.
pub const TRANSITIONS_PER_DELIVERY_DEFAULT: NonZeroU32 =
    NonZeroU32::new(25).expect("25 is not zero");
/// Bytes that the expressions of one step may build in any deployment.
pub const STEP_BYTES_MIN: usize = 64 << 20;
/// Maximum duration of the computation of one step, in milliseconds. AWS documents no such limit.
pub const STEP_MILLISECONDS_MAX: u64 = 2_000;
/// Maximum difference between the clocks of two workers, in milliseconds.
pub const CLOCK_SKEW_MILLISECONDS_MAX: i64 = 2_000;
/// Minimum interval between two polls of a job, in milliseconds. The interval is otherwise the time
/// for which the task has waited.
pub const JOB_POLL_MILLISECONDS_MIN: i64 = 60_000;
/// Maximum interval between two polls of a job, in milliseconds.
pub const JOB_POLL_MILLISECONDS_MAX: i64 = 3_600_000;
/// The same of a job of an AWS service, whose end only polls find.
pub const SERVICE_JOB_POLL_MILLISECONDS_MIN: i64 = 1_000;
/// The same of a job of an AWS service.
pub const SERVICE_JOB_POLL_MILLISECONDS_MAX: i64 = 60_000;
/// How long `GetActivityTask` waits for a task, in milliseconds.
///
/// Spec: API reference, `GetActivityTask`: "The maximum time the service will hold on to the request
/// before responding is 60 seconds".
pub const ACTIVITY_POLL_MILLISECONDS: i64 = 60_000;
/// Maximum duration of one attempt to start an execution, in milliseconds: no Lambda function may
/// run for longer than 15 minutes.
pub const START_MILLISECONDS_MAX: i64 = 900_000;
/// Milliseconds after its end during which an execution can be redriven: 14 days.
pub const REDRIVABLE_MILLISECONDS: i64 = 14 * 24 * 3_600_000;
/// Number of redrives whose client tokens are remembered.
pub const REDRIVE_TOKENS_MAX: usize = 10;
/// Milliseconds for which the client token of a redrive is remembered: 15 minutes.
pub const REDRIVE_TOKEN_MILLISECONDS: i64 = 900_000;
/// Bytes from which a payload that an earlier record holds is referred to. A shorter one is held
/// again, since reading the other record would cost more.
pub const PAYLOAD_REFERENCE_BYTES_MIN: usize = 256;
/// Maximum size of all variables of an execution in bytes.
pub const VARIABLES_BYTES_MAX: usize = 10 * 1_024 * 1_024;
/// Maximum nesting depth of Parallel and Map states.
pub const FRAME_DEPTH_MAX: usize = 32;
/// Number of children whose ends share an item, and of slots that do: an item of so many stays below
/// 1 KB, so that an update of it is billed as one write.
pub const BUCKET_CHILDREN: NonZeroU32 = NonZeroU32::new(64).expect("64 is not zero");
/// Number of iterations of a Map that run at once where together they may fill the history.
///
/// Spec: Developer Guide, Map state processing modes § Inline mode: "up to 40 concurrent iterations".
pub const INLINE_ITERATIONS_MAX: u32 = 40;
/// Number of buckets of ended children that are read at once.
pub const BUCKETS_AT_ONCE: u32 = 16;

/// The limits that a deployment can choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeploymentLimits {
    /// Maximum size of an input, output or result in bytes of UTF-8.
    pub payload_bytes: usize,
    /// Maximum number of events in the history of one execution.
    pub history_events: u64,
    /// Maximum number of items of one Map state.
    pub children: u32,
    /// Number of children of a fork whose ends share an item; [`BUCKET_CHILDREN`] unless tests need
    /// forks of many items to be small.
    pub bucket_children: NonZeroU32,
}

impl DeploymentLimits {
    /// Profile `aws`: the quotas of Step Functions. Children need no limit, because the history
    /// fills up first.
    pub const AWS: Self = Self {
        payload_bytes: 262_144,
        history_events: 25_000,
        children: u32::MAX,
        bucket_children: BUCKET_CHILDREN,
    };
    /// Profile `open`: the payload size of Lambda (6 MiB), histories without a limit, and as many
    /// items as the outputs of a Map may have in memory.
    pub const OPEN: Self = Self {
        payload_bytes: 6 << 20,
        history_events: u64::MAX,
        children: 100_000,
        bucket_children: BUCKET_CHILDREN,
    };
}

impl DeploymentLimits {
    /// Returns the maximum number of events of one execution; none if there is no limit.
    pub const fn history_limit(&self) -> Option<u64> {
        if self.history_events == u64::MAX { None } else { Some(self.history_events) }
    }

    /// Returns how many bytes the expressions of one step may build, including those that are freed
    /// before its end. In memory, JSON takes up to 40 times the bytes of its text; a step must be able
    /// to copy the largest payload four times: as a template, with its input, and on its way out.
    /// This limit is ours.
    pub const fn step_bytes_max(&self) -> usize {
        STEP_BYTES_MIN.saturating_add(self.payload_bytes.saturating_mul(160))
    }
}

impl Default for DeploymentLimits {
    fn default() -> Self {
        Self::AWS
    }
}

/// The name is not that of a limits profile.
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
