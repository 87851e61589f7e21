//! Functions.

use std::rc::Rc;

use super::{
    Datum, Text,
    disposal::{Remains, dispose},
};
use crate::{
    evaluator::VariableFrame,
    functions::Builtin,
    meter::MemoryCharge,
    pattern::Pattern,
    syntax::{Node, Signature, TransformNode},
};

/// A function.
#[derive(Debug)]
pub(crate) enum Function<'a> {
    /// A function of the expression.
    Closure(Closure<'a>),
    /// A call in tail position that is still to be made.
    TailCall {
        procedure: &'a Node,
        arguments: &'a [Node],
        input: Datum<'a>,
        frame: Rc<VariableFrame<'a>>,
    },
    /// A function of the language.
    Builtin(&'static Builtin),
    /// A function of the language of which some arguments are known.
    PartialBuiltin(PartialBuiltin<'a>),
    /// A regular expression, which is a function of a text.
    Pattern(&'a Pattern),
    /// The function `next` of a match.
    NextMatch { pattern: &'a Pattern, text: Text<'a>, from: usize },
    /// `| … | … |`
    Transform { node: &'a TransformNode, frame: Rc<VariableFrame<'a>> },
    /// Two functions that are called one after the other.
    Chain { first: Datum<'a>, second: Datum<'a> },
    /// A function that was passed as an argument. It is called without a context.
    Argument(Datum<'a>),
}

/// A function of the expression, with the variables that it sees.
#[derive(Debug)]
pub(crate) struct Closure<'a> {
    pub(crate) parameters: Vec<&'a str>,
    pub(crate) signature: Option<&'a Signature>,
    pub(crate) body: &'a Node,
    pub(crate) input: Datum<'a>,
    pub(crate) frame: Rc<VariableFrame<'a>>,
    pub(crate) _charge: MemoryCharge<'a>,
}

/// A function of the language of which some arguments are known.
#[derive(Debug)]
pub(crate) struct PartialBuiltin<'a> {
    pub(crate) function: Datum<'a>,
    /// The arguments; `None` for each that is still to come.
    pub(crate) arguments: Vec<Option<Datum<'a>>>,
}

impl<'a> Function<'a> {
    /// How many arguments a function takes that calls it for each item.
    pub(crate) fn arity(&self) -> usize {
        match self {
            Self::Closure(closure) => closure.parameters.len(),
            Self::Builtin(builtin) => builtin.arity,
            Self::PartialBuiltin(partial) => {
                partial.arguments.iter().filter(|argument| argument.is_none()).count()
            }
            Self::Pattern(_) => 2,
            Self::Transform { .. } | Self::Chain { .. } => 1,
            Self::Argument(Datum::Function(inner)) => inner.arity(),
            Self::NextMatch { .. } | Self::TailCall { .. } | Self::Argument(_) => 0,
        }
    }

    /// The function itself if it was passed as an argument.
    pub(crate) fn unwrap_argument(&self) -> &Self {
        let mut function = self;
        while let Self::Argument(Datum::Function(inner)) = function {
            function = inner;
        }
        function
    }

    /// Whether it is an object in JavaScript, and thus true.
    pub(crate) fn is_javascript_object(&self) -> bool {
        match self {
            Self::Closure(_)
            | Self::TailCall { .. }
            | Self::Builtin(_)
            | Self::PartialBuiltin(_)
            | Self::Transform { .. }
            | Self::Chain { .. } => true,
            Self::Pattern(_) | Self::NextMatch { .. } | Self::Argument(_) => false,
        }
    }

    /// Moves what the function holds to `remains`.
    pub(super) fn take_remains(&mut self, remains: &mut Vec<Remains<'a>>) {
        let take =
            |datum: &mut Datum<'a>| Remains::Datum(std::mem::replace(datum, Datum::Undefined));
        match self {
            Self::Closure(closure) => {
                remains.push(take(&mut closure.input));
                remains.push(Remains::Frame(Rc::clone(&closure.frame)));
            }
            Self::TailCall { input, frame, .. } => {
                remains.push(take(input));
                remains.push(Remains::Frame(Rc::clone(frame)));
            }
            Self::PartialBuiltin(partial) => {
                remains.push(take(&mut partial.function));
                remains.extend(partial.arguments.drain(..).flatten().map(Remains::Datum));
            }
            Self::Chain { first, second } => remains.extend([take(first), take(second)]),
            Self::Argument(inner) => remains.push(take(inner)),
            Self::Transform { frame, .. } => remains.push(Remains::Frame(Rc::clone(frame))),
            Self::Builtin(_) | Self::Pattern(_) | Self::NextMatch { .. } => {}
        }
    }
}

/// Functions may hold functions that hold functions, and so on.
impl Drop for Function<'_> {
    fn drop(&mut self) {
        match self {
            Self::PartialBuiltin(_) | Self::Chain { .. } | Self::Argument(_) => {
                let mut remains = Vec::new();
                self.take_remains(&mut remains);
                dispose(remains);
            }
            Self::Closure(_)
            | Self::TailCall { .. }
            | Self::Builtin(_)
            | Self::Pattern(_)
            | Self::NextMatch { .. }
            | Self::Transform { .. } => {}
        }
    }
}
