//! Tests of test files in both formats.

use super::*;
use crate::check_case;

const MACHINE: &str = r#"{"StartAt": "Call", "States": {"Call": {"Type": "Task", "End": true,
    "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f"}}}}"#;

fn read_test_file(file: &str) -> Result<String, String> {
    match file {
        "m.asl.json" => Ok(MACHINE.to_owned()),
        "mocks.json" => Ok(r#"{"StateMachines": {"M": {"TestCases": {"C": {"Call": "R"}}}},
            "MockedResponses": {"R": {"0": {"Return": {"a": 7}}}}}"#
            .to_owned()),
        other => Err(format!("there is no {other}")),
    }
}

fn parse_test_markdown(text: &str) -> Result<TestSuite, TestSuiteError> {
    TestSuite::parse_markdown(&text.replace("'''", "```"), read_test_file)
}

fn case_failures(suite: &TestSuite) -> Vec<(String, Vec<String>)> {
    let checked = suite.cases.iter().map(|case| {
        let result = check_case(&suite.machines[case.machine].machine, case);
        (case.name.clone(), result.failures)
    });
    checked.collect()
}

const CASES: &str = "# Calls

Prose, and a block that means nothing here:

'''sh
cargo test
'''

'''asl file=m.asl.json
'''
'''json mock
{\"Call\": {\"result\": {\"a\": 1}}}
'''

## One answers

'''output
{\"a\":1}
'''

## Another answers otherwise

'''mock
{\"Call\": {\"error\": \"E\", \"cause\": \"because\"}}
'''
'''error
E
because
'''

## The answers of Step Functions Local

'''mock file=mocks.json case=M#C
'''
'''output
{\"a\":7}
'''

## The state alone

'''input state=\"Call\"
{}
'''
'''status
SUCCEEDED
'''
";

#[test]
fn a_section_has_what_the_one_around_it_gives() {
    let suite = parse_test_markdown(CASES).expect("the file is in order");
    assert_eq!(suite.machines.len(), 1);
    for (name, failures) in case_failures(&suite) {
        assert_eq!(failures, Vec::<String>::new(), "{name}");
    }
    let lines: Vec<_> = suite.cases.iter().map(|case| case.line).collect();
    assert_eq!(lines, [Some(15), Some(21), Some(31), Some(39)]);
}

#[test]
fn a_failed_case_says_what_came_and_can_be_updated() {
    let wrong = CASES.replace("output\n{\"a\":1}", "output\n{\"a\":2}");
    let wrong = wrong.replace("E\nbecause", "E\nwhy");
    let suite = parse_test_markdown(&wrong).expect("the file is in order");
    let all = case_failures(&suite);
    assert_eq!(all[0].1, ["the output differs:\n  {\n-   \"a\": 2\n+   \"a\": 1\n  }\n"]);
    assert_eq!(
        all[1].1,
        [
            "the cause differs:\n- why\n+ because\nfailed in state Call\n  error: E\n  cause: because\n"
        ]
    );
    let results = suite.cases.iter().map(|case| check_case(&suite.machines[0].machine, case));
    let actual: Vec<_> = results.flat_map(|result| result.actual).collect();
    assert_eq!(TestSuite::update_expectations(&wrong, &actual), CASES);
}

#[test]
fn a_file_that_tests_nothing_is_refused() {
    for (text, reason) in [
        ("# A\n", "there is no case: no section says what must come"),
        (
            "# A\n'''input\n{}\n'''\n# B\n'''output\n{}\n'''\n",
            "line 1: 'A' says nothing that must come; add an output, error or history block",
        ),
        ("# A\n'''output\n{}\n'''\n", "line 1: 'A' has no asl block, nor has a section around it"),
        ("# A\n'''output\n{}\n", "line 2: this block has no end"),
        (
            "# A\n'''output\n{\n'''\n",
            "line 2: the output block is not JSON: EOF while parsing an object at line 1 column 1",
        ),
        ("'''asl file=n.json\n'''\n", "line 1: there is no n.json"),
        (
            "'''asl files=n.json\n'''\n",
            "line 1: 'files=n.json' is none of file=, state=, retries= and case=; is it 'file='?",
        ),
        ("'''input\n1\n'''\n'''input\n2\n'''\n", "line 4: a section has one input block at most"),
    ] {
        let refused = parse_test_markdown(text).err().map(|error| error.to_string());
        assert_eq!(refused.as_deref(), Some(reason), "{text}");
    }
}

#[test]
fn an_invalid_definition_is_refused_at_its_block() {
    let refused = parse_test_markdown("# A\n\n'''asl\n{\"StartAt\": 1}\n'''\n").err();
    let refused = refused.map(|error| error.to_string()).unwrap_or_default();
    assert!(refused.starts_with("line 3: Invalid State Machine Definition:"), "{refused}");
}

#[test]
fn cases_stand_in_json_too() {
    let text = r#"{"definitionFile": "m.asl.json", "mocks": {"Call": {"result": {"a": 1}}},
        "cases": [{"name": "one", "expect": {"output": {"a": 2}}},
                  {"name": "two", "mocks": {"Call": {"error": "E"}}, "expect": {"error": "E"}}]}"#;
    let suite = TestSuite::parse_json(text, read_test_file).expect("the file is in order");
    let all = case_failures(&suite);
    assert_eq!(all[0].1, ["the output differs:\n  {\n-   \"a\": 2\n+   \"a\": 1\n  }\n"]);
    assert_eq!(all[1].1, Vec::<String>::new());
    let actual = check_case(&suite.machines[0].machine, &suite.cases[0]).actual;
    let suite =
        TestSuite::parse_json(&TestSuite::update_expectations(text, &actual), read_test_file)
            .expect("it is still in order");
    assert_eq!(case_failures(&suite)[0].1, Vec::<String>::new());
    let wrong = text.replace("\"expect\": {\"error\": \"E\"}", "\"expects\": {}");
    let refused =
        TestSuite::parse_json(&wrong, read_test_file).err().map(|error| error.to_string());
    assert_eq!(
        refused.as_deref(),
        Some("'two': a case has an unknown member 'expects'; is it 'expect'?")
    );
}
