//! The console: pages in which state machines are looked at and steered, rendered from the answers of the
//! Step Functions API, whoever gives them.
//!
//! ```text
//! GET  ─▶ Route ─▶ page ── operations ──▶ ConsoleApi   `local` itself · a deployment · Step Functions
//!                   └────▶ HTML, whole: a script only replaces what has changed
//! POST ─▶ ActionToken ─▶ action ── operation ──▶ ConsoleApi, then back to a page
//! ```
//!
//! Invariant: what comes from an API is data. Markup is made by `maud`, which escapes it, and the content
//! security policy of every answer permits no script and no style but the two files of [`assets`].
//! Invariant: only a form of this console's own pages can act (`action_token`).

mod action_token;
mod activities;
mod answers;
mod api;
mod assets;
mod connect;
mod console;
mod cost;
mod dead_letters;
mod execution;
mod executions;
mod form;
mod links;
mod machines;
mod map_runs;
mod page;
mod route;
mod state_source;
mod target;
mod test_state;
mod tokens;
mod view;

pub use api::{ActivityQueueCounts, ConsoleApi, ConsoleApiError, RefusedEdit};
pub use console::{Console, OPERATION_HEADER, is_console_request};
pub use dead_letters::DeadLetterEntry;
pub use target::{ClientAccess, ConsoleTarget, TargetKind};
pub use view::duration_text;
