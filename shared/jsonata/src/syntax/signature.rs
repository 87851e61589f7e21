//! Signatures of functions, such as `<s-(sf)n?:s>`.
//!
//! jsonata-js makes a regular expression of a signature and matches it with one letter for each
//! argument. The same is done here without the regular expression.

use std::{ops::Range, rc::Rc};

use crate::{
    datum::{Array, ArrayBuilder, ArrayMarks, Datum},
    meter::EvaluationMeter,
    syntax_error::JsonataSyntaxError,
    thrown::{CodedError, Evaluated, Thrown},
};

/// A signature.
#[derive(Debug, Clone, Default)]
pub(crate) struct Signature {
    parameters: Vec<Parameter>,
}

#[derive(Debug, Clone, Default)]
struct Parameter {
    /// The letters of the types that it accepts.
    letters: String,
    /// Whether it is the letter `a`, so that a single value becomes an array.
    is_array: bool,
    /// Whether type parameters may follow.
    takes_subtype: bool,
    /// What the items of the array must be.
    subtype: Option<String>,
    /// Whether the context is taken where the argument is missing.
    takes_context: bool,
    repetition: Repetition,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Repetition {
    #[default]
    Once,
    Optional,
    /// As few arguments as possible: `-?`
    LazilyOptional,
    AtLeastOnce,
}

/// The letter of a datum's type.
pub(crate) fn symbol_of(datum: &Datum<'_>) -> char {
    match datum {
        Datum::Undefined => 'm',
        Datum::Null => 'l',
        Datum::Bool(_) => 'b',
        Datum::Number(_) => 'n',
        Datum::Text(_) => 's',
        Datum::Array(_) => 'a',
        Datum::Object(_) => 'o',
        Datum::Function(_) => 'f',
    }
}

impl Signature {
    /// Parses a signature that includes its angle brackets.
    pub(crate) fn parse(text: &str) -> Result<Self, JsonataSyntaxError> {
        let letters: Vec<char> = text.chars().collect();
        let mut parameters: Vec<Parameter> = Vec::new();
        let mut position = 1;
        while let Some(letter) = letters.get(position) {
            match letter {
                ':' => break,
                's' | 'n' | 'b' | 'l' | 'o' => {
                    parameters.push(Parameter::of(&format!("{letter}m")));
                }
                'a' => parameters.push(Parameter {
                    is_array: true,
                    takes_subtype: true,
                    ..Parameter::of("asnblfom")
                }),
                'f' => {
                    parameters.push(Parameter { takes_subtype: true, ..Parameter::of("f") });
                }
                'j' => parameters.push(Parameter::of("asnblom")),
                'x' => parameters.push(Parameter::of("asnblfom")),
                '-' | '?' | '+' => modify_last(&mut parameters, *letter),
                '(' => {
                    let end = closing_bracket(&letters, position, '(', ')');
                    let choice: String = letters[position + 1..end].iter().collect();
                    if choice.contains('<') {
                        return Err(JsonataSyntaxError::new(
                            "S0402: Choice groups containing parameterized types are not supported",
                        ));
                    }
                    parameters.push(Parameter::of(&format!("{choice}m")));
                    position = end;
                }
                '<' => {
                    let last = parameters.last_mut().filter(|last| last.takes_subtype);
                    let Some(last) = last else {
                        return Err(JsonataSyntaxError::new(
                            "S0401: Type parameters can only be applied to functions and arrays",
                        ));
                    };
                    let end = closing_bracket(&letters, position, '<', '>');
                    last.subtype = Some(letters[position + 1..end].iter().collect());
                    position = end;
                }
                _ => {}
            }
            position += 1;
        }
        Ok(Self { parameters })
    }

    /// Checks the arguments of a call, and completes them.
    pub(crate) fn validate<'a>(
        &self,
        arguments: &[Datum<'a>],
        context: &Datum<'a>,
        meter: &Rc<EvaluationMeter<'a>>,
    ) -> Evaluated<Vec<Datum<'a>>> {
        let letters: Vec<char> = arguments.iter().map(symbol_of).collect();
        let mut taken = Vec::with_capacity(self.parameters.len());
        if !match_letters(&self.parameters, &letters, 0, MatchEnd::Required, &mut taken) {
            return Err(self.mismatch(&letters));
        }
        let mut validated = Vec::with_capacity(arguments.len());
        let mut index = 0;
        for (parameter, range) in self.parameters.iter().zip(taken) {
            let argument = |index: usize| arguments.get(index).cloned().unwrap_or(Datum::Undefined);
            if range.is_empty() {
                if parameter.takes_context {
                    if !parameter.letters.contains(symbol_of(context)) {
                        return Err(Thrown::argument("T0411", index + 1));
                    }
                    validated.push(context.clone());
                } else {
                    validated.push(argument(index));
                    index += 1;
                }
                continue;
            }
            let matched = &letters[range];
            for letter in matched {
                let mut value = argument(index);
                if parameter.is_array && *letter != 'm' {
                    parameter.check_items(&value, matched, index)?;
                    value = as_array(value, meter)?;
                }
                validated.push(value);
                index += 1;
            }
        }
        Ok(validated)
    }

    /// The error that names the first argument that does not fit.
    fn mismatch(&self, letters: &[char]) -> Thrown {
        let mut good = 0;
        for count in 1..=self.parameters.len() {
            let mut taken = Vec::new();
            let parameters = &self.parameters[..count];
            if !match_letters(parameters, letters, 0, MatchEnd::Anywhere, &mut taken) {
                break;
            }
            good = taken.last().map_or(0, |range| range.end);
        }
        Thrown::argument("T0410", good + 1)
    }
}

impl Parameter {
    fn of(letters: &str) -> Self {
        Self { letters: letters.to_owned(), ..Self::default() }
    }

    /// Checks what the items of an array are. A single value must be what an item must be.
    fn check_items(&self, value: &Datum<'_>, matched: &[char], index: usize) -> Evaluated<()> {
        let Some(subtype) = &self.subtype else { return Ok(()) };
        let fits = match value {
            Datum::Array(items) => {
                items.count_scan()?;
                let wanted = subtype.chars().next();
                items.iter().all(|item| Some(symbol_of(&item)) == wanted)
            }
            _ => matched.iter().copied().eq(subtype.chars()),
        };
        if fits {
            return Ok(());
        }
        let item_type = match &**subtype {
            "a" => Some("arrays"),
            "b" => Some("booleans"),
            "f" => Some("functions"),
            "n" => Some("numbers"),
            "o" => Some("objects"),
            "s" => Some("strings"),
            _ => None,
        };
        let error =
            CodedError { code: "T0412", index: index + 1, item_type, ..CodedError::default() };
        Err(Thrown::Coded(Box::new(error)))
    }
}

fn as_array<'a>(value: Datum<'a>, meter: &Rc<EvaluationMeter<'a>>) -> Evaluated<Datum<'a>> {
    if matches!(value, Datum::Array(_)) {
        return Ok(value);
    }
    let mut single = ArrayBuilder::new(meter, ArrayMarks::NONE)?;
    single.push(value)?;
    let array: Array<'a> = single.build();
    Ok(Datum::Array(array))
}

fn modify_last(parameters: &mut [Parameter], modifier: char) {
    let Some(last) = parameters.last_mut() else { return };
    if modifier == '-' {
        last.takes_context = true;
    }
    last.repetition = match (modifier, last.repetition) {
        ('+', Repetition::Once) => Repetition::AtLeastOnce,
        (_, Repetition::Once) => Repetition::Optional,
        (_, Repetition::Optional) => Repetition::LazilyOptional,
        (_, other) => other,
    };
}

fn closing_bracket(letters: &[char], start: usize, open: char, close: char) -> usize {
    let mut depth = 0_usize;
    for (position, letter) in letters.iter().enumerate().skip(start) {
        if *letter == open {
            depth += 1;
        } else if *letter == close {
            depth -= 1;
            if depth == 0 {
                return position;
            }
        }
    }
    letters.len()
}

/// Where a match must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MatchEnd {
    /// After all letters.
    Required,
    Anywhere,
}

/// Matches parameters with the letters from `start` on. `taken` gets the range of each.
fn match_letters(
    parameters: &[Parameter],
    letters: &[char],
    start: usize,
    end: MatchEnd,
    taken: &mut Vec<Range<usize>>,
) -> bool {
    let Some((first, rest)) = parameters.split_first() else {
        return end == MatchEnd::Anywhere || start == letters.len();
    };
    let fitting =
        letters[start..].iter().take_while(|letter| first.letters.contains(**letter)).count();
    let (min, max) = match first.repetition {
        Repetition::Once => (1, 1),
        Repetition::Optional | Repetition::LazilyOptional => (0, 1),
        Repetition::AtLeastOnce => (1, usize::MAX),
    };
    let counts = min..=max.min(fitting);
    let mut try_count = |count: usize| {
        taken.push(start..start + count);
        let matches = match_letters(rest, letters, start + count, end, taken);
        if !matches {
            taken.pop();
        }
        matches
    };
    if first.repetition == Repetition::LazilyOptional {
        counts.into_iter().any(&mut try_count)
    } else {
        counts.into_iter().rev().any(&mut try_count)
    }
}
