//! Paths, payload templates and intrinsic functions of the Amazon States Language.
//!
//! Text is compiled once, when a state machine is created, and evaluated many times:
//!
//! | text | compiled |
//! |---|---|
//! | `$.a[0]` | [`JaywayPath`] |
//! | `$.a`, `$$.State.Name`, `$name.a` | [`SourcedPath`] |
//! | `$.a.b` of `ResultPath` | [`ReferencePath`] |
//! | `States.Format('{}', $.a)` | [`IntrinsicCall`] |
//! | the value of a `.$` key or of `ErrorPath` | [`JsonPathExpression`] |
//! | `{"a.$": "$.b", "c": 1}` | [`PayloadTemplate`] |
//!
//! Invariant: nothing here reads a clock or has a random source of its own, and no text or value
//! makes it recurse deeper than fixed limits (test `hostile_texts_are_refused_or_harmless`).
#![warn(clippy::wildcard_enum_match_arm)]

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
    evaluation_error::JsonPathEvaluationError,
    expression::{JsonPathExpression, JsonPathExpressionSyntaxError},
    intrinsic::{IntrinsicCall, IntrinsicFunction},
    path::{JaywayPath, JaywayPathError, JaywayPathSyntaxError},
    reference_path::{ReferencePath, ReferencePathConflict},
    scope::JsonPathScope,
    sourced_path::SourcedPath,
    template::{PayloadTemplate, PayloadTemplateError, PayloadTemplateSyntaxError},
};
