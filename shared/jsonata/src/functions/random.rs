//! `$random`, `$uuid` and `$shuffle`.

use super::Arguments;
use crate::{
    datum::{ArrayBuilder, ArrayMarks, Datum, count_of, double_of},
    thrown::Evaluated,
};

/// `$random([seed])`: a number from 0 to below 1. The same seed always gives the same number.
pub(super) fn random<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let fraction = match arguments.number(0)? {
        #[expect(clippy::cast_possible_truncation, reason = "a seed is a whole number")]
        Some(seed) => seeded_fraction(seed.trunc() as i64),
        None => arguments.evaluator.session.random().borrow_mut().next_fraction(),
    };
    Ok(Datum::Number(fraction))
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
pub(super) fn uuid<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let uuid = arguments.evaluator.session.random().borrow_mut().next_uuid();
    arguments.text_result(uuid)
}

/// `$shuffle(array)`: the items in random order.
pub(super) fn shuffle<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let Some(array) = arguments.array(0)? else { return Ok(Datum::Undefined) };
    let marks = ArrayMarks::NONE;
    let mut shuffled = ArrayBuilder::with_capacity(arguments.meter(), marks, array.len())?;
    shuffled.extend(array)?;
    let mut random = arguments.evaluator.session.random().borrow_mut();
    for last in (1..array.len()).rev() {
        let chosen = count_of(random.next_fraction() * double_of(last + 1));
        shuffled.items_mut().swap(last, chosen.min(last));
    }
    Ok(shuffled.build_datum())
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
