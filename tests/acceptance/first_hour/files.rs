//! Files as users have and name them.

use super::*;

#[test]
fn json_that_ends_too_early_is_refused_where_it_ends() {
    let folder = temporary_folder();
    for text in ["{", "{\n", "{\"StartAt\": \"A\"\r\n\r\n", "{\"é\": \n"] {
        write_file(folder.path(), "m.asl.json", text);
        for command in ["validate", "run"] {
            let said = run_in(folder.path(), &[command, "m.asl.json"]);
            assert_eq!(said.code, Some(2), "{text:?}: {said:?}");
            let all = said.out + &said.err;
            assert!(all.contains("INVALID_JSON_DESCRIPTION: Unexpected end-of-input"), "{all}");
            assert!(all.starts_with("m.asl.json:1:"), "{all}");
        }
    }
    for blank in ["", "\n"] {
        write_file(folder.path(), "m.asl.json", blank);
        for command in ["validate", "run"] {
            let said = run_in(folder.path(), &[command, "m.asl.json"]);
            assert_eq!(said.code, Some(2), "{blank:?}: {said:?}");
            let all = said.out + &said.err;
            assert!(all.contains("Definition must be a valid JSON object"), "{all}");
        }
    }
    write_file(folder.path(), "t.test.json", "{\n");
    write_file(folder.path(), "i.json", "{\n");
    write_file(folder.path(), "m.asl.json", PASS);
    for arguments in [&["test", "t.test.json"][..], &["run", "m.asl.json", "--input", "@i.json"]] {
        let said = run_in(folder.path(), arguments);
        assert_eq!((said.code, said.err.contains("panicked")), (Some(2), false), "{said:?}");
    }
}

#[test]
fn standard_input_is_a_file_named_by_a_hyphen() {
    let folder = temporary_folder();
    let said = run_with_input(folder.path(), &["validate", "-"], PASS);
    assert_eq!((said.code, said.out.as_str()), (Some(0), "<stdin>: valid, 1 state\n"), "{said:?}");
    let yaml = "StartAt: A\nStates:\n  A: {Type: Pass, Nxt: B}\n";
    let said = run_with_input(folder.path(), &["validate", "-"], yaml);
    assert!(said.code == Some(2) && said.out.starts_with("<stdin>:3:"), "{said:?}");
    let said = run_with_input(folder.path(), &["run", "-", "--input", "[1]"], PASS);
    assert_eq!((said.code, said.out.as_str()), (Some(0), "[1]\n"), "{said:?}");
    write_file(folder.path(), "m.asl.json", PASS);
    for input in ["-", "@-"] {
        let said = run_with_input(folder.path(), &["run", "m.asl.json", "--input", input], "[2]");
        assert_eq!((said.code, said.out.as_str()), (Some(0), "[2]\n"), "{said:?}");
    }
    let said = run_with_input(folder.path(), &["run", "-", "--input", "-"], PASS);
    let twice = "error: cannot read <stdin>: another argument has read it already\n";
    assert_eq!((said.code, said.err.as_str()), (Some(2), twice));
    let case = "# One\n```asl file=m.asl.json\n```\n```output\n{}\n```\n";
    let said = run_with_input(folder.path(), &["test", "-"], case);
    assert!(said.code == Some(0) && said.out.contains("  ok    One\n"), "{said:?}");
}

#[test]
fn a_byte_order_mark_is_no_part_of_a_file() {
    let folder = temporary_folder();
    let marked = |text: &str| format!("\u{feff}{text}");
    write_file(folder.path(), "m.asl.json", &marked(PASS));
    write_file(folder.path(), "m.asl.yaml", &marked("StartAt: A\nStates: {A: {Type: Succeed}}\n"));
    write_file(folder.path(), "i.json", &marked("[3]"));
    let said = run_in(folder.path(), &["run", "m.asl.json", "--input", "@i.json"]);
    assert_eq!((said.code, said.out.as_str()), (Some(0), "[3]\n"), "{said:?}");
    let said = run_in(folder.path(), &["validate", "m.asl.yaml"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let case = "# One\n```asl file=m.asl.json\n```\n```output\n{}\n```\n";
    write_file(folder.path(), "t.test.md", &marked(case));
    let said = run_in(folder.path(), &["test", "t.test.md"]);
    assert!(said.code == Some(0) && said.out.contains("  ok    One\n"), "{said:?}");
}

#[test]
fn a_file_that_is_missing_stops_no_other() {
    let folder = temporary_folder();
    write_file(folder.path(), "m.asl.json", PASS);
    let said = run_in(folder.path(), &["validate", "missing.json", "m.asl.json"]);
    assert_eq!((said.code, said.out.as_str()), (Some(2), "m.asl.json: valid, 1 state\n"));
    let missing = "error: cannot read missing.json: No such file or directory";
    assert!(said.err.starts_with(missing), "{said:?}");
    write_file(
        folder.path(),
        "t.test.md",
        "# One\n```asl file=m.asl.json\n```\n```output\n{}\n```\n",
    );
    let said = run_in(folder.path(), &["test", "missing.test.md", "t.test.md"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.out.contains("1 case passed\n1 file could not be read\n"), "{said:?}");
}

#[test]
fn a_folder_stands_for_the_definitions_or_test_files_in_it() {
    let folder = temporary_folder();
    write_file(folder.path(), "flows/b.asl.json", PASS);
    write_file(folder.path(), "flows/a/a.asl.yaml", "StartAt: A\nStates: {A: {Type: Succeed}}\n");
    write_file(folder.path(), "flows/notes.md", "# Notes\n");
    write_file(folder.path(), "flows/package.json", "{}");
    let case = "# One\n```asl file=b.asl.json\n```\n```output\n{}\n```\n";
    write_file(folder.path(), "flows/b.test.md", case);
    let said = run_in(folder.path(), &["validate", "flows"]);
    let expected = "flows/a/a.asl.yaml: valid, 1 state\nflows/b.asl.json: valid, 1 state\n";
    assert_eq!((said.code, said.out.as_str()), (Some(0), expected), "{said:?}");
    let said = run_in(folder.path(), &["test", "."]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.starts_with("./flows/b.test.md\n  ok    One\n"), "{said:?}");
    let said = run_in(folder.path(), &["validate", "flows/a", "flows/none"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    write_file(folder.path(), "empty/notes.md", "");
    let said = run_in(folder.path(), &["test", "empty"]);
    let none = "error: empty has no test files (*.test.md, *.test.json)\n";
    assert_eq!((said.code, said.err.as_str()), (Some(2), none));
}

#[test]
fn an_account_and_a_region_are_checked() {
    let folder = temporary_folder();
    write_file(folder.path(), "m.asl.json", PASS);
    for wrong in [["--account", "12"], ["--region", ""], ["--region", "EU"]] {
        for command in [&["run", "m.asl.json"][..], &["local", "--memory"]] {
            let said = run_in(folder.path(), &[command, &wrong].concat());
            assert_eq!(said.code, Some(2), "{wrong:?}: {said:?}");
            assert!(said.err.contains(wrong[0]), "{said:?}");
        }
    }
    let run = |region: &str| {
        let mut command = statewright_command(folder.path(), &["run", "m.asl.json"]);
        Said::of(command.env("AWS_REGION", region).output().expect("the built binary runs"))
    };
    assert_eq!(run("").code, Some(0), "an empty variable counts as none");
    let said = run("EU");
    assert!(said.code == Some(2) && said.err.contains("AWS_REGION is 'EU'"), "{said:?}");
}
