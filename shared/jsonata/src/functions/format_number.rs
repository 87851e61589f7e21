//! `$formatNumber`.

use super::{
    Arguments,
    number::round_number,
    number_picture::{NumberFormat, PictureSymbols, find_symbol, parse_number_picture},
};
use crate::{
    datum::{Datum, double_of, number_text},
    limits::PICTURE_BYTES_MAX,
    thrown::{Evaluated, Thrown},
};

pub(super) fn format_number<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let Some(number) = arguments.number(0)? else { return Ok(Datum::Undefined) };
    let picture = arguments.picture(1)?.map_or("", |picture| &**picture);
    let symbols = PictureSymbols::with_options(arguments.get(2).as_object());
    let pictures: Vec<&str> = if symbols.pattern_separator.is_empty() {
        vec![picture]
    } else {
        picture.split(&symbols.pattern_separator).collect()
    };
    if pictures.len() > 2 {
        return Err(Thrown::code("D3080"));
    }
    let formats = pictures
        .into_iter()
        .map(|picture| parse_number_picture(picture, &symbols))
        .collect::<Evaluated<Vec<_>>>()?;
    let (Some(positive), negative) = (formats.first(), formats.get(1)) else {
        return Err(Thrown::code("D3085"));
    };
    let format = match negative {
        _ if number >= 0.0 => positive.clone(),
        Some(negative) => negative.clone(),
        None => NumberFormat {
            prefix: format!("{}{}", symbols.minus_sign, positive.prefix),
            ..positive.clone()
        },
    };
    let text = NumberWriter { format: &format, symbols: &symbols }.write(number)?;
    arguments.text_result(text)
}

struct NumberWriter<'f> {
    format: &'f NumberFormat,
    symbols: &'f PictureSymbols,
}

impl NumberWriter<'_> {
    fn write(&self, number: f64) -> Evaluated<String> {
        let format = self.format;
        let has = |symbol: &str| find_symbol(&format.picture, symbol, 0).is_some();
        let adjusted = if has(&self.symbols.percent) {
            number * 100.0
        } else if has(&self.symbols.per_mille) {
            number * 1000.0
        } else {
            number
        };
        let (mantissa, exponent) = self.split_exponent(adjusted)?;
        let places = format.fraction_digits_max;
        let rounded = round_number(mantissa, double_of(places));
        let mut digits = self.digits_of(rounded, places);
        self.pad_digits(&mut digits);
        self.group_digits(&mut digits);
        let point = self.point(&digits);
        if !has(&self.symbols.decimal_separator) || point + 1 == digits.len() {
            digits.pop();
        }
        let mut text: String = digits.into_iter().collect();
        if let Some(exponent) = exponent {
            let digits: String = self.digits_text(exponent, 0).into_iter().collect();
            let missing = format.exponent_digits_min.saturating_sub(digits.chars().count());
            text.push_str(&self.symbols.exponent_separator);
            if exponent < 0.0 {
                text.push_str(&self.symbols.minus_sign);
            }
            text.push_str(&self.symbols.zero_digit.repeat(missing));
            text.push_str(&digits);
        }
        Ok(format!("{}{text}{}", format.prefix, format.suffix))
    }

    /// The mantissa and the exponent that the picture asks for.
    fn split_exponent(&self, number: f64) -> Evaluated<(f64, Option<f64>)> {
        if self.format.exponent_digits_min == 0 {
            return Ok((number, None));
        }
        let scale = double_of(self.format.scaling_factor);
        let (max, min) = (10_f64.powf(scale), 10_f64.powf(scale - 1.0));
        let (mut mantissa, mut exponent) = (number, 0.0);
        // As in jsonata-js, this does not end for zero and negative numbers.
        if mantissa <= 0.0 || !mantissa.is_finite() {
            return Err(Thrown::timeout());
        }
        while mantissa < min {
            mantissa *= 10.0;
            exponent -= 1.0;
        }
        while mantissa > max {
            mantissa /= 10.0;
            exponent += 1.0;
        }
        Ok((mantissa, Some(exponent)))
    }

    /// The digits of a number without its sign, in the digits of the picture.
    fn digits_text(&self, number: f64, places: usize) -> Vec<char> {
        let text = fixed_text(number.abs(), places);
        let zero = self.symbols.zero_code();
        let digit = |letter: char| match letter.to_digit(10) {
            Some(digit) => char::from_u32(zero + digit).unwrap_or(letter),
            None => letter,
        };
        text.chars().map(digit).collect()
    }

    /// The digits with the decimal separator, and without zeros around them.
    fn digits_of(&self, number: f64, places: usize) -> Vec<char> {
        let text = self.digits_text(number, places);
        let separator: Vec<char> = self.symbols.decimal_separator.chars().collect();
        let mut digits = match text.iter().position(|letter| *letter == '.') {
            Some(point) => [&text[..point], &separator, &text[point + 1..]].concat(),
            None => [&text[..], &separator].concat(),
        };
        let zero = char::from_u32(self.symbols.zero_code()).unwrap_or('0');
        let leading = digits.iter().take_while(|digit| **digit == zero).count();
        digits.drain(..leading);
        while digits.last() == Some(&zero) {
            digits.pop();
        }
        digits
    }

    /// Where the decimal separator is.
    fn point(&self, digits: &[char]) -> usize {
        find_symbol(digits, &self.symbols.decimal_separator, 0).unwrap_or(digits.len())
    }

    fn pad_digits(&self, digits: &mut Vec<char>) {
        let zero = char::from_u32(self.symbols.zero_code()).unwrap_or('0');
        let point = self.point(digits);
        let fraction = digits.len().saturating_sub(point + 1);
        let left = self.format.integer_digits_min.saturating_sub(point);
        let right = self.format.fraction_digits_min.saturating_sub(fraction);
        digits.splice(0..0, std::iter::repeat_n(zero, left));
        digits.extend(std::iter::repeat_n(zero, right));
    }

    fn group_digits(&self, digits: &mut Vec<char>) {
        let separator: Vec<char> = self.symbols.grouping_separator.chars().collect();
        let insert = |digits: &mut Vec<char>, position: usize| {
            let position = position.min(digits.len());
            digits.splice(position..position, separator.iter().copied());
        };
        let mut point = self.point(digits);
        if let Some(interval) = self.format.regular_group {
            let groups = point.saturating_sub(1) / interval;
            for group in 1..=groups {
                insert(digits, point - group * interval);
            }
        } else {
            for position in &self.format.integer_groups {
                insert(digits, point.saturating_sub(*position));
                point += 1;
            }
        }
        let point = self.point(digits);
        for position in &self.format.fraction_groups {
            insert(digits, position + point + 1);
        }
    }
}

/// A number with so many decimal places, as JavaScript's `toFixed` writes it.
fn fixed_text(number: f64, places: usize) -> String {
    if number >= 1e21 || !number.is_finite() {
        return number_text(number);
    }
    format!("{number:.places$}", places = places.min(PICTURE_BYTES_MAX))
}

#[cfg(test)]
mod tests {
    use crate::testing::evaluated_value;

    #[test]
    fn numbers_are_written_by_pictures() {
        for (call, text) in [
            ("12345.6, '#,###.00'", "12,345.60"),
            ("1234.5678, '00.000e0'", "12.346e2"),
            ("34.555, '#0.00;(#0.00)'", "34.56"),
            ("-34.555, '#0.00;(#0.00)'", "(34.56)"),
            ("0.14, '01%'", "14%"),
            ("-1, '0', {'minus-sign': '~'}", "~1"),
            ("12345, '0.0##e0'", "1.235e4"),
            (
                "1234, '\u{245f}.\u{2460}\u{245f}', {'zero-digit': '\u{245f}'}",
                "\u{2460}\u{2461}\u{2462}\u{2463}.\u{245f}\u{245f}",
            ),
        ] {
            assert_eq!(evaluated_value(&format!("$formatNumber({call})")), format!("\"{text}\""));
        }
    }
}
