//! `$now`, `$millis` and `$toMillis`.

use jsonata_core::{evaluator::HostFnResult, value::JValue};

use super::{builtin, check_argument_count, text_argument};

/// `$now([picture [, timezone]])`: the session's time as text.
pub(super) fn session_timestamp(milliseconds: i64) -> impl Fn(&[JValue]) -> HostFnResult {
    move |arguments| {
        let mut all = vec![JValue::from(milliseconds)];
        all.extend_from_slice(arguments);
        builtin::call_builtin("fromMillis", &all, &JValue::Undefined)
    }
}

/// `$millis()`: the session's time in milliseconds since 1970.
pub(super) fn session_milliseconds(milliseconds: i64) -> impl Fn(&[JValue]) -> HostFnResult {
    move |_| Ok(JValue::from(milliseconds))
}

/// `$toMillis(text [, picture])`: a time in milliseconds since 1970.
///
/// Date units that a picture leaves out at its start come from the session's time, because the
/// engine would read a clock.
pub(super) fn timestamp_to_milliseconds(milliseconds: i64) -> impl Fn(&[JValue]) -> HostFnResult {
    move |arguments| {
        check_argument_count("toMillis", arguments, 2)?;
        let text = text_argument("toMillis", arguments, 0)?;
        let picture = text_argument("toMillis", arguments, 1)?;
        let missing = match (text, picture) {
            (Some(_), Some(picture)) => missing_date_picture(picture),
            _ => "",
        };
        let (Some(text), Some(picture), false) = (text, picture, missing.is_empty()) else {
            return builtin::call_builtin("toMillis", arguments, &JValue::Undefined);
        };
        let date = [JValue::from(milliseconds), JValue::from(missing)];
        let date = builtin::call_builtin("fromMillis", &date, &JValue::Undefined)?;
        let date = date.as_str().unwrap_or_default();
        let dated =
            [JValue::from(format!("{date}|{text}")), JValue::from(format!("{missing}|{picture}"))];
        builtin::call_builtin("toMillis", &dated, &JValue::Undefined)
    }
}

/// The picture of the date units above the greatest unit in a picture; empty if it needs none.
fn missing_date_picture(picture: &str) -> &'static str {
    let markers: Vec<char> = picture
        .split('[')
        .skip(1)
        .filter_map(|marker| marker.trim_start().chars().next())
        .collect();
    let has = |letters: &str| markers.iter().any(|marker| letters.contains(*marker));
    if has("YXC") || markers.is_empty() {
        ""
    } else if has("MdWwFx") {
        "[Y0001]"
    } else if has("D") {
        "[Y0001]-[M01]"
    } else {
        "[Y0001]-[M01]-[D01]"
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::evaluated_value;

    #[test]
    fn the_time_is_the_sessions() {
        assert_eq!(evaluated_value("$now()"), "\"2017-11-07T15:07:54.972Z\"");
        assert_eq!(evaluated_value("$millis()"), "1510067274972");
        assert_eq!(evaluated_value("$now('[Y]-[M01]')"), "\"2017-11\"");
        assert_eq!(evaluated_value("$now('[H01]:[m01]', '+0530')"), "\"20:37\"");
    }

    #[test]
    fn a_picture_without_a_date_means_the_sessions_day() {
        assert_eq!(
            evaluated_value("$toMillis('13:45', '[H]:[m]') ~> $fromMillis()"),
            "\"2017-11-07T13:45:00.000Z\""
        );
        assert_eq!(
            evaluated_value("$toMillis('24', '[D]') ~> $fromMillis()"),
            "\"2017-11-24T00:00:00.000Z\""
        );
        assert_eq!(evaluated_value("$toMillis('1970-01-01T00:00:00.001Z')"), "1");
    }
}
