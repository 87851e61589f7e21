//! The states of a machine, each with the way to its test.

use maud::{Markup, html};
use serde_json::Value;

use crate::{links::test_state_path, state_source::states_of};

/// The states of a definition as links.
pub(crate) fn state_links(machine: &str, definition: &str) -> Markup {
    let definition: Value = serde_json::from_str(definition).unwrap_or_default();
    let states = states_of(&definition);
    html! {
        @if !states.is_empty() {
            details.card {
                summary { "Test a state" }
                ul.plain {
                    @for state in &states {
                        li {
                            a href=(test_state_path(machine, state.name)) { (state.name) }
                            " " span.hint { (state.state_type()) }
                        }
                    }
                }
            }
        }
    }
}
