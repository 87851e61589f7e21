//! The limits of hosted functions, with AWS's values where AWS documents one.
//!
//! Spec: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>

use std::{num::NonZeroUsize, time::Duration};

/// The timeout of a function whose template has none.
pub const TIMEOUT_DEFAULT: Duration = Duration::from_secs(3);

/// The longest timeout of any function.
pub const TIMEOUT_MAX: Duration = Duration::from_mins(15);

/// How long a process may take to start, before the invocation's own timeout begins.
pub const INIT_MAX: Duration = Duration::from_secs(10);

/// The memory of a function whose template has none, in megabytes.
pub const MEMORY_MEGABYTES_DEFAULT: u32 = 128;

/// The largest response of a synchronous invocation, in bytes: 6 MiB and 100 bytes, as on AWS.
pub const RESPONSE_BYTES_MAX: usize = 6_291_556;

/// The most processes of one function that reserves no concurrency of its own. Further calls wait.
/// Statewright's own limit, since a machine has few cores.
pub const FUNCTION_CONCURRENCY_DEFAULT: NonZeroUsize =
    NonZeroUsize::new(16).expect("16 is not zero");

/// How long a process may be idle before it is killed. Statewright's own limit: AWS does not
/// document one.
pub const IDLE_MAX: Duration = Duration::from_mins(5);

/// How long a shutdown waits for the end of what killed processes printed, which is at hand unless one
/// that left its group holds the stream. Statewright's own limit.
pub const OUTPUT_END_MAX: Duration = Duration::from_secs(1);

/// The longest line of output passed on in one piece, in bytes. Statewright's own limit.
pub const OUTPUT_LINE_BYTES_MAX: usize = 64 * 1024;
