//! Picture strings of numbers, such as `#,##0.00`.
//!
//! Spec: `XPath` and `XQuery` Functions and Operators 3.1, section 4.7.

use super::{integer_picture::regular_interval, text::implicit_text};
use crate::{
    datum::Object,
    thrown::{Evaluated, Thrown},
};

/// The characters of pictures.
#[derive(Debug)]
pub(super) struct PictureSymbols {
    pub(super) decimal_separator: String,
    pub(super) grouping_separator: String,
    pub(super) exponent_separator: String,
    pub(super) minus_sign: String,
    pub(super) percent: String,
    pub(super) per_mille: String,
    pub(super) zero_digit: String,
    digit: String,
    pub(super) pattern_separator: String,
}

impl PictureSymbols {
    /// The default symbols, and those that the options replace.
    pub(super) fn with_options(options: Option<&Object<'_>>) -> Self {
        let symbol = |name: &str, default: &str| match options.map(|options| options.get(name)) {
            None => default.to_owned(),
            Some(value) if value.is_undefined() => default.to_owned(),
            Some(value) => implicit_text(&value),
        };
        Self {
            decimal_separator: symbol("decimal-separator", "."),
            grouping_separator: symbol("grouping-separator", ","),
            exponent_separator: symbol("exponent-separator", "e"),
            minus_sign: symbol("minus-sign", "-"),
            percent: symbol("percent", "%"),
            per_mille: symbol("per-mille", "\u{2030}"),
            zero_digit: symbol("zero-digit", "0"),
            digit: symbol("digit", "#"),
            pattern_separator: symbol("pattern-separator", ";"),
        }
    }

    /// The code of the digit zero.
    pub(super) fn zero_code(&self) -> u32 {
        self.zero_digit.chars().next().map_or(0x30, u32::from)
    }

    fn is_decimal_digit(&self, letter: char) -> bool {
        let zero = self.zero_code();
        (zero..zero + 10).contains(&u32::from(letter))
    }

    fn is_digit(&self, letter: char) -> bool {
        self.is_decimal_digit(letter) || is_symbol(letter, &self.digit)
    }

    fn is_active(&self, letter: char) -> bool {
        self.is_digit(letter)
            || [
                &self.decimal_separator,
                &self.exponent_separator,
                &self.grouping_separator,
                &self.pattern_separator,
            ]
            .into_iter()
            .any(|symbol| is_symbol(letter, symbol))
    }
}

/// Whether a character is a symbol.
fn is_symbol(letter: char, symbol: &str) -> bool {
    let mut letters = symbol.chars();
    letters.next() == Some(letter) && letters.next().is_none()
}

/// Where a text begins, counted in characters, from a position on.
pub(super) fn find_symbol(letters: &[char], symbol: &str, from: usize) -> Option<usize> {
    let symbol: Vec<char> = symbol.chars().collect();
    (from..=letters.len()).find(|start| letters[*start..].starts_with(&symbol))
}

fn find_last_symbol(letters: &[char], symbol: &str) -> Option<usize> {
    let symbol: Vec<char> = symbol.chars().collect();
    (0..=letters.len()).rev().find(|start| letters[*start..].starts_with(&symbol))
}

/// How a number is written.
#[derive(Debug, Clone)]
pub(super) struct NumberFormat {
    pub(super) prefix: String,
    pub(super) suffix: String,
    pub(super) picture: Vec<char>,
    pub(super) integer_groups: Vec<usize>,
    /// The distance of the grouping separators if they are regular.
    pub(super) regular_group: Option<usize>,
    pub(super) fraction_groups: Vec<usize>,
    pub(super) integer_digits_min: usize,
    pub(super) scaling_factor: usize,
    pub(super) fraction_digits_min: usize,
    pub(super) fraction_digits_max: usize,
    pub(super) exponent_digits_min: usize,
}

/// The parts of a picture.
struct PictureParts {
    prefix: Vec<char>,
    suffix: Vec<char>,
    active: Vec<char>,
    mantissa: Vec<char>,
    exponent: Option<Vec<char>>,
    integer: Vec<char>,
    fraction: Vec<char>,
    picture: Vec<char>,
}

/// Reads one of the pictures for positive and negative numbers.
pub(super) fn parse_number_picture(
    picture: &str,
    symbols: &PictureSymbols,
) -> Evaluated<NumberFormat> {
    let parts = split_parts(picture.chars().collect(), symbols)?;
    check_parts(&parts, symbols)?;
    Ok(analyse_parts(&parts, symbols))
}

/// The characters between two positions, which JavaScript takes in either order.
fn between(letters: &[char], start: usize, end: usize) -> Vec<char> {
    let (start, end) = (start.min(letters.len()), end.min(letters.len()));
    letters[start.min(end)..start.max(end)].to_vec()
}

fn split_parts(picture: Vec<char>, symbols: &PictureSymbols) -> Evaluated<PictureParts> {
    let is_border = |letter: &char| {
        symbols.is_active(*letter) && !is_symbol(*letter, &symbols.exponent_separator)
    };
    let (Some(first), Some(last)) =
        (picture.iter().position(is_border), picture.iter().rposition(is_border))
    else {
        return Err(Thrown::Plain(
            "Cannot read properties of undefined (reading 'length')".to_owned(),
        ));
    };
    let (prefix, suffix) = (picture[..first].to_vec(), picture[last + 1..].to_vec());
    let active = picture[first..=last].to_vec();
    let exponent_position = find_symbol(&picture, &symbols.exponent_separator, prefix.len())
        .filter(|position| *position <= picture.len() - suffix.len());
    let (mantissa, exponent) = match exponent_position {
        // As in jsonata-js, a position in the whole picture is taken for one in its active part.
        Some(position) => {
            (between(&active, 0, position), Some(between(&active, position + 1, active.len())))
        }
        None => (active.clone(), None),
    };
    let (integer, fraction) = match find_symbol(&mantissa, &symbols.decimal_separator, 0) {
        Some(position) => {
            (mantissa[..position].to_vec(), between(&mantissa, position + 1, mantissa.len()))
        }
        None => (mantissa.clone(), suffix.clone()),
    };
    Ok(PictureParts { prefix, suffix, active, mantissa, exponent, integer, fraction, picture })
}

/// Checks a picture. The last of several mistakes is reported, as in jsonata-js.
fn check_parts(parts: &PictureParts, symbols: &PictureSymbols) -> Evaluated<()> {
    let picture = &parts.picture;
    let has = |symbol: &str| find_symbol(picture, symbol, 0).is_some();
    let repeats =
        |symbol: &str| find_symbol(picture, symbol, 0) != find_last_symbol(picture, symbol);
    let decimal = find_symbol(picture, &symbols.decimal_separator, 0);
    let group = &symbols.grouping_separator;
    let is_group = |position: Option<usize>| {
        position.and_then(|position| picture.get(position)).is_some_and(|l| is_symbol(*l, group))
    };
    let has_scale = has(&symbols.percent) || has(&symbols.per_mille);
    let has_digit_before = |letters: &[char]| {
        let optional = find_symbol(letters, &symbols.digit, 0);
        optional.is_some_and(|end| letters[..end].iter().any(|l| symbols.is_decimal_digit(*l)))
    };
    let has_digit_after = |letters: &[char]| {
        let optional = find_last_symbol(letters, &symbols.digit);
        optional.is_some_and(|start| letters[start..].iter().any(|l| symbols.is_decimal_digit(*l)))
    };
    let exponent = parts.exponent.as_deref();
    let mistakes = [
        (repeats(&symbols.decimal_separator), "D3081"),
        (repeats(&symbols.percent), "D3082"),
        (repeats(&symbols.per_mille), "D3083"),
        (has(&symbols.percent) && has(&symbols.per_mille), "D3084"),
        (!parts.mantissa.iter().any(|letter| symbols.is_digit(*letter)), "D3085"),
        (!parts.active.iter().all(|letter| symbols.is_active(*letter)), "D3086"),
        (
            decimal.is_some_and(|decimal| {
                is_group(decimal.checked_sub(1)) || is_group(Some(decimal + 1))
            }),
            "D3087",
        ),
        (decimal.is_none() && parts.integer.last().is_some_and(|l| is_symbol(*l, group)), "D3088"),
        (has(&group.repeat(2)), "D3089"),
        (has_digit_before(&parts.integer), "D3090"),
        (has_digit_after(&parts.fraction), "D3091"),
        (exponent.is_some_and(|exponent| !exponent.is_empty()) && has_scale, "D3092"),
        (
            exponent.is_some_and(|exponent| {
                exponent.is_empty() || !exponent.iter().all(|l| symbols.is_decimal_digit(*l))
            }),
            "D3093",
        ),
    ];
    match mistakes.iter().rev().find(|(is_made, _)| *is_made) {
        Some((_, code)) => Err(Thrown::code(code)),
        None => Ok(()),
    }
}

fn analyse_parts(parts: &PictureParts, symbols: &PictureSymbols) -> NumberFormat {
    let count_decimal = |letters: &[char]| {
        letters.iter().filter(|letter| symbols.is_decimal_digit(**letter)).count()
    };
    let count_digits =
        |letters: &[char]| letters.iter().filter(|letter| symbols.is_digit(**letter)).count();
    let integer_groups =
        group_positions(&parts.integer, &parts.integer, symbols, |part, position| {
            count_digits(&part[position..])
        });
    let fraction_groups =
        group_positions(&parts.fraction, &parts.integer, symbols, |part, position| {
            count_digits(&part[..position])
        });
    let scaling_factor = count_decimal(&parts.integer);
    let mut integer_min = scaling_factor;
    let mut fraction_min = count_decimal(&parts.fraction);
    let mut fraction_max = count_digits(&parts.fraction);
    let has_exponent = parts.exponent.is_some();
    if integer_min == 0 && fraction_max == 0 {
        if has_exponent {
            fraction_min = 1;
            fraction_max = 1;
        } else {
            integer_min = 1;
        }
    }
    if has_exponent && integer_min == 0 && find_symbol(&parts.integer, &symbols.digit, 0).is_some()
    {
        integer_min = 1;
    }
    if integer_min == 0 && fraction_min == 0 {
        fraction_min = 1;
    }
    NumberFormat {
        prefix: parts.prefix.iter().collect(),
        suffix: parts.suffix.iter().collect(),
        picture: parts.picture.clone(),
        regular_group: regular_interval(&integer_groups),
        integer_groups,
        fraction_groups,
        integer_digits_min: integer_min,
        scaling_factor,
        fraction_digits_min: fraction_min,
        fraction_digits_max: fraction_max,
        exponent_digits_min: parts.exponent.as_deref().map_or(0, count_decimal),
    }
}

/// Where grouping separators stand. As in jsonata-js, all but the first one are looked up in the
/// integer part.
fn group_positions(
    part: &[char],
    integer: &[char],
    symbols: &PictureSymbols,
    count: impl Fn(&[char], usize) -> usize,
) -> Vec<usize> {
    let mut positions = Vec::new();
    let mut next = find_symbol(part, &symbols.grouping_separator, 0);
    while let Some(position) = next {
        positions.push(count(part, position.min(part.len())));
        next = find_symbol(integer, &symbols.grouping_separator, position + 1);
    }
    positions
}
