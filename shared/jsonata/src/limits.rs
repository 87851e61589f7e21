//! What an expression may cost. Measured values are AWS's own.

use jsonata_core::evaluator::EvaluatorOptions;

/// The limits that the engine watches itself.
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
    /// Those of every evaluation.
    ///
    /// The time is ours: the engine compares it with a clock at every node, so that it ends within
    /// a few milliseconds. The depth is ours too: AWS allows 100 levels of its own, which are finer.
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

/// How many bytes one value may hold, a number counted as eight (measured on AWS: a range of
/// 873,782 numbers is accepted, one more is refused).
pub(crate) const VALUE_BYTES_MAX: usize = 6_990_256;

/// How many items one array may have: [`VALUE_BYTES_MAX`] in numbers.
pub(crate) const ITEMS_MAX: usize = VALUE_BYTES_MAX / 8;

/// How many items `$range` may make (measured on AWS).
pub(crate) const RANGE_ITEMS_MAX: usize = 360_145;

/// How deep a result may nest: deeper JSON text could not be read again.
pub(crate) const NESTING_MAX: usize = 120;

/// How long an expression may be, in bytes. Ours.
pub(crate) const SOURCE_BYTES_MAX: usize = 262_144;

/// How many bytes of text may be alive that one evaluation made.
pub(crate) const TEXT_BYTES_MAX: usize = 64 << 20;

/// How many bytes of text functions may make for `$replace` in one evaluation, dead ones included.
pub(crate) const SPENT_BYTES_MAX: usize = 64 << 20;

/// How many values one evaluation may visit in functions and operators that go through all there is
/// below a value.
pub(crate) const VISITS_MAX: usize = 10_000_000;

/// How many items one evaluation may put into arrays with functions that copy them; each takes 40
/// bytes.
pub(crate) const COPIES_MAX: usize = 4_000_000;

/// How many members of objects and arrays one evaluation may build, each object and array counted as
/// two; a member takes about a hundred bytes.
pub(crate) const BUILT_MAX: usize = 600_000;

/// How many combinations of items `@` and `#` may bind in one evaluation: each takes about half a
/// kilobyte.
pub(crate) const BOUND_MAX: usize = 100_000;

/// How long a picture string may be, or a text that is read by one.
pub(crate) const PICTURE_BYTES_MAX: usize = 4096;
