//! The limits on the cost of an expression. Those marked as measured are AWS's own.

/// The limits of one evaluation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EvaluationLimits {
    /// How long it may run, in milliseconds of the wall clock.
    pub(crate) milliseconds: u64,
    /// How many evaluations of nodes may be nested, through all calls.
    pub(crate) depth: usize,
    /// How many items one array may have.
    pub(crate) items: usize,
    /// How many bytes of what it has built it may still hold.
    pub(crate) live_bytes: usize,
}

impl EvaluationLimits {
    /// The limits of every evaluation in Step Functions.
    ///
    /// The time limit is ours: a clock is read every thousand steps, so that an evaluation ends
    /// within a few milliseconds of it. The depth limit is ours too: it lets a function call itself
    /// a few thousand times, as jsonata-js does.
    pub(crate) const STEP_FUNCTIONS: Self =
        Self { milliseconds: 1000, depth: 20_000, items: ITEMS_MAX, live_bytes: LIVE_BYTES_MAX };
}

/// How many evaluations may be nested in one call of a function. AWS allows 100 of its own, which
/// are finer.
pub(crate) const LEVELS_MAX: usize = 500;

/// How deep the text of an expression may nest. This limit is ours.
pub(crate) const SYNTAX_DEPTH_MAX: usize = 1_500;

/// How deep a value may nest that is compared, printed or copied. This limit is ours.
pub(crate) const DATUM_DEPTH_MAX: usize = 2_000;

/// The maximum size of one value in bytes, with a number counted as eight (measured on AWS: a range
/// of 873,782 numbers is accepted, one more is refused).
pub(crate) const VALUE_BYTES_MAX: usize = 6_990_256;

/// The maximum number of items of one array: as many numbers as fit into [`VALUE_BYTES_MAX`].
pub(crate) const ITEMS_MAX: usize = VALUE_BYTES_MAX / 8;

/// The maximum number of items of `$range` (measured on AWS).
pub(crate) const RANGE_ITEMS_MAX: usize = 360_145;

/// The maximum nesting of a result. Deeper JSON text could not be parsed again.
pub(crate) const NESTING_MAX: usize = 120;

/// The maximum length of an expression in bytes. This limit is ours.
pub(crate) const SOURCE_BYTES_MAX: usize = 262_144;

/// The maximum memory in bytes of what one evaluation has built and still holds. This limit is
/// ours.
const LIVE_BYTES_MAX: usize = 96 << 20;

/// The maximum number of items and members that one evaluation may compare or print.
pub(crate) const VISITS_MAX: usize = 10_000_000;

/// The maximum length in bytes of a picture string, or of a text that is parsed by one.
pub(crate) const PICTURE_BYTES_MAX: usize = 4096;
