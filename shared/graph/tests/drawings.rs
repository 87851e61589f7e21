//! Drawings of the definitions in `definitions/`, compared with those in `drawings/`.
//!
//! `UPDATE=1 cargo test -p graph` draws them anew: look at them then.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use graph::{
    OutlineColours, StateGraph, StateStatuses, dot_graph, graph_definition, lay_out_graph,
    mermaid_flowchart, statuses_of_history, svg_drawing, svg_fragment, svg_style, text_outline,
};
use serde_json::Value;

/// The columns of the outlines.
const COLUMNS: usize = 80;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

fn read_graph(name: &str) -> StateGraph {
    let file = folder("definitions").join(format!("{name}.asl.json"));
    let text = fs::read_to_string(file).expect("the definition is there");
    graph_definition(&asl::parse_definition(&text).expect("it is valid"))
}

fn read_statuses(name: &str) -> StateStatuses {
    let file = folder("histories").join(format!("{name}.json"));
    let text = fs::read_to_string(file).expect("the history is there");
    let history: Value = serde_json::from_str(&text).expect("it is JSON");
    statuses_of_history(history["events"].as_array().expect("it has events"))
}

#[track_caller]
fn assert_drawing(file: &str, drawn: &str) {
    let path = folder("drawings").join(file);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, drawn).expect("the drawing can be written");
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == drawn, "{file} is drawn differently: see the difference with UPDATE=1");
}

#[track_caller]
fn assert_drawings(name: &str, drawing: &str, statuses: Option<&StateStatuses>) {
    let graph = read_graph(name);
    assert_drawing(&format!("{drawing}.svg"), &svg_drawing(&graph, name, statuses));
    assert_drawing(&format!("{drawing}.mmd"), &mermaid_flowchart(&graph, statuses));
    assert_drawing(&format!("{drawing}.dot"), &dot_graph(&graph, name, statuses));
    let outline = text_outline(&graph, statuses, COLUMNS, OutlineColours::Plain);
    assert_drawing(&format!("{drawing}.txt"), &outline);
}

#[test]
fn a_chain_is_drawn() {
    assert_drawings("linear", "linear", None);
}

#[test]
fn choices_with_a_default_loops_and_rules_with_the_same_target_are_drawn() {
    assert_drawings("choices", "choices", None);
}

#[test]
fn a_parallel_is_drawn_with_its_branches() {
    assert_drawings("parallel", "parallel", None);
}

#[test]
fn a_map_in_a_parallel_is_drawn() {
    assert_drawings("map-in-parallel", "map-in-parallel", None);
}

#[test]
fn catchers_and_retriers_are_drawn() {
    assert_drawings("handlers", "handlers", None);
}

#[test]
fn sixty_states_are_drawn() {
    assert_drawings("sixty", "sixty", None);
}

#[test]
fn names_that_are_code_elsewhere_are_drawn() {
    assert_drawings("hostile", "hostile", None);
}

#[test]
fn an_execution_that_failed_colours_its_states() {
    assert_drawings("handlers", "handlers-failed", Some(&read_statuses("handlers")));
}

#[test]
fn an_execution_that_runs_colours_its_states() {
    assert_drawings("map-in-parallel", "map-running", Some(&read_statuses("map-in-parallel")));
}

#[test]
fn each_state_is_an_element_of_the_svg_by_its_name() {
    let graph = read_graph("hostile");
    let svg = svg_drawing(&graph, "<hostile & \"title\">", Some(&StateStatuses::default()));
    let document = roxmltree::Document::parse(&svg).expect("it is XML");
    let states: BTreeSet<&str> =
        document.descendants().filter_map(|node| node.attribute("data-state")).collect();
    // XML cannot hold an escape character; the rest of a name is in it as it is.
    let expected: Vec<String> =
        graph.all_states().iter().map(|state| state.name.replace('\u{1b}', "\u{fffd}")).collect();
    assert_eq!(states, expected.iter().map(String::as_str).collect());
    let known = ["svg", "title", "desc", "style", "g", "rect", "path", "circle", "text"];
    for element in document.descendants().filter(roxmltree::Node::is_element) {
        assert!(known.contains(&element.tag_name().name()), "{:?}", element.tag_name());
    }
    let ids: Vec<&str> = document.descendants().filter_map(|node| node.attribute("id")).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), graph.all_states().len());
}

#[test]
fn in_a_page_a_drawing_has_no_style_and_no_ids_and_keys_reach_its_states() {
    for name in ["hostile", "map-in-parallel"] {
        let graph = read_graph(name);
        let svg = svg_fragment(&graph, name, Some(&StateStatuses::default()));
        let document = roxmltree::Document::parse(&svg).expect("it is XML");
        for element in document.descendants().filter(roxmltree::Node::is_element) {
            assert_ne!(element.tag_name().name(), "style");
            for forbidden in ["style", "id", "onclick"] {
                assert_eq!(element.attribute(forbidden), None, "{element:?}");
            }
        }
        let states = document.descendants().filter(|node| node.has_attribute("data-state"));
        let buttons = states.filter(|node| {
            let title = node.children().find(|child| child.tag_name().name() == "title");
            let label = title.and_then(|title| title.text()).unwrap_or_default();
            node.attribute("tabindex") == Some("0")
                && node.attribute("role") == Some("button")
                && label.contains("): not reached")
                && !node.ancestors().skip(1).any(|around| around.has_attribute("tabindex"))
        });
        assert_eq!(buttons.count(), graph.all_states().len(), "{name}");
        assert_eq!(document.root_element().attribute("role"), Some("group"));
        let whole = svg_drawing(&graph, name, None);
        assert!(whole.contains(&format!("<style>{}</style>", svg_style())));
    }
}

#[test]
fn an_outline_is_no_wider_than_its_columns_and_moves_no_cursor() {
    for name in ["hostile", "handlers", "sixty", "map-in-parallel"] {
        for columns in [20, 40, 80] {
            let graph = read_graph(name);
            let outline = text_outline(&graph, None, columns, OutlineColours::Plain);
            for line in outline.lines() {
                assert!(unicode_width::UnicodeWidthStr::width(line) <= columns, "{line}");
                assert!(!line.chars().any(char::is_control), "{line:?}");
            }
        }
    }
}

#[test]
fn an_outline_has_each_state_once() {
    for name in ["choices", "handlers", "sixty", "parallel", "map-in-parallel"] {
        let graph = read_graph(name);
        let outline = text_outline(&graph, None, 200, OutlineColours::Plain);
        for state in graph.all_states() {
            let line = format!(" {}  {}", state.name, state.state_type.as_str());
            assert_eq!(outline.matches(&line).count(), 1, "{} in\n{outline}", state.name);
        }
    }
}

/// A machine of 500 states with a shared handler of errors, and Choices that skip and go back.
fn long_machine() -> StateGraph {
    let state = |at: usize| {
        let next = format!("S{}", at + 1);
        match at {
            499 => r#"{"Type": "Succeed"}"#.to_owned(),
            at if at % 7 == 3 => format!(
                r#"{{"Type": "Choice", "Choices": [
                    {{"Variable": "$.skip", "IsPresent": true, "Next": "S{}"}},
                    {{"Variable": "$.again", "IsPresent": true, "Next": "S{}"}}],
                    "Default": "{next}"}}"#,
                (at + 5).min(499),
                at - 3,
            ),
            _ => format!(
                r#"{{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Next": "{next}",
                    "Parameters": {{"FunctionName": "f"}},
                    "Catch": [{{"ErrorEquals": ["States.ALL"], "Next": "OnError"}}]}}"#
            ),
        }
    };
    let states: Vec<String> = (0..500).map(|at| format!("\"S{at}\": {}", state(at))).collect();
    let text = format!(
        r#"{{"StartAt": "S0", "States": {{{}, "OnError": {{"Type": "Fail"}}}}}}"#,
        states.join(", ")
    );
    graph_definition(&asl::parse_definition(&text).expect("it is valid"))
}

#[test]
fn five_hundred_states_are_a_narrow_column() {
    let graph = long_machine();
    let layout = lay_out_graph(&graph);
    assert!(layout.width < 900.0, "{}", layout.width);
    assert_eq!(layout.nodes.len(), 501 + 2, "the states, the start and the end");
}
