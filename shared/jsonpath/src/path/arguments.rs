//! Reads the arguments of a path function, e.g. of `$.max($.a, 3)`.

use super::{
    JaywayPathSyntaxError, cursor::CharacterCursor, lenient_json, parser::compile_path,
    token::PathArgument,
};

/// The kind of an argument, decided by its first character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ArgumentKind {
    Json,
    Path,
}

/// The numbers of brackets, braces and quotes that are open at a position.
#[derive(Debug, Default)]
struct OpenDelimiters {
    brackets: usize,
    braces: usize,
    quotes: usize,
}

impl OpenDelimiters {
    fn is_none(&self) -> bool {
        self.brackets == 0 && self.braces == 0 && self.quotes == 0
    }
}

/// Reads from after the opening parenthesis to after the closing one.
///
/// An argument that begins like neither JSON nor a path is dropped, as in Jayway: `concat('x')` has
/// no arguments.
pub(crate) fn read_arguments(
    cursor: &mut CharacterCursor,
    function: &str,
    nesting: usize,
) -> Result<Vec<PathArgument>, JaywayPathSyntaxError> {
    let mut arguments = Vec::new();
    let mut open = OpenDelimiters::default();
    let mut parentheses = 1_usize;
    let mut kind = None;
    let mut text = String::new();
    let mut previous = '\0';
    while let Some(character) = cursor.peek() {
        cursor.advance(1);
        if kind.is_none() {
            if matches!(character, ' ' | '\t' | '\n' | '\r') {
                continue;
            }
            kind = argument_kind(character);
        }
        match character {
            '"' if previous != '\\' && open.quotes > 0 => open.quotes -= 1,
            '"' => open.quotes += 1,
            '(' => parentheses += 1,
            '{' => open.braces += 1,
            '[' => open.brackets += 1,
            '}' => open.braces = close_delimiter(open.braces, "close brace '}'", cursor)?,
            ']' => open.brackets = close_delimiter(open.brackets, "close bracket ']'", cursor)?,
            ')' => parentheses -= 1,
            _ => {}
        }
        // Empty parentheses belong to a function in the argument, e.g. in `sum($.a.length())`.
        if character == ')' && previous == '(' {
            text.push(character);
        }
        let ends = character == ')' && parentheses == 0;
        if open.is_none() && (ends || (matches!(character, ',' | ')') && parentheses == 1)) {
            if let Some(kind) = kind.take() {
                arguments.push(parse_argument(kind, &text, nesting)?);
                text.clear();
            }
            if ends {
                return Ok(arguments);
            }
        }
        let separates =
            character == ',' && open.braces == 0 && open.brackets == 0 && parentheses == 1;
        if kind.is_some() && !separates && !(character == ')' && previous == '(') {
            text.push(character);
        }
        previous = character;
    }
    Err(unclosed_arguments(function))
}

/// The error of a call without its closing parenthesis.
pub(crate) fn unclosed_arguments(function: &str) -> JaywayPathSyntaxError {
    JaywayPathSyntaxError::new(format!(
        "Arguments to function: '{function}' are not closed properly."
    ))
}

fn argument_kind(character: char) -> Option<ArgumentKind> {
    match character {
        '{' | '"' | '-' | '0'..='9' => Some(ArgumentKind::Json),
        '$' | '@' => Some(ArgumentKind::Path),
        _ => None,
    }
}

fn close_delimiter(
    open: usize,
    what: &str,
    cursor: &CharacterCursor,
) -> Result<usize, JaywayPathSyntaxError> {
    open.checked_sub(1).ok_or_else(|| {
        let at = cursor.position();
        JaywayPathSyntaxError::new(format!("Unexpected {what} at character position: {at}"))
    })
}

fn parse_argument(
    kind: ArgumentKind,
    text: &str,
    nesting: usize,
) -> Result<PathArgument, JaywayPathSyntaxError> {
    match kind {
        ArgumentKind::Json => Ok(PathArgument::Json(lenient_json::parse_lenient_json(text))),
        ArgumentKind::Path => compile_path(text, nesting + 1).map(PathArgument::Path),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{JaywayPath, token::PathToken};

    fn argument_count(text: &str) -> Option<usize> {
        let path = JaywayPath::parse(text).ok()?;
        match path.path_tokens().last() {
            Some(PathToken::Function { arguments, .. }) => Some(arguments.len()),
            _ => None,
        }
    }

    #[test]
    fn arguments_are_numbers_texts_objects_and_paths() {
        assert_eq!(argument_count(r#"$.sum(1, -2, $.a[0,1], {"b": [1,2]}, "c")"#), Some(5));
    }

    #[test]
    fn an_argument_in_single_quotes_is_dropped() {
        assert_eq!(argument_count("$.concat('x')"), Some(0));
    }

    #[test]
    fn an_unclosed_call_is_refused() {
        assert_eq!(argument_count("$.sum($.a"), None);
        assert_eq!(argument_count("$.sum(])"), None);
    }
}
