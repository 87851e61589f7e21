//! Paths with the value they start from: the data, the context object or a variable.

use std::borrow::Cow;

use serde_json::Value;

use crate::{
    path::{JaywayPath, JaywayPathError, JaywayPathSyntaxError},
    scope::JsonPathScope,
};

/// A compiled path and the value it starts from.
#[derive(Debug, Clone)]
pub enum SourcedPath {
    /// `$.a`: the data.
    Data(JaywayPath),
    /// `$$.a`: the context object.
    Context(JaywayPath),
    /// `$name.a`: a variable.
    Variable {
        /// The variable's name, without `$`.
        name: String,
        /// The path within the variable's value. Its text is the whole text, e.g. `$name.a`.
        path: JaywayPath,
    },
}

/// The members of the context object that lead to the execution's input.
const EXECUTION_INPUT: [&str; 2] = ["Execution", "Input"];

impl SourcedPath {
    /// Compiles `$…`, `$$…` or `$name…`.
    pub fn parse(text: &str) -> Result<Self, JaywayPathSyntaxError> {
        let Some(rest) = text.strip_prefix('$') else {
            return JaywayPath::parse(text).map(Self::Data);
        };
        if rest.starts_with('$') {
            return JaywayPath::parse_as(text, rest).map(Self::Context);
        }
        let length = rest.find(['.', '[', ' ']).unwrap_or(rest.len());
        let (name, steps) = rest.split_at(length);
        if name.is_empty() {
            return JaywayPath::parse(text).map(Self::Data);
        }
        if !is_name(name) {
            return Err(JaywayPathSyntaxError::new(
                "Illegal character at position 1 expected '.' or '['",
            ));
        }
        let path = JaywayPath::parse_as(text, &format!("${steps}"))?;
        Ok(Self::Variable { name: name.to_owned(), path })
    }

    /// Returns the text the path was compiled from.
    pub fn source_text(&self) -> &str {
        self.inner_path().source_text()
    }

    /// Returns whether the path selects at most one value.
    pub fn is_definite(&self) -> bool {
        self.inner_path().is_definite()
    }

    /// Applies the path to the value it starts from. An unset variable gives
    /// [`JaywayPathError::NotFound`], and a step whose time is over
    /// [`JaywayPathError::TooCostly`].
    pub fn find_in_scope<'v>(
        &self,
        scope: &JsonPathScope<'v>,
    ) -> Result<Cow<'v, Value>, JaywayPathError> {
        if scope.budget.check_time().is_err() {
            return Err(JaywayPathError::TooCostly(self.source_text().to_owned()));
        }
        match self {
            Self::Data(path) => path.find_value(scope.data),
            Self::Context(path) => path.find_value(scope.context),
            Self::Variable { name, path } => match scope.variables.get(name) {
                Some(value) => path.find_value(value),
                None => Err(JaywayPathError::NotFound(format!("No results for path: ${name}"))),
            },
        }
    }

    /// Returns whether the path reads the context object.
    pub fn references_context(&self) -> bool {
        match self {
            Self::Context(_) => true,
            Self::Data(_) | Self::Variable { .. } => false,
        }
    }

    /// Returns whether the path may read the execution's input from the context object.
    pub fn references_execution_input(&self) -> bool {
        match self {
            Self::Context(path) => path.may_read(&EXECUTION_INPUT),
            Self::Data(_) | Self::Variable { .. } => false,
        }
    }

    /// Returns the name of the variable the path starts from; `None` if it is not a variable.
    pub fn variable_name(&self) -> Option<&str> {
        match self {
            Self::Variable { name, .. } => Some(name),
            Self::Data(_) | Self::Context(_) => None,
        }
    }

    /// Calls `out` with the name of the variable the path reads, if it reads one.
    pub fn visit_variables(&self, out: &mut impl FnMut(&str)) {
        if let Some(name) = self.variable_name() {
            out(name);
        }
    }

    /// The path within the value it starts from.
    pub(crate) fn inner_path(&self) -> &JaywayPath {
        match self {
            Self::Data(path) | Self::Context(path) | Self::Variable { path, .. } => path,
        }
    }
}

/// Whether a text is a variable name: a letter or `_`, then letters, digits, marks or `_`.
fn is_name(name: &str) -> bool {
    let mut characters = name.chars();
    let begins = characters.next().is_some_and(|c| c.is_alphabetic() || c == '_');
    begins && characters.all(|c| c.is_alphanumeric() || c == '_' || is_mark(c))
}

/// Whether a character is a mark that may continue an identifier, approximated by Unicode blocks.
fn is_mark(character: char) -> bool {
    matches!(character,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{487}' | '\u{591}'..='\u{5c7}'
        | '\u{64b}'..='\u{65f}' | '\u{93a}'..='\u{94d}' | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}' | '\u{203f}' | '\u{2040}' | '\u{20d0}'..='\u{20ff}'
        | '\u{fe20}'..='\u{fe2f}')
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};
    use step_budget::StepBudget;

    use super::SourcedPath;
    use crate::scope::JsonPathScope;

    fn find(text: &str) -> Result<Value, String> {
        let (data, context) = (json!({"a": 1}), json!({"State": {"Name": "S"}}));
        let variables = Map::from_iter([("x".to_owned(), json!({"b": [2]}))]);
        let scope = JsonPathScope {
            data: &data,
            context: &context,
            variables: &variables,
            budget: &StepBudget::unlimited(),
        };
        let path = SourcedPath::parse(text).map_err(|error| error.to_string())?;
        path.find_in_scope(&scope)
            .map(std::borrow::Cow::into_owned)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_path_is_rooted_in_what_its_beginning_says() {
        assert_eq!(find("$.a"), Ok(json!(1)));
        assert_eq!(find("$"), Ok(json!({"a": 1})));
        assert_eq!(find("$$.State.Name"), Ok(json!("S")));
        assert_eq!(find("$x.b[0]"), Ok(json!(2)));
        assert_eq!(find("$x"), Ok(json!({"b": [2]})));
    }

    #[test]
    fn an_unset_variable_is_not_found() {
        assert_eq!(find("$y"), Err("No results for path: $y".into()));
    }

    #[test]
    fn the_text_is_the_one_the_user_wrote() {
        for text in ["$.a", "$$", "$$.a[0]", "$name['b']", "$größe"] {
            let path = SourcedPath::parse(text).expect("the path is well-formed");
            assert_eq!(path.source_text(), text);
        }
    }

    #[test]
    fn a_variable_needs_a_name() {
        for text in ["$1x", "$a-b", "$$$", "$x y"] {
            assert!(SourcedPath::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_execution_input_is_read_by_all_that_could() {
        let reads = |text: &str| {
            SourcedPath::parse(text).is_ok_and(|path| path.references_execution_input())
        };
        for text in ["$$", "$$.Execution", "$$['Execution'].Input.a", "$$..x", "$$.*", "$$.*.Input"]
        {
            assert!(reads(text), "{text}");
        }
        for text in ["$$.State.Name", "$$.Execution.Id", "$$.Execution['Id','Name']", "$.Execution"]
        {
            assert!(!reads(text), "{text}");
        }
    }
}
