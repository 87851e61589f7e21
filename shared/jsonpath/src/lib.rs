//! Paths, payload templates and intrinsic functions of the Amazon States Language.
//!
//! Text is compiled once, when a state machine is created, and evaluated many times:
//!
//! | text | compiled |
//! |---|---|
//! | `$.a[0]` | [`Path`] |
//! | `$.a`, `$$.State.Name`, `$name.a` | [`SourcedPath`] |
//! | `$.a.b` of `ResultPath` | [`ReferencePath`] |
//! | `States.Format('{}', $.a)` | [`IntrinsicCall`] |
//! | what a `.$` key or `ErrorPath` has | [`Expression`] |
//! | `{"a.$": "$.b", "c": 1}` | [`Template`] |
//!
//! Invariant: nothing here reads a clock, draws randomness of its own, or recurses deeper than
//! fixed limits, whatever text and values it is given (test `hostile_texts_are_refused_or_harmless`).
#![warn(clippy::wildcard_enum_match_arm)]

mod draws;
mod evaluation_error;
mod expression;
mod intrinsic;
mod java;
mod path;
mod reference_path;
mod scope;
mod sourced_path;
mod template;

pub use self::{
    draws::Draws,
    evaluation_error::EvaluationError,
    expression::{Expression, ExpressionSyntaxError},
    intrinsic::{Function, IntrinsicCall},
    path::{Path, PathError, PathSyntaxError},
    reference_path::{InsertError, ReferencePath},
    scope::Scope,
    sourced_path::SourcedPath,
    template::{Template, TemplateError, TemplateMistake},
};
