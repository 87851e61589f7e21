//! `States.ArrayUnique`.

use std::borrow::Cow;

use serde_json::{Number, Value};
use step_budget::StepBudget;

use super::{IntrinsicError, IntrinsicResult, array::array_items};

/// `States.ArrayUnique(array)`: every value once.
///
/// AWS documents no order, but gives that of a Java `HashSet`: `[true, false]` becomes
/// `[false, true]`, `[[1,2],[2,1]]` becomes `[[2,1],[1,2]]`. Small numbers and letters come out
/// sorted. This function gives the same order, because outputs are compared with AWS's.
pub(super) fn array_unique(
    arguments: &[Cow<'_, Value>],
    budget: &StepBudget<'_>,
) -> IntrinsicResult {
    let [array] = arguments else {
        return Err(IntrinsicError::InvalidArguments);
    };
    let items = array_items(array)?;
    budget.charge_copy(array)?;
    let buckets = bucket_count(items.len());
    budget.charge_bytes(buckets.saturating_mul(size_of::<Vec<&Value>>()))?;
    let mut by_bucket: Vec<Vec<&Value>> = vec![Vec::new(); buckets];
    for item in items {
        let bucket = &mut by_bucket[bucket_index(item, buckets)];
        // Texts can be chosen so that all fall into one bucket.
        if bucket.len() > BUCKET_ITEMS_USUAL {
            budget.check_time()?;
        }
        if !bucket.contains(&item) {
            bucket.push(item);
        }
    }
    Ok(by_bucket.into_iter().flatten().cloned().collect())
}

/// More items than a bucket has unless they were chosen for it.
const BUCKET_ITEMS_USUAL: usize = 16;

/// The table size of `new HashSet<>(collection)`.
fn bucket_count(items: usize) -> usize {
    (items * 4 / 3 + 1).max(16).next_power_of_two()
}

fn bucket_index(value: &Value, buckets: usize) -> usize {
    let hash = hash_code(value);
    // The table size is a power of two, so the lowest bits of the spread hash are the index.
    usize::try_from(hash ^ (hash >> 16)).unwrap_or(0) & (buckets - 1)
}

/// Java's `hashCode` of the value, as bits.
fn hash_code(value: &Value) -> u32 {
    match value {
        Value::Null => 0,
        Value::Bool(true) => 1231,
        Value::Bool(false) => 1237,
        Value::Number(number) => number_hash(number),
        Value::String(text) => text_hash(text),
        Value::Array(items) => items
            .iter()
            .fold(1_u32, |hash, item| hash.wrapping_mul(31).wrapping_add(hash_code(item))),
        Value::Object(members) => members.iter().fold(0_u32, |hash, (name, value)| {
            hash.wrapping_add(text_hash(name) ^ hash_code(value))
        }),
    }
}

fn text_hash(text: &str) -> u32 {
    text.encode_utf16()
        .fold(0_u32, |hash, unit| hash.wrapping_mul(31).wrapping_add(u32::from(unit)))
}

#[expect(clippy::cast_possible_truncation, reason = "both halves are folded into one")]
fn number_hash(number: &Number) -> u32 {
    let fold = |bits: u64| (bits ^ (bits >> 32)) as u32;
    match number.as_i64() {
        Some(n) => match i32::try_from(n) {
            Ok(n) => n.cast_unsigned(),
            Err(_) => fold(n.cast_unsigned()),
        },
        None => fold(number.as_f64().unwrap_or_default().to_bits()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tests::evaluate;

    fn unique(items: &Value) -> Result<Value, String> {
        evaluate("States.ArrayUnique($)", items)
    }

    #[test]
    fn every_value_stays_once() {
        assert_eq!(unique(&json!([1, 2, 3, 3, 1, 4])), Ok(json!([1, 2, 3, 4])));
        assert_eq!(unique(&json!([1, "1", 1, "01"])), Ok(json!([1, "1", "01"])));
        assert_eq!(
            unique(&json!([{"a": 1, "b": 2}, {"b": 2, "a": 1}])),
            Ok(json!([{"a": 1, "b": 2}]))
        );
        assert_eq!(unique(&json!([])), Ok(json!([])));
    }

    #[test]
    fn the_order_is_the_one_of_a_java_hash_set() {
        assert_eq!(unique(&json!([true, false, true])), Ok(json!([false, true])));
        assert_eq!(unique(&json!([[1, 2], [1, 2], [2, 1]])), Ok(json!([[2, 1], [1, 2]])));
        assert_eq!(unique(&json!([null, null, 1, null])), Ok(json!([null, 1])));
        assert_eq!(unique(&json!(["a", "b", "a", "c"])), Ok(json!(["a", "b", "c"])));
    }

    #[test]
    fn only_an_array_has_unique_values() {
        assert!(unique(&json!({"a": 1})).is_err());
    }
}
