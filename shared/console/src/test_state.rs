//! `TestState`: what one state does with an input.
//!
//! ```text
//! form ─▶ TestStateFields ─▶ TestState ─▶ data steps: before and after each field of the state
//! ```

mod data_steps;
mod fields;
mod page;
mod state_links;
mod tested_state;

pub(crate) use self::{
    fields::TestStateFields, state_links::state_links, tested_state::tested_state,
};
