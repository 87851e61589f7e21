//! Which executions a command is about.

use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};
use model::{ExecutionStatus, Timestamp};
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::payload_filter::PayloadFilter;
use crate::{client::ApiClient, view::instant_of};

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Which executions")]
pub(crate) struct ExecutionConditions {
    /// Of this state machine (a name or an ARN); of all by default.
    #[arg(help_heading = "Arguments")]
    pub(crate) machine: Option<String>,

    /// With this status.
    #[arg(long, value_parser = status_parser(), ignore_case = true)]
    pub(crate) status: Option<ExecutionStatus>,

    /// Started since then: `90s`, `15m`, `2h`, `7d` ago, or a date such as 2026-11-30T08:00:00Z.
    #[arg(long, value_name = "WHEN", value_parser = parse_when)]
    pub(crate) since: Option<When>,

    /// Started before then.
    #[arg(long, value_name = "WHEN", value_parser = parse_when)]
    pub(crate) until: Option<When>,

    /// With a name that begins so.
    #[arg(long, value_name = "TEXT")]
    pub(crate) prefix: Option<String>,

    /// That ended with this error, such as `States.Timeout`.
    #[arg(long, value_name = "NAME")]
    pub(crate) error: Option<String>,

    /// Whose input meets this: a JSONPath that finds something, or JSONata in `{% %}` that gives true.
    #[arg(long, value_name = "CONDITION", value_parser = PayloadFilter::parse)]
    pub(crate) input: Option<PayloadFilter>,

    /// Whose output meets this.
    #[arg(long, value_name = "CONDITION", value_parser = PayloadFilter::parse)]
    pub(crate) output: Option<PayloadFilter>,
}

/// A point in time, as an option names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    At(Timestamp),
    /// So many milliseconds ago.
    Ago(i64),
}

/// Whether an execution of a list is wanted, by what the list says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listed {
    Wanted,
    NotWanted,
    /// It started too early, and so did all that follow it: a list is in the order of starts, or of what
    /// happened last.
    TooOld,
}

impl When {
    fn instant(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Ago(milliseconds) => now.plus_milliseconds(-milliseconds),
        }
    }
}

impl ExecutionConditions {
    /// Whether any condition is given, beside the state machine.
    pub(super) fn has_conditions(&self) -> bool {
        self.status.is_some()
            || self.since.is_some()
            || self.until.is_some()
            || self.prefix.is_some()
            || self.needs_description()
    }

    /// Judges an execution by its entry in a list.
    pub(super) fn judge_entry(&self, entry: &Value, now: Timestamp) -> Listed {
        let started = instant_of(&entry["startDate"]);
        let is_before = |when: When| started.is_some_and(|started| started < when.instant(now));
        if let Some(since) = self.since.filter(|since| is_before(*since)) {
            let is_recent = last_date(entry).is_some_and(|last| last >= since.instant(now));
            return if is_recent { Listed::NotWanted } else { Listed::TooOld };
        }
        let status = entry["status"].as_str().unwrap_or_default();
        // Only what has failed has an error, and only what has succeeded an output.
        let may_have_error = matches!(status, "FAILED" | "TIMED_OUT" | "ABORTED");
        let lacks_what_is_asked = (self.error.is_some() && !may_have_error)
            || (self.output.is_some() && status != "SUCCEEDED");
        if lacks_what_is_asked {
            return Listed::NotWanted;
        }
        let is_late = self.until.is_some_and(|until| !is_before(until));
        let name = entry["name"].as_str().unwrap_or_default();
        let is_named = self.prefix.as_ref().is_none_or(|prefix| name.starts_with(prefix));
        if is_late || !is_named { Listed::NotWanted } else { Listed::Wanted }
    }

    /// Whether only the description of an execution tells if it is wanted.
    pub(super) fn needs_description(&self) -> bool {
        self.error.is_some() || self.input.is_some() || self.output.is_some()
    }

    /// Whether an execution is wanted by its description.
    fn admits_description(&self, described: &Value) -> bool {
        if self.error.as_ref().is_some_and(|error| described["error"] != **error) {
            return false;
        }
        for (filter, name) in [(&self.input, "input"), (&self.output, "output")] {
            let Some(filter) = filter else { continue };
            let Some(payload) = described[name].as_str() else { return false };
            if !filter.admits(payload) {
                return false;
            }
        }
        true
    }

    /// Describes an execution, if it is wanted by its description.
    pub(super) async fn describe_wanted(
        &self,
        client: &ApiClient,
        arn: &Value,
    ) -> anyhow::Result<Option<Value>> {
        let described = client.call("DescribeExecution", json!({ "executionArn": arn })).await?;
        Ok(self.admits_description(&described).then_some(described))
    }
}

/// When something happened last to an execution, by which its list is ordered.
///
/// Spec: API Reference, `ListExecutions`: "Results are sorted by time, with the most recent execution first"
pub(super) fn last_date(entry: &Value) -> Option<Timestamp> {
    let dates = ["stopDate", "redriveDate", "startDate"].iter();
    dates.filter_map(|name| instant_of(&entry[*name])).max()
}

/// Reads the statuses that a list of a state machine can be asked for.
///
/// Spec: API Reference, `ListExecutions` § `statusFilter`
fn status_parser() -> impl TypedValueParser<Value = ExecutionStatus> {
    let names = PossibleValuesParser::new(ExecutionStatus::ALL.map(ExecutionStatus::as_str));
    names.try_map(|name| {
        let mut all = ExecutionStatus::ALL.into_iter();
        all.find(|status| status.as_str().eq_ignore_ascii_case(&name)).ok_or("this is no status")
    })
}

/// Reads `15m` and dates.
fn parse_when(text: &str) -> Result<When, String> {
    let usage = || "a time is 90s, 15m, 2h, 7d, or a date such as 2026-11-30T08:00:00Z".to_owned();
    // A date without a time is its midnight, in UTC.
    let whole = if text.len() == "2026-11-30".len() {
        format!("{text}T00:00:00Z")
    } else {
        text.to_owned()
    };
    if let Ok(date) = OffsetDateTime::parse(&whole, &Rfc3339) {
        let milliseconds = date.unix_timestamp_nanos() / 1_000_000;
        let milliseconds = i64::try_from(milliseconds).map_err(|_| usage())?;
        return Ok(When::At(Timestamp::from_milliseconds(milliseconds)));
    }
    let seconds = match text.chars().last() {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 3600,
        Some('d') => 86_400,
        _ => return Err(usage()),
    };
    let count: u32 = text[..text.len() - 1].parse().map_err(|_| usage())?;
    Ok(When::Ago(i64::from(count) * seconds * 1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_ages_and_dates() {
        assert_eq!(parse_when("15m"), Ok(When::Ago(900_000)));
        assert_eq!(parse_when("7d"), Ok(When::Ago(604_800_000)));
        let at = Timestamp::from_milliseconds(1_700_000_000_000);
        assert_eq!(parse_when("2023-11-14T22:13:20Z"), Ok(When::At(at)));
        assert_eq!(
            parse_when("1970-01-02"),
            Ok(When::At(Timestamp::from_milliseconds(86_400_000)))
        );
        for wrong in ["", "m", "5", "5y", "-5m", "é", "2023-11-1x"] {
            assert!(parse_when(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_entry_is_judged_by_its_start_and_its_name() {
        let filter = |since, until, prefix: Option<&str>| ExecutionConditions {
            machine: None,
            status: None,
            since,
            until,
            prefix: prefix.map(str::to_owned),
            error: None,
            input: None,
            output: None,
        };
        let now = Timestamp::from_milliseconds(100_000);
        let entry = json!({"name": "order-1", "startDate": 50.0, "stopDate": 55.0});
        for (filter, judged) in [
            (filter(None, None, None), Listed::Wanted),
            (filter(Some(When::Ago(50_000)), None, None), Listed::Wanted),
            (filter(Some(When::Ago(49_999)), None, None), Listed::NotWanted),
            (filter(Some(When::Ago(44_999)), None, None), Listed::TooOld),
            (filter(None, Some(When::Ago(50_000)), None), Listed::NotWanted),
            (filter(None, Some(When::Ago(49_999)), None), Listed::Wanted),
            (filter(None, None, Some("order")), Listed::Wanted),
            (filter(None, None, Some("x")), Listed::NotWanted),
        ] {
            assert_eq!(filter.judge_entry(&entry, now), judged, "{filter:?}");
        }
    }
}
