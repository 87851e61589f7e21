//! Rewrites the engine's messages as those of jsonata-js, which AWS copies into causes.

mod catalogue;
mod token;

use jsonata_core::parser::ParserError;

pub(crate) use catalogue::TIMEOUT;

/// The code a message starts with, such as `T1006`, and the rest after `: `.
pub(crate) fn split_code(message: &str) -> Option<(&str, &str)> {
    let (code, rest) = message.split_at_checked(5)?;
    let mut letters = code.chars();
    let is_code = letters.next().is_some_and(|letter| letter.is_ascii_uppercase())
        && letters.all(|digit| digit.is_ascii_digit());
    let rest = rest.strip_prefix(": ")?;
    is_code.then_some((code, rest))
}

/// The message of a syntax error in an expression.
pub(crate) fn parser_message(error: &ParserError, source: &str) -> String {
    let text = error.to_string();
    let message = strip_engine_prefixes(&text);
    match split_code(message) {
        None if message == "Unclosed comment" => "S0106: Comment has no closing tag".to_owned(),
        None => message.to_owned(),
        Some(("S0101", _)) if token::quotes_are_closed(source) => {
            "S0302: No terminating / in regular expression".to_owned()
        }
        Some(("S0213", _)) if token::assigns_to_no_variable(source) => {
            "S0212: The left side of := must be a variable name (start with $)".to_owned()
        }
        Some((code, rest)) => match token::token_message(code, rest) {
            Some(rest) => format!("{code}: {rest}"),
            None => message.to_owned(),
        },
    }
}

/// Whether a message lacks the name of the function it is about; see [`engine_message`].
pub(crate) fn lacks_function_name(message: &str) -> bool {
    let is_builtin = !message.contains("Signature validation failed");
    let is_signature = matches!(
        split_code(strip_engine_prefixes(message)),
        Some(("T0410" | "T0411" | "T0412", _))
    );
    is_builtin && is_signature && !message.contains("function \"")
}

/// The message of an evaluation that threw. `function` is the function that was called last.
pub(crate) fn engine_message(message: &str, function: Option<&str>) -> String {
    let uncovered = strip_engine_prefixes(message);
    let Some((code, rest)) = split_code(uncovered) else { return message.to_owned() };
    match code {
        "D1011" | "U1001" => catalogue::STACK.to_owned(),
        "D1012" => TIMEOUT.to_owned(),
        "D2015" | "U1003" => crate::evaluation_error::TOO_LARGE.to_owned(),
        "T0410" | "T0411" | "T0412" if !rest.contains("function \"") => {
            format!("{code}: {}", catalogue::signature_message(code, rest, function))
        }
        _ => match catalogue::catalogue_message(code, rest) {
            Some(rest) => format!("{code}: {rest}"),
            None => uncovered.to_owned(),
        },
    }
}

/// Removes the prefixes that the engine puts before a message with a code.
fn strip_engine_prefixes(message: &str) -> &str {
    let mut rest = message;
    loop {
        if split_code(rest).is_some() {
            return rest;
        }
        match rest.split_once(": ") {
            Some((prefix, after)) if is_engine_prefix(prefix) => rest = after,
            _ => return message,
        }
    }
}

fn is_engine_prefix(prefix: &str) -> bool {
    matches!(
        prefix,
        "Type error"
            | "Reference error"
            | "Evaluation error"
            | "Invalid syntax"
            | "Invalid number"
            | "Signature validation failed"
    )
}

#[cfg(test)]
mod tests {
    use crate::{
        JsonataExpression,
        testing::{failure_cause, thrown_message},
    };

    fn mistake(source: &str) -> String {
        let error =
            JsonataExpression::parse(&format!("{{% {source} %}}")).expect_err("it is mistaken");
        format!("{}: {error}", error.code().unwrap_or("none"))
    }

    #[test]
    fn mistakes_in_the_text_read_as_in_jsonata_js() {
        for (source, message) in [
            ("a[1,2)", r#"S0202: Expected "]", got ",""#),
            ("[1 'zz at']", r#"S0202: Expected "]", got "zz at""#),
            ("\"unterminated", "S0101: String literal must be terminated by a matching quote"),
            ("$match('a', /abc", "S0302: No terminating / in regular expression"),
            ("//", "S0301: Empty regular expressions are not allowed"),
            ("1 +", "S0207: Unexpected end of expression"),
            ("$x :=", "S0207: Unexpected end of expression"),
            ("{\"a\":}", r#"S0211: The symbol "}" cannot be used as a unary operator"#),
            ("a b", r#"S0201: Syntax error: "b""#),
            ("1 2", "S0201: Syntax error: 2"),
            ("(1", r#"S0203: Expected ")" before end of expression"#),
            ("a ! b", r#"S0204: Unknown operator: "!""#),
            ("'\\q'", r#"S0103: Unsupported escape sequence: \"q""#),
            ("10e1000", r#"S0102: Number out of range: "10e1000""#),
            ("/* no end", "S0106: Comment has no closing tag"),
            (
                "foo.1",
                "S0213: The literal value 1 cannot be used as a step within a path expression",
            ),
            ("2:=1.a", "S0212: The left side of := must be a variable name (start with $)"),
            ("1 ?: 2", r#"S0211: The symbol ":" cannot be used as a unary operator"#),
            ("1 ?? 2", r#"S0211: The symbol "?" cannot be used as a unary operator"#),
        ] {
            assert_eq!(mistake(source), message, "{source}");
        }
    }

    #[test]
    fn what_is_thrown_reads_as_in_jsonata_js() {
        for (source, message) in [
            ("$nope(1)", "T1006: Attempted to invoke a non-function"),
            ("$eval('1+1')", "T1006: Attempted to invoke a non-function"),
            ("sum(1)", "T1005: Attempted to invoke a non-function. Did you mean $sum?"),
            (
                "$abs('x')",
                r#"T0410: Argument 1 of function "abs" does not match function signature"#,
            ),
            ("$sum(['a'])", r#"T0412: Argument 1 of function "sum" must be an array of "numbers""#),
            (
                "$abs($length(1))",
                r#"T0410: Argument 1 of function "length" does not match function signature"#,
            ),
            (
                "$map([1], function($x) { $uppercase($x) })",
                r#"T0410: Argument 1 of function "uppercase" does not match function signature"#,
            ),
            (
                "function($x)<n:n>{$x}('a')",
                "T0410: Argument 1 of function undefined does not match function signature",
            ),
            ("'a' + 1", r#"T2001: The left side of the "+" operator must evaluate to a number"#),
            ("1 - 'a'", r#"T2002: The right side of the "-" operator must evaluate to a number"#),
            ("$number('x')", r#"D3030: Unable to cast value to a number: "x""#),
            ("$error('mine: D1: it')", "D3137: mine: D1: it"),
            (
                "$formatNumber(1, 'x')",
                "D3086: The sub-picture must not contain a passive character that is preceded by \
                 an active character and that is followed by another active character",
            ),
        ] {
            assert_eq!(thrown_message(source), message, "{source}");
        }
    }

    #[test]
    fn a_limit_that_is_exceeded_has_no_code() {
        assert!(failure_cause("($f := function($n) { $n + $f($n + 1) }; $f(1))").ends_with(
            "threw an error during evaluation: Stack overflow error: Check for \
                 non-terminating recursive function. Consider rewriting as tail-recursive. \
                 Depth=101 max=100"
        ));
    }
}
