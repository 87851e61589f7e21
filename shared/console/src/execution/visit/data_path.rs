//! The way that the data of a visit took.

use maud::{Markup, html};
use serde_json::Value;

use super::recorded_test::RecordedTest;
use crate::{
    Console, ConsoleApi,
    form::FormFields,
    links::execution_path,
    page::{Page, PageError, PageResult, PageSection},
    state_source::find_state,
    test_state::tested_state,
};

impl<A: ConsoleApi> Console<A> {
    /// What `TestState` makes of the recorded input and answer of the visit that a query names. The page
    /// of the visit takes it in when it is unfolded.
    pub(crate) async fn show_data_path(&self, query: &FormFields) -> PageResult {
        let (Some(execution), Some(visit)) = (query.get("execution"), query.get("visit")) else {
            return Err(PageError::Invalid("The address names no visit.".to_owned()));
        };
        let recorded = self.recorded_test(execution, visit).await?;
        let shown = self.test_recorded(&recorded).await;
        let title = format!("Data path of {}", recorded.fields.state);
        let shown = shown.unwrap_or_else(|refusal| {
            html! {
                p.notice { "The path of its data cannot be shown. " (refusal) }
            }
        });
        let body = html! {
            h1 { "Data path of " a href={ (execution_path(execution)) "?visit=" (visit) } { (recorded.fields.state) } }
            div data-part { (shown) }
        };
        Ok(Page { title, section: PageSection::Executions, body, is_live: false })
    }

    async fn test_recorded(&self, recorded: &RecordedTest) -> Result<Markup, String> {
        let fields = &recorded.fields;
        if let Some(refusal) = recorded.refusal {
            return Err(refusal.to_owned());
        }
        let members = fields.to_members(self.target.kind)?;
        let tested = self.call("TestState", members).await.map_err(|error| error.to_string())?;
        let definition: Value = serde_json::from_str(&fields.definition).unwrap_or_default();
        let state = find_state(&definition, &fields.state).cloned().unwrap_or_default();
        Ok(html! {
            p.hint {
                "By TestState, from the recorded input"
                @if fields.has_mock() { ", with the recorded answer in place of the call" }
                ": the history itself does not tell what is between."
            }
            @if recorded.lacks_context {
                p.notice.careful {
                    "The state reads something of the context object that TestState does not take, so this may not \
                     be what the execution did."
                }
            } @else if differs(recorded, &tested) {
                p.notice.careful {
                    "The execution itself put out something else: the state reads what a test does not know, such as \
                     the item of a Map, the time, or a random number."
                }
            }
            (tested_state(&fields.input, &fields.variables, &state, &tested))
        })
    }
}

/// Whether the visit put out something else than its test.
fn differs(recorded: &RecordedTest, tested: &Value) -> bool {
    let parsed = |text: &str| serde_json::from_str::<Value>(text).ok();
    let recorded = recorded.output.as_deref().and_then(parsed);
    recorded.is_some() && recorded != tested["output"].as_str().and_then(parsed)
}
