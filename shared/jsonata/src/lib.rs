//! JSONata as Step Functions has it.
//!
//! Text is compiled once, when a state machine is created, and evaluated many times:
//!
//! | text | compiled |
//! |---|---|
//! | `{% $states.input.a %}` | [`Expression`] |
//! | `{"a": "{% $x %}", "b": 1}` | [`Template`] |
//!
//! The language is the crate `jsonata-core`; this one mends where that differs from JSONata 2.0.6,
//! adds what Step Functions adds (`$partition`, `$range`, `$hash`, `$random(seed)`, `$uuid`,
//! `$parse`), takes away what it takes away (`$eval`), and sets limits.
//!
//! Invariant: time and chance come from the [`Session`]; the one clock read is the engine's own,
//! which only decides when an evaluation has run too long.
//!
//! Invariant: no expression takes the process, whatever text and values it is given
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
mod random_stream;
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
