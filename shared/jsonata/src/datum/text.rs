//! Texts.

use std::{ops::Deref, rc::Rc};

use crate::{
    limits::VALUE_BYTES_MAX,
    meter::{EvaluationMeter, MemoryCharge},
    thrown::{Evaluated, Thrown},
};

/// A text: a part of JSON or of the expression, or one that was built.
#[derive(Clone, Debug)]
pub(crate) enum Text<'a> {
    Borrowed(&'a str),
    Built(Rc<BuiltText<'a>>),
}

/// A text that an evaluation built.
#[derive(Debug)]
pub(crate) struct BuiltText<'a> {
    text: Box<str>,
    _charge: MemoryCharge<'a>,
}

impl<'a> Text<'a> {
    pub(crate) fn build(meter: &Rc<EvaluationMeter<'a>>, text: String) -> Evaluated<Self> {
        if text.is_empty() {
            return Ok(Self::Borrowed(""));
        }
        check_text_length(text.len())?;
        meter.count_steps(text.len() / 256)?;
        let charge = meter.charge(size_of::<BuiltText<'a>>() + text.len())?;
        Ok(Self::Built(Rc::new(BuiltText { text: text.into_boxed_str(), _charge: charge })))
    }

    /// The text if it is borrowed; the names in syntax trees always are.
    pub(crate) fn borrowed(&self) -> Option<&'a str> {
        match self {
            Self::Borrowed(text) => Some(text),
            Self::Built(_) => None,
        }
    }
}

/// Refuses text that is too long, before it is made.
pub(crate) fn check_text_length(bytes: usize) -> Evaluated<()> {
    if bytes > VALUE_BYTES_MAX { Err(Thrown::too_large()) } else { Ok(()) }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Built(built) => &built.text,
        }
    }
}
