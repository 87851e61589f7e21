//! A name is what a search finds: no type name twice, and few names of a single word.

use std::{collections::BTreeMap, fs};

use regex::Regex;

use crate::workspace::{relative_path, rust_sources};

/// At most so many of a hundred names may be a single word.
const SINGLE_WORD_PERCENT_MAX: usize = 30;

/// First words that no type may have: metaphors, which a reader cannot search for.
const METAPHORS: [&str; 14] = [
    "Place",
    "Cue",
    "Wake",
    "Scene",
    "Draft",
    "Stage",
    "Prompter",
    "Twice",
    "Trouble",
    "Ground",
    "Desk",
    "Verdict",
    "Rehears",
    "Unanswered",
];

/// Every type and function that others can see, by its name, with the files that define it.
struct VisibleNames {
    types: BTreeMap<String, Vec<String>>,
    functions: BTreeMap<String, Vec<String>>,
}

impl VisibleNames {
    fn of_workspace() -> Self {
        let item = |kinds: &str| {
            Regex::new(&format!(
                r"(?m)^\s*pub(?:\([^)]*\))? (?:const |async |unsafe )*(?:{kinds}) (\w+)"
            ))
            .expect("the expression is valid")
        };
        let (types, functions) = (item("struct|enum|trait|type|union"), item("fn"));
        let traits = Regex::new(r"(?ms)^pub(?:\([^)]*\))? trait \w+.*?^\}").expect("valid");
        let methods = Regex::new(r"(?m)^    (?:async )?fn (\w+)").expect("valid");
        let mut names = Self { types: BTreeMap::new(), functions: BTreeMap::new() };
        for file in rust_sources() {
            let text = fs::read_to_string(&file).expect("sources are UTF-8");
            let place = relative_path(&file);
            let note = |names: &mut BTreeMap<String, Vec<String>>, name: &str| {
                names.entry(name.to_owned()).or_default().push(place.clone());
            };
            for found in types.captures_iter(&text) {
                note(&mut names.types, &found[1]);
            }
            for found in functions.captures_iter(&text) {
                note(&mut names.functions, &found[1]);
            }
            for definition in traits.find_iter(&text) {
                for found in methods.captures_iter(definition.as_str()) {
                    note(&mut names.functions, &found[1]);
                }
            }
        }
        names
    }
}

/// Of a hundred definitions, how many have a name of a single word.
fn single_word_percent(
    names: &BTreeMap<String, Vec<String>>,
    is_single: impl Fn(&str) -> bool,
) -> usize {
    let count = |of: &dyn Fn(&str) -> bool| -> usize {
        names.iter().filter(|(name, _)| of(name)).map(|(_, files)| files.len()).sum()
    };
    let (single, all) = (count(&is_single), count(&|_| true));
    assert!(all > 0, "names are found");
    single * 100 / all
}

fn is_single_word_type(name: &str) -> bool {
    name.chars().filter(|letter| letter.is_uppercase()).count() <= 1
}

fn is_single_word_function(name: &str) -> bool {
    !name.trim_matches('_').contains('_')
}

#[test]
fn few_types_and_public_functions_have_a_name_of_a_single_word() {
    let names = VisibleNames::of_workspace();
    let types = single_word_percent(&names.types, is_single_word_type);
    let functions = single_word_percent(&names.functions, is_single_word_function);
    assert!(types < SINGLE_WORD_PERCENT_MAX, "{types} % of the types");
    assert!(functions < SINGLE_WORD_PERCENT_MAX, "{functions} % of the functions");
}

#[test]
fn no_two_types_that_others_can_see_share_a_name() {
    for (name, files) in VisibleNames::of_workspace().types {
        assert!(files.len() == 1 || name == "Error", "{name} is defined in {}", files.join(", "));
    }
}

#[test]
fn no_type_is_named_by_a_metaphor() {
    let first_word = Regex::new("^[A-Z][a-z0-9]*").expect("valid");
    for (name, files) in VisibleNames::of_workspace().types {
        let first = first_word.find(&name).map_or("", |found| found.as_str());
        let is_metaphor = METAPHORS.iter().any(|word| *word == first || *word == name);
        assert!(!is_metaphor, "{name} in {}", files.join(", "));
    }
}
