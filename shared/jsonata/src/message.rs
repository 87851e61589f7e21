//! The messages of jsonata-js, which AWS copies into causes.

mod catalogue;

pub(crate) use self::catalogue::{STACK, TIMEOUT};
use crate::{datum::quote_json, thrown::CodedError};

/// The code a message starts with, such as `T1006`, and the rest after `: `.
pub(crate) fn split_code(message: &str) -> Option<(&str, &str)> {
    let (code, rest) = message.split_at_checked(5)?;
    let mut letters = code.chars();
    let is_code = letters.next().is_some_and(|letter| letter.is_ascii_uppercase())
        && letters.all(|digit| digit.is_ascii_digit());
    let rest = rest.strip_prefix(": ")?;
    is_code.then_some((code, rest))
}

/// The message of an error, which starts with its code.
pub(crate) fn error_message(error: &CodedError) -> String {
    let mut message = format!("{}: ", error.code);
    let mut rest = catalogue::message_template(error.code).unwrap_or_default();
    while let Some((before, after)) = rest.split_once("{{") {
        message.push_str(before);
        let (name, after) = match after.strip_prefix('{') {
            Some(after) => after.split_once("}}}").unwrap_or((after, "")),
            None => after.split_once("}}").unwrap_or((after, "")),
        };
        message.push_str(&field_text(error, name, rest.contains("{{{")));
        rest = after;
    }
    message + rest
}

/// The text of what an error is about, by the name that messages give it.
fn field_text(error: &CodedError, name: &str, is_plain: bool) -> String {
    let json = |value: &Option<String>| value.clone().unwrap_or_else(|| "undefined".to_owned());
    match name {
        "value" => json(&error.value),
        "value2" => json(&error.value2),
        "exp" => json(&error.exponent),
        "index" => error.index.to_string(),
        "token" => match &error.token {
            Some(token) if is_plain => token.clone(),
            Some(token) => quote_json(token),
            None => "undefined".to_owned(),
        },
        "type" => error.item_type.map_or_else(|| "undefined".to_owned(), quote_json),
        "functionName" => error.function.to_owned(),
        _ => error.message.clone(),
    }
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
            ("1..3", r#"S0201: Syntax error: "..""#),
            ("$a[1..2]", r#"S0202: Expected "]", got "..""#),
            ("$match('a', /a/g)", r#"S0202: Expected ")", got "g""#),
            ("$match(']', /]/)", "S0302: No terminating / in regular expression"),
            ("$match('a', /(/)", "S0302: No terminating / in regular expression"),
            ("$match('a', /+/i)", "none: Invalid regular expression: /+/ig: Nothing to repeat"),
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
                "$formatNumber(1, '#x0')",
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
