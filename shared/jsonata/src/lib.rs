//! JSONata as Step Functions supports it.
//!
//! Text is compiled once, when a state machine is created, and evaluated many times:
//!
//! | text | compiled |
//! |---|---|
//! | `{% $states.input.a %}` | [`JsonataExpression`] |
//! | `{"a": "{% $x %}", "b": 1}` | [`JsonataTemplate`] |
//!
//! ```text
//! text --(syntax)--> tree --(evaluator, functions)--> datum --> JSON
//! ```
//!
//! The evaluator is a port of jsonata-js 2.0.6 (© IBM Corp., MIT: `LICENSE-jsonata-js`). It has the functions that Step Functions adds
//! (`$partition`, `$range`, `$hash`, `$random(seed)`, `$uuid`, `$parse`), lacks the one that Step
//! Functions removes (`$eval`), and sets limits.
//!
//! Invariant: time and random numbers come from the [`JsonataSession`]. A clock is only read to
//! stop an evaluation that runs too long.
//!
//! Invariant: no text or value lets an expression crash, block or exhaust the process
//! (tests in `tests/hostile.rs`).
#![warn(clippy::wildcard_enum_match_arm)]

#[cfg(test)]
mod conformance;
mod datum;
mod direct;
mod evaluation_error;
mod evaluator;
mod expression;
mod functions;
mod limits;
mod message;
mod meter;
mod pattern;
mod reads;
mod session;
mod syntax;
mod syntax_error;
mod template;
#[cfg(test)]
mod testing;
mod thrown;

pub use self::{
    evaluation_error::{ExpectedType, JsonataEvaluationError},
    expression::JsonataExpression,
    reads::ExpressionReads,
    session::{JsonataBindings, JsonataSession},
    syntax_error::JsonataSyntaxError,
    template::{JsonataTemplate, JsonataTemplateError},
};
