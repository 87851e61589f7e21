//! No text or value causes a panic, an endless run or a stack overflow.

use jsonpath::{
    JaywayPath, JsonPathExpression, JsonPathScope, PayloadTemplate, ReferencePath, SourcedPath,
};
use random_stream::RandomStream;
use serde_json::{Map, Value, json};
use step_budget::StepBudget;

/// Fragments that mean something to one of the parsers. `texts` combines any three of them.
const FRAGMENTS: [&str; 30] = [
    "$",
    "@",
    ".",
    "..",
    "[",
    "]",
    "(",
    ")",
    "?",
    "*",
    "'",
    "\"",
    "\\",
    "/",
    ",",
    ":",
    "-",
    "1",
    "a",
    " ",
    "=",
    "!",
    "&&",
    "{",
    "}",
    "~",
    "é",
    "😀",
    "States.Array",
    "$.a[?(@.b",
];

/// Texts that are long, deeply nested or almost valid.
fn texts() -> Vec<String> {
    let deep = |open: &str, close: &str, times: usize| open.repeat(times) + &close.repeat(times);
    let mut texts = vec![
        deep("$[?(", ")]", 2_000),
        format!("${}", "[?(@".repeat(500)),
        format!("$[?({})]", deep("(", ")", 5_000)),
        format!("$[?({}@.a)]", "!".repeat(5_000)),
        format!("$.a{}", ".keys()".repeat(5_000)),
        format!("$.sum({}", "$.sum(".repeat(2_000)),
        format!("${}", ".a".repeat(50_000)),
        format!("${}", "..a".repeat(200)),
        format!("${}", "[*]".repeat(200)),
        format!("$[?(@ in {})]", deep("[", "]", 5_000)),
        format!("$[?(@ =~ /{}/)]", "(a+)+".repeat(50)),
        format!("$[?(@ =~ /{}/)]", deep("(", ")", 5_000)),
        "$[?(@ =~ /a{1000}{1000}{1000}/)]".to_owned(),
        deep("States.Array(", ")", 5_000),
        format!("States.Format('{}')", "{}".repeat(5_000)),
        "States.ArrayRange(-2147483648, 2147483647, 1)".to_owned(),
        "States.MathAdd(1e309, -1e309)".to_owned(),
        "$[99999999999999999999]".to_owned(),
        "$[-2147483648:2147483647]".to_owned(),
        "$['\\u12']".to_owned(),
        "$..[?($..[?($..[?($..[?($..a)])])])]".to_owned(),
    ];
    for a in FRAGMENTS {
        for b in FRAGMENTS {
            for c in FRAGMENTS {
                texts.push(format!("${a}{b}{c}"));
                texts.push(format!("$[?({a}{b}{c})]"));
                texts.push(format!("States.Array({a}{b}{c})"));
            }
        }
    }
    texts
}

fn values() -> [Value; 3] {
    let mut deep = json!({"a": 1});
    for _ in 0..100 {
        deep = json!({"a": [deep], "b": "x"});
    }
    [json!({"a": [{"b": 1}, [2], null, "x", true, 1e300], "": {"é": -0.0}}), deep, Value::Null]
}

#[test]
fn hostile_texts_are_refused_or_harmless() {
    let values = values();
    let variables = Map::from_iter([("a".to_owned(), json!([1]))]);
    let mut evaluated = 0;
    for text in texts() {
        drop(
            ReferencePath::parse(&text).map(|path| path.insert_value(values[0].clone(), json!(1))),
        );
        drop(SourcedPath::parse(&text));
        drop(PayloadTemplate::parse(&json!({"x.$": &text})));
        let Ok(expression) = JsonPathExpression::parse(&text) else { continue };
        assert_eq!(expression.source_text(), text);
        for data in &values {
            let budget = StepBudget::unlimited();
            let scope =
                JsonPathScope { data, context: data, variables: &variables, budget: &budget };
            drop(expression.evaluate(&scope, &mut RandomStream::new(1)).map_err(|e| e.to_string()));
            evaluated += 1;
        }
    }
    assert!(evaluated > 1_000, "the texts should not all be refused: {evaluated}");
}

#[test]
fn a_walk_within_a_walk_within_a_walk_ends() {
    let mut value = json!(1);
    for _ in 0..120 {
        value = json!({"a": value, "b": [1, 2, 3]});
    }
    let path = JaywayPath::parse("$..[?($..[?($..[?($..[?(@.a)])])])]").expect("it is well-formed");
    assert!(path.find_value(&value).is_err());
}
