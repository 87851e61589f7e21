//! `$number`, `$boolean`, `$not`, `$round`, `$formatBase` and other functions of numbers.

use super::Arguments;
use crate::{
    datum::{Datum, json_text, number_text},
    evaluator::boolean_of,
    thrown::{CodedError, Evaluated, Thrown},
};

pub(super) fn number<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let value = arguments.get(0);
    let number = match value {
        Datum::Undefined => return Ok(Datum::Undefined),
        Datum::Number(number) => Some(*number),
        Datum::Bool(boolean) => Some(f64::from(*boolean)),
        Datum::Text(text) => parse_decimal(text).or_else(|| parse_with_prefix(text)),
        _ => None,
    };
    match number {
        Some(number) => Ok(Datum::Number(number)),
        None => Err(Thrown::with_value("D3030", json_text(value))),
    }
}

/// A decimal number as JSON writes it, but with leading zeros.
fn parse_decimal(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let is_digits =
        |digits: &str| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    let is_mantissa = match mantissa.split_once('.') {
        Some((whole, fraction)) => is_digits(whole) && is_digits(fraction),
        None => is_digits(mantissa),
    };
    let is_exponent = exponent
        .is_none_or(|exponent| is_digits(exponent.strip_prefix(['-', '+']).unwrap_or(exponent)));
    if !is_mantissa || !is_exponent {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// A hexadecimal, octal or binary number. As in jsonata-js, text that only contains an octal one,
/// or begins or ends with one of the others, is not a number but no error either.
fn parse_with_prefix(text: &str) -> Option<f64> {
    let starts = |text: &str, letter: u8, radix: u32| {
        let bytes = text.as_bytes();
        bytes.first() == Some(&b'0')
            && bytes.get(1).is_some_and(|b| b.to_ascii_lowercase() == letter)
            && bytes.get(2).is_some_and(|digit| char::from(*digit).is_digit(radix))
    };
    let has_octal = (0..text.len()).any(|i| text.get(i..).is_some_and(|t| starts(t, b'o', 8)));
    let ends_with_binary = || {
        let rest = text.trim_end_matches(['0', '1']);
        let prefix = rest.strip_suffix(['b', 'B']).filter(|prefix| prefix.ends_with('0'));
        prefix.is_some() && rest.len() < text.len()
    };
    if !starts(text, b'x', 16) && !has_octal && !ends_with_binary() {
        return None;
    }
    let trimmed = text.trim();
    let radix = match trimmed.get(..2) {
        Some("0x" | "0X") => 16,
        Some("0o" | "0O") => 8,
        Some("0b" | "0B") => 2,
        _ => return Some(f64::NAN),
    };
    let digits = trimmed.get(2..).unwrap_or_default();
    let value = digits.chars().try_fold(0.0, |value, letter| {
        letter.to_digit(radix).map(|digit| value * f64::from(radix) + f64::from(digit))
    });
    Some(value.filter(|_| !digits.is_empty()).unwrap_or(f64::NAN))
}

pub(super) fn boolean<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    Ok(boolean_of(arguments.get(0))?.map_or(Datum::Undefined, Datum::Bool))
}

pub(super) fn not<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    if arguments.get(0).is_undefined() {
        return Ok(Datum::Undefined);
    }
    Ok(Datum::Bool(boolean_of(arguments.get(0))? != Some(true)))
}

pub(super) fn floor<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    apply(arguments, f64::floor)
}

pub(super) fn ceil<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    apply(arguments, f64::ceil)
}

pub(super) fn abs<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    apply(arguments, f64::abs)
}

fn apply<'a>(arguments: Arguments<'_, 'a>, change: fn(f64) -> f64) -> Evaluated<Datum<'a>> {
    Ok(arguments.number(0)?.map_or(Datum::Undefined, |number| Datum::Number(change(number))))
}

pub(super) fn sqrt<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    match arguments.number(0)? {
        None => Ok(Datum::Undefined),
        Some(number) if number < 0.0 => {
            Err(Thrown::with_value("D3060", json_text(&Datum::Number(number))))
        }
        Some(number) => Ok(Datum::Number(number.sqrt())),
    }
}

#[expect(clippy::float_cmp, reason = "one is exact")]
pub(super) fn power<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let Some(base) = arguments.number(0)? else { return Ok(Datum::Undefined) };
    let exponent = arguments.number(1)?;
    // In JavaScript, one to an infinite or missing power is no number.
    let result = match exponent {
        Some(exponent) if exponent.is_infinite() && base.abs() == 1.0 => f64::NAN,
        Some(exponent) => base.powf(exponent),
        None => f64::NAN,
    };
    if result.is_finite() {
        return Ok(Datum::Number(result));
    }
    Err(Thrown::Coded(Box::new(CodedError {
        code: "D3061",
        value: Some(json_text(&Datum::Number(base))),
        exponent: exponent.map(|exponent| json_text(&Datum::Number(exponent))),
        ..CodedError::default()
    })))
}

pub(super) fn round<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let Some(number) = arguments.number(0)? else { return Ok(Datum::Undefined) };
    Ok(Datum::Number(round_number(number, arguments.number(1)?.unwrap_or(0.0))))
}

/// A number rounded to a count of decimal places; halves go to the even digit.
#[expect(clippy::float_cmp, reason = "a half is exact")]
pub(super) fn round_number(number: f64, precision: f64) -> f64 {
    let shift = |number: f64, places: f64| -> f64 {
        if places == 0.0 || places.is_nan() {
            return number;
        }
        let text = number_text(number);
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let exponent = exponent.trim_start_matches('+').parse().unwrap_or(0.0) + places;
        format!("{mantissa}e{}", number_text(exponent)).parse().unwrap_or(f64::NAN)
    };
    let shifted = shift(number, precision);
    let below = shifted.floor();
    let mut rounded = if shifted - below >= 0.5 { below + 1.0 } else { below };
    if (rounded - shifted).abs() == 0.5 && (rounded % 2.0).abs() == 1.0 {
        rounded -= 1.0;
    }
    let result = shift(rounded, -precision);
    // JSON has no negative zero.
    if result == 0.0 { 0.0 } else { result }
}

pub(super) fn format_base<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let Some(number) = arguments.number(0)? else { return Ok(Datum::Undefined) };
    let radix = arguments.number(1)?.map_or(10.0, |radix| round_number(radix, 0.0));
    if !(2.0..=36.0).contains(&radix) {
        return Err(Thrown::with_value("D3100", number_text(radix)));
    }
    arguments.text_result(radix_text(round_number(number, 0.0), radix))
}

/// A whole number in a radix as V8 prints it: digits beyond the precision of doubles are zeros.
fn radix_text(number: f64, radix: f64) -> String {
    #[expect(clippy::float_cmp, reason = "the radix is a whole number")]
    if !number.is_finite() || radix == 10.0 {
        return number_text(number);
    }
    let mut digits = Vec::new();
    let mut rest = number.abs();
    // The next larger double is at least two digits away.
    while rest.next_up() - rest >= 2.0 * radix {
        rest /= radix;
        digits.push('0');
    }
    loop {
        let digit = rest % radix;
        digits.push(digit_letter(digit));
        rest = (rest - digit) / radix;
        if rest <= 0.0 {
            break;
        }
    }
    if number < 0.0 {
        digits.push('-');
    }
    digits.into_iter().rev().collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a digit is less than 36"
)]
fn digit_letter(digit: f64) -> char {
    char::from_digit(digit as u32, 36).unwrap_or('0')
}

#[cfg(test)]
mod tests {
    use crate::testing::{evaluated_value, thrown_message};

    #[test]
    fn only_plain_numbers_are_cast() {
        for text in [" 5 ", "+5", ".5", "5.", "", "1e", "0x", "1_0"] {
            let quoted = serde_json::Value::from(text);
            assert_eq!(
                thrown_message(&format!("$number({quoted})")),
                format!("D3030: Unable to cast value to a number: {quoted}")
            );
        }
        for (text, number) in [("-05.50", "-5.5"), ("1E3", "1000"), ("0x1F", "31"), ("0b11", "3")] {
            assert_eq!(evaluated_value(&format!("$number('{text}')")), number);
        }
        assert_eq!(evaluated_value("'5' ~> $number()"), "5");
    }

    #[test]
    fn large_numbers_have_digits_in_any_radix() {
        assert_eq!(evaluated_value("$formatBase(1e20, 36)"), "\"l3r41ifs0p800\"");
        assert_eq!(evaluated_value("$formatBase(-255, 16)"), "\"-ff\"");
        assert_eq!(evaluated_value("$formatBase(99.5, 2.5)"), "\"1100100\"");
        assert_eq!(evaluated_value("[2.5, 3.5, -0.5].$round($)"), "[2,4,0]");
        assert_eq!(evaluated_value("$round(4.525, 2) & $round(15, -1)"), "\"4.5220\"");
    }
}
