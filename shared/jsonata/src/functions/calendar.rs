//! Dates as JavaScript computes them: milliseconds since 1970, and no leap seconds.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "dates reach from -271821 to 275760, which is far from the limits of integers"
)]

pub(super) const DAY_MILLISECONDS: f64 = 86_400_000.0;

/// The time of a date in milliseconds since 1970, as `Date.UTC` gives it. The month counts from
/// zero, and whatever is too large carries over.
pub(super) fn utc_milliseconds(year: f64, month: f64, day: f64, time: f64) -> f64 {
    let year = year.trunc();
    // In `Date.UTC`, years of two digits are in the twentieth century.
    let year = if (0.0..=99.0).contains(&year) { year + 1900.0 } else { year };
    let (month, day) = (month.trunc(), day.trunc());
    if !(year + month + day + time).is_finite() || year.abs() > 1e6 || month.abs() > 1e7 {
        return f64::NAN;
    }
    let year = year + (month / 12.0).floor();
    let month = month.rem_euclid(12.0);
    let days = days_from_civil(year as i64, month as i64 + 1, 1) as f64 + day - 1.0;
    clip_time(days * DAY_MILLISECONDS + time)
}

/// A time in milliseconds without fraction; no number if it is out of range.
pub(super) fn clip_time(milliseconds: f64) -> f64 {
    if milliseconds.abs() <= 8.64e15 { milliseconds.trunc() + 0.0 } else { f64::NAN }
}

/// The milliseconds of a time of day.
pub(super) fn time_of_day(hours: f64, minutes: f64, seconds: f64, milliseconds: f64) -> f64 {
    ((hours.trunc() * 60.0 + minutes.trunc()) * 60.0 + seconds.trunc()) * 1000.0
        + milliseconds.trunc()
}

/// The days from 1970 to a date. The month counts from 1.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The year, month (from zero) and day of a time.
fn civil_date(milliseconds: f64) -> (f64, f64, f64) {
    if milliseconds.is_nan() {
        return (f64::NAN, f64::NAN, f64::NAN);
    }
    let days = (milliseconds / DAY_MILLISECONDS).floor() as i64 + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 2 } else { shifted_month - 10 };
    let year = year_of_era + era * 400 + i64::from(month < 2);
    (year as f64, month as f64, day as f64)
}

/// The day of the week from Monday (1) to Sunday (7).
fn day_of_week(milliseconds: f64) -> f64 {
    (((milliseconds / DAY_MILLISECONDS).floor() + 3.0).rem_euclid(7.0)) + 1.0
}

/// The start of a day.
fn start_of_day(year: f64, month: f64, day: f64) -> f64 {
    utc_milliseconds(year, month, day, 0.0)
}

/// The start of the first week of a year or month: the week with its first Thursday.
fn start_of_first_week(year: f64, month: f64) -> f64 {
    let first = start_of_day(year, month, 1.0);
    let weekday = day_of_week(first);
    if weekday > 4.0 {
        first + (8.0 - weekday) * DAY_MILLISECONDS
    } else {
        first - (weekday - 1.0) * DAY_MILLISECONDS
    }
}

/// A year and a month from zero.
type YearMonth = (f64, f64);

#[expect(clippy::float_cmp, reason = "months are whole numbers")]
fn next_month((year, month): YearMonth) -> YearMonth {
    if month == 11.0 { (year + 1.0, 0.0) } else { (year, month + 1.0) }
}

fn previous_month((year, month): YearMonth) -> YearMonth {
    if month == 0.0 { (year - 1.0, 11.0) } else { (year, month - 1.0) }
}

fn weeks_between(start: f64, end: f64) -> f64 {
    (end - start) / (DAY_MILLISECONDS * 7.0) + 1.0
}

/// The week of a day in the period that starts with a month, between its neighbours.
fn week_number(
    today: f64,
    (period, next, previous): (YearMonth, YearMonth, YearMonth),
    last: f64,
) -> f64 {
    let week = weeks_between(start_of_first_week(period.0, period.1), today);
    if week > last {
        let following = start_of_first_week(next.0, next.1);
        return if today >= following { 1.0 } else { week.floor() };
    }
    if week < 1.0 {
        let before = start_of_first_week(previous.0, previous.1);
        return weeks_between(before, today).floor();
    }
    week.floor()
}

/// A component of a time by its letter in picture strings; `None` for those that are no numbers.
pub(super) fn date_component(milliseconds: f64, component: char) -> Option<f64> {
    let (year, month, day) = civil_date(milliseconds);
    let in_day = milliseconds.rem_euclid(DAY_MILLISECONDS);
    let hours = (in_day / 3_600_000.0).floor();
    let this_year = ((year, 0.0), (year + 1.0, 0.0), (year - 1.0, 0.0));
    let month_here = (year, month);
    Some(match component {
        'Y' => year,
        'M' => month + 1.0,
        'D' => day,
        'd' => {
            let today = start_of_day(year, month, day);
            (today - start_of_day(year, 0.0, 1.0)) / DAY_MILLISECONDS + 1.0
        }
        'F' => day_of_week(milliseconds),
        'W' => week_number(start_of_day(year, month, day), this_year, 52.0),
        'w' => {
            let around = (month_here, next_month(month_here), previous_month(month_here));
            week_number(start_of_day(year, month, day), around, 4.0)
        }
        'X' => {
            if milliseconds < start_of_first_week(year, 0.0) {
                year - 1.0
            } else if milliseconds >= start_of_first_week(year + 1.0, 0.0) {
                year + 1.0
            } else {
                year
            }
        }
        'x' => {
            let next = next_month(month_here);
            if milliseconds < start_of_first_week(year, month) {
                previous_month(month_here).1 + 1.0
            } else if milliseconds >= start_of_first_week(next.0, next.1) {
                next.1 + 1.0
            } else {
                month + 1.0
            }
        }
        'H' => hours,
        'h' => {
            let half = hours % 12.0;
            if half == 0.0 { 12.0 } else { half }
        }
        'm' => (in_day / 60_000.0).floor() % 60.0,
        's' => (in_day / 1_000.0).floor() % 60.0,
        'f' => in_day % 1_000.0,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{date_component, time_of_day, utc_milliseconds};

    #[test]
    fn dates_are_computed_both_ways() {
        for (year, month, day) in [(1970, 1, 1), (2000, 2, 29), (1600, 12, 31), (-1, 3, 1)] {
            let time = utc_milliseconds(
                f64::from(year),
                f64::from(month) - 1.0,
                f64::from(day),
                time_of_day(23.0, 59.0, 58.0, 7.0),
            );
            let parts = ['Y', 'M', 'D', 'H', 'm', 's', 'f'].map(|c| date_component(time, c));
            let expected = [year, month, day, 23, 59, 58, 7].map(|n| Some(f64::from(n)));
            assert_eq!(parts, expected);
        }
    }
}
