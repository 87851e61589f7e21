//! The limits on the cost of an expression. Those marked as measured are AWS's own.

use jsonata_core::evaluator::EvaluatorOptions;

/// The limits that the engine enforces itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EvaluationLimits {
    /// How long one evaluation may run, in milliseconds of the wall clock.
    pub(crate) milliseconds: u64,
    /// How deep an evaluation may nest, in levels of the engine.
    pub(crate) depth: usize,
    /// How many items one array may have.
    pub(crate) items: usize,
}

impl EvaluationLimits {
    /// The limits of every evaluation in Step Functions.
    ///
    /// The time limit is ours: the engine compares it with a clock at every node, so that an
    /// evaluation ends within a few milliseconds of it. The depth limit is ours too: AWS allows 100
    /// levels of its own, which are finer than the engine's.
    pub(crate) const STEP_FUNCTIONS: Self =
        Self { milliseconds: 1000, depth: 500, items: ITEMS_MAX };

    /// The limits as the engine takes them.
    pub(crate) fn evaluator_options(self) -> EvaluatorOptions {
        EvaluatorOptions {
            timeout_ms: Some(self.milliseconds),
            cancel: None,
            max_stack_depth: Some(self.depth),
            max_sequence_length: Some(self.items),
        }
    }
}

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

/// The maximum size in bytes of the text that one evaluation made and that is still alive.
pub(crate) const TEXT_BYTES_MAX: usize = 64 << 20;

/// The maximum size in bytes of the text that functions make for `$replace` in one evaluation,
/// including text that is freed.
pub(crate) const ALLOCATED_TEXT_BYTES_MAX: usize = 64 << 20;

/// The maximum number of values one evaluation may visit in functions and operators that walk
/// everything below a value.
pub(crate) const VISITS_MAX: usize = 10_000_000;

/// The maximum number of items that functions may copy into arrays in one evaluation. Each takes 40
/// bytes.
pub(crate) const COPIES_MAX: usize = 4_000_000;

/// The maximum number of members of objects and arrays that one evaluation may build. Each object
/// and array counts as two more. A member takes about a hundred bytes.
pub(crate) const BUILT_MEMBERS_MAX: usize = 600_000;

/// The maximum number of item combinations that `@` and `#` may bind in one evaluation. Each takes
/// about half a kilobyte.
pub(crate) const BOUND_ITEMS_MAX: usize = 100_000;

/// The maximum length in bytes of a picture string, or of a text that is parsed by one.
pub(crate) const PICTURE_BYTES_MAX: usize = 4096;
