//! Calls of functions.

use std::rc::Rc;

use super::{Evaluator, VariableFrame};
use crate::{
    datum::{Closure, Datum, Function, PartialBuiltin},
    functions,
    meter::with_stack,
    syntax::{LambdaNode, Node, NodeKind},
    thrown::{Evaluated, Thrown},
};

/// What a function takes besides its text.
const CLOSURE_BYTES: usize = 320;

impl<'a> Evaluator<'a> {
    /// `function(…) {…}`
    pub(super) fn evaluate_lambda(
        &self,
        lambda: &'a LambdaNode,
        input: &Datum<'a>,
        frame: &Rc<VariableFrame<'a>>,
    ) -> Evaluated<Datum<'a>> {
        self.capture(frame)?;
        let closure = Closure {
            parameters: lambda.parameters.iter().map(|name| &**name).collect(),
            signature: lambda.signature.as_ref(),
            body: &lambda.body,
            input: input.clone(),
            frame: Rc::clone(frame),
            _charge: self.meter.charge(CLOSURE_BYTES)?,
        };
        Ok(Datum::Function(Rc::new(Function::Closure(closure))))
    }

    /// `left ~> right`
    pub(super) fn evaluate_apply(
        &self,
        left: &'a Node,
        right: &'a Node,
        input: &Datum<'a>,
        frame: &Rc<VariableFrame<'a>>,
    ) -> Evaluated<Datum<'a>> {
        let left = self.evaluate(left, input, frame)?;
        if let NodeKind::Call { procedure, arguments } = &right.kind {
            return self.evaluate_call(procedure, arguments, Some(left), input, frame);
        }
        let function = self.evaluate(right, input, frame)?;
        if !matches!(function, Datum::Function(_)) {
            return Err(Thrown::code("T2006"));
        }
        if matches!(left, Datum::Function(_)) {
            let chain = Function::Chain { first: left, second: function };
            return Ok(Datum::Function(Rc::new(chain)));
        }
        self.apply(&function, vec![left], &Datum::Null)
    }

    /// `procedure(arguments…)`. `applied` is the value to which a function is applied with `~>`.
    pub(super) fn evaluate_call(
        &self,
        procedure: &'a Node,
        arguments: &'a [Node],
        applied: Option<Datum<'a>>,
        input: &Datum<'a>,
        frame: &Rc<VariableFrame<'a>>,
    ) -> Evaluated<Datum<'a>> {
        let function = self.evaluate(procedure, input, frame)?;
        self.check_forgotten_dollar(procedure, &function, "T1005", frame)?;
        let mut values = Vec::with_capacity(arguments.len() + 1);
        values.extend(applied);
        for argument in arguments {
            values.push(as_argument(self.evaluate(argument, input, frame)?));
        }
        let name = procedure_name(procedure);
        self.apply_named(&function, values, input, name).map_err(|thrown| thrown.or_token(name))
    }

    /// Helps where the dollar before the name of a function was forgotten.
    fn check_forgotten_dollar(
        &self,
        procedure: &Node,
        function: &Datum<'a>,
        code: &'static str,
        frame: &Rc<VariableFrame<'a>>,
    ) -> Evaluated<()> {
        if !function.is_undefined() || !matches!(procedure.kind, NodeKind::Path(_)) {
            return Ok(());
        }
        match procedure_name(procedure) {
            Some(name) if self.lookup_variable(name, frame).is_truthy() => {
                Err(Thrown::with_token(code, name))
            }
            _ => Ok(()),
        }
    }

    /// `procedure(arguments…)` with `?` among the arguments
    pub(super) fn evaluate_partial_call(
        &self,
        procedure: &'a Node,
        arguments: &'a [Option<Node>],
        input: &Datum<'a>,
        frame: &Rc<VariableFrame<'a>>,
    ) -> Evaluated<Datum<'a>> {
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            let value = argument.as_ref().map(|argument| self.evaluate(argument, input, frame));
            values.push(value.transpose()?);
        }
        let function = self.evaluate(procedure, input, frame)?;
        self.check_forgotten_dollar(procedure, &function, "T1007", frame)?;
        let Datum::Function(called) = &function else {
            return Err(Thrown::code("T1008").or_token(procedure_name(procedure)));
        };
        let partial = if let Function::Closure(closure) = called.unwrap_argument() {
            self.apply_partially(closure, values)?
        } else {
            let function = function.clone();
            Function::PartialBuiltin(PartialBuiltin { function, arguments: values })
        };
        Ok(Datum::Function(Rc::new(partial)))
    }

    /// A closure with some of its parameters bound.
    fn apply_partially(
        &self,
        closure: &Closure<'a>,
        values: Vec<Option<Datum<'a>>>,
    ) -> Evaluated<Function<'a>> {
        let frame = VariableFrame::below(&closure.frame);
        let mut values = values.into_iter();
        let mut parameters = Vec::new();
        for parameter in &closure.parameters {
            match values.next() {
                Some(None) => parameters.push(*parameter),
                Some(Some(value)) => frame.bind(parameter, value),
                None => frame.bind(parameter, Datum::Undefined),
            }
        }
        self.capture(&frame)?;
        Ok(Function::Closure(Closure {
            parameters,
            signature: None,
            body: closure.body,
            input: closure.input.clone(),
            frame,
            _charge: self.meter.charge(CLOSURE_BYTES)?,
        }))
    }

    /// Calls a function, and all that it calls in tail position.
    pub(crate) fn apply(
        &self,
        function: &Datum<'a>,
        arguments: Vec<Datum<'a>>,
        input: &Datum<'a>,
    ) -> Evaluated<Datum<'a>> {
        self.apply_named(function, arguments, input, None)
    }

    /// Calls a function by the name that errors shall give it.
    fn apply_named(
        &self,
        function: &Datum<'a>,
        arguments: Vec<Datum<'a>>,
        input: &Datum<'a>,
        name: Option<&str>,
    ) -> Evaluated<Datum<'a>> {
        self.meter.enter_call()?;
        let value = with_stack(|| self.apply_repeatedly(function, arguments, input, name));
        self.meter.leave_call();
        value
    }

    fn apply_repeatedly(
        &self,
        function: &Datum<'a>,
        arguments: Vec<Datum<'a>>,
        input: &Datum<'a>,
        name: Option<&str>,
    ) -> Evaluated<Datum<'a>> {
        let mut result = self.apply_once(function, arguments, input, name)?;
        loop {
            let Datum::Function(tail) = &result else { return Ok(result) };
            let Function::TailCall { procedure, arguments, input: inner, frame } = &**tail else {
                return Ok(result);
            };
            self.meter.count_steps(1)?;
            let next = self.evaluate(procedure, inner, frame)?;
            let mut values = Vec::with_capacity(arguments.len());
            for argument in *arguments {
                values.push(self.evaluate(argument, inner, frame)?);
            }
            let name = match &procedure.kind {
                NodeKind::Variable(name) => Some(&**name),
                _ => None,
            };
            result = self.apply_once(&next, values, input, name)?;
        }
    }

    fn apply_once(
        &self,
        function: &Datum<'a>,
        arguments: Vec<Datum<'a>>,
        input: &Datum<'a>,
        name: Option<&str>,
    ) -> Evaluated<Datum<'a>> {
        // A function that was passed as an argument has no context.
        let (mut function, mut input, mut name) = (function, input, name);
        while let Datum::Function(called) = function
            && let Function::Argument(inner) = &**called
        {
            (function, input, name) = (inner, &Datum::Null, None);
        }
        let Datum::Function(called) = function else { return Err(Thrown::code("T1006")) };
        let first =
            |arguments: &[Datum<'a>]| arguments.first().cloned().unwrap_or(Datum::Undefined);
        match &**called {
            Function::Closure(closure) => self
                .apply_closure(closure, arguments, input)
                .map_err(|thrown| thrown.or_token(name)),
            Function::Builtin(builtin) => builtin
                .signature
                .validate(&arguments, input, &self.meter)
                .and_then(|arguments| self.call_builtin(builtin, &arguments))
                .map_err(|thrown| thrown.or_token(name.or(Some(builtin.name)))),
            Function::PartialBuiltin(partial) => self.apply_partial_builtin(partial, arguments),
            // It is `function($x) { $g($f($x)) }`, and errors name what they call so.
            Function::Chain { first: inner, second } => {
                let values = vec![first(&arguments)];
                let value = self.apply_named(inner, values, &Datum::Null, Some("f"))?;
                let value = as_argument(self.unwrap_sequence(value, false)?);
                self.apply_named(second, vec![value], &Datum::Null, Some("g"))
            }
            Function::Transform { node, frame } => {
                let signature = functions::transform_signature();
                let arguments = signature.validate(&arguments, input, &self.meter)?;
                let level = self.meter.start_call();
                let transformed = self.transform(node, frame, &first(&arguments));
                self.meter.end_call(level);
                transformed
            }
            Function::Pattern(pattern) => {
                let from = arguments.get(1).and_then(Datum::as_number).unwrap_or(0.0);
                functions::call_pattern(self, pattern, &first(&arguments), from)
            }
            Function::NextMatch { pattern, text, from } => {
                functions::call_next_match(self, pattern, text, *from)
            }
            Function::TailCall { .. } | Function::Argument(_) => Ok(function.clone()),
        }
    }

    fn apply_closure(
        &self,
        closure: &Closure<'a>,
        arguments: Vec<Datum<'a>>,
        input: &Datum<'a>,
    ) -> Evaluated<Datum<'a>> {
        let arguments = match closure.signature {
            Some(signature) => signature.validate(&arguments, input, &self.meter)?,
            None => arguments,
        };
        let frame = VariableFrame::below(&closure.frame);
        let mut arguments = arguments.into_iter();
        for parameter in &closure.parameters {
            frame.bind(parameter, arguments.next().unwrap_or(Datum::Undefined));
        }
        let level = self.meter.start_call();
        let value = self.evaluate(closure.body, &closure.input, &frame);
        self.meter.end_call(level);
        value
    }

    /// Calls a function of the language, of which some arguments are known.
    fn apply_partial_builtin(
        &self,
        partial: &PartialBuiltin<'a>,
        arguments: Vec<Datum<'a>>,
    ) -> Evaluated<Datum<'a>> {
        let mut open = arguments.into_iter();
        let mut all = Vec::with_capacity(partial.arguments.len());
        for known in &partial.arguments {
            all.push(match known {
                Some(value) => value.clone(),
                None => open.next().unwrap_or(Datum::Undefined),
            });
        }
        if let Datum::Function(function) = &partial.function
            && let Function::Builtin(builtin) = function.unwrap_argument()
        {
            // The context is no argument here, and missing arguments may be at the end.
            while all.last().is_some_and(Datum::is_undefined) && all.len() > 1 {
                all.pop();
            }
            functions::coerce_partial_arguments(self, builtin, &mut all)?;
            let arguments = builtin.signature.validate(&all, &Datum::Undefined, &self.meter)?;
            return self.call_builtin(builtin, &arguments);
        }
        self.apply(&partial.function, all, &Datum::Null)
    }

    /// Calls a function for an item, with as many arguments as it takes.
    pub(crate) fn call_for_item(
        &self,
        function: &Datum<'a>,
        arguments: [Datum<'a>; 3],
    ) -> Evaluated<Datum<'a>> {
        let arity = function.as_function().map_or(0, |function| function.arity());
        let arguments = arguments.into_iter().take(arity.clamp(1, 3)).collect();
        self.apply(function, arguments, &Datum::Null)
    }
}

/// A function that is passed as an argument loses its context.
fn as_argument(value: Datum<'_>) -> Datum<'_> {
    match value {
        Datum::Function(_) => Datum::Function(Rc::new(Function::Argument(value))),
        other => other,
    }
}

/// The name of what is called, as errors name it.
fn procedure_name(procedure: &Node) -> Option<&str> {
    let named = match &procedure.kind {
        NodeKind::Path(path) => path.steps.first()?,
        _ => procedure,
    };
    match &named.kind {
        NodeKind::Variable(name) | NodeKind::Name(name) => Some(name),
        _ => None,
    }
}
