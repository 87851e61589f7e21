//! `statewright init`.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};

use crate::interruption::quote_word;

const EXAMPLES: &str = "\
Examples:
  statewright init shop                       makes the folder shop
  statewright init --name refund --function node

Exit codes: 0 done, 2 the folder has such files already, or cannot be written.";

/// The most characters of a name: `-PriceOrderFunction-` and SAM's own ending come behind it.
const NAME_CHARS_MAX: usize = 32;

/// Arguments of `statewright init`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct InitArguments {
    /// The folder, which is made if it is not there
    #[arg(default_value = ".")]
    dir: PathBuf,

    /// The name of the state machine, which is that of the folder by default
    #[arg(long)]
    name: Option<String>,

    /// The language of the function: `python` or `node`
    #[arg(long, value_enum, value_name = "LANGUAGE", default_value_t, hide_possible_values = true)]
    function: FunctionLanguage,
}

/// The languages whose functions need no build.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum FunctionLanguage {
    #[default]
    Python,
    Node,
}

impl FunctionLanguage {
    /// The name of the function's file, and its text.
    const fn code_file(self) -> (&'static str, &'static str) {
        match self {
            Self::Python => ("app.py", include_str!("init/app.py")),
            Self::Node => ("app.mjs", include_str!("init/app.mjs")),
        }
    }

    /// The runtime of Lambda.
    const fn runtime(self) -> &'static str {
        match self {
            Self::Python => "python3.13",
            Self::Node => "nodejs22.x",
        }
    }
}

/// A file of the new project.
struct ProjectFile {
    /// Its path in the folder.
    path: String,
    text: String,
    purpose: &'static str,
}

/// Makes the files of a project that works at once, and says what to type next. A folder that has one
/// of them already is left as it is.
pub(crate) fn init_project(arguments: &InitArguments) -> anyhow::Result<ExitCode> {
    let folder = &arguments.dir;
    let name = match &arguments.name {
        Some(name) => check_name(name)?,
        None => name_of_folder(folder)?,
    };
    let files = project_files(&name, arguments.function);
    let there: Vec<&str> = files
        .iter()
        .map(|file| file.path.as_str())
        .filter(|path| fs::symlink_metadata(folder.join(path)).is_ok())
        .collect();
    if !there.is_empty() {
        bail!("{} has these files already: {}", folder.display(), there.join(", "));
    }
    for file in &files {
        write_new_file(&folder.join(&file.path), &file.text)?;
    }
    show_next_steps(&mut io::stdout().lock(), folder, &name, &files)?;
    Ok(ExitCode::SUCCESS)
}

/// A name that state machines, files and stacks accept.
fn check_name(name: &str) -> anyhow::Result<String> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let begins_with_letter = name.starts_with(|c: char| c.is_ascii_alphabetic());
    if !begins_with_letter || !name.chars().all(is_allowed) || name.len() > NAME_CHARS_MAX {
        bail!(
            "'{name}' is no name for a state machine: it needs a letter, then letters, digits and \
             hyphens, {NAME_CHARS_MAX} characters at most; choose one with --name"
        );
    }
    Ok(name.to_owned())
}

fn name_of_folder(folder: &Path) -> anyhow::Result<String> {
    let whole =
        std::path::absolute(folder).with_context(|| format!("cannot find {}", folder.display()))?;
    let name = whole.components().next_back().map(|last| last.as_os_str().to_string_lossy());
    let name = name.unwrap_or_default();
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    check_name(name.chars().map(plain).collect::<String>().trim_matches('-'))
}

fn project_files(name: &str, language: FunctionLanguage) -> Vec<ProjectFile> {
    let (code_file, code) = language.code_file();
    let file = |path: String, text: &str, purpose| {
        let text = text.replace("@NAME@", name).replace("@CODE@", code_file);
        ProjectFile { path, text: text.replace("@RUNTIME@", language.runtime()), purpose }
    };
    vec![
        file(format!("{name}.asl.json"), include_str!("init/machine.json"), "the state machine"),
        file(format!("{name}.test.md"), include_str!("init/cases.md"), "its tests"),
        file(format!("functions/{code_file}"), code, "the function that it calls"),
        file(
            "template.yaml".to_owned(),
            include_str!("init/template.yaml"),
            "deploys both, with SAM",
        ),
        file("README.md".to_owned(), include_str!("init/readme.md"), "what to do with them"),
        file(".gitignore".to_owned(), include_str!("init/gitignore"), "what is not kept in git"),
    ]
}

/// Writes a file that must not be there, and makes the folders around it.
fn write_new_file(file: &Path, text: &str) -> anyhow::Result<()> {
    let write = || {
        fs::create_dir_all(file.parent().unwrap_or_else(|| Path::new("")))?;
        let mut new = OpenOptions::new().write(true).create_new(true).open(file)?;
        new.write_all(text.as_bytes())
    };
    write().with_context(|| format!("cannot write {}", file.display()))
}

fn show_next_steps(
    out: &mut impl Write,
    folder: &Path,
    name: &str,
    files: &[ProjectFile],
) -> io::Result<()> {
    let width = files.iter().map(|file| file.path.len()).max().unwrap_or_default();
    writeln!(out, "created in {}:", folder.display())?;
    for ProjectFile { path, purpose, .. } in files {
        writeln!(out, "  {path:width$}  {purpose}")?;
    }
    writeln!(out, "\nnext:")?;
    if folder != Path::new(".") {
        writeln!(out, "  cd {}", quote_word(&folder.to_string_lossy()))?;
    }
    let readme = include_str!("init/readme.md").replace("@NAME@", name);
    let commands = readme.lines().filter(|line| line.starts_with("statewright "));
    commands.into_iter().try_for_each(|command| writeln!(out, "  {command}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_letters_digits_and_hyphens() {
        for name in ["a", "Order-2"] {
            assert_eq!(check_name(name).ok().as_deref(), Some(name));
        }
        for name in ["", "-a", "2a", "a b", "a_b", "é", "../a", &"a".repeat(33)] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_folder_gives_its_name() {
        let named = |folder: &str| name_of_folder(Path::new(folder)).ok();
        assert_eq!(named("/tmp/my shop.d").as_deref(), Some("my-shop-d"));
        assert_eq!(named("/tmp/.hidden/").as_deref(), Some("hidden"));
        assert_eq!(named("/"), None);
        assert_eq!(named("/tmp/2024"), None);
    }
}
