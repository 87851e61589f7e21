//! `init`, and whether what it made works at once.

use super::*;
use crate::{program::statewright_binary, terminal::Terminal};

const CREATED: &str = "\
created in shop:
  shop.asl.json     the state machine
  shop.test.md      its tests
  functions/app.py  the function that it calls
  template.yaml     deploys both, with SAM
  README.md         what to do with them
  .gitignore        what is not kept in git

next:
  cd shop
  statewright validate .
  statewright test . --coverage
  statewright run shop.asl.json --substitute PriceOrderFunction=PriceOrderFunction --input '{\"items\": [\"tea\", \"cake\"]}'
  statewright fmt .
";

/// Runs a line as a user types it, with the program under test on the path.
fn type_line(folder: &Path, line: &str) -> Said {
    let binary = statewright_binary();
    let folders = [binary.parent().expect("a program is in a folder").to_owned()];
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(folders.into_iter().chain(std::env::split_paths(&path)));
    let mut shell = Command::new("sh");
    shell.args(["-c", line]).current_dir(folder).env("PATH", path.expect("folders have names"));
    Said::of(shell.output().expect("a shell runs"))
}

#[test]
fn a_new_project_works_with_the_commands_that_it_names() {
    for (language, has_program) in [("python", "python3 -V"), ("node", "node -v")] {
        let folder = temporary_folder();
        if type_line(folder.path(), has_program).code != Some(0) {
            continue;
        }
        let said = run_in(folder.path(), &["init", "shop", "--function", language]);
        assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{said:?}");
        if language == "python" {
            assert_eq!(said.out, CREATED);
        }
        let (_, next) = said.out.split_once("next:\n").expect("it says what to type");
        let mut lines = next.lines().map(str::trim);
        assert_eq!(lines.next(), Some("cd shop"));
        let project = folder.path().join("shop");
        let page = std::fs::read_to_string(project.join("README.md")).expect("it is made");
        let said: Vec<Said> = lines
            .map(|line| {
                assert!(page.contains(&format!("\n{line}\n")), "the page has {line}");
                let said = type_line(&project, line);
                assert_eq!(said.code, Some(0), "{line}: {said:?}");
                said
            })
            .collect();
        let [validated, tested, ran, formatted] = &said[..] else { panic!("four: {said:?}") };
        assert_eq!(validated.out, "./shop.asl.json: valid, 3 states\n");
        assert!(
            tested.out.contains("states 100%, transitions 100%\n4 cases passed\n"),
            "{tested:?}"
        );
        assert_eq!(ran.out, "{\"items\":[\"tea\",\"cake\"],\"total\":8}\n");
        assert_eq!(formatted.out, "1 file left unchanged\n");
        let soup = "statewright run shop.asl.json --substitute \
                    PriceOrderFunction=PriceOrderFunction --input '{\"items\": [\"soup\"]}'";
        let said = type_line(&project, soup);
        let rejected = "FAILED OrderRejected: There is no price for soup.\n";
        assert!(said.code == Some(1) && said.err.ends_with(rejected), "{said:?}");
    }
}

#[test]
fn a_terminal_shows_the_same() {
    let folder = temporary_folder();
    let mut terminal = Terminal::open();
    let mut command = statewright_command(folder.path(), &["init", "shop"]);
    let status = command.stdout(terminal.stdio()).status();
    assert!(status.expect("the built binary runs").success());
    assert_eq!(terminal.read_until("statewright fmt .\r\n"), CREATED.replace('\n', "\r\n"));
}

#[test]
fn a_project_may_have_a_name_and_be_made_where_one_is() {
    let folder = temporary_folder();
    write_file(folder.path(), "notes.txt", "mine");
    let said = run_in(folder.path(), &["init", "--name", "Refund-2"]);
    assert!(said.code == Some(0) && !said.out.contains("  cd "), "{said:?}");
    let template = std::fs::read_to_string(folder.path().join("template.yaml"));
    assert!(template.expect("it is made").contains("DefinitionUri: Refund-2.asl.json\n"));
    let said = run_in(folder.path(), &["init", "--name", "a b"]);
    let reason = "error: 'a b' is no name for a state machine: it needs a letter, ";
    assert!(said.code == Some(2) && said.err.starts_with(reason), "{said:?}");
}

#[test]
fn a_folder_that_has_such_files_is_left_as_it_is() {
    let folder = temporary_folder();
    write_file(folder.path(), "shop/README.md", "mine");
    write_file(folder.path(), "shop/functions/app.py", "mine");
    let said = run_in(folder.path(), &["init", "shop"]);
    let expected = "error: shop has these files already: functions/app.py, README.md\n";
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (Some(2), "", expected));
    let entries = std::fs::read_dir(folder.path().join("shop")).expect("it is there");
    assert_eq!(entries.count(), 2);
}
