//! The limits of hosted functions, with AWS's values where AWS has one.
//!
//! Spec: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>

use std::time::Duration;

/// How long a function may run when its template does not say.
pub const TIMEOUT_DEFAULT: Duration = Duration::from_secs(3);

/// How long any function may run.
pub const TIMEOUT_MAX: Duration = Duration::from_mins(15);

/// How long a process may start before the invocation's own timeout begins to count.
pub const INIT_MAX: Duration = Duration::from_secs(10);

/// The memory a function is told it has when its template does not say, in megabytes.
pub const MEMORY_MEGABYTES_DEFAULT: u32 = 128;

/// The largest answer of a synchronous invocation, in bytes (6 MB and what AWS adds to it).
pub const RESPONSE_BYTES_MAX: usize = 6_291_556;

/// The processes one function may have; further calls wait for one. Ours: a machine has few cores.
pub const PROCESSES_PER_FUNCTION_MAX: usize = 16;

/// How long a process may idle before it is reaped. Ours: AWS keeps its own secret.
pub const IDLE_MAX: Duration = Duration::from_mins(5);

/// The longest line of output passed on in one piece, in bytes. Ours.
pub const OUTPUT_LINE_BYTES_MAX: usize = 64 * 1024;
