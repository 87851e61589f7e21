//! The patterns of `StringMatches`.

/// A pattern in which `*` matches any run of characters, `\*` a star and `\\` a backslash.
///
/// Spec: ASL § Choice State, `StringMatches`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StringMatchesPattern {
    text: String,
    /// The literal runs between unescaped stars; at least one, possibly empty.
    runs: Vec<String>,
}

impl StringMatchesPattern {
    /// Parses a pattern; every string is valid.
    pub fn parse(text: &str) -> Self {
        let mut runs = vec![String::new()];
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            let literal = match character {
                '*' => {
                    runs.push(String::new());
                    continue;
                }
                '\\' => characters.next_if(|next| matches!(next, '*' | '\\')).unwrap_or('\\'),
                other => other,
            };
            if let Some(run) = runs.last_mut() {
                run.push(literal);
            }
        }
        Self { text: text.to_owned(), runs }
    }

    /// Returns the pattern as its author wrote it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the pattern matches the whole of `subject`. Linear in its length for each run: the
    /// leftmost match of a run is never worse than a later one.
    pub fn matches(&self, subject: &str) -> bool {
        let [first, middle @ .., last] = self.runs.as_slice() else {
            return self.runs.first().is_some_and(|only| only == subject);
        };
        let Some(mut rest) = subject.strip_prefix(first.as_str()) else { return false };
        for run in middle {
            let Some(at) = rest.find(run.as_str()) else { return false };
            rest = &rest[at + run.len()..];
        }
        rest.ends_with(last.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_run_of_characters() {
        let pattern = StringMatchesPattern::parse("log-*.txt");
        assert!(pattern.matches("log-.txt") && pattern.matches("log-a.txt.txt"));
        assert!(!pattern.matches("log-a.txt.gz") && !pattern.matches("log.txt"));
        assert!(
            StringMatchesPattern::parse("a*a").matches("aa")
                && !StringMatchesPattern::parse("a*a").matches("a")
        );
    }

    #[test]
    fn an_escaped_star_or_backslash_stands_for_itself() {
        assert!(
            StringMatchesPattern::parse(r"\**").matches("*x")
                && !StringMatchesPattern::parse(r"\**").matches("x")
        );
        assert!(StringMatchesPattern::parse(r"a\\").matches(r"a\"));
    }
}
