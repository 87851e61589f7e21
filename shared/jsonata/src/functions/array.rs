//! `$partition`, `$range` and `$spread`.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "few of the engine's many variants matter here"
)]

use std::rc::Rc;

use jsonata_core::{
    evaluator::HostFnResult,
    value::{JMap, JValue, with_stack},
};

use super::{check_argument_count, integer_argument, too_large_error, undefined_result};
use crate::limits::RANGE_ITEMS_MAX;

/// `$partition(array, size)`: the array in pieces of `size` items. The last piece holds the rest.
///
/// Undefined if there are no items, or if the size is zero (observed on AWS).
pub(super) fn partition_array(arguments: &[JValue]) -> HostFnResult {
    check_argument_count("partition", arguments, 2)?;
    let Some(size) = integer_argument("partition", arguments, 1)? else {
        return undefined_result();
    };
    let items = match arguments.first() {
        None | Some(JValue::Undefined) => return undefined_result(),
        Some(JValue::Array(items)) => items.to_vec(),
        Some(single) => vec![single.clone()],
    };
    if items.is_empty() || size < 1.0 {
        return undefined_result();
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "sizes past the last item make one piece, and a cast saturates"
    )]
    let pieces = items.chunks(size as usize);
    Ok(JValue::array(pieces.map(|piece| JValue::array(piece.to_vec())).collect()))
}

/// `$range(start, end, step)`: the numbers from `start` to at most `end`.
///
/// Undefined if an argument is missing or the step leads away from the end. A single number is not
/// put into a list (observed on AWS).
pub(super) fn number_range(arguments: &[JValue]) -> HostFnResult {
    check_argument_count("range", arguments, 3)?;
    let start = integer_argument("range", arguments, 0)?;
    let end = integer_argument("range", arguments, 1)?;
    let step = integer_argument("range", arguments, 2)?;
    let (Some(start), Some(end), Some(step)) = (start, end, step) else {
        return undefined_result();
    };
    let steps = ((end - start) / step).floor();
    if step == 0.0 || steps < 0.0 || !steps.is_finite() {
        return undefined_result();
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the count is not negative, and a cast saturates"
    )]
    let count = steps as usize;
    if count >= RANGE_ITEMS_MAX {
        return Err(too_large_error());
    }
    let numbers = (0..=u32::try_from(count).map_err(|_| too_large_error())?)
        .map(|n| JValue::Number(start + f64::from(n) * step));
    Ok(JValue::sequence(numbers.collect()))
}

/// `$spread(object)`: one object for each member. The items of an array are spread one by one.
pub(super) fn spread_object(arguments: &[JValue]) -> HostFnResult {
    check_argument_count("spread", arguments, 1)?;
    Ok(arguments.first().map_or(JValue::Undefined, spread_value))
}

fn spread_value(value: &JValue) -> JValue {
    match value {
        JValue::Object(members) => {
            let single = |(key, value): (&String, &JValue)| {
                let member = [(key.clone(), value.clone())];
                JValue::Object(Rc::new(member.into_iter().collect::<JMap>()))
            };
            JValue::sequence(members.iter().map(single).collect())
        }
        JValue::Array(items) => {
            let mut spread = Vec::new();
            let mut is_sequence = true;
            for item in items {
                match with_stack(|| spread_value(item)) {
                    JValue::Undefined => {}
                    JValue::Array(parts) => {
                        is_sequence = false;
                        spread.extend(parts);
                    }
                    other => {
                        is_sequence = false;
                        spread.push(other);
                    }
                }
            }
            if is_sequence { JValue::sequence(spread) } else { JValue::array(spread) }
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{evaluated_value, failure_cause};

    #[test]
    fn an_array_is_cut_into_pieces() {
        assert_eq!(evaluated_value("$partition([1,2,3,4,5], 2)"), "[[1,2],[3,4],[5]]");
        assert_eq!(evaluated_value("$partition([1,2,3], 2.9)"), "[[1,2],[3]]");
        assert_eq!(evaluated_value("$partition([1,2], 9)"), "[[1,2]]");
        for nothing in ["$partition([], 2)", "$partition([1], 0)", "$partition($nope, 1)"] {
            assert!(failure_cause(nothing).contains("returned nothing"), "{nothing}");
        }
        assert!(failure_cause("$partition([1], 'x')").contains(
            "T0410: Argument 2 of function \"partition\" does not match function signature"
        ));
    }

    #[test]
    fn a_range_includes_an_end_that_it_meets() {
        assert_eq!(evaluated_value("$range(0, 6, 2)"), "[0,2,4,6]");
        assert_eq!(evaluated_value("$range(0, 5, 2)"), "[0,2,4]");
        assert_eq!(evaluated_value("$range(3, 1, -1)"), "[3,2,1]");
        assert_eq!(evaluated_value("$range(-1.7, 2, 1)"), "[-1,0,1,2]");
        assert_eq!(evaluated_value("$range(4, 4, 1)"), "4");
        for nothing in ["$range(0, 5)", "$range(0, 5, -1)", "$range(0, 5, 0)"] {
            assert!(failure_cause(nothing).contains("returned nothing"), "{nothing}");
        }
        assert_eq!(evaluated_value("$count($range(1, 360145, 1))"), "360145");
        assert!(
            failure_cause("$range(1, 360146, 1)").ends_with("Check for excessive memory usage")
        );
    }
}
