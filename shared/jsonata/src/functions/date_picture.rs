//! Picture strings of dates and times, such as `[Y0001]-[M01]-[D01]`.

use super::integer_picture::{IntegerFormat, TextCase};
use crate::{
    datum::{parse_float_prefix, quote_json},
    thrown::{Evaluated, Thrown},
};

/// The default picture: ISO 8601.
pub(super) const ISO_PICTURE: &str = "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]";

/// A part of a picture.
#[derive(Debug)]
pub(super) enum PicturePart {
    Literal(String),
    Marker(DateMarker),
}

/// A marker in brackets.
#[derive(Debug)]
pub(super) struct DateMarker {
    /// The letter of the component.
    pub(super) component: char,
    /// How a name is written, if the component is a name.
    pub(super) names: Option<TextCase>,
    /// How an integer is written, if the component is one.
    pub(super) integer: Option<IntegerFormat>,
    /// Whether `t` follows: a time zone that is UTC is written `Z`.
    pub(super) is_traditional: bool,
    pub(super) width_max: Option<f64>,
    /// To how many digits a year, month or day is limited.
    pub(super) digits: Option<f64>,
}

/// Reads a picture string.
pub(super) fn parse_picture(picture: &str) -> Evaluated<Vec<PicturePart>> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut rest = picture;
    while let Some((before, after)) = rest.split_once('[') {
        literal.push_str(before);
        if let Some(after) = after.strip_prefix('[') {
            push_literal(&mut parts, &mut literal);
            parts.push(PicturePart::Literal("[".to_owned()));
            rest = after;
            continue;
        }
        push_literal(&mut parts, &mut literal);
        let Some((marker, after)) = after.split_once(']') else {
            return Err(Thrown::code("D3135"));
        };
        parts.push(PicturePart::Marker(parse_marker(marker)?));
        rest = after;
    }
    literal.push_str(rest);
    push_literal(&mut parts, &mut literal);
    Ok(parts)
}

fn push_literal(parts: &mut Vec<PicturePart>, literal: &mut String) {
    if !literal.is_empty() {
        parts.push(PicturePart::Literal(literal.replace("]]", "]")));
        literal.clear();
    }
}

/// How a component is written if the marker does not say.
fn default_presentation(component: char) -> Option<&'static str> {
    Some(match component {
        'Y' | 'M' | 'D' | 'd' | 'W' | 'w' | 'X' | 'x' | 'H' | 'h' | 'f' => "1",
        'F' | 'P' | 'C' | 'E' => "n",
        'm' | 's' => "01",
        'Z' | 'z' => "01:01",
        _ => return None,
    })
}

fn parse_marker(marker: &str) -> Evaluated<DateMarker> {
    let marker: String = marker.chars().filter(|letter| !letter.is_whitespace()).collect();
    let component = marker.chars().next().unwrap_or_default();
    let after = marker.get(component.len_utf8()..).unwrap_or_default();
    let (modifiers, width) = match after.rsplit_once(',') {
        Some((modifiers, width)) => (modifiers, Some(width)),
        None => (after, None),
    };
    let (width_min, width_max) = match width.map(|width| width.split_once('-')) {
        Some(Some((min, max))) => (parse_width(min), parse_width(max)),
        Some(None) => (width.and_then(parse_width), None),
        None => (None, None),
    };
    let second = modifiers
        .chars()
        .next_back()
        .filter(|last| modifiers.chars().count() > 1 && "atco".contains(*last));
    let first = match second {
        Some(_) => &modifiers[..modifiers.len() - 1],
        None => modifiers,
    };
    let first = if modifiers.is_empty() {
        let quoted = || {
            let component = if marker.is_empty() { String::new() } else { component.to_string() };
            quote_json(&component)
        };
        default_presentation(component).ok_or_else(|| Thrown::with_value("D3132", quoted()))?
    } else {
        first
    };
    let mut parsed = DateMarker {
        component,
        names: None,
        integer: None,
        is_traditional: second == Some('t'),
        width_max,
        digits: None,
    };
    if first.starts_with('n') {
        parsed.names = Some(TextCase::Lower);
    } else if first.starts_with("Nn") {
        parsed.names = Some(TextCase::Title);
    } else if first.starts_with('N') {
        parsed.names = Some(TextCase::Upper);
    } else if "YMDdFWwXxHhmsf".contains(component) {
        let pattern = match second {
            Some(second) => format!("{first};{second}"),
            None => first.to_owned(),
        };
        let mut integer = IntegerFormat::parse(&pattern)?;
        parsed.digits = limit_digits(&mut integer, component, width_min, width_max);
        parsed.integer = Some(integer);
    }
    if matches!(component, 'Z' | 'z') {
        parsed.integer = Some(IntegerFormat::parse(first)?);
    }
    Ok(parsed)
}

fn parse_width(width: &str) -> Option<f64> {
    (width != "*").then(|| parse_float_prefix(width))
}

/// Applies the width of a marker. Returns to how many digits the component is limited.
fn limit_digits(
    integer: &mut IntegerFormat,
    component: char,
    min: Option<f64>,
    max: Option<f64>,
) -> Option<f64> {
    let is_date = "YMD".contains(component);
    let Some(decimal) = integer.decimal_mut() else { return max.filter(|_| is_date) };
    if let Some(min) = min
        && decimal.mandatory_digits < min
    {
        decimal.mandatory_digits = min;
    }
    if !is_date {
        return None;
    }
    if let Some(max) = max {
        decimal.mandatory_digits = max;
        return Some(max);
    }
    Some(decimal.mandatory_digits + decimal.optional_digits).filter(|width| *width >= 2.0)
}
