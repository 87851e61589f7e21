//! JSONata as Step Functions supports it.
//!
//! Text is compiled once, when a state machine is created, and evaluated many times:
//!
//! | text | compiled |
//! |---|---|
//! | `{% $states.input.a %}` | [`JsonataExpression`] |
//! | `{"a": "{% $x %}", "b": 1}` | [`JsonataTemplate`] |
//!
//! The crate `jsonata-core` is the engine. This crate fixes its differences from JSONata 2.0.6,
//! adds the functions that Step Functions adds (`$partition`, `$range`, `$hash`, `$random(seed)`,
//! `$uuid`, `$parse`), removes the one that Step Functions removes (`$eval`), and sets limits.
//!
//! Invariant: time and random numbers come from the [`JsonataSession`]. Only the engine reads a
//! clock, and only to stop an evaluation that runs too long.
//!
//! Invariant: no text or value lets an expression crash, block or exhaust the process
//! (tests in `tests/hostile.rs`).
#![warn(clippy::wildcard_enum_match_arm)]

mod children;
#[cfg(test)]
mod conformance;
mod convert;
mod direct;
mod evaluation_error;
mod evaluator;
mod expression;
mod functions;
mod limits;
mod message;
mod prepare;
mod projection;
mod reads;
mod session;
mod syntax_error;
mod template;
#[cfg(test)]
mod testing;
mod trace;

pub use self::{
    evaluation_error::{ExpectedType, JsonataEvaluationError},
    expression::JsonataExpression,
    reads::ExpressionReads,
    session::{JsonataBindings, JsonataSession},
    syntax_error::JsonataSyntaxError,
    template::{JsonataTemplate, JsonataTemplateError},
};
