//! Writes dates and times by picture strings.

use super::{
    calendar::{clip_time, date_component},
    date_picture::{DateMarker, ISO_PICTURE, PicturePart, parse_picture},
    integer_format::integer_text,
    integer_picture::{DigitSeparators, IntegerFormat, IntegerNotation, TextCase},
};
use crate::{
    datum::{count_of, parse_float_prefix, quote_json},
    thrown::{Evaluated, Thrown},
};

pub(super) const DAYS: [&str; 8] =
    ["", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The offset of a time zone.
#[derive(Debug, Clone, Copy)]
struct ZoneOffset {
    hours: f64,
    minutes: f64,
}

/// A time in milliseconds since 1970 as text. The picture is ISO 8601 if there is none; the time
/// zone is written as `+hhmm`.
pub(super) fn format_date(
    milliseconds: f64,
    picture: Option<&str>,
    zone: Option<&str>,
) -> Evaluated<String> {
    let offset = zone.map_or(0.0, parse_float_prefix);
    let zone = ZoneOffset { hours: (offset / 100.0).floor(), minutes: offset % 100.0 };
    let shift = (60.0 * zone.hours + zone.minutes) * 60_000.0;
    let time = clip_time(milliseconds + shift);
    let mut text = String::new();
    for part in parse_picture(picture.unwrap_or(ISO_PICTURE))? {
        match part {
            PicturePart::Literal(literal) => text.push_str(&literal),
            PicturePart::Marker(marker) => text.push_str(&format_marker(time, &marker, zone)?),
        }
    }
    Ok(text)
}

fn format_marker(time: f64, marker: &DateMarker, zone: ZoneOffset) -> Evaluated<String> {
    match marker.component {
        'Z' | 'z' => format_zone(marker, zone),
        'P' => {
            let hours = date_component(time, 'H').unwrap_or(0.0);
            let half = if hours >= 12.0 { "pm" } else { "am" };
            let is_upper = marker.names == Some(TextCase::Upper);
            Ok(if is_upper { half.to_uppercase() } else { half.to_owned() })
        }
        'C' | 'E' => Ok("ISO".to_owned()),
        component => {
            let mut value = date_component(time, component).unwrap_or(f64::NAN);
            if component == 'Y'
                && let Some(digits) = marker.digits
            {
                value %= 10_f64.powf(digits);
            }
            match (&marker.names, &marker.integer) {
                (Some(case), _) if component != 'f' => name_text(value, marker, *case),
                (_, Some(integer)) => integer_text(value, integer),
                (_, None) => Ok("undefined".to_owned()),
            }
        }
    }
}

fn name_text(value: f64, marker: &DateMarker, case: TextCase) -> Evaluated<String> {
    let name = match marker.component {
        'M' | 'x' => MONTHS.get(count_of(value).wrapping_sub(1)),
        'F' => DAYS.get(count_of(value)),
        other => return Err(Thrown::with_value("D3133", quote_json(&other.to_string()))),
    };
    let name = name.copied().unwrap_or_default();
    let name = match case {
        TextCase::Upper => name.to_uppercase(),
        TextCase::Lower => name.to_lowercase(),
        TextCase::Title => name.to_owned(),
    };
    Ok(match marker.width_max {
        Some(width) => name.chars().take(count_of(width)).collect(),
        None => name,
    })
}

fn format_zone(marker: &DateMarker, zone: ZoneOffset) -> Evaluated<String> {
    let offset = zone.hours * 100.0 + zone.minutes;
    let Some(format) = &marker.integer else { return Ok(String::new()) };
    let is_regular = matches!(
        &format.notation,
        IntegerNotation::Decimal(decimal)
            if matches!(decimal.separators, DigitSeparators::Regular { .. })
    );
    let digits = match &format.notation {
        IntegerNotation::Decimal(decimal) => count_of(decimal.mandatory_digits),
        _ => 0,
    };
    let mut text = if is_regular {
        integer_text(offset, format)?
    } else {
        match digits {
            1 | 2 => {
                let mut text = integer_text(zone.hours, format)?;
                if zone.minutes != 0.0 {
                    text.push(':');
                    text.push_str(&integer_text(zone.minutes, &IntegerFormat::parse("00")?)?);
                }
                text
            }
            3 | 4 => integer_text(offset, format)?,
            _ => return Err(Thrown::code("D3134")),
        }
    };
    if offset >= 0.0 {
        text.insert(0, '+');
    }
    if marker.component == 'z' {
        text.insert_str(0, "GMT");
    }
    if offset == 0.0 && marker.is_traditional {
        "Z".clone_into(&mut text);
    }
    Ok(text)
}
