//! `States.MathAdd` and `States.MathRandom`.

use std::borrow::Cow;

use serde_json::Value;

use super::{IntrinsicError, IntrinsicResult, rounded_integer, truncated_integer};
use crate::java::random::JavaRandom;
use random_stream::RandomStream;

/// `States.MathAdd(a, b)`: both are rounded, and they and their sum must fit into 32 bits.
pub(super) fn math_add(arguments: &[Cow<'_, Value>]) -> IntrinsicResult {
    let [a, b] = arguments else {
        return Err(IntrinsicError::InvalidArguments);
    };
    let sum = rounded_integer(a)? + rounded_integer(b)?;
    i32::try_from(sum).map(Value::from).map_err(|_| IntrinsicError::InvalidArguments)
}

/// `States.MathRandom(start, end[, seed])`: an integer from `start` to below `end`. The same seed
/// always gives the same number.
pub(super) fn math_random(
    arguments: &[Cow<'_, Value>],
    random: &mut RandomStream,
) -> IntrinsicResult {
    let (start, end, seed) = match arguments {
        [start, end] => (start, end, None),
        [start, end, seed] => (start, end, Some(truncated_integer(seed)?)),
        _ => return Err(IntrinsicError::InvalidArguments),
    };
    let (start, end) = (truncated_integer(start)?, truncated_integer(end)?);
    if start >= end {
        return Err(IntrinsicError::InvalidArguments);
    }
    Ok(Value::from(match seed {
        // Recorded: `start + new java.util.Random(seed).nextInt(end - start)`.
        Some(seed) => {
            let bound = i32::try_from(end - start).map_err(|_| IntrinsicError::InvalidArguments)?;
            start + i64::from(JavaRandom::with_seed(seed).next_int_below(bound))
        }
        None => random.next_in_range(start, end),
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tests::evaluate;

    fn math(call: &str) -> Result<Value, String> {
        evaluate(&format!("States.Math{call}"), &Value::Null)
    }

    #[test]
    fn addends_are_rounded() {
        assert_eq!(math("Add(111, -1)"), Ok(json!(110)));
        assert_eq!(math("Add(1.6, 2.7)"), Ok(json!(5)));
        assert_eq!(math("Add(0.1, 0.2)"), Ok(json!(0)));
        assert_eq!(math("Add(-1.5, 0.5)"), Ok(json!(0)));
    }

    #[test]
    fn sums_fit_32_bits() {
        assert_eq!(math("Add(2147483646, 1)"), Ok(json!(i32::MAX)));
        for call in ["Add(2147483647, 1)", "Add(3000000000, 1)", "Add(-2147483648, -1)"] {
            assert!(math(call).is_err(), "{call}");
        }
    }

    #[test]
    fn only_numbers_are_added() {
        for call in ["Add('1', 2)", "Add(null, 2)", "Add(true, 2)", "Add(1)", "Add(1, 2, 3)"] {
            let cause = math(call).expect_err("it fails");
            assert!(cause.ends_with("Invalid arguments in States.MathAdd"), "{cause}");
        }
    }

    #[test]
    fn a_seeded_number_is_the_one_that_java_draws() {
        assert_eq!(math("Random(0, 10, 42)"), Ok(json!(0)));
        assert_eq!(math("Random(0, 100, 42)"), Ok(json!(30)));
        assert_eq!(math("Random(-5, 5, 42)"), Ok(json!(-5)));
        assert_eq!(math("Random(0, 16, 42)"), Ok(json!(11)));
    }

    #[test]
    fn a_random_number_repeats_with_its_seed() {
        let drawn = math("Random(-5, 5, 42)");
        assert!(drawn.is_ok());
        assert_eq!(drawn, math("Random(-5, 5, 42)"));
        assert!(math("Random(0, 10, -7)").is_ok());
    }

    #[test]
    fn the_end_is_excluded() {
        assert_eq!(math("Random(3, 4)"), Ok(json!(3)));
        for call in ["Random(1, 1)", "Random(1.4, 1.6)", "Random(2, 1)", "Random(1, 2, null)"] {
            assert!(math(call).is_err(), "{call}");
        }
    }
}
