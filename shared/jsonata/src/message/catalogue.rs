//! The messages of jsonata-js, by code.

/// The message of an evaluation that nests too deeply. The depths are AWS's, whose levels are finer
/// than the engine's.
pub(super) const STACK: &str = "Stack overflow error: Check for non-terminating recursive \
     function. Consider rewriting as tail-recursive. Depth=101 max=100";

/// The message of an evaluation that takes too long.
pub(crate) const TIMEOUT: &str = "Expression evaluation timeout: Check for infinite loop";

/// The message of a code, derived from the engine's message; `None` if that needs no change.
pub(super) fn catalogue_message(code: &str, rest: &str) -> Option<String> {
    if let Some(fixed) = fixed_message(code) {
        return Some(fixed.to_owned());
    }
    match code {
        "T2001" | "T2002" => {
            let (before, after) = rest.split_once(" of the ")?;
            let (operator, after) = after.split_once(' ')?;
            Some(format!("{before} of the \"{operator}\" {after}"))
        }
        "D3030" => {
            let value = rest.strip_prefix("Cannot convert ")?.strip_suffix(" to number")?;
            let value = match value.strip_prefix('\'').and_then(|value| value.strip_suffix('\'')) {
                Some(text) => serde_json::Value::from(text).to_string(),
                None => value.to_owned(),
            };
            Some(format!("Unable to cast value to a number: {value}"))
        }
        "D3100" => {
            let (_, radix) = rest.split_once(", got ")?;
            Some(format!(
                "The radix of the formatBase function must be between 2 and 36.  It was given \
                 {radix}"
            ))
        }
        _ => None,
    }
}

/// The message of an argument that does not fit the signature of `function`.
pub(super) fn signature_message(code: &str, rest: &str, function: Option<&str>) -> String {
    let function = function.map_or_else(|| "undefined".to_owned(), |name| format!("\"{name}\""));
    let position = argument_position(rest);
    match code {
        "T0411" => format!(
            "Context value is not a compatible type with argument {position} of function {function}"
        ),
        "T0412" => {
            let item = rest.rsplit_once("array of ").map_or("", |(_, item)| item);
            let items = format!("\"{}s\"", item.to_ascii_lowercase());
            format!("Argument {position} of function {function} must be an array of {items}")
        }
        _ => {
            format!("Argument {position} of function {function} does not match function signature")
        }
    }
}

/// Which argument a message is about, counting from 1.
fn argument_position(rest: &str) -> usize {
    let number = |text: &str| -> Option<usize> {
        let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
        text.get(..end)?.parse().ok()
    };
    let after = |mark: &str| rest.split_once(mark).and_then(|(_, after)| number(after));
    match (after("expected "), after("got ")) {
        // With too few arguments it is the first missing one, with too many the last one.
        (Some(expected), Some(got)) if got < expected => got + 1,
        (Some(_), Some(got)) => got,
        _ => after("Argument ").or_else(|| after("argument ")).unwrap_or(1),
    }
}

/// The messages without variable parts.
fn fixed_message(code: &str) -> Option<&'static str> {
    Some(match code {
        "T1006" => "Attempted to invoke a non-function",
        "T1008" => "Attempted to partially apply a non-function",
        "T2003" => "The left side of the range operator (..) must evaluate to an integer",
        "T2004" => "The right side of the range operator (..) must evaluate to an integer",
        "T2006" => "The right side of the function application operator ~> must be a function",
        "T2008" => {
            "The expressions within an order-by clause must evaluate to numeric or string values"
        }
        "D3001" => "Attempting to invoke string function on Infinity or NaN",
        "D3010" => "Second argument of replace function cannot be an empty string",
        "D3011" => "Fourth argument of replace function must evaluate to a positive number",
        "D3020" => "Third argument of split function must evaluate to a positive number",
        "D3040" => "Third argument of match function must evaluate to a positive number",
        "D3070" => {
            "The single argument form of the sort function can only be applied to an array of \
             strings or an array of numbers.  Use the second argument to specify a comparison \
             function"
        }
        "D3080" => "The picture string must only contain a maximum of two sub-pictures",
        "D3081" => {
            "The sub-picture must not contain more than one instance of the 'decimal-separator' \
             character"
        }
        "D3082" => {
            "The sub-picture must not contain more than one instance of the 'percent' character"
        }
        "D3083" => {
            "The sub-picture must not contain more than one instance of the 'per-mille' character"
        }
        "D3084" => "The sub-picture must not contain both a 'percent' and a 'per-mille' character",
        "D3085" => {
            "The mantissa part of a sub-picture must contain at least one character that is \
             either an 'optional digit character' or a member of the 'decimal digit family'"
        }
        "D3086" => {
            "The sub-picture must not contain a passive character that is preceded by an active \
             character and that is followed by another active character"
        }
        "D3087" => {
            "The sub-picture must not contain a 'grouping-separator' character that appears \
             adjacent to a 'decimal-separator' character"
        }
        "D3088" => {
            "The sub-picture must not contain a 'grouping-separator' at the end of the integer part"
        }
        "D3089" => {
            "The sub-picture must not contain two adjacent instances of the 'grouping-separator' \
             character"
        }
        "D3090" => {
            "The integer part of the sub-picture must not contain a member of the 'decimal digit \
             family' that is followed by an instance of the 'optional digit character'"
        }
        "D3091" => {
            "The fractional part of the sub-picture must not contain an instance of the \
             'optional digit character' that is followed by a member of the 'decimal digit family'"
        }
        "D3092" => {
            "A sub-picture that contains a 'percent' or 'per-mille' character must not contain a \
             character treated as an 'exponent-separator'"
        }
        "D3093" => {
            "The exponent part of the sub-picture must comprise only of one or more characters \
             that are members of the 'decimal digit family'"
        }
        _ => return None,
    })
}
