//! `$random`, `$uuid` and `$shuffle`.

use std::{cell::RefCell, rc::Rc};

use jsonata_core::{
    evaluator::HostFnResult,
    value::{JArray, JValue},
};

use super::{check_argument_count, integer_argument, undefined_result};
use random_stream::RandomStream;

/// The random source of a session.
type SharedRandom = Rc<RefCell<RandomStream>>;

/// `$random([seed])`: a number from 0 to below 1. The same seed always gives the same number.
pub(super) fn random_number(random: SharedRandom) -> impl Fn(&[JValue]) -> HostFnResult {
    move |arguments| {
        check_argument_count("random", arguments, 1)?;
        let fraction = match integer_argument("random", arguments, 0)? {
            #[expect(clippy::cast_possible_truncation, reason = "a seed is a whole number")]
            Some(seed) => seeded_fraction(seed as i64),
            None => random.borrow_mut().next_fraction(),
        };
        Ok(JValue::Number(fraction))
    }
}

/// The first number of Java's `java.util.Random` with a seed, which AWS gives too (observed).
fn seeded_fraction(seed: i64) -> f64 {
    const MULTIPLIER: u64 = 0x5_DEEC_E66D;
    const MASK: u64 = (1 << 48) - 1;
    let mut state = (seed.cast_unsigned() ^ MULTIPLIER) & MASK;
    let mut next = |bits: u32| {
        state = state.wrapping_mul(MULTIPLIER).wrapping_add(0xB) & MASK;
        state >> (48 - bits)
    };
    let (high, low) = (next(26), next(27));
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit into a double")]
    let fraction = ((high << 27) + low) as f64 / (1_u64 << 53) as f64;
    fraction
}

/// `$uuid()`: a random UUID of version 4.
pub(super) fn random_uuid(random: SharedRandom) -> impl Fn(&[JValue]) -> HostFnResult {
    move |arguments| {
        check_argument_count("uuid", arguments, 0)?;
        Ok(JValue::from(random.borrow_mut().next_uuid()))
    }
}

/// `$shuffle(array)`: the items in random order.
pub(super) fn shuffle_array(random: SharedRandom) -> impl Fn(&[JValue]) -> HostFnResult {
    move |arguments| {
        check_argument_count("shuffle", arguments, 1)?;
        let items = match arguments.first() {
            None | Some(JValue::Undefined) => return undefined_result(),
            Some(JValue::Array(items)) => items,
            Some(single) => return Ok(JValue::array(vec![single.clone()])),
        };
        let mut shuffled: Vec<JValue> = items.to_vec();
        for last in (1..shuffled.len()).rev() {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "arrays are far shorter than 2^53"
            )]
            let chosen = (random.borrow_mut().next_fraction() * (last + 1) as f64) as usize;
            shuffled.swap(last, chosen.min(last));
        }
        Ok(JValue::Array(JArray::new(shuffled)))
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{evaluated_value, value_with_seed};

    #[test]
    fn a_seed_fixes_the_number() {
        assert_eq!(evaluated_value("$random(77)"), "0.7240700207191966");
        assert_eq!(evaluated_value("$random(7) = $random(7)"), "true");
        assert_eq!(evaluated_value("$random(7) = $random(8)"), "false");
        assert_eq!(evaluated_value("$random() = $random()"), "false");
    }

    #[test]
    fn the_session_fixes_what_has_no_seed() {
        for expression in ["$random()", "$uuid()", "$shuffle([1..20])"] {
            assert_eq!(value_with_seed(expression, 1), value_with_seed(expression, 1));
            assert_ne!(value_with_seed(expression, 1), value_with_seed(expression, 2));
        }
    }

    #[test]
    fn a_shuffled_array_has_the_same_items() {
        assert_eq!(evaluated_value("$sort($shuffle([3, 1, 2]))"), "[1,2,3]");
        assert_eq!(evaluated_value("$shuffle(1)"), "[1]");
    }
}
