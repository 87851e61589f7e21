//! A definition's file: JSON, or YAML as SAM users write it.

use model::TaskResource;
use orchestrator::is_own_integration;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use asl::{Definition, Diagnostic};
use cloudformation::parse_yaml;

use crate::{
    arguments::ValidationTarget,
    lambda_functions::AwsPermission,
    line_column::{LineColumn, locate_values},
    text_source::{ShownName, is_standard_input, read_text},
};

/// A definition as its author wrote it, and as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DefinitionFile {
    pub(crate) file: PathBuf,
    text: String,
    json: String,
}

/// The findings about a definition, each with its position in the file, if that is known.
pub(crate) type LocatedDiagnostics = Vec<(Diagnostic, Option<LineColumn>)>;

impl DefinitionFile {
    /// Reads a file, or standard input if it is `-`. Each `${NAME}` in it is replaced as SAM's `DefinitionSubstitutions` are.
    pub(crate) fn read_substituted(file: &Path, substitutions: &[String]) -> anyhow::Result<Self> {
        let substitutions = parse_substitutions(substitutions)?;
        Self::of_text(file.to_owned(), read_text(file)?, &substitutions)
    }

    /// Makes one of its text. The name is shown, and its ending tells whether the text is YAML.
    pub(crate) fn of_text(
        file: PathBuf,
        mut text: String,
        substitutions: &[(String, String)],
    ) -> anyhow::Result<Self> {
        for (name, value) in substitutions {
            text = text.replace(&format!("${{{name}}}"), value);
        }
        let json = if is_yaml(&file, &text) {
            let value =
                parse_yaml(&text).with_context(|| format!("{} is not YAML", ShownName(&file)))?;
            value.to_string()
        } else {
            text.clone()
        };
        Ok(Self { file, text, json })
    }

    /// The placeholders `${NAME}` that nothing has filled, each once: as SAM's `DefinitionSubstitutions` fill
    /// them.
    pub(crate) fn unfilled_placeholders(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for part in self.text.split("${").skip(1) {
            let Some((name, _)) = part.split_once('}') else { continue };
            let is_name = !name.is_empty()
                && name
                    .chars()
                    .all(|letter| letter.is_ascii_alphanumeric() || "_-.:".contains(letter));
            if is_name && !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// How to fill the placeholders; none if there are none.
    pub(crate) fn placeholder_hint(&self) -> Option<String> {
        let names = self.unfilled_placeholders();
        let first = names.first()?;
        let all = names.iter().map(|name| format!("${{{name}}}")).collect::<Vec<_>>().join(", ");
        Some(format!(
            "{}: nothing fills {all}: --substitute {first}=VALUE does, and so does `statewright local` by a \
             template",
            ShownName(&self.file)
        ))
    }

    /// The definition as JSON, as the API takes it.
    pub(crate) fn json_text(&self) -> &str {
        &self.json
    }

    /// The definition, or what is wrong with it.
    pub(crate) fn parse_definition(&self) -> Result<Definition, LocatedDiagnostics> {
        let parsed = asl::parse_definition(&self.json)
            .map_err(|diagnostics| self.locate_diagnostics(diagnostics))?;
        let refusals = asl::integration_refusals(&self.json, services::find_mistakes);
        if refusals.is_empty() { Ok(parsed) } else { Err(self.locate_diagnostics(refusals)) }
    }

    /// Warnings about the resources that cannot be called, and those that are not called without leave
    /// to call AWS.
    pub(crate) fn find_unsupported_resources(
        &self,
        permission: AwsPermission,
    ) -> LocatedDiagnostics {
        let mut warnings = asl::unsupported_resource_warnings(&self.json, is_callable);
        if permission == AwsPermission::OnlyNamedEndpoints {
            warnings.extend(self.find_unreachable_services());
        }
        self.locate_diagnostics(warnings)
    }

    fn find_unreachable_services(&self) -> Vec<Diagnostic> {
        asl::unreachable_service_warnings(&self.json, services::unreachable_service)
    }

    /// Warnings about parts that are probably mistakes, in the file's order: those of AWS, and for
    /// a valid definition also ours.
    pub(crate) fn find_warnings(
        &self,
        definition: Option<&Definition>,
        target: ValidationTarget,
    ) -> LocatedDiagnostics {
        let mut warnings = asl::definition_warnings(&self.json);
        warnings.extend(asl::unsupported_resource_warnings(&self.json, is_callable));
        if target == ValidationTarget::Local {
            warnings.extend(self.find_unreachable_services());
        }
        warnings.extend(
            definition.into_iter().flat_map(|valid| asl::lint_definition(&self.json, valid)),
        );
        let mut warnings = self.locate_diagnostics(warnings);
        warnings
            .sort_by_key(|(_, position)| position.map(|position| (position.line, position.column)));
        warnings
    }

    fn locate_diagnostics(&self, diagnostics: Vec<Diagnostic>) -> LocatedDiagnostics {
        if diagnostics.is_empty() {
            return LocatedDiagnostics::new();
        }
        let places = locate_values(&self.text);
        let located = |diagnostic: Diagnostic| {
            let position = locate_diagnostic(&diagnostic, &places, &self.text);
            (diagnostic, position)
        };
        diagnostics.into_iter().map(located).collect()
    }

    /// The text of a line, counting from 1; empty if there is no such line.
    pub(crate) fn line_text(&self, number: usize) -> &str {
        self.text.lines().nth(number.saturating_sub(1)).unwrap_or_default()
    }
}

/// Whether a Task of this program can call that resource.
fn is_callable(resource: &TaskResource) -> bool {
    is_own_integration(resource) || services::is_supported(resource)
}

/// Whether a file, or what came on standard input, is YAML rather than JSON.
pub(crate) fn is_yaml(file: &Path, text: &str) -> bool {
    if is_standard_input(file) {
        let first = text.trim_start().chars().next();
        return first.is_some_and(|first| first != '{');
    }
    file.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

/// Parses each `NAME=VALUE`.
pub(crate) fn parse_substitutions(
    substitutions: &[String],
) -> anyhow::Result<Vec<(String, String)>> {
    let parse = |substitution: &String| match substitution.split_once('=') {
        Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
        None => bail!("a substitution is NAME=VALUE, and '{substitution}' is not"),
    };
    substitutions.iter().map(parse).collect()
}

/// The position of a finding's location in the file, or of the nearest one around it.
fn locate_diagnostic(
    diagnostic: &Diagnostic,
    places: &BTreeMap<String, LineColumn>,
    text: &str,
) -> Option<LineColumn> {
    let mut location = diagnostic.location.as_deref()?;
    loop {
        if let Some(position) = places.get(location) {
            return Some(*position);
        }
        if !location.starts_with('/') {
            return parse_json_position(location, text);
        }
        location = &location[..location.rfind(['/', '['])?];
    }
}

/// Parses a position as Jackson prints it, `[Source: (String); line: 2, column: 1]`, and finds it in
/// the text. Its columns count bytes. Column 0 is the end of a text that ends in a line feed; the
/// last character stands for it.
fn parse_json_position(location: &str, text: &str) -> Option<LineColumn> {
    let number = |after: &str| -> Option<usize> {
        let digits = location.split_once(after)?.1;
        digits.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    };
    let (line, column) = (number("line: ")?, number("column: ")?);
    let Some(before) = column.checked_sub(1) else {
        let text = text.trim_end();
        let last = text.lines().next_back().unwrap_or_default();
        let (line, column) = (text.lines().count().max(1), last.chars().count().max(1));
        return Some(LineColumn { line, column });
    };
    let start = text.lines().nth(line.checked_sub(1)?).unwrap_or_default();
    let chars_before = start.char_indices().take_while(|(at, _)| *at < before).count();
    Some(LineColumn { line, column: chars_before + 1 })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn read(name: &str, text: &str, substitutions: &[&str]) -> DefinitionFile {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join(name);
        fs::write(&file, text).expect("a temporary file can be written");
        let substitutions: Vec<String> = substitutions.iter().map(|&s| s.to_owned()).collect();
        DefinitionFile::read_substituted(&file, &substitutions).expect("the file is read")
    }

    fn places_of(source: &DefinitionFile) -> Vec<(usize, usize)> {
        let findings = source.parse_definition().expect_err("something is wrong");
        findings
            .iter()
            .filter_map(|(_, position)| position.map(|at| (at.line, at.column)))
            .collect()
    }

    #[test]
    fn placeholders_that_nothing_fills_are_named_once() {
        let text =
            r#"{"a": "${Fn}", "b": "${Fn}${Other.Arn}", "c": "${not one}", "d": "${Filled}"}"#;
        let filled = [("Filled".to_owned(), "x".to_owned())];
        let file = DefinitionFile::of_text("m.asl.json".into(), text.to_owned(), &filled);
        let file = file.expect("it is read");
        assert_eq!(file.unfilled_placeholders(), ["Fn", "Other.Arn"]);
        let hint = file.placeholder_hint().expect("there are some");
        assert!(
            hint.starts_with("m.asl.json: nothing fills ${Fn}, ${Other.Arn}: --substitute Fn=")
        );
    }

    #[test]
    fn a_finding_stands_at_the_key_it_is_about() {
        let text = "{\"StartAt\": \"A\",\n \"States\": {\n  \"A\": {\"Type\": \"Pass\",\n    \
                    \"Next\": \"B\"}}}";
        assert_eq!(places_of(&read("a.asl.json", text, &[])), [(4, 5)]);
    }

    #[test]
    fn broken_json_is_found_where_it_breaks() {
        assert_eq!(places_of(&read("a.asl.json", "{\"StartAt\":\n \"A\",\n}", &[])), [(3, 1)]);
    }

    #[test]
    fn truncated_json_is_found_at_its_last_character() {
        for (text, place) in [
            ("{\"StartAt\": \"A\"", (1, 15)),
            ("{\"StartAt\": \"A\"\n", (1, 15)),
            ("{\r\n \"é\": 1\r\n\n", (2, 7)),
            // A word that is none is found behind its end, as AWS was recorded finding it.
            ("{\"é\": x", (1, 8)),
        ] {
            assert_eq!(places_of(&read("a.asl.json", text, &[])), [place], "{text:?}");
        }
        // AWS gives no place in a text that has nothing in it.
        for blank in ["", "\n"] {
            assert_eq!(places_of(&read("a.asl.json", blank, &[])), [], "{blank:?}");
        }
    }

    #[test]
    fn yaml_is_a_definition_too_and_its_places_are_its_own() {
        let text = "StartAt: A\nStates:\n  A:\n    Type: Pass\n    End: true\n";
        assert!(read("a.asl.yaml", text, &[]).parse_definition().is_ok());
        let broken = text.replace("Pass", "Psas");
        assert_eq!(places_of(&read("a.asl.yml", &broken, &[])), [(4, 5)]);
    }

    #[test]
    fn substitutions_fill_the_text() {
        let text = r#"{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "${Function}",
            "End": true}}}"#;
        let arn = "Function=arn:aws:lambda:us-east-1:000000000000:function:f";
        assert!(read("a.asl.json", text, &[]).parse_definition().is_err());
        assert!(read("a.asl.json", text, &[arn]).parse_definition().is_ok());
    }
}
