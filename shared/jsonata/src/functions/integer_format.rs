//! `$formatInteger`.

use super::{
    Arguments,
    integer_picture::{DecimalFormat, DigitSeparators, IntegerFormat, IntegerNotation, TextCase},
    words::{WordForm, number_to_words},
};
use crate::{
    datum::{Datum, count_of, double_of, number_text},
    limits::PICTURE_BYTES_MAX,
    thrown::{Evaluated, Thrown},
};

pub(super) fn format_integer<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let Some(number) = arguments.number(0)? else { return Ok(Datum::Undefined) };
    let picture = arguments.picture(1)?.map_or("", |picture| &**picture);
    let format = IntegerFormat::parse(picture)?;
    arguments.text_result(integer_text(number.floor(), &format)?)
}

/// An integer in a format.
pub(super) fn integer_text(number: f64, format: &IntegerFormat) -> Evaluated<String> {
    let magnitude = number.abs();
    let text = match &format.notation {
        IntegerNotation::Letters => letters(magnitude, format.case),
        IntegerNotation::Roman => {
            let text = roman(magnitude)?;
            if format.case == TextCase::Upper { text.to_uppercase() } else { text }
        }
        // As in JavaScript, the words of such a number have no end.
        IntegerNotation::Words if !magnitude.is_finite() => return Err(Thrown::stack_overflow()),
        IntegerNotation::Words => {
            let form = if format.is_ordinal { WordForm::Ordinal } else { WordForm::Cardinal };
            let text = number_to_words(magnitude, form);
            match format.case {
                TextCase::Upper => text.to_uppercase(),
                TextCase::Lower => text.to_lowercase(),
                TextCase::Title => text,
            }
        }
        IntegerNotation::Decimal(decimal) => {
            let text = decimal_text(magnitude, decimal)?;
            if format.is_ordinal { with_ordinal_suffix(text) } else { text }
        }
        IntegerNotation::Sequence(start) => {
            return Err(IntegerFormat::unsupported_sequence(start));
        }
    };
    Ok(if number < 0.0 { format!("-{text}") } else { text })
}

fn letters(number: f64, case: TextCase) -> String {
    let first = if case == TextCase::Upper { b'A' } else { b'a' };
    let mut letters = Vec::new();
    let mut rest = number;
    while rest > 0.0 && rest.is_finite() {
        let index = u8::try_from(count_of((rest - 1.0) % 26.0)).unwrap_or(0);
        letters.push(char::from(first + index));
        rest = ((rest - 1.0) / 26.0).floor();
    }
    letters.into_iter().rev().collect()
}

const ROMAN: [(f64, &str); 13] = [
    (1000.0, "m"),
    (900.0, "cm"),
    (500.0, "d"),
    (400.0, "cd"),
    (100.0, "c"),
    (90.0, "xc"),
    (50.0, "l"),
    (40.0, "xl"),
    (10.0, "x"),
    (9.0, "ix"),
    (5.0, "v"),
    (4.0, "iv"),
    (1.0, "i"),
];

fn roman(number: f64) -> Evaluated<String> {
    if number >= 1000.0 * double_of(PICTURE_BYTES_MAX) {
        return Err(Thrown::too_large());
    }
    let mut text = String::new();
    let mut rest = number;
    for (value, numeral) in ROMAN {
        while rest >= value {
            text.push_str(numeral);
            rest -= value;
        }
    }
    Ok(text)
}

fn decimal_text(number: f64, format: &DecimalFormat) -> Evaluated<String> {
    let plain = number_text(number);
    let missing = format.mandatory_digits - double_of(plain.len());
    if missing > double_of(PICTURE_BYTES_MAX) {
        return Err(Thrown::too_large());
    }
    let padding = "0".repeat(count_of(missing));
    let mut digits: Vec<char> = padding.chars().chain(plain.chars()).collect();
    if format.zero != 0x30 {
        for digit in &mut digits {
            let code = u32::from(*digit) + format.zero - 0x30;
            *digit = char::from_u32(code).unwrap_or(*digit);
        }
    }
    match &format.separators {
        DigitSeparators::Regular { position, letter } => {
            for group in (1..=(digits.len().max(1) - 1) / position).rev() {
                digits.insert(digits.len() - group * position, *letter);
            }
        }
        DigitSeparators::Listed(separators) => {
            for (position, letter) in separators.iter().rev() {
                digits.insert(digits.len().saturating_sub(*position), *letter);
            }
        }
    }
    Ok(digits.into_iter().collect())
}

fn with_ordinal_suffix(text: String) -> String {
    let mut from_end = text.chars().rev();
    let (last, before) = (from_end.next(), from_end.next());
    let suffix = match last {
        _ if before == Some('1') => "th",
        Some('1') => "st",
        Some('2') => "nd",
        Some('3') => "rd",
        _ => "th",
    };
    text + suffix
}
