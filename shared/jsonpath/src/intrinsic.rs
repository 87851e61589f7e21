//! The intrinsic functions of the Amazon States Language: `States.Format('{}', $.a)`.
//!
//! What arguments AWS accepts differs from its documentation in places; those places say so.

mod array;
mod encoding;
mod hash;
mod json;
mod math;
mod parser;
mod string;
mod unique;

use std::{borrow::Cow, fmt};

use serde_json::Value;

use crate::{
    draws::Draws, evaluation_error::EvaluationError, expression::ExpressionSyntaxError,
    path::PathError, scope::Scope, sourced_path::SourcedPath,
};

/// A compiled call of an intrinsic function.
#[derive(Debug, Clone)]
pub struct IntrinsicCall {
    text: String,
    call: Call,
}

#[derive(Debug, Clone)]
struct Call {
    function: Function,
    arguments: Vec<Argument>,
}

#[derive(Debug, Clone)]
enum Argument {
    Literal(Value),
    /// A text with its escapes in place: a template needs to tell `\{` from `{`.
    Text {
        raw: String,
        value: String,
    },
    Path(SourcedPath),
    Call(Call),
}

/// An intrinsic function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Function {
    /// `States.Format(template, …)`
    Format,
    /// `States.StringToJson(text)`
    StringToJson,
    /// `States.JsonToString(value)`
    JsonToString,
    /// `States.Array(…)`
    Array,
    /// `States.ArrayPartition(array, size)`
    ArrayPartition,
    /// `States.ArrayContains(array, value)`
    ArrayContains,
    /// `States.ArrayRange(first, last, step)`
    ArrayRange,
    /// `States.ArrayGetItem(array, index)`
    ArrayGetItem,
    /// `States.ArrayLength(array)`
    ArrayLength,
    /// `States.ArrayUnique(array)`
    ArrayUnique,
    /// `States.Base64Encode(text)`
    Base64Encode,
    /// `States.Base64Decode(text)`
    Base64Decode,
    /// `States.Hash(data, algorithm)`
    Hash,
    /// `States.JsonMerge(first, second, false)`
    JsonMerge,
    /// `States.MathRandom(start, end[, seed])`
    MathRandom,
    /// `States.MathAdd(a, b)`
    MathAdd,
    /// `States.StringSplit(text, delimiters)`
    StringSplit,
    /// `States.UUID()`
    Uuid,
}

/// All functions with their names.
const FUNCTIONS: [(&str, Function); 18] = [
    ("States.Format", Function::Format),
    ("States.StringToJson", Function::StringToJson),
    ("States.JsonToString", Function::JsonToString),
    ("States.Array", Function::Array),
    ("States.ArrayPartition", Function::ArrayPartition),
    ("States.ArrayContains", Function::ArrayContains),
    ("States.ArrayRange", Function::ArrayRange),
    ("States.ArrayGetItem", Function::ArrayGetItem),
    ("States.ArrayLength", Function::ArrayLength),
    ("States.ArrayUnique", Function::ArrayUnique),
    ("States.Base64Encode", Function::Base64Encode),
    ("States.Base64Decode", Function::Base64Decode),
    ("States.Hash", Function::Hash),
    ("States.JsonMerge", Function::JsonMerge),
    ("States.MathRandom", Function::MathRandom),
    ("States.MathAdd", Function::MathAdd),
    ("States.StringSplit", Function::StringSplit),
    ("States.UUID", Function::Uuid),
];

impl Function {
    /// The function of that name, e.g. `States.UUID`.
    pub fn named(name: &str) -> Option<Self> {
        FUNCTIONS.iter().find(|(n, _)| *n == name).map(|(_, function)| *function)
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = FUNCTIONS.iter().find(|(_, function)| function == self).map(|(name, _)| name);
        f.write_str(name.unwrap_or(&"States"))
    }
}

/// What is wrong with the arguments of a function.
#[derive(Debug)]
enum Refusal {
    /// AWS's usual words.
    InvalidArguments,
    /// More words, after `Invalid arguments in States.X: `.
    BadArguments(&'static str),
    /// `Invalid template in States.X: …`
    BadTemplate(&'static str),
}

type Outcome = Result<Value, Refusal>;

impl IntrinsicCall {
    /// How deep calls may nest, as AWS documents.
    pub const NESTING_MAX: usize = 10;
    /// How many characters may be encoded, decoded or hashed, as AWS documents.
    pub const TEXT_CHARACTERS_MAX: usize = 10_000;
    /// How many items `States.ArrayRange` makes at most, as AWS documents.
    pub const RANGE_ITEMS_MAX: usize = 1_000;

    /// Compiles a call. The number and the kinds of its arguments are looked at when it runs.
    pub fn parse(text: &str) -> Result<Self, ExpressionSyntaxError> {
        parser::parse(text).map(|call| Self { text: text.to_owned(), call })
    }

    /// The text the call was compiled from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The outermost function.
    pub fn function(&self) -> Function {
        self.call.function
    }

    /// The call's value.
    pub fn evaluate(&self, scope: &Scope<'_>, draws: &mut Draws) -> Result<Value, EvaluationError> {
        let mut run = Run { text: &self.text, scope, draws };
        run.call(&self.call)
    }

    /// Visits the paths in the call, from left to right.
    pub fn paths(&self, visit: &mut impl FnMut(&SourcedPath)) {
        visit_paths(&self.call, visit);
    }
}

fn visit_paths(call: &Call, visit: &mut impl FnMut(&SourcedPath)) {
    for argument in &call.arguments {
        match argument {
            Argument::Literal(_) | Argument::Text { .. } => {}
            Argument::Path(path) => visit(path),
            Argument::Call(call) => visit_paths(call, visit),
        }
    }
}

/// One evaluation of a call.
struct Run<'s, 'v> {
    /// The whole expression: AWS names it, not the inner call that failed.
    text: &'s str,
    scope: &'s Scope<'v>,
    draws: &'s mut Draws,
}

impl<'v> Run<'_, 'v> {
    fn call(&mut self, call: &Call) -> Result<Value, EvaluationError> {
        if call.function == Function::Format
            && let Some((Argument::Text { raw, .. }, arguments)) = call.arguments.split_first()
        {
            let values = self.arguments(arguments)?;
            return string::format(raw, &values).map_err(|refusal| self.failure(call, &refusal));
        }
        let values = self.arguments(&call.arguments)?;
        self.apply(call.function, &values).map_err(|refusal| self.failure(call, &refusal))
    }

    fn apply(&mut self, function: Function, arguments: &[Cow<'_, Value>]) -> Outcome {
        match function {
            Function::Format => string::format_values(arguments),
            Function::StringToJson => json::string_to_json(arguments),
            Function::JsonToString => json::json_to_string(arguments),
            Function::Array => Ok(arguments.iter().map(|value| value.as_ref().clone()).collect()),
            Function::ArrayPartition => array::partition(arguments),
            Function::ArrayContains => array::contains(arguments),
            Function::ArrayRange => array::range(arguments),
            Function::ArrayGetItem => array::get_item(arguments),
            Function::ArrayLength => array::length(arguments),
            Function::ArrayUnique => unique::unique(arguments),
            Function::Base64Encode => encoding::encode(arguments),
            Function::Base64Decode => encoding::decode(arguments),
            Function::Hash => hash::hash(arguments),
            Function::JsonMerge => json::merge(arguments),
            Function::MathRandom => math::random(arguments, self.draws),
            Function::MathAdd => math::add(arguments),
            Function::StringSplit => string::split(arguments),
            Function::Uuid => match arguments {
                [] => Ok(Value::String(self.draws.uuid_v4())),
                _ => Err(Refusal::InvalidArguments),
            },
        }
    }

    fn arguments<'a>(
        &mut self,
        arguments: &'a [Argument],
    ) -> Result<Vec<Cow<'a, Value>>, EvaluationError>
    where
        'v: 'a,
    {
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            values.push(match argument {
                Argument::Literal(value) => Cow::Borrowed(value),
                Argument::Text { value, .. } => Cow::Owned(Value::String(value.clone())),
                Argument::Path(path) => self.find(path)?,
                Argument::Call(call) => Cow::Owned(self.call(call)?),
            });
        }
        Ok(values)
    }

    /// An indefinite path which finds nothing is an empty list, not a missing argument.
    fn find(&self, path: &SourcedPath) -> Result<Cow<'v, Value>, EvaluationError> {
        match path.find(self.scope) {
            Ok(value) => Ok(value),
            Err(PathError::NotFound(_)) if !path.is_definite() => {
                Ok(Cow::Owned(Value::Array(Vec::new())))
            }
            Err(PathError::NotFound(_)) => {
                // AWS names a path into the context object by its part after the first `$`.
                let text = path.text();
                let shown = if path.references_context() { &text[1..] } else { text };
                Err(EvaluationError::ArgumentNotFound {
                    call: self.text.to_owned(),
                    path: shown.to_owned(),
                    input: self.scope.data.to_string(),
                })
            }
            Err(
                error @ (PathError::NoArray(_)
                | PathError::Unfit(_)
                | PathError::Failed(_)
                | PathError::TooCostly(_)),
            ) => Err(EvaluationError::Intrinsic {
                call: self.text.to_owned(),
                function: None,
                message: error.to_string(),
            }),
        }
    }

    fn failure(&self, call: &Call, refusal: &Refusal) -> EvaluationError {
        let function = call.function;
        EvaluationError::Intrinsic {
            call: self.text.to_owned(),
            function: Some(function),
            message: match refusal {
                Refusal::InvalidArguments => format!("Invalid arguments in {function}"),
                Refusal::BadArguments(why) => format!("Invalid arguments in {function}: {why}"),
                Refusal::BadTemplate(why) => format!("Invalid template in {function}: {why}"),
            },
        }
    }
}

/// A whole number of 32 bits, fractions cut off as AWS does in spite of documenting rounding.
fn truncated(value: &Value) -> Result<i64, Refusal> {
    in_range(value.as_f64().ok_or(Refusal::InvalidArguments)?.trunc())
}

/// A whole number of 32 bits, halves rounded up.
fn rounded(value: &Value) -> Result<i64, Refusal> {
    in_range((value.as_f64().ok_or(Refusal::InvalidArguments)? + 0.5).floor())
}

fn in_range(number: f64) -> Result<i64, Refusal> {
    if (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&number) {
        #[expect(clippy::cast_possible_truncation, reason = "whole, and within 32 bits")]
        Ok(number as i64)
    } else {
        Err(Refusal::InvalidArguments)
    }
}

/// A text of an argument, with its length limited.
fn limited_text(text: &str) -> Result<&str, Refusal> {
    if text.encode_utf16().count() > IntrinsicCall::TEXT_CHARACTERS_MAX {
        return Err(Refusal::InvalidArguments);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::IntrinsicCall;
    use crate::{draws::Draws, scope::Scope};

    /// Evaluates a call over `data`; the context object is `{"Name": "n"}`.
    pub(super) fn evaluate(text: &str, data: &Value) -> Result<Value, String> {
        let (context, variables) = (json!({"Name": "n"}), Map::new());
        let scope = Scope { data, context: &context, variables: &variables };
        let call = IntrinsicCall::parse(text).map_err(|error| error.to_string())?;
        call.evaluate(&scope, &mut Draws::new(0)).map_err(|error| error.to_string())
    }

    #[test]
    fn arguments_are_literals_paths_and_calls() {
        assert_eq!(
            evaluate(
                "States.Array('a', -1.5, true, null, $.x, $$.Name, States.Array())",
                &json!({"x": 1})
            ),
            Ok(json!(["a", -1.5, true, null, 1, "n", []]))
        );
    }

    #[test]
    fn a_missing_argument_names_the_whole_expression() {
        assert_eq!(
            evaluate("States.Format('{}', States.Format('{}',$.no))", &json!({"a": 1})),
            Err("The function 'States.Format('{}', States.Format('{}',$.no))' had the following \
                 error: The JsonPath argument for the field '$.no' could not be found in the \
                 input '{\"a\":1}'"
                .into())
        );
    }

    #[test]
    fn a_missing_argument_of_the_context_is_named_with_one_dollar() {
        let cause = evaluate("States.Array($$.no)", &json!({})).expect_err("it fails");
        assert!(cause.ends_with("field '$.no' could not be found in the input '{}'"), "{cause}");
    }

    #[test]
    fn an_index_past_the_end_is_a_missing_argument() {
        assert!(evaluate("States.Array($.a[5])", &json!({"a": []})).is_err());
        assert_eq!(evaluate("States.Array($.a[*].b)", &json!({})), Ok(json!([[]])));
    }

    #[test]
    fn an_index_into_what_is_no_array_shows_the_words_of_the_path_library() {
        let cause = evaluate("States.Array($.a[0])", &json!({"a": 1})).expect_err("it fails");
        assert!(
            cause.ends_with(
                "error: Filter: [0] can only be applied to arrays. Current context is: 1"
            )
        );
    }

    #[test]
    fn a_uuid_takes_no_arguments() {
        assert!(evaluate("States.UUID()", &Value::Null).is_ok());
        let cause = evaluate("States.UUID(1)", &Value::Null).expect_err("it fails");
        assert!(cause.ends_with("Invalid arguments in States.UUID"), "{cause}");
    }
}
