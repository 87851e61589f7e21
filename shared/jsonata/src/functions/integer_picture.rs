//! Picture strings of integers, such as `#,##0`, `Ww` or `1;o`.

use crate::{
    datum::quote_json,
    thrown::{Evaluated, Thrown},
};

/// How an integer is written.
#[derive(Debug, Clone)]
pub(super) struct IntegerFormat {
    pub(super) notation: IntegerNotation,
    pub(super) case: TextCase,
    pub(super) is_ordinal: bool,
}

#[derive(Debug, Clone)]
pub(super) enum IntegerNotation {
    Decimal(DecimalFormat),
    /// `A`, `B`, …
    Letters,
    Roman,
    Words,
    /// A sequence that starts with this text, which is not supported.
    Sequence(String),
}

#[derive(Debug, Clone)]
pub(super) struct DecimalFormat {
    /// The code of the digit zero.
    pub(super) zero: u32,
    pub(super) mandatory_digits: f64,
    pub(super) optional_digits: f64,
    pub(super) separators: DigitSeparators,
}

#[derive(Debug, Clone)]
pub(super) enum DigitSeparators {
    /// The same one after every group of digits.
    Regular { position: usize, letter: char },
    /// From right to left: how many digits are to the right, and the separator.
    Listed(Vec<(usize, char)>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextCase {
    Upper,
    Lower,
    Title,
}

/// The zeros of the decimal digits that Unicode has.
const ZEROS: [u32; 37] = [
    0x30, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6,
    0x0D66, 0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80,
    0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0,
    0xFF10,
];

impl IntegerFormat {
    /// Reads a picture string.
    pub(super) fn parse(picture: &str) -> Evaluated<Self> {
        let (primary, modifier) = picture.rsplit_once(';').unwrap_or((picture, ""));
        let is_ordinal = modifier.starts_with('o');
        let (notation, case) = match primary {
            "A" => (IntegerNotation::Letters, TextCase::Upper),
            "a" => (IntegerNotation::Letters, TextCase::Lower),
            "I" => (IntegerNotation::Roman, TextCase::Upper),
            "i" => (IntegerNotation::Roman, TextCase::Lower),
            "W" => (IntegerNotation::Words, TextCase::Upper),
            "Ww" => (IntegerNotation::Words, TextCase::Title),
            "w" => (IntegerNotation::Words, TextCase::Lower),
            other => (decimal_notation(other)?, TextCase::Lower),
        };
        Ok(Self { notation, case, is_ordinal })
    }

    /// The digits, if the integer is written in digits.
    pub(super) fn decimal_mut(&mut self) -> Option<&mut DecimalFormat> {
        if let IntegerNotation::Decimal(decimal) = &mut self.notation {
            Some(decimal)
        } else {
            None
        }
    }

    /// The error of a sequence, which is not supported.
    pub(super) fn unsupported_sequence(start: &str) -> Thrown {
        Thrown::with_value("D3130", quote_json(start))
    }
}

fn decimal_notation(pattern: &str) -> Evaluated<IntegerNotation> {
    let mut zero = None;
    let (mut mandatory, mut optional, mut position) = (0_u32, 0_u32, 0);
    let mut separators: Vec<(usize, char)> = Vec::new();
    for letter in pattern.chars().rev() {
        let code = u32::from(letter);
        match ZEROS.iter().find(|zero| (**zero..**zero + 10).contains(&code)) {
            Some(group) => {
                if *zero.get_or_insert(*group) != *group {
                    return Err(Thrown::code("D3131"));
                }
                mandatory += 1;
                position += 1;
            }
            None if letter == '#' => {
                optional += 1;
                position += 1;
            }
            None => separators.push((position, letter)),
        }
    }
    let Some(zero) = zero else { return Ok(IntegerNotation::Sequence(pattern.to_owned())) };
    let separators = match (regular_distance(&separators), separators.first()) {
        (Some(position), Some((_, letter))) => {
            DigitSeparators::Regular { position, letter: *letter }
        }
        _ => DigitSeparators::Listed(separators),
    };
    Ok(IntegerNotation::Decimal(DecimalFormat {
        zero,
        mandatory_digits: f64::from(mandatory),
        optional_digits: f64::from(optional),
        separators,
    }))
}

/// The distance of the separators if they are all the same and stand at equal distances.
fn regular_distance(separators: &[(usize, char)]) -> Option<usize> {
    let (_, first) = separators.first()?;
    if separators.iter().any(|(_, letter)| letter != first) {
        return None;
    }
    let positions: Vec<usize> = separators.iter().map(|(position, _)| *position).collect();
    regular_interval(&positions)
}

/// The interval of positions that are its first multiples.
pub(super) fn regular_interval(positions: &[usize]) -> Option<usize> {
    let interval = positions.iter().copied().reduce(greatest_common_divisor)?;
    let is_regular = (1..=positions.len()).all(|count| positions.contains(&(count * interval)));
    (is_regular && interval > 0).then_some(interval)
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}
