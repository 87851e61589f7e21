//! Rewrites the tokens that the engine's parser quotes in syntax errors.

/// The message of a syntax error that quotes a token; `None` if it quotes none or needs no change.
pub(super) fn token_message(code: &str, rest: &str) -> Option<String> {
    match code {
        "S0102" => Some(format!("Number out of range: {}", quote_as_json(text_after(rest, ": ")?))),
        "S0103" => Some(format!(
            "Unsupported escape sequence: \\{}",
            quote_as_json(text_after(rest, "\\")?)
        )),
        "S0201" => Some(format!("Syntax error: {}", display_token(text_after(rest, ": ")?))),
        "S0202" => {
            let (expected, got) = text_after(rest, "Expected ")?.split_once(", got ")?;
            Some(format!("Expected {}, got {}", display_token(expected), display_token(got)))
        }
        "S0203" => {
            let expected =
                text_after(rest, "Expected ")?.strip_suffix(" before end of expression")?;
            Some(format!("Expected {} before end of expression", display_token(expected)))
        }
        "S0204" => Some(format!("Unknown operator: {}", quote_as_json(text_after(rest, ": ")?))),
        "S0211" => {
            let symbol = text_after(rest, "The symbol ")?.split(" cannot ").next()?;
            Some(format!("The symbol {} cannot be used as a unary operator", display_token(symbol)))
        }
        _ => None,
    }
}

fn text_after<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    text.split_once(mark).map(|(_, after)| after)
}

fn quote_as_json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A token as JSON, given the engine's name for it.
fn display_token(name: &str) -> String {
    let (kind, value) = match name.split_once('(') {
        Some((kind, value)) => (kind, value.strip_suffix(')').unwrap_or(value)),
        None => (name, ""),
    };
    match kind {
        // The value is quoted as Rust quotes text, which is close enough to JSON.
        "String" | "Identifier" | "Variable" | "ParentVariable" | "Function" => value.to_owned(),
        "Number" => value.strip_suffix(".0").unwrap_or(value).to_owned(),
        _ => quote_as_json(token_symbol(name)),
    }
}

fn token_symbol(name: &str) -> &str {
    match name {
        "True" => "true",
        "False" => "false",
        "Null" => "null",
        "Plus" => "+",
        "Minus" => "-",
        "Star" => "*",
        "StarStar" => "**",
        "Slash" => "/",
        "Percent" => "%",
        "Equal" => "=",
        "NotEqual" => "!=",
        "LessThan" => "<",
        "LessThanOrEqual" => "<=",
        "GreaterThan" => ">",
        "GreaterThanOrEqual" => ">=",
        "And" => "and",
        "Or" => "or",
        "In" => "in",
        "Ampersand" => "&",
        "Dot" => ".",
        "DotDot" => "..",
        "Question" => "?",
        "QuestionQuestion" => "??",
        "QuestionColon" => "?:",
        "Colon" => ":",
        "ColonEqual" => ":=",
        "TildeArrow" => "~>",
        "LeftParen" => "(",
        "RightParen" => ")",
        "LeftBracket" => "[",
        "RightBracket" => "]",
        "LeftBrace" => "{",
        "RightBrace" => "}",
        "Comma" => ",",
        "Semicolon" => ";",
        "Caret" => "^",
        "Pipe" => "|",
        "Hash" => "#",
        "At" => "@",
        "Eof" => "(end)",
        other => other,
    }
}

/// Whether all quotes in a source are closed, so that only a regular expression can be unclosed.
pub(super) fn quotes_are_closed(source: &str) -> bool {
    let mut open = None;
    let mut letters = source.chars();
    while let Some(letter) = letters.next() {
        match (open, letter) {
            (Some(_), '\\') => {
                letters.next();
            }
            (Some(quote), letter) if letter == quote => open = None,
            (None, '"' | '\'') => open = Some(letter),
            _ => {}
        }
    }
    open.is_none()
}

/// Whether the first `:=` of a source does not follow a variable.
pub(super) fn assigns_to_no_variable(source: &str) -> bool {
    let Some((before, _)) = source.split_once(":=") else { return false };
    let is_name = |letter: char| letter.is_alphanumeric() || letter == '_';
    !before.trim_end().trim_end_matches(is_name).ends_with('$')
}
