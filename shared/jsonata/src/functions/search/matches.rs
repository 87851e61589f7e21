//! The matches of a regular expression, or of a function that behaves like one.

use std::rc::Rc;

use super::next_function;
use crate::{
    datum::{ArrayBuilder, ArrayMarks, Datum, Function, Object, ObjectBuilder, Text, count_of},
    evaluator::Evaluator,
    meter::EvaluationMeter,
    pattern::{Pattern, PatternMatch},
    thrown::{Evaluated, Thrown},
};

/// The matches in a text, one after the other.
pub(super) enum Matches<'c, 'a> {
    Pattern(PatternMatches<'c, 'a>),
    /// The matches of a function. It is called with the text first, and then it is the `next` of
    /// the last match, or undefined if there is none.
    Function {
        function: Datum<'a>,
        text: &'c Text<'a>,
        is_first: bool,
    },
}

pub(super) struct PatternMatches<'c, 'a> {
    pattern: &'a Pattern,
    text: &'c Text<'a>,
    is_first: bool,
    /// Where the last match ended, in bytes and in UTF-16 code units.
    end: usize,
    end_units: usize,
}

/// A match.
pub(super) struct Match<'a> {
    pub(super) matched: Datum<'a>,
    /// Where it starts in UTF-16 code units, as the expression sees it.
    pub(super) index: Datum<'a>,
    /// Where it starts and ends, and how long it is, in bytes.
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) length: usize,
    pub(super) groups: Vec<Datum<'a>>,
    /// The object that a function gave.
    object: Option<Object<'a>>,
}

impl<'a> Match<'a> {
    /// The groups as an array.
    pub(super) fn groups_datum(&self, meter: &Rc<EvaluationMeter<'a>>) -> Evaluated<Datum<'a>> {
        if let Some(object) = &self.object {
            return Ok(object.get("groups"));
        }
        let mut groups = ArrayBuilder::with_capacity(meter, ArrayMarks::NONE, self.groups.len())?;
        for group in &self.groups {
            groups.push(group.clone())?;
        }
        Ok(groups.build_datum())
    }
}

impl<'c, 'a> Matches<'c, 'a> {
    /// The matches of a regular expression or another function in a text.
    pub(super) fn new(matcher: &Datum<'a>, text: &'c Text<'a>) -> Self {
        if let Datum::Function(function) = matcher
            && let Function::Pattern(pattern) = function.unwrap_argument()
        {
            let found = PatternMatches { pattern, text, is_first: true, end: 0, end_units: 0 };
            return Self::Pattern(found);
        }
        Self::Function { function: matcher.clone(), text, is_first: true }
    }

    /// The next match; `None` after the last one.
    pub(super) fn next_match(&mut self, evaluator: &Evaluator<'a>) -> Evaluated<Option<Match<'a>>> {
        evaluator.meter.count_steps(1)?;
        match self {
            Self::Pattern(found) => found.next_match(evaluator),
            Self::Function { function, text, is_first } => {
                if function.is_undefined() {
                    return Err(Thrown::Plain(
                        "Cannot read properties of undefined (reading 'apply')".to_owned(),
                    ));
                }
                let arguments =
                    if *is_first { vec![Datum::Text((*text).clone())] } else { Vec::new() };
                *is_first = false;
                let result = evaluator.apply(function, arguments, &Datum::Null)?;
                if result.is_undefined() {
                    return Ok(None);
                }
                let object = check_structure(result)?;
                *function = object.get("next");
                Ok(Some(match_of_object(object, text)))
            }
        }
    }

    /// A match as an object, for the function that replaces it.
    pub(super) fn object_of(
        &self,
        matched: &Match<'a>,
        evaluator: &Evaluator<'a>,
    ) -> Evaluated<Datum<'a>> {
        match (self, &matched.object) {
            (_, Some(object)) => Ok(Datum::Object(object.clone())),
            (Self::Pattern(found), None) => {
                let next = next_function(found.pattern, found.text, matched.end);
                build_object(evaluator, matched, found.end_units, next)
            }
            (Self::Function { .. }, None) => Ok(Datum::Undefined),
        }
    }
}

impl<'a> PatternMatches<'_, 'a> {
    fn next_match(&mut self, evaluator: &Evaluator<'a>) -> Evaluated<Option<Match<'a>>> {
        if !self.is_first && self.end >= self.text.len() {
            return Ok(None);
        }
        let found = self.pattern.find(self.text, self.end, &evaluator.meter)?;
        let Some(found) = found else { return Ok(None) };
        if !self.is_first && found.start == found.end {
            return Err(Thrown::code("D1004"));
        }
        self.is_first = false;
        let start_units = self.end_units + units(self.text.get(self.end..found.start));
        self.end = found.end;
        self.end_units = start_units + units(self.text.get(found.start..found.end));
        match_of_pattern(evaluator, self.text, &found, start_units).map(Some)
    }
}

/// How many UTF-16 code units a text has.
fn units(text: Option<&str>) -> usize {
    text.unwrap_or_default().chars().map(char::len_utf16).sum()
}

fn match_of_pattern<'a>(
    evaluator: &Evaluator<'a>,
    text: &Text<'a>,
    found: &PatternMatch,
    start_units: usize,
) -> Evaluated<Match<'a>> {
    let part = |start: usize, end: usize| {
        let part = text.get(start..end).unwrap_or_default();
        match text.borrowed() {
            Some(whole) => {
                Ok(Datum::Text(Text::Borrowed(whole.get(start..end).unwrap_or_default())))
            }
            None => Datum::text(&evaluator.meter, part.to_owned()),
        }
    };
    let groups = found.groups.iter().map(|group| match group {
        Some((start, end)) => part(*start, *end),
        None => Ok(Datum::Undefined),
    });
    Ok(Match {
        matched: part(found.start, found.end)?,
        index: Datum::count(start_units),
        start: found.start,
        end: found.end,
        length: found.end - found.start,
        groups: groups.collect::<Evaluated<_>>()?,
        object: None,
    })
}

/// The match that starts at a position or later, as an object with a function for the next one.
pub(super) fn match_object<'a>(
    evaluator: &Evaluator<'a>,
    pattern: &'a Pattern,
    text: &Text<'a>,
    from: usize,
) -> Evaluated<Datum<'a>> {
    let Some(found) = pattern.find(text, from, &evaluator.meter)? else {
        return Ok(Datum::Undefined);
    };
    let start_units = units(text.get(..found.start));
    let matched = match_of_pattern(evaluator, text, &found, start_units)?;
    let end_units = start_units + units(text.get(found.start..found.end));
    let next = next_function(pattern, text, found.end);
    build_object(evaluator, &matched, end_units, next)
}

fn build_object<'a>(
    evaluator: &Evaluator<'a>,
    matched: &Match<'a>,
    end_units: usize,
    next: Datum<'a>,
) -> Evaluated<Datum<'a>> {
    let mut object = ObjectBuilder::new(&evaluator.meter, 5)?;
    object.insert(Text::Borrowed("match"), matched.matched.clone())?;
    object.insert(Text::Borrowed("start"), matched.index.clone())?;
    object.insert(Text::Borrowed("end"), Datum::count(end_units))?;
    object.insert(Text::Borrowed("groups"), matched.groups_datum(&evaluator.meter)?)?;
    object.insert(Text::Borrowed("next"), next)?;
    Ok(object.build_datum())
}

/// Checks what a function gave as a match.
fn check_structure(result: Datum<'_>) -> Evaluated<Object<'_>> {
    match result {
        Datum::Object(object)
            if object.get("start").as_number().is_some()
                || object.get("groups").as_array().is_some()
                || object.get("next").as_function().is_some() =>
        {
            Ok(object)
        }
        _ => Err(Thrown::code("T1010")),
    }
}

fn match_of_object<'a>(object: Object<'a>, text: &str) -> Match<'a> {
    let position = |name: &str| {
        object.get(name).as_number().map_or(0, |position| byte_position(text, position))
    };
    let (start, end) = (position("start"), position("end"));
    let matched = object.get("match");
    let groups = object.get("groups").as_array().map_or_else(Vec::new, |a| a.iter().collect());
    Match {
        length: matched.as_text().map_or(0, str::len),
        index: object.get("start"),
        matched,
        start,
        end,
        groups,
        object: Some(object),
    }
}

/// The position in bytes of a position in UTF-16 code units.
pub(super) fn byte_position(text: &str, units: f64) -> usize {
    let mut rest = count_of(units);
    for (position, letter) in text.char_indices() {
        if rest < letter.len_utf16() {
            return position;
        }
        rest -= letter.len_utf16();
    }
    text.len()
}
