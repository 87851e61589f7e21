//! The intrinsic functions of the Amazon States Language: `States.Format('{}', $.a)`.
//!
//! The arguments AWS accepts sometimes differ from its documentation. Comments mark these cases.

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
    evaluation_error::JsonPathEvaluationError, expression::JsonPathExpressionSyntaxError,
    path::JaywayPathError, scope::JsonPathScope, sourced_path::SourcedPath,
};
use random_stream::RandomStream;
use step_budget::BudgetExceeded;

/// A compiled call of an intrinsic function.
#[derive(Debug, Clone)]
pub struct IntrinsicCall {
    text: String,
    call: ParsedCall,
}

#[derive(Debug, Clone)]
struct ParsedCall {
    /// The call as it was written.
    text: String,
    function: IntrinsicFunction,
    arguments: Vec<CallArgument>,
}

#[derive(Debug, Clone)]
enum CallArgument {
    Literal(Value),
    /// `raw` keeps the escapes, because `States.Format` must tell `\{` from `{` in its template.
    Text {
        raw: String,
        value: String,
    },
    Path(SourcedPath),
    Call(ParsedCall),
}

/// An intrinsic function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum IntrinsicFunction {
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
const FUNCTIONS: [(&str, IntrinsicFunction); 18] = [
    ("States.Format", IntrinsicFunction::Format),
    ("States.StringToJson", IntrinsicFunction::StringToJson),
    ("States.JsonToString", IntrinsicFunction::JsonToString),
    ("States.Array", IntrinsicFunction::Array),
    ("States.ArrayPartition", IntrinsicFunction::ArrayPartition),
    ("States.ArrayContains", IntrinsicFunction::ArrayContains),
    ("States.ArrayRange", IntrinsicFunction::ArrayRange),
    ("States.ArrayGetItem", IntrinsicFunction::ArrayGetItem),
    ("States.ArrayLength", IntrinsicFunction::ArrayLength),
    ("States.ArrayUnique", IntrinsicFunction::ArrayUnique),
    ("States.Base64Encode", IntrinsicFunction::Base64Encode),
    ("States.Base64Decode", IntrinsicFunction::Base64Decode),
    ("States.Hash", IntrinsicFunction::Hash),
    ("States.JsonMerge", IntrinsicFunction::JsonMerge),
    ("States.MathRandom", IntrinsicFunction::MathRandom),
    ("States.MathAdd", IntrinsicFunction::MathAdd),
    ("States.StringSplit", IntrinsicFunction::StringSplit),
    ("States.UUID", IntrinsicFunction::Uuid),
];

impl IntrinsicFunction {
    /// Returns the function with a name, e.g. `States.UUID`.
    pub fn from_name(name: &str) -> Option<Self> {
        FUNCTIONS.iter().find(|(n, _)| *n == name).map(|(_, function)| *function)
    }
}

impl fmt::Display for IntrinsicFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = FUNCTIONS.iter().find(|(_, function)| function == self).map(|(name, _)| name);
        f.write_str(name.unwrap_or(&"States"))
    }
}

/// What is wrong with the arguments of a function.
#[derive(Debug)]
enum IntrinsicError {
    /// `Invalid arguments in States.X`
    InvalidArguments,
    /// `Invalid arguments in States.X: …`
    BadArguments(&'static str),
    /// `Invalid template in States.X: …`
    BadTemplate(&'static str),
    /// `Cannot convert String to Json in States.X, caused by: …`
    NotJson(String),
    /// The step costs too much.
    Budget(BudgetExceeded),
}

impl From<BudgetExceeded> for IntrinsicError {
    fn from(exceeded: BudgetExceeded) -> Self {
        Self::Budget(exceeded)
    }
}

type IntrinsicResult = Result<Value, IntrinsicError>;

impl IntrinsicCall {
    /// The maximum nesting of calls, as AWS documents.
    pub const NESTING_MAX: usize = 10;
    /// The maximum number of characters to encode, decode or hash, as AWS documents. They are
    /// counted in UTF-16 code units.
    pub const TEXT_CHARACTERS_MAX: usize = 10_000;
    /// The maximum number of items of `States.ArrayRange`, as AWS documents.
    pub const RANGE_ITEMS_MAX: usize = 1_000;

    /// Compiles a call. The number and types of its arguments are checked when it is evaluated.
    pub fn parse(text: &str) -> Result<Self, JsonPathExpressionSyntaxError> {
        parser::parse_intrinsic_call(text).map(|call| Self { text: text.to_owned(), call })
    }

    /// Returns the text the call was compiled from.
    pub fn source_text(&self) -> &str {
        &self.text
    }

    /// Returns the outermost function of the call.
    pub fn outermost_function(&self) -> IntrinsicFunction {
        self.call.function
    }

    /// Evaluates the call.
    pub fn evaluate(
        &self,
        scope: &JsonPathScope<'_>,
        random: &mut RandomStream,
    ) -> Result<Value, JsonPathEvaluationError> {
        let mut run = CallEvaluation { text: &self.text, scope, random };
        run.evaluate_call(&self.call)
    }

    /// Visits the paths in the call, from left to right.
    pub fn visit_paths(&self, visit: &mut impl FnMut(&SourcedPath)) {
        visit_call_paths(&self.call, visit);
    }
}

fn visit_call_paths(call: &ParsedCall, visit: &mut impl FnMut(&SourcedPath)) {
    for argument in &call.arguments {
        match argument {
            CallArgument::Literal(_) | CallArgument::Text { .. } => {}
            CallArgument::Path(path) => visit(path),
            CallArgument::Call(call) => visit_call_paths(call, visit),
        }
    }
}

/// One evaluation of a call.
struct CallEvaluation<'s, 'v> {
    /// The whole expression: AWS quotes it if a path finds nothing, whichever call has the path.
    text: &'s str,
    scope: &'s JsonPathScope<'v>,
    random: &'s mut RandomStream,
}

impl<'v> CallEvaluation<'_, 'v> {
    fn evaluate_call(&mut self, call: &ParsedCall) -> Result<Value, JsonPathEvaluationError> {
        let budget = self.scope.budget;
        budget.check_time()?;
        if call.function == IntrinsicFunction::Format
            && let Some((CallArgument::Text { raw, .. }, arguments)) = call.arguments.split_first()
        {
            let values = self.evaluate_arguments(arguments)?;
            return string::format_template(raw, &values, budget)
                .map_err(|refusal| call_failure(call, &refusal));
        }
        let values = self.evaluate_arguments(&call.arguments)?;
        self.apply_function(call.function, &values).map_err(|refusal| call_failure(call, &refusal))
    }

    fn apply_function(
        &mut self,
        function: IntrinsicFunction,
        arguments: &[Cow<'_, Value>],
    ) -> IntrinsicResult {
        let budget = self.scope.budget;
        match function {
            IntrinsicFunction::Format => string::format_template_value(arguments, budget),
            IntrinsicFunction::StringToJson => json::string_to_json(arguments, budget),
            IntrinsicFunction::JsonToString => json::json_to_string(arguments, budget),
            IntrinsicFunction::Array => {
                budget.charge_copies(arguments)?;
                Ok(arguments.iter().map(|value| value.as_ref().clone()).collect())
            }
            IntrinsicFunction::ArrayPartition => array::array_partition(arguments, budget),
            IntrinsicFunction::ArrayContains => array::array_contains(arguments),
            IntrinsicFunction::ArrayRange => array::array_range(arguments),
            IntrinsicFunction::ArrayGetItem => array::array_get_item(arguments, budget),
            IntrinsicFunction::ArrayLength => array::array_length(arguments),
            IntrinsicFunction::ArrayUnique => unique::array_unique(arguments, budget),
            IntrinsicFunction::Base64Encode => encoding::base64_encode(arguments),
            IntrinsicFunction::Base64Decode => encoding::base64_decode(arguments),
            IntrinsicFunction::Hash => hash::hash_data(arguments),
            IntrinsicFunction::JsonMerge => json::json_merge(arguments, budget),
            IntrinsicFunction::MathRandom => math::math_random(arguments, self.random),
            IntrinsicFunction::MathAdd => math::math_add(arguments),
            IntrinsicFunction::StringSplit => string::string_split(arguments, budget),
            // AWS ignores any arguments (observed).
            IntrinsicFunction::Uuid => Ok(Value::String(self.random.next_uuid())),
        }
    }

    fn evaluate_arguments<'a>(
        &mut self,
        arguments: &'a [CallArgument],
    ) -> Result<Vec<Cow<'a, Value>>, JsonPathEvaluationError>
    where
        'v: 'a,
    {
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            values.push(match argument {
                CallArgument::Literal(value) => Cow::Borrowed(value),
                CallArgument::Text { value, .. } => Cow::Owned(Value::String(value.clone())),
                CallArgument::Path(path) => self.find_argument(path)?,
                CallArgument::Call(call) => Cow::Owned(self.evaluate_call(call)?),
            });
        }
        Ok(values)
    }

    /// An indefinite path that finds nothing gives an empty list, not a missing argument.
    fn find_argument(&self, path: &SourcedPath) -> Result<Cow<'v, Value>, JsonPathEvaluationError> {
        match path.find_in_scope(self.scope) {
            Ok(Cow::Borrowed(value)) => Ok(Cow::Borrowed(value)),
            Ok(list @ Cow::Owned(_)) => {
                // The lists of all arguments are kept until the function is applied.
                self.scope.budget.charge_copy(&list)?;
                Ok(list)
            }
            Err(JaywayPathError::NotFound(_)) if !path.is_definite() => {
                Ok(Cow::Owned(Value::Array(Vec::new())))
            }
            Err(JaywayPathError::NotFound(_)) => {
                // AWS quotes a path into the context object without its first `$`.
                let text = path.source_text();
                let shown = if path.references_context() { &text[1..] } else { text };
                Err(JsonPathEvaluationError::ArgumentNotFound {
                    call: self.text.to_owned(),
                    path: shown.to_owned(),
                    input: self.scope.data.to_string(),
                })
            }
            Err(
                error @ (JaywayPathError::NoArray(_)
                | JaywayPathError::Unfit(_)
                | JaywayPathError::Failed(_)
                | JaywayPathError::TooCostly(_)),
            ) => Err(JsonPathEvaluationError::ArgumentPath {
                call: self.text.to_owned(),
                message: error.to_string(),
            }),
        }
    }
}

fn call_failure(call: &ParsedCall, refusal: &IntrinsicError) -> JsonPathEvaluationError {
    let function = call.function;
    JsonPathEvaluationError::Intrinsic {
        call: call.text.clone(),
        function,
        message: match refusal {
            IntrinsicError::Budget(exceeded) => return (*exceeded).into(),
            IntrinsicError::InvalidArguments => format!("Invalid arguments in {function}"),
            IntrinsicError::BadArguments(why) => format!("Invalid arguments in {function}: {why}"),
            IntrinsicError::BadTemplate(why) => format!("Invalid template in {function}: {why}"),
            IntrinsicError::NotJson(why) => {
                format!("Cannot convert String to Json in {function}, caused by: {why}")
            }
        },
    }
}

/// Truncates a number to a 32-bit integer. AWS truncates too, although it documents rounding.
fn truncated_integer(value: &Value) -> Result<i64, IntrinsicError> {
    integer_in_range(value.as_f64().ok_or(IntrinsicError::InvalidArguments)?.trunc())
}

/// Rounds a number to a 32-bit integer, halves up.
fn rounded_integer(value: &Value) -> Result<i64, IntrinsicError> {
    integer_in_range((value.as_f64().ok_or(IntrinsicError::InvalidArguments)? + 0.5).floor())
}

fn integer_in_range(number: f64) -> Result<i64, IntrinsicError> {
    if (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&number) {
        #[expect(clippy::cast_possible_truncation, reason = "whole, and within 32 bits")]
        Ok(number as i64)
    } else {
        Err(IntrinsicError::InvalidArguments)
    }
}

/// Returns the text unless it is longer than [`IntrinsicCall::TEXT_CHARACTERS_MAX`].
fn limited_text(text: &str) -> Result<&str, IntrinsicError> {
    if text.encode_utf16().count() > IntrinsicCall::TEXT_CHARACTERS_MAX {
        return Err(IntrinsicError::InvalidArguments);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::IntrinsicCall;
    use random_stream::RandomStream;
    use step_budget::StepBudget;

    use crate::scope::JsonPathScope;

    /// Evaluates a call over `data`; the context object is `{"Name": "n"}`.
    pub(super) fn evaluate(text: &str, data: &Value) -> Result<Value, String> {
        let (context, variables) = (json!({"Name": "n"}), Map::new());
        let budget = StepBudget::unlimited();
        let scope =
            JsonPathScope { data, context: &context, variables: &variables, budget: &budget };
        let call = IntrinsicCall::parse(text).map_err(|error| error.to_string())?;
        call.evaluate(&scope, &mut RandomStream::new(0)).map_err(|error| error.to_string())
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
    fn a_uuid_ignores_its_arguments() {
        for call in ["States.UUID()", "States.UUID(1)", "States.UUID($.a, 'x')"] {
            let uuid = evaluate(call, &json!({"a": 1})).expect("a UUID cannot fail");
            assert_eq!(uuid.as_str().map(str::len), Some(36), "{call}");
        }
    }

    #[test]
    fn what_fails_is_named_as_it_was_written_with_the_calls_inside() {
        let frame = "There was an error while evaluating the intrinsic function: ";
        for (call, words) in [
            (
                "States.ArrayLength(States.JsonToString( $.a ))",
                "States.ArrayLength(States.JsonToString( $.a )). Invalid arguments in \
                 States.ArrayLength",
            ),
            (
                "States.Array(States.ArrayLength('x'))",
                "States.ArrayLength('x'). Invalid arguments in States.ArrayLength",
            ),
            (
                "States.JsonToString($.a, 1)",
                "States.JsonToString($.a, 1). Invalid arguments in States.JsonToString: only a \
                 single argument is allowed.",
            ),
        ] {
            let cause = evaluate(call, &json!({"a": [1]})).expect_err("it fails");
            assert_eq!(cause, format!("{frame}{words}"));
        }
    }
}
