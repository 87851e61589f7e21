//! The texts that a user names: a file, or `-` for standard input.

use std::{
    fmt,
    io::Read,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use anyhow::{Context, bail};

/// What stands for standard input in place of a file.
const STANDARD_INPUT: &str = "-";

/// Some editors begin a file with it. It is no part of the text.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// A file's name as messages show it.
pub(crate) struct ShownName<'p>(pub(crate) &'p Path);

impl fmt::Display for ShownName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if is_standard_input(self.0) { f.write_str("<stdin>") } else { self.0.display().fmt(f) }
    }
}

/// Whether a path stands for standard input.
pub(crate) fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == STANDARD_INPUT
}

/// Reads a file, or standard input if the path is `-`. A byte order mark is left out.
pub(crate) fn read_text(path: &Path) -> anyhow::Result<String> {
    let name = ShownName(path);
    let bytes = if is_standard_input(path) { read_standard_input() } else { read_file(path) };
    decode_text(bytes.with_context(|| format!("cannot read {name}"))?)
        .with_context(|| format!("cannot read {name}"))
}

fn read_file(path: &Path) -> anyhow::Result<Vec<u8>> {
    Ok(std::fs::read(path)?)
}

fn read_standard_input() -> anyhow::Result<Vec<u8>> {
    static TAKEN: AtomicBool = AtomicBool::new(false);
    if TAKEN.swap(true, Ordering::Relaxed) {
        bail!("another argument has read it already");
    }
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn decode_text(bytes: Vec<u8>) -> anyhow::Result<String> {
    let is_utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    let Ok(text) = String::from_utf8(bytes) else {
        bail!("it is not UTF-8{}", if is_utf16 { " but UTF-16; save it as UTF-8" } else { "" });
    };
    Ok(text.strip_prefix(BYTE_ORDER_MARK).map_or_else(|| text.clone(), str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_text() {
        let decoded = |bytes: &[u8]| decode_text(bytes.to_vec()).map_err(|error| error.to_string());
        assert_eq!(decoded(b"\xef\xbb\xbf{}"), Ok("{}".to_owned()));
        assert_eq!(decoded("é".as_bytes()), Ok("é".to_owned()));
        let utf16 = "it is not UTF-8 but UTF-16; save it as UTF-8".to_owned();
        assert_eq!(decoded(b"\xff\xfe{\0}\0"), Err(utf16));
        assert_eq!(decoded(b"\xe9"), Err("it is not UTF-8".to_owned()));
    }
}
