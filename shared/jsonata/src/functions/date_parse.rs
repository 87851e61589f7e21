//! Reads dates and times by picture strings.

use std::collections::BTreeMap;

use super::{
    calendar::{date_component, time_of_day, utc_milliseconds},
    date_format::{DAYS, MONTHS},
    date_picture::{DateMarker, PicturePart, parse_picture},
    integer_parse::{integer_of_text, integer_pattern},
    integer_picture::{DigitSeparators, IntegerNotation},
};
use crate::{
    datum::{count_of, parse_float_prefix, quote_json},
    meter::EvaluationMeter,
    pattern::Pattern,
    thrown::{Evaluated, Thrown},
};

/// The values of components by their letters. `None` for a name that is unknown.
type Components = BTreeMap<char, Option<f64>>;

/// How long the regular expression of a picture may be. The words of numbers make it much longer
/// than the picture.
const PATTERN_BYTES_MAX: usize = 65_536;

/// The time that a text stands for, in milliseconds since 1970; `None` if it does not fit the
/// picture. What a picture leaves out on the left comes from `now`.
pub(super) fn parse_date(
    text: &str,
    picture: &str,
    now: f64,
    meter: &EvaluationMeter<'_>,
) -> Evaluated<Option<f64>> {
    let parts = parse_picture(picture)?;
    let mut source = "^".to_owned();
    for part in &parts {
        source.push('(');
        source.push_str(&part_pattern(part)?);
        source.push(')');
        if source.len() > PATTERN_BYTES_MAX {
            return Err(Thrown::too_large());
        }
    }
    source.push('$');
    let pattern = Pattern::parse(&source, "i").map_err(Thrown::Plain)?;
    let Some(found) = pattern.find(text, 0, meter)? else { return Ok(None) };
    let mut components = Components::new();
    for (part, group) in parts.iter().zip(&found.groups) {
        if let (PicturePart::Marker(marker), Some((start, end))) = (part, group) {
            let value = component_value(marker, text.get(*start..*end).unwrap_or_default())?;
            components.insert(marker.component, value);
        }
    }
    if components.is_empty() {
        return Ok(None);
    }
    time_of_components(components, now).map(Some)
}

/// The regular expression of a part of a picture.
fn part_pattern(part: &PicturePart) -> Evaluated<String> {
    let marker = match part {
        PicturePart::Literal(literal) => return Ok(escape_pattern(literal)),
        PicturePart::Marker(marker) => marker,
    };
    match (marker.component, &marker.integer) {
        ('Z' | 'z', _) => {
            let prefix = if marker.component == 'z' { "GMT" } else { "" };
            let minutes = match zone_separator(marker) {
                Some(separator) => format!("{separator}[0-9]+"),
                None => String::new(),
            };
            Ok(format!("{prefix}[-+][0-9]+{minutes}"))
        }
        (_, Some(integer)) => integer_pattern(integer, marker.digits),
        ('M' | 'x' | 'F' | 'P', None) => Ok("[a-zA-Z]+".to_owned()),
        (other, None) => Err(Thrown::with_value("D3133", quote_json(&other.to_string()))),
    }
}

fn escape_pattern(literal: &str) -> String {
    let mut escaped = String::new();
    for letter in literal.chars() {
        if ".*+?^${}()|[]\\".contains(letter) {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

/// What separates the hours and minutes of a time zone.
fn zone_separator(marker: &DateMarker) -> Option<char> {
    match marker.integer.as_ref().map(|integer| &integer.notation) {
        Some(IntegerNotation::Decimal(decimal)) => match decimal.separators {
            DigitSeparators::Regular { letter, .. } => Some(letter),
            DigitSeparators::Listed(_) => None,
        },
        _ => None,
    }
}

fn component_value(marker: &DateMarker, text: &str) -> Evaluated<Option<f64>> {
    if matches!(marker.component, 'Z' | 'z') {
        let text = if marker.component == 'z' { text.get(3..).unwrap_or_default() } else { text };
        return Ok(Some(zone_minutes(text, zone_separator(marker))));
    }
    if let Some(integer) = &marker.integer {
        return integer_of_text(text, integer).map(Some);
    }
    let shortened = |name: &str| -> String {
        match marker.width_max.filter(|width| *width > 0.0) {
            Some(width) => name.chars().take(count_of(width)).collect(),
            None => name.to_owned(),
        }
    };
    let numbered = |names: &[&str], first: u32| {
        let mut numbered = names.iter().zip(first..);
        numbered.find(|(name, _)| shortened(name) == text).map(|(_, number)| f64::from(number))
    };
    Ok(match marker.component {
        'M' | 'x' => numbered(&MONTHS, 1),
        'F' => numbered(&DAYS[1..], 1),
        _ => match text {
            "am" | "AM" => Some(0.0),
            "pm" | "PM" => Some(1.0),
            _ => None,
        },
    })
}

/// The minutes of a time zone, which is written as `+hh:mm`, `+hhmm` or `+hh`.
fn zone_minutes(text: &str, separator: Option<char>) -> f64 {
    let (hours, minutes) = match separator.and_then(|separator| text.split_once(separator)) {
        Some((hours, minutes)) => (hours, minutes),
        None if text.len() <= 3 => (text, "0"),
        None => text.split_at(3),
    };
    parse_float_prefix(hours) * 60.0 + parse_float_prefix(minutes)
}

/// Whether the given components are some of a set, and no others.
fn is_kind(components: &Components, used: &str, all: &str) -> bool {
    let is_given = |component: char| {
        components.get(&component).copied().flatten().is_some_and(|v| v != 0.0 && !v.is_nan())
    };
    all.chars().all(|component| used.contains(component) || !is_given(component))
        && used.chars().any(is_given)
}

fn time_of_components(mut components: Components, now: f64) -> Evaluated<f64> {
    const DATE: &str = "YXMxWwdD";
    const TIME: &str = "PHhmsf";
    let is_date = |components: &Components, used| is_kind(components, used, DATE);
    let date_a = is_date(&components, "YMD");
    let date_b = !date_a && is_date(&components, "Yd");
    let date_c = is_date(&components, "Xxw");
    let date_d = !date_c && is_date(&components, "XW");
    let time_a = is_kind(&components, "Hmsf", TIME);
    let time_b = !time_a && is_kind(&components, "Phmsf", TIME);
    let date_order = match (date_b, date_c, date_d) {
        (true, _, _) => "YD",
        (_, true, _) => "XxwF",
        (_, _, true) => "XWF",
        _ => "YMD",
    };
    let time_order = if time_b { "Phmsf" } else { "Hmsf" };
    complete_components(&mut components, &format!("{date_order}{time_order}"), now)?;
    if date_c || date_d {
        return Err(Thrown::code("D3136"));
    }
    let value = |components: &Components, component: char| {
        components.get(&component).copied().flatten().unwrap_or(f64::NAN)
    };
    let year = value(&components, 'Y');
    let month = value(&components, 'M');
    let mut month = if month > 0.0 { month - 1.0 } else { 0.0 };
    let mut day = value(&components, 'D');
    if date_b {
        let first = utc_milliseconds(year, 0.0, 1.0, 0.0);
        let derived = first + (value(&components, 'd') - 1.0) * super::calendar::DAY_MILLISECONDS;
        month = date_component(derived, 'M').unwrap_or(1.0) - 1.0;
        day = date_component(derived, 'D').unwrap_or(1.0);
    }
    let mut hours = value(&components, 'H');
    if time_b {
        let half = value(&components, 'h');
        hours = half % 12.0;
        if value(&components, 'P') > 0.0 {
            hours += 12.0;
        }
    }
    let part = |component| value(&components, component);
    let time = time_of_day(hours, part('m'), part('s'), part('f'));
    let zone = [part('Z'), part('z')].into_iter().find(|zone| *zone != 0.0 && !zone.is_nan());
    Ok(utc_milliseconds(year, month, day, time) - zone.unwrap_or(0.0) * 60_000.0)
}

/// Adds the components that are missing: those above the given ones come from `now`, those below
/// are the least ones. None may be missing between them.
fn complete_components(components: &mut Components, order: &str, now: f64) -> Evaluated<()> {
    let (mut has_started, mut has_ended) = (false, false);
    for component in order.chars() {
        if components.get(&component).copied().flatten().is_some() {
            has_started = true;
            if has_ended {
                return Err(Thrown::code("D3136"));
            }
        } else if has_started {
            let least = if "MDd".contains(component) { 1.0 } else { 0.0 };
            components.insert(component, Some(least));
            has_ended = true;
        } else {
            let current = date_component(now, component).unwrap_or(0.0);
            components.insert(component, Some(current));
        }
    }
    Ok(())
}
