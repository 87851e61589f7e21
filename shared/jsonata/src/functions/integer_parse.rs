//! `$parseInteger`.

use super::{
    Arguments,
    integer_picture::{DecimalFormat, DigitSeparators, IntegerFormat, IntegerNotation, TextCase},
    words::{words_pattern, words_to_number},
};
use crate::{
    datum::{Datum, number_text, parse_float_prefix},
    thrown::Evaluated,
};

pub(super) fn parse_integer<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let Some(text) = arguments.picture(0)? else { return Ok(Datum::Undefined) };
    let picture = arguments.picture(1)?.map_or("", |picture| &**picture);
    integer_of_text(text, &IntegerFormat::parse(picture)?).map(Datum::Number)
}

/// The regular expression of what a format writes. `width` is the fixed count of digits, if there
/// is one.
pub(super) fn integer_pattern(format: &IntegerFormat, width: Option<f64>) -> Evaluated<String> {
    let is_upper = format.case == TextCase::Upper;
    Ok(match &format.notation {
        IntegerNotation::Letters => if is_upper { "[A-Z]+" } else { "[a-z]+" }.to_owned(),
        IntegerNotation::Roman => if is_upper { "[MDCLXVI]+" } else { "[mdclxvi]+" }.to_owned(),
        IntegerNotation::Words => words_pattern(),
        IntegerNotation::Decimal(decimal) => {
            let suffix = if format.is_ordinal { "(?:th|st|nd|rd)" } else { "" };
            format!("[0-9]{}{suffix}", digit_count_pattern(decimal, width))
        }
        IntegerNotation::Sequence(start) => {
            return Err(IntegerFormat::unsupported_sequence(start));
        }
    })
}

fn digit_count_pattern(decimal: &DecimalFormat, width: Option<f64>) -> String {
    match width.filter(|width| *width > 0.0) {
        Some(width) if decimal.optional_digits == 0.0 => format!("{{{}}}", number_text(width)),
        Some(width) => {
            let min = number_text(width - decimal.optional_digits);
            format!("{{{min},{}}}", number_text(width))
        }
        None => "+".to_owned(),
    }
}

/// The number that a text stands for in a format; no number if it is none.
pub(super) fn integer_of_text(text: &str, format: &IntegerFormat) -> Evaluated<f64> {
    Ok(match &format.notation {
        IntegerNotation::Letters => {
            let first = if format.case == TextCase::Upper { 'A' } else { 'a' };
            text.chars().fold(0.0, |number, letter| {
                let value = f64::from(u32::from(letter)) - f64::from(u32::from(first)) + 1.0;
                number * 26.0 + value
            })
        }
        IntegerNotation::Roman => {
            let upper = text.to_uppercase();
            number_of_roman(if format.case == TextCase::Upper { text } else { &upper })
        }
        IntegerNotation::Words => words_to_number(&text.to_lowercase()),
        IntegerNotation::Decimal(decimal) => {
            let mut digits: Vec<char> = text.chars().collect();
            if format.is_ordinal {
                digits.truncate(digits.len().saturating_sub(2));
            }
            match &decimal.separators {
                DigitSeparators::Regular { .. } => digits.retain(|digit| *digit != ','),
                DigitSeparators::Listed(separators) => {
                    digits.retain(|digit| !separators.iter().any(|(_, letter)| letter == digit));
                }
            }
            let plain: String = digits
                .into_iter()
                .map(|digit| {
                    let code = (u32::from(digit) + 0x30).checked_sub(decimal.zero);
                    code.and_then(char::from_u32).unwrap_or(digit)
                })
                .collect();
            parse_float_prefix(&plain)
        }
        IntegerNotation::Sequence(start) => {
            return Err(IntegerFormat::unsupported_sequence(start));
        }
    })
}

fn number_of_roman(text: &str) -> f64 {
    let (mut number, mut max) = (0.0, 1.0);
    for letter in text.chars().rev() {
        let value = match letter {
            'M' => 1000.0,
            'D' => 500.0,
            'C' => 100.0,
            'L' => 50.0,
            'X' => 10.0,
            'V' => 5.0,
            'I' => 1.0,
            _ => f64::NAN,
        };
        if value < max {
            number -= value;
        } else {
            max = value;
            number += value;
        }
    }
    number
}

#[cfg(test)]
mod tests {
    use crate::testing::evaluated_value;

    #[test]
    fn what_is_formatted_is_parsed() {
        for (number, picture, text) in [
            ("1234567", "#,##0", "1,234,567"),
            ("123", "w", "one hundred and twenty-three"),
            ("1999", "I", "MCMXCIX"),
            ("28", "A", "AB"),
            ("12", "000", "012"),
            ("1000000000000000", "Ww", "One Thousand Trillion"),
        ] {
            let formatted = format!("$formatInteger({number}, '{picture}')");
            assert_eq!(evaluated_value(&formatted), format!("\"{text}\""));
            let parsed = format!("$parseInteger('{text}', '{picture}')");
            assert_eq!(evaluated_value(&parsed), number);
        }
        assert_eq!(evaluated_value("$formatInteger(112, '0;o')"), "\"112th\"");
        assert_eq!(evaluated_value("$formatInteger(22, '0;o')"), "\"22nd\"");
        assert_eq!(evaluated_value("$formatInteger(20, 'w;o')"), "\"twentieth\"");
        assert_eq!(evaluated_value("$formatInteger(12, '\u{661}')"), "\"\u{661}\u{662}\"");
    }
}
