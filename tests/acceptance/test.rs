//! Tests of `statewright test`.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

use tempfile::TempDir;

use crate::program::{repository_root, statewright_binary};

fn examples_folder() -> PathBuf {
    repository_root().join("tests/acceptance/examples")
}

/// Copies the example's files, so that a test can change them.
fn copy_examples() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for file in ["order.asl.json", "order.test.md", "MockConfigFile.json"] {
        fs::copy(examples_folder().join(file), folder.path().join(file))
            .expect("examples can be copied");
    }
    folder
}

fn replace_in_file(folder: &TempDir, file: &str, old: &str, new: &str) {
    let file = folder.path().join(file);
    let text = fs::read_to_string(&file).expect("it was copied");
    assert!(text.contains(old), "{} says '{old}'", file.display());
    fs::write(&file, text.replace(old, new)).expect("a temporary file can be written");
}

/// Runs `statewright test` in a folder. Returns the exit code and the output.
fn run_test_command(folder: &std::path::Path, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(statewright_binary());
    command.arg("test").args(arguments).current_dir(folder);
    let Output { status, stdout, stderr } = command.output().expect("the built binary runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (status.code(), text(&stdout) + &text(&stderr))
}

#[test]
fn the_order_example_passes_its_cases_and_is_covered_by_them() {
    let (code, said) =
        run_test_command(&examples_folder(), &["--coverage", "--fail-uncovered", "order.test.md"]);
    let expected = "order.test.md
  ok    An order is priced, reserved, charged and packed
  ok    An order without items is rejected
  ok    A busy warehouse is asked again, and a small amount is invoiced
  ok    The confirmation names the order and its payment
order.asl.json: 10 of 10 states and 7 of 7 transitions reached
  coverage: states 100%, transitions 100%
4 cases passed
";
    assert_eq!((code, said.as_str()), (Some(0), expected));
}

#[test]
fn a_failing_case_shows_what_differs() {
    let folder = copy_examples();
    replace_in_file(
        &folder,
        "order.test.md",
        "\"paidBy\": \"card\"}\n}\n```\n\n## An",
        "\"paidBy\": \"cash\"}\n}\n```\n\n## An",
    );
    replace_in_file(&folder, "order.test.md", "Order 7 has no items.", "Order 7 is empty.");
    let (code, said) = run_test_command(folder.path(), &["order.test.md"]);
    let expected = "order.test.md
  FAIL  An order is priced, reserved, charged and packed (line 20)
        the output differs:
            ],
            \"reservation\": \"R-42\",
            \"payment\": {
        -     \"paidBy\": \"cash\"
        +     \"paidBy\": \"card\"
            }
          }
  FAIL  An order without items is rejected (line 31)
        the cause differs:
        - Order 7 is empty.
        + Order 7 has no items.
        failed in state RejectOrder
          error: EmptyOrder
          cause: Order 7 has no items.
  ok    A busy warehouse is asked again, and a small amount is invoiced
  ok    The confirmation names the order and its payment
2 of 4 cases failed
";
    assert_eq!((code, said.as_str()), (Some(1), expected));
}

#[test]
fn an_update_writes_what_came_and_the_next_run_passes() {
    let folder = copy_examples();
    replace_in_file(&folder, "order.asl.json", "\"Seconds\": 1", "\"Seconds\": 200");
    let (code, said) = run_test_command(folder.path(), &["order.test.md"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("- 38 37 WaitStateExited Pack @3.5s"), "{said}");
    assert!(said.contains("+ 38 37 WaitStateExited Pack @202.5s"), "{said}");
    let (code, said) = run_test_command(folder.path(), &["--update", "order.test.md"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("  new   A busy warehouse is asked again"), "{said}");
    let (code, said) = run_test_command(folder.path(), &["order.test.md"]);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn what_no_case_reaches_is_listed_and_can_fail() {
    let folder = copy_examples();
    replace_in_file(
        &folder,
        "order.test.md",
        "\"error\": \"BelowCardMinimum\", \"cause\": \"10 is too little\"",
        "\"result\": 1",
    );
    replace_in_file(
        &folder,
        "order.test.md",
        "{\"orderId\": 7, \"items\": []}",
        "{\"orderId\": 7, \"items\": [1]}",
    );
    let arguments = ["--update", "--fail-uncovered", "order.test.md"];
    let (code, said) = run_test_command(folder.path(), &arguments);
    assert_eq!(code, Some(1));
    let expected = "order.asl.json: 8 of 10 states and 5 of 7 transitions reached
  not reached: state RejectOrder
  not reached: state SendInvoice
  not reached: HasItems: Default -> RejectOrder
  not reached: ChargeCard: Catch[0] -> SendInvoice
";
    assert!(said.contains(expected), "{said}");
}

#[test]
fn the_mocks_of_step_functions_local_run_as_they_are() {
    let input = r#"{"orderId": 42, "items": [{"sku": "a", "quantity": 2, "price": 5}]}"#;
    let arguments = [
        "--mock-config",
        "MockConfigFile.json",
        "--definition",
        "Order=order.asl.json",
        "--input",
        input,
    ];
    let (code, said) = run_test_command(&examples_folder(), &arguments);
    assert_eq!(code, Some(1));
    let happy = r#"  ok    Order#HappyPath: SUCCEEDED {"orderId":42,"reservation":"R-42","payment":{"paidBy":"card"},"lines":[{"line":1,"sku":"a","amount":10}]}"#;
    assert!(said.contains(happy), "{said}");
    let busy = "  FAIL  Order#WarehouseAlwaysBusy: FAILED WarehouseBusy: Ask again.";
    assert!(said.contains(busy), "{said}");
    assert!(said.contains("  not reached: state RejectOrder"), "{said}");
}

#[test]
fn a_file_that_cannot_be_read_exits_with_two_and_says_where() {
    let folder = copy_examples();
    replace_in_file(&folder, "order.test.md", "```input state=Confirm", "```input stat=Confirm");
    let (code, said) = run_test_command(folder.path(), &["order.test.md"]);
    assert_eq!(code, Some(2));
    assert!(
        said.starts_with("error: order.test.md: line 103: 'stat=Confirm' is none of"),
        "{said}"
    );
    let (code, _) = run_test_command(folder.path(), &[]);
    assert_eq!(code, Some(2));
}
