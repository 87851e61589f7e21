//! Numbers as JavaScript converts and prints them.

/// The double of a count. Counts are far below 2^53.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub(crate) fn double_of(count: usize) -> f64 {
    count as f64
}

/// The whole part of a number as a count; zero if it is negative.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast saturates, and negative numbers give zero"
)]
pub(crate) fn count_of(number: f64) -> usize {
    number as usize
}

/// A number as JavaScript prints it.
///
/// Spec: ECMA-262, `Number::toString`.
pub(crate) fn number_text(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    if is_short_integer(number) {
        // Zero has no sign.
        return format!("{}", number + 0.0);
    }
    let scientific = format!("{:e}", number.abs());
    let sign = if number < 0.0 { "-" } else { "" };
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let digits = mantissa.replace('.', "");
    let point = exponent.parse::<i32>().unwrap_or(0) + 1;
    format!("{sign}{}", place_point(&digits, point))
}

/// The digits with the decimal point after `point` of them.
fn place_point(digits: &str, point: i32) -> String {
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or(0));
    if count <= point && point <= 21 {
        return format!("{digits}{}", zeros(point - count));
    }
    if 0 < point && point <= 21 {
        let (whole, fraction) = digits.split_at(usize::try_from(point).unwrap_or(0));
        return format!("{whole}.{fraction}");
    }
    if -6 < point && point <= 0 {
        return format!("0.{}{digits}", zeros(-point));
    }
    let sign = if point > 0 { '+' } else { '-' };
    let exponent = (point - 1).abs();
    match digits.split_at(1) {
        (first, "") => format!("{first}e{sign}{exponent}"),
        (first, rest) => format!("{first}.{rest}e{sign}{exponent}"),
    }
}

/// Whether a number is whole and has at most 15 digits.
fn is_short_integer(number: f64) -> bool {
    number.abs() < 1e15 && number.fract() == 0.0
}

/// A number rounded to 15 significant digits, as `$string` prints it.
pub(crate) fn round_to_precision(number: f64) -> f64 {
    if is_short_integer(number) {
        return number;
    }
    let shortest = format!("{:e}", number.abs());
    let digits = shortest.bytes().take_while(|byte| *byte != b'e').filter(u8::is_ascii_digit);
    if digits.count() <= 15 {
        return number;
    }
    let nearest = format!("{number:.14e}").parse().unwrap_or(number);
    // JavaScript rounds halves away from zero, and Rust to even digits. A half is a number that has
    // exactly 16 digits of which the last one is 5.
    let exact = format!("{number:.40e}");
    let Some((mantissa, exponent)) = exact.split_once('e') else { return nearest };
    let start = if mantissa.starts_with('-') { 3 } else { 2 };
    let Some(rest) = mantissa.get(start + 14..) else { return nearest };
    if !rest.starts_with('5') || rest.bytes().skip(1).any(|digit| digit != b'0') {
        return nearest;
    }
    let up = format!("{}6e{exponent}", mantissa.get(..start + 14).unwrap_or(mantissa));
    let up: f64 = up.parse().unwrap_or(number);
    format!("{up:.14e}").parse().unwrap_or(nearest)
}

/// The number at the start of a text, as JavaScript's `parseInt` finds it.
pub(crate) fn parse_float_prefix(text: &str) -> f64 {
    let text = text.trim_start();
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let digits = unsigned.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(unsigned.len());
    if digits == 0 {
        return f64::NAN;
    }
    let end = text.len() - unsigned.len() + digits;
    text[..end].parse().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::{number_text, round_to_precision};

    #[test]
    fn numbers_print_as_in_javascript() {
        for (number, text) in [
            (1.0, "1"),
            (-0.0, "0"),
            (1.5, "1.5"),
            (1e21, "1e+21"),
            (1.25e21, "1.25e+21"),
            (1e20, "100000000000000000000"),
            (1e-6, "0.000001"),
            (1.5e-7, "1.5e-7"),
            (-123.456, "-123.456"),
        ] {
            assert_eq!(number_text(number), text);
        }
    }

    #[test]
    fn fifteen_digits_are_kept() {
        for (number, text) in [
            (1_234_567_890_123_456.0, "1234567890123460"),
            (1_234_567_890_123_445.0, "1234567890123450"),
            (0.1 + 0.2, "0.3"),
            (1.0 / 3.0, "0.333333333333333"),
        ] {
            assert_eq!(number_text(round_to_precision(number)), text);
        }
    }
}
