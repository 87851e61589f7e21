//! Completions in the shells that are on this machine.

use super::Shell;

#[test]
fn bash_completes_commands_and_options() {
    let shell = Shell::new();
    let complete = |words: &str, index: usize| {
        let script = format!(
            "eval \"$(statewright completions bash)\"; COMP_WORDS=({words}); COMP_CWORD={index}; \
             _statewright statewright \"${{COMP_WORDS[{index}]}}\" \"${{COMP_WORDS[{index}-1]}}\"; \
             printf '%s\\n' \"${{COMPREPLY[@]}}\""
        );
        shell.piped(&format!("bash -c '{}'", script.replace('\'', r"'\''")))
    };
    assert_eq!(complete("statewright des", 1), "describe\n");
    let options = complete("statewright list --s", 2);
    assert_eq!(options, "--status\n--since\n--stack\n");
    assert_eq!(complete("statewright list --status FA", 3), "FAILED\n");
}

#[test]
fn every_shell_has_a_script_that_it_can_read() {
    let shell = Shell::new();
    for (name, check) in [("bash", "bash -n"), ("zsh", "zsh -n"), ("fish", "fish --no-execute")] {
        let script = shell.piped(&format!("statewright completions {name}"));
        assert!(script.contains("redrive") && script.len() > 10_000, "{name}");
        let program = check.split(' ').next().expect("a program");
        if shell.piped(&format!("command -v {program} || echo none")).trim() == "none" {
            // The script was made all the same; the shell that would read it is not on this machine.
            continue;
        }
        let read = shell.piped(&format!("statewright completions {name} > s && {check} s"));
        assert_eq!(read, "", "{name}");
    }
}
