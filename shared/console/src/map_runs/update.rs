//! What of a running Map Run can be changed.

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::{
    Console, ConsoleApi,
    form::FormFields,
    links::map_run_path,
    page::{ActionOutcome, ActionResult, PageError},
};

/// The members of `UpdateMapRun`: their labels, and the most that they may be.
///
/// Spec: API Reference, `UpdateMapRun`
const MEMBERS: [(&str, &str, Option<u32>); 3] = [
    ("maxConcurrency", "Concurrency (0: no limit)", None),
    ("toleratedFailureCount", "Tolerated failures (items)", None),
    ("toleratedFailurePercentage", "Tolerated failures (%)", Some(100)),
];

impl<A: ConsoleApi> Console<A> {
    pub(super) fn update_form(&self, map_run: &Value) -> Markup {
        html! {
            section aria-labelledby="update" {
                h2 #update { "Change it while it runs" }
                form.card method="post" action="/actions/update-map-run" {
                    (self.action_token.field())
                    input type="hidden" name="map-run" value=(map_run["mapRunArn"].as_str().unwrap_or_default());
                    @for (member, label, most) in MEMBERS {
                        label for=(member) { (label) }
                        input #(member) type="number" name=(member) min="0" max=[most] step=[most.map(|_| "any")] value=(map_run[member]);
                    }
                    p { button.primary type="submit" { "Change" } }
                }
            }
        }
    }

    /// Changes a Map Run, and goes on with its page.
    pub(crate) async fn update_map_run(&self, form: &FormFields) -> ActionResult {
        let Some(arn) = form.get("map-run") else {
            return Err(PageError::Invalid("The form names no Map Run.".to_owned()));
        };
        let members = update_members(arn, form)?;
        self.call("UpdateMapRun", members).await?;
        Ok(ActionOutcome::GoTo(map_run_path(arn)))
    }
}

fn update_members(arn: &str, form: &FormFields) -> Result<Value, PageError> {
    let mut members = json!({ "mapRunArn": arn });
    for (member, label, most) in MEMBERS {
        let Some(text) = form.get(member) else { continue };
        // A percentage may have a fraction.
        let number = match most {
            None => text.parse::<u32>().ok().map(Value::from),
            Some(most) => {
                let number = text.parse::<f64>().ok();
                number.filter(|it| (0.0..=f64::from(most)).contains(it)).map(Value::from)
            }
        };
        let wrong = || PageError::Invalid(format!("{label}: {text} is no number that it can be."));
        members[member] = number.ok_or_else(wrong)?;
    }
    Ok(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_filled_in_is_changed() {
        let members = |form: &str| update_members("r", &FormFields::parse(form.as_bytes()));
        let filled =
            members("maxConcurrency=5&toleratedFailureCount=&toleratedFailurePercentage=2.5");
        let whole =
            json!({"mapRunArn": "r", "maxConcurrency": 5, "toleratedFailurePercentage": 2.5});
        assert_eq!(filled, Ok(whole));
        for wrong in
            ["maxConcurrency=-1", "toleratedFailureCount=1.5", "toleratedFailurePercentage=101"]
        {
            assert!(members(wrong).is_err(), "{wrong}");
        }
    }
}
