//! `statewright fmt`.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use asl::format_definition;
use clap::Args;
use similar::{ChangeTag, TextDiff};

use crate::{
    USAGE,
    counted_noun::counted_noun,
    definition_file::is_yaml,
    file_search::list_named_files,
    line_column::LineColumn,
    text_source::{ShownName, is_standard_input, read_text},
    validate::{DEFINITIONS, excerpt_with_caret},
    view::{Paint, is_reader_gone, visible_text},
};

/// The exit code of `--check` if a file would change.
const WOULD_CHANGE: u8 = 1;
/// Lines around a difference.
const CONTEXT_LINES: usize = 3;

const EXAMPLES: &str = "\
Examples:
  statewright fmt .                       formats every *.asl.json in this folder and below it
  statewright fmt --check .               for CI: exits with 1 if a file would change
  statewright fmt - < order.asl.json      for editors: prints the formatted definition

Exit codes: 0 done, or nothing to do; 1 with --check, a file would change; 2 a file is not JSON or
cannot be read or written.";

/// Arguments of `statewright fmt`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct FmtArguments {
    /// Definitions in JSON, or folders of them; `-` is standard input, printed formatted
    #[arg(required = true)]
    files: Vec<PathBuf>,

    /// Writes nothing: prints what would change, and exits with 1 if anything would
    #[arg(long)]
    check: bool,
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FormattedFile {
    WasInOrder,
    /// It was formatted; with `--check`, it would be.
    Changed,
    /// It is left as it is, or cannot be.
    LeftAlone,
    /// It cannot be read, formatted or written.
    Failed,
}

/// Formats each file. One that cannot be formatted does not keep the others from being.
pub(crate) fn format_files(arguments: &FmtArguments) -> anyhow::Result<ExitCode> {
    let mut out = io::stdout().lock();
    let mut outcomes = Vec::new();
    for file in list_named_files(&arguments.files, &DEFINITIONS) {
        let formatted = file.and_then(|file| format_file(&mut out, &file, arguments));
        outcomes.push(formatted.or_else(|error| {
            if is_reader_gone(&error) {
                return Err(error);
            }
            writeln!(io::stderr(), "error: {error:#}")?;
            anyhow::Ok(FormattedFile::Failed)
        })?);
    }
    let count = |of: FormattedFile| outcomes.iter().filter(|outcome| **outcome == of).count();
    let changed = count(FormattedFile::Changed);
    let is_filter = arguments.files.iter().all(|file| is_standard_input(file));
    if !is_filter {
        write_summary(&mut out, arguments, changed, outcomes.len() - changed)?;
    }
    Ok(match count(FormattedFile::Failed) {
        0 if arguments.check && changed > 0 => ExitCode::from(WOULD_CHANGE),
        0 => ExitCode::SUCCESS,
        _ => ExitCode::from(USAGE),
    })
}

/// `1 file formatted, 2 files left unchanged`
fn write_summary(
    out: &mut impl Write,
    arguments: &FmtArguments,
    changed: usize,
    others: usize,
) -> io::Result<()> {
    let done = if arguments.check { "would be formatted" } else { "formatted" };
    let mut parts = Vec::new();
    if changed > 0 {
        parts.push(format!("{} {done}", counted_noun(&changed, "file")));
    }
    if others > 0 {
        parts.push(format!("{} left unchanged", counted_noun(&others, "file")));
    }
    writeln!(out, "{}", parts.join(", "))
}

fn format_file(
    out: &mut impl Write,
    file: &Path,
    arguments: &FmtArguments,
) -> anyhow::Result<FormattedFile> {
    let (name, text) = (ShownName(file), read_text(file)?);
    let is_filter = is_standard_input(file) && !arguments.check;
    if is_yaml(file, &text) {
        writeln!(io::stderr(), "warning: {name}: YAML stays as it is, to keep its comments")?;
        if is_filter {
            out.write_all(text.as_bytes())?;
        }
        return Ok(FormattedFile::LeftAlone);
    }
    let formatted = match format_definition(&text) {
        Ok(formatted) => formatted,
        Err(error) => {
            show_format_error(file, &text, error.offset, &error.reason)?;
            return Ok(FormattedFile::Failed);
        }
    };
    if is_filter {
        out.write_all(formatted.as_bytes())?;
    }
    if formatted == text {
        return Ok(FormattedFile::WasInOrder);
    }
    if arguments.check {
        write_difference(out, &name.to_string(), &text, &formatted)?;
    } else if !is_filter {
        fs::write(file, formatted).with_context(|| format!("cannot write {name}"))?;
        writeln!(out, "formatted {name}")?;
    }
    Ok(FormattedFile::Changed)
}

/// Prints what would change, as `diff -u` does.
fn write_difference(out: &mut impl Write, name: &str, old: &str, new: &str) -> io::Result<()> {
    let paint = Paint::of_standard_output();
    let diff = TextDiff::from_lines(old, new);
    let header = [format!("--- {name}"), format!("+++ {name} (formatted)")];
    for line in header {
        writeln!(out, "{}", paint.bold(&line))?;
    }
    for hunk in diff.unified_diff().context_radius(CONTEXT_LINES).iter_hunks() {
        writeln!(out, "{}", paint.cyan(&hunk.header().to_string()))?;
        for change in hunk.iter_changes() {
            let line = change.value().trim_end_matches(['\n', '\r']);
            let line = match change.tag() {
                ChangeTag::Delete => paint.red(&format!("-{line}")),
                ChangeTag::Insert => paint.green(&format!("+{line}")),
                ChangeTag::Equal => format!(" {line}"),
            };
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}

/// Says on stderr what cannot be formatted, with its line and a caret.
fn show_format_error(file: &Path, text: &str, offset: usize, reason: &str) -> io::Result<()> {
    let LineColumn { line, column } = LineColumn::of_offset(text, offset);
    let mut err = io::stderr().lock();
    writeln!(err, "error: {}:{line}:{column}: {reason}", ShownName(file))?;
    let shown = visible_text(text.lines().nth(line - 1).unwrap_or_default());
    if let Some((line, caret)) = excerpt_with_caret(&shown, column) {
        writeln!(err, "    {line}\n    {caret}")?;
    }
    Ok(())
}
