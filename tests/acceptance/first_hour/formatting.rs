//! `fmt`, and the formats of `validate`.

use super::*;
use crate::terminal::Terminal;

const UNTIDY: &str = "{\"States\": {\"A\": {\"End\": true, \"Type\": \"Pass\",\n\"Result\": {\"z\": 1.0, \
                      \"a\": [1e3]}}},\n\"StartAt\": \"A\"}\n";
const TIDY: &str = r#"{
  "StartAt": "A",
  "States": {
    "A": {
      "Type": "Pass",
      "Result": { "z": 1.0, "a": [1e3] },
      "End": true
    }
  }
}
"#;

fn read_file(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).expect("the file is there")
}

#[test]
fn files_of_a_folder_are_formatted_once() {
    let folder = temporary_folder();
    write_file(folder.path(), "a.asl.json", UNTIDY);
    write_file(folder.path(), "flows/b.asl.json", TIDY);
    write_file(folder.path(), "package.json", "{\"StartAt\":1}");
    let said = run_in(folder.path(), &["fmt", "."]);
    let expected = "formatted ./a.asl.json\n1 file formatted, 1 file left unchanged\n";
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (Some(0), expected, ""));
    assert_eq!(read_file(folder.path(), "a.asl.json"), TIDY);
    assert_eq!(read_file(folder.path(), "package.json"), "{\"StartAt\":1}");
    let said = run_in(folder.path(), &["fmt", "."]);
    assert_eq!((said.code, said.out.as_str()), (Some(0), "2 files left unchanged\n"));
}

#[test]
fn a_check_shows_what_would_change_and_changes_nothing() {
    let folder = temporary_folder();
    let untidy = TIDY.replace("      \"End\": true\n", "      \"End\":   true\n");
    write_file(folder.path(), "a.asl.json", &untidy);
    write_file(folder.path(), "b.asl.json", TIDY);
    let check = ["fmt", "--check", "a.asl.json", "b.asl.json"];
    let said = run_in(folder.path(), &check);
    let expected = r#"--- a.asl.json
+++ a.asl.json (formatted)
@@ -4,7 +4,7 @@
     "A": {
       "Type": "Pass",
       "Result": { "z": 1.0, "a": [1e3] },
-      "End":   true
+      "End": true
     }
   }
 }
1 file would be formatted, 1 file left unchanged
"#;
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (Some(1), expected, ""));
    assert_eq!(read_file(folder.path(), "a.asl.json"), untidy);
    let said = run_in(folder.path(), &["fmt", "--check", "b.asl.json"]);
    assert_eq!((said.code, said.out.as_str()), (Some(0), "1 file left unchanged\n"));

    let mut terminal = Terminal::open();
    let mut command = statewright_command(folder.path(), &check);
    let status = command.stdout(terminal.stdio()).env_remove("NO_COLOR").status();
    assert_eq!(status.expect("the built binary runs").code(), Some(1));
    let seen = terminal.read_until("would be formatted");
    for shown in [
        "\u{1b}[1m--- a.asl.json\u{1b}[0m\r\n",
        "\u{1b}[31m-      \"End\":   true\u{1b}[0m\r\n\u{1b}[32m+      \"End\": true\u{1b}[0m\r\n",
    ] {
        assert!(seen.contains(shown), "{seen:?}");
    }
}

#[test]
fn standard_input_is_printed_formatted() {
    let folder = temporary_folder();
    let said = run_with_input(folder.path(), &["fmt", "-"], UNTIDY);
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (Some(0), TIDY, ""));
    let said = run_with_input(folder.path(), &["fmt", "--check", "-"], UNTIDY);
    assert!(said.code == Some(1) && said.out.starts_with("--- <stdin>\n"), "{said:?}");
}

#[test]
fn what_cannot_be_formatted_is_said_and_keeps_no_other_from_it() {
    let folder = temporary_folder();
    write_file(folder.path(), "a.asl.json", "{\"StartAt\": \"A\",\n  \"States\": {},\n}\n");
    write_file(folder.path(), "b.asl.json", UNTIDY);
    write_file(folder.path(), "c.asl.yaml", "StartAt:   A # why\n");
    write_file(folder.path(), "package.json", "{\"name\": \"a\"}");
    let said = run_in(folder.path(), &["fmt", ".", "package.json", "missing.asl.json"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    let expected = "formatted ./b.asl.json\n1 file formatted, 4 files left unchanged\n";
    assert_eq!(said.out, expected);
    let expected =
        "error: ./a.asl.json:3:1: not JSON: expected a key in double quotes, and here is '}'
    }
    ^
warning: ./c.asl.yaml: YAML stays as it is, to keep its comments
error: package.json:1:1: this is no state machine: it has neither StartAt nor States
    {\"name\": \"a\"}
    ^
error: cannot read missing.asl.json: No such file or directory (os error 2)
";
    assert_eq!(said.err, expected);
    assert_eq!(read_file(folder.path(), "c.asl.yaml"), "StartAt:   A # why\n");
}

#[test]
fn findings_for_programs_are_lines_of_json() {
    let folder = temporary_folder();
    write_file(folder.path(), "m.asl.json", &TIDY.replace("Pass", "Psas"));
    for format in [&["--json"][..], &["--format", "json"]] {
        let said = run_in(folder.path(), &[&["validate", "m.asl.json"], format].concat());
        assert_eq!(said.code, Some(2), "{said:?}");
        let finding: serde_json::Value =
            serde_json::from_str(said.out.lines().next().unwrap_or_default()).expect("JSON");
        assert_eq!((&finding["file"], &finding["line"]), (&"m.asl.json".into(), &5.into()));
        assert_eq!(finding["severity"], "ERROR");
    }
    let both = run_in(folder.path(), &["validate", "--json", "--format", "text", "m.asl.json"]);
    assert_eq!(both.code, Some(2), "{both:?}");
}
