//! A definition's file: JSON, or YAML as SAM users write it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use asl::{Definition, Diagnostic};
use embedded::lambda::template;

use crate::place::{Place, places};

/// A definition as its author wrote it, and as JSON.
pub(crate) struct Source {
    pub(crate) file: PathBuf,
    text: String,
    json: String,
}

/// What is wrong with a definition, and where in its file, if it is known.
pub(crate) type Findings = Vec<(Diagnostic, Option<Place>)>;

impl Source {
    /// Reads a file. Each `${NAME}` in it is replaced as SAM's `DefinitionSubstitutions` are.
    pub(crate) fn read(file: &Path, substitutions: &[String]) -> anyhow::Result<Self> {
        let text =
            fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        let text = substituted(text, substitutions)?;
        let json = if is_yaml(file) {
            let value = template::parse(&text)
                .with_context(|| format!("{} is not YAML", file.display()))?;
            value.to_string()
        } else {
            text.clone()
        };
        Ok(Self { file: file.to_owned(), text, json })
    }

    /// The definition's text as the API takes it.
    pub(crate) fn json(&self) -> &str {
        &self.json
    }

    /// The definition, or what is wrong with it.
    pub(crate) fn parse(&self) -> Result<Definition, Findings> {
        asl::parse(&self.json).map_err(|diagnostics| self.located(diagnostics))
    }

    /// What its author may not have meant, in the file's order: what AWS warns of, and of a
    /// definition that is in order what we do.
    pub(crate) fn warnings(&self, definition: Option<&Definition>) -> Findings {
        let mut warnings = asl::warnings(&self.json);
        warnings.extend(definition.into_iter().flat_map(|valid| asl::lint(&self.json, valid)));
        let mut warnings = self.located(warnings);
        warnings.sort_by_key(|(_, place)| place.map(|place| (place.line, place.column)));
        warnings
    }

    fn located(&self, diagnostics: Vec<Diagnostic>) -> Findings {
        if diagnostics.is_empty() {
            return Findings::new();
        }
        let places = places(&self.text);
        let located = |diagnostic: Diagnostic| {
            let place = place_of(&diagnostic, &places);
            (diagnostic, place)
        };
        diagnostics.into_iter().map(located).collect()
    }

    /// A line of the file, from 1.
    pub(crate) fn line(&self, number: usize) -> &str {
        self.text.lines().nth(number.saturating_sub(1)).unwrap_or_default()
    }
}

fn is_yaml(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

fn substituted(mut text: String, substitutions: &[String]) -> anyhow::Result<String> {
    for substitution in substitutions {
        let Some((name, value)) = substitution.split_once('=') else {
            bail!("a substitution is NAME=VALUE, and '{substitution}' is not");
        };
        text = text.replace(&format!("${{{name}}}"), value);
    }
    Ok(text)
}

/// Where a location, or the nearest one around it, stands in the file.
fn place_of(diagnostic: &Diagnostic, places: &BTreeMap<String, Place>) -> Option<Place> {
    let mut location = diagnostic.location.as_deref()?;
    loop {
        if let Some(place) = places.get(location) {
            return Some(*place);
        }
        if !location.starts_with('/') {
            return json_position(location);
        }
        location = &location[..location.rfind(['/', '['])?];
    }
}

/// The position in Jackson's words: `[Source: (String); line: 2, column: 1]`.
fn json_position(location: &str) -> Option<Place> {
    let number = |after: &str| {
        let digits = location.split_once(after)?.1;
        digits.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    };
    Some(Place { line: number("line: ")?, column: number("column: ")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str, substitutions: &[&str]) -> Source {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join(name);
        fs::write(&file, text).expect("a temporary file can be written");
        let substitutions: Vec<String> = substitutions.iter().map(|&s| s.to_owned()).collect();
        Source::read(&file, &substitutions).expect("the file is read")
    }

    fn places_of(source: &Source) -> Vec<(usize, usize)> {
        let findings = source.parse().expect_err("something is wrong");
        findings.iter().filter_map(|(_, place)| place.map(|at| (at.line, at.column))).collect()
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
    fn yaml_is_a_definition_too_and_its_places_are_its_own() {
        let text = "StartAt: A\nStates:\n  A:\n    Type: Pass\n    End: true\n";
        assert!(read("a.asl.yaml", text, &[]).parse().is_ok());
        let broken = text.replace("Pass", "Psas");
        assert_eq!(places_of(&read("a.asl.yml", &broken, &[])), [(4, 5)]);
    }

    #[test]
    fn substitutions_fill_the_text() {
        let text = r#"{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "${Function}",
            "End": true}}}"#;
        let arn = "Function=arn:aws:lambda:us-east-1:000000000000:function:f";
        assert!(read("a.asl.json", text, &[]).parse().is_err());
        assert!(read("a.asl.json", text, &[arn]).parse().is_ok());
    }
}
