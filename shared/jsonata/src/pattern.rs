//! Regular expressions as in JavaScript.
//!
//! A pattern is compiled to a small program, which a machine runs that tries alternatives one after
//! the other. Every step is counted, so that no pattern runs longer than an evaluation may.
//!
//! Texts are matched by characters and not by UTF-16 code units, so that no match splits one.
//!
//! Spec: ECMA-262, `RegExp` objects, and its annex B.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "an operation concerns few of the many kinds of nodes"
)]

mod char_set;
mod compile;
mod machine;
mod parse;
mod program;

pub(crate) use self::machine::PatternMatch;
use self::program::Program;
use crate::{meter::EvaluationMeter, thrown::Evaluated};

/// A compiled regular expression.
#[derive(Debug)]
pub(crate) struct Pattern {
    program: Program,
}

/// The properties of a pattern that its flags set.
#[derive(Debug, Clone, Copy, Default)]
struct PatternFlags {
    ignores_case: bool,
    is_multiline: bool,
}

impl Pattern {
    /// Compiles a pattern with the flags `i` and `m`. The error says what is wrong with it.
    pub(crate) fn parse(source: &str, flags: &str) -> Result<Self, String> {
        if flags.matches('i').count() > 1 || flags.matches('m').count() > 1 {
            return Err(format!("Invalid flags supplied to RegExp constructor '{flags}g'"));
        }
        let flags =
            PatternFlags { ignores_case: flags.contains('i'), is_multiline: flags.contains('m') };
        let tree = parse::parse_pattern(source)?;
        Ok(Self { program: compile::compile_pattern(&tree, flags)? })
    }

    /// The first match that starts at `from` or later, in bytes.
    pub(crate) fn find(
        &self,
        text: &str,
        from: usize,
        meter: &EvaluationMeter<'_>,
    ) -> Evaluated<Option<PatternMatch>> {
        machine::find_match(&self.program, text, from, meter)
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;
    use crate::{limits::EvaluationLimits, meter::EvaluationMeter};

    /// The first match and its groups, each in brackets.
    fn found(pattern: &str, text: &str) -> String {
        let (source, flags) = pattern.rsplit_once('/').expect("the pattern has flags");
        let pattern = Pattern::parse(source, flags).expect("the pattern is well-formed");
        let meter = EvaluationMeter::new(EvaluationLimits::STEP_FUNCTIONS, None);
        let found = pattern.find(text, 0, &meter).expect("the match ends in time");
        found.map_or_else(
            || "none".to_owned(),
            |found| {
                let groups = found.groups.iter().map(|group| {
                    group.map_or_else(|| "[-]".to_owned(), |(a, b)| format!("[{}]", &text[a..b]))
                });
                format!("{}{}", &text[found.start..found.end], groups.collect::<String>())
            },
        )
    }

    #[test]
    fn patterns_match_as_in_javascript() {
        for (pattern, text, expected) in [
            ("a+?b/", "caaab", "aaab"),
            ("(a*)(a*)/", "aaa", "aaa[aaa][]"),
            ("(?:a|ab)(?:c|bcd)(d*)/", "abcd", "abcd[]"),
            ("(z)((a+)?(b+)?(c))*/", "zaacbbbcac", "zaacbbbcac[z][ac][a][-][c]"),
            ("(?=(a+))a*b\\1/", "baaabac", "aba[a]"),
            ("(?!foo)...$/", "foobar", "bar"),
            ("(?<=\\$)\\d+(\\.\\d*)?/", "pay $10.53", "10.53[.53]"),
            ("(?<!\\d)abc/", "1abc abc", "abc"),
            ("(?<=([ab]+)([bc]+))$/", "abc", "[a][bc]"),
            ("(\\w)\\1/", "hello", "ll[l]"),
            ("\\bfoo\\b/", "a foo b", "foo"),
            ("^b$/m", "a\nb\nc", "b"),
            ("STRASSE/i", "strasse", "strasse"),
            ("[^a-c]+/i", "ABCdef", "def"),
            ("\\d+/", "٣4", "4"),
            ("\\w+/", "é_a", "_a"),
            ("a{2,3}/", "aaaa", "aaa"),
            ("a{,3}/", "a{,3}", "a{,3}"),
            ("(a?)*?b/", "aab", "aab[a]"),
            ("(?:)*x/", "x", "x"),
            ("[]/", "a", "none"),
            ("[^]/", "\n", "\n"),
            ("(?<year>\\d{4})-\\k<year>/", "2024-2024", "2024-2024[2024]"),
            ("\\u0041\\x42\\103/", "ABC", "ABC"),
            ("(?:ab){2}/", "ababab", "abab"),
        ] {
            assert_eq!(found(pattern, text), expected, "{pattern} on {text}");
        }
    }

    #[test]
    fn mistakes_are_found() {
        for source in ["(", ")", "*a", "a**", "[b-a]", "(?<n", "\\k<x>(?<y>a)", "[a", "a{2,1}"] {
            assert!(Pattern::parse(source, "").is_err(), "{source}");
        }
    }
}
