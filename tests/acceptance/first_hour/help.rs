//! The help of subcommands.

use super::*;

#[test]
fn the_help_of_a_subcommand_fits_a_screen_and_has_an_example() {
    let folder = temporary_folder();
    for command in ["fmt", "init", "test", "validate"] {
        let said = run_in(folder.path(), &[command, "--help"]);
        assert_eq!(said.code, Some(0), "{said:?}");
        assert!(said.out.lines().count() <= 40, "{command}: {}", said.out);
        let long = said.out.lines().find(|line| line.chars().count() > 100);
        assert_eq!(long, None, "{command}");
        assert!(said.out.contains(&format!("Examples:\n  statewright {command}")), "{}", said.out);
        assert!(said.out.contains("\nExit codes: 0 "), "{}", said.out);
    }
}
