//! The functions of the language.
//!
//! They are those of jsonata-js 2.0.6 without `$eval`, and those that Step Functions adds:
//! `$partition`, `$range`, `$hash`, `$random(seed)`, `$uuid` and `$parse`.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a function accepts few of the many kinds of values"
)]

mod aggregation;
mod array;
mod calendar;
mod date_format;
mod date_parse;
mod date_picture;
mod encoding;
mod format_number;
mod hash;
mod higher_order;
mod integer_format;
mod integer_parse;
mod integer_picture;
mod number;
mod number_picture;
mod object;
mod random;
mod registry;
mod search;
mod text;
mod time;
mod words;

use std::rc::Rc;

pub(crate) use self::{
    registry::{Builtin, coerce_partial_arguments, find_builtin, transform_signature},
    search::{call_next_match, call_pattern},
};
use crate::{
    datum::{Array, Datum, Text},
    evaluator::Evaluator,
    limits::PICTURE_BYTES_MAX,
    meter::EvaluationMeter,
    thrown::{Evaluated, Thrown},
};

/// The arguments of a call, which fit the signature of the function.
#[derive(Clone, Copy)]
struct Arguments<'c, 'a> {
    evaluator: &'c Evaluator<'a>,
    values: &'c [Datum<'a>],
}

impl<'c, 'a> Arguments<'c, 'a> {
    fn meter(&self) -> &'c Rc<EvaluationMeter<'a>> {
        &self.evaluator.meter
    }

    /// The argument at an index; undefined if it is missing.
    fn get(&self, index: usize) -> &'c Datum<'a> {
        self.values.get(index).unwrap_or(&Datum::Undefined)
    }

    /// A text argument; `None` if it is undefined.
    fn text(&self, index: usize) -> Evaluated<Option<&'c Text<'a>>> {
        match self.get(index) {
            Datum::Undefined => Ok(None),
            Datum::Text(text) => Ok(Some(text)),
            _ => Err(Thrown::argument("T0410", index + 1)),
        }
    }

    /// A number argument; `None` if it is undefined.
    fn number(&self, index: usize) -> Evaluated<Option<f64>> {
        match self.get(index) {
            Datum::Undefined => Ok(None),
            Datum::Number(number) => Ok(Some(*number)),
            _ => Err(Thrown::argument("T0410", index + 1)),
        }
    }

    /// An array argument; `None` if it is undefined.
    fn array(&self, index: usize) -> Evaluated<Option<&'c Array<'a>>> {
        match self.get(index) {
            Datum::Undefined => Ok(None),
            Datum::Array(array) => Ok(Some(array)),
            _ => Err(Thrown::argument("T0410", index + 1)),
        }
    }

    /// A picture string, or a text that is parsed by one. Reading one takes its time.
    fn picture(&self, index: usize) -> Evaluated<Option<&'c Text<'a>>> {
        let text = self.text(index)?;
        let bytes = text.map_or(0, |text| text.len());
        if bytes > PICTURE_BYTES_MAX {
            return Err(Thrown::too_large());
        }
        self.meter().count_steps(bytes)?;
        Ok(text)
    }

    /// A text as the result.
    fn text_result(&self, text: String) -> Evaluated<Datum<'a>> {
        Datum::text(self.meter(), text)
    }
}

impl<'a> Evaluator<'a> {
    /// Calls a function of the language.
    pub(crate) fn call_builtin(
        &self,
        builtin: &'static Builtin,
        values: &[Datum<'a>],
    ) -> Evaluated<Datum<'a>> {
        self.meter.count_steps(1)?;
        (builtin.call)(Arguments { evaluator: self, values })
    }
}
