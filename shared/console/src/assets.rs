//! The style sheet and the script of all pages.

use std::hash::{DefaultHasher, Hash, Hasher};

use http::StatusCode;

use crate::answers::{PageAnswer, asset_answer};

/// The style of the pages. That of the drawings comes behind it.
const STYLE: &str =
    concat!(include_str!("../assets/console.css"), "\n", include_str!("../assets/timeline.css"));
const ICON: &str = include_str!("../assets/icon.svg");
const SCRIPT: &str = include_str!("../assets/console.js");

/// The files that pages refer to.
#[derive(Debug)]
pub(crate) struct Assets {
    style: String,
    /// Changes when one of them does, so that a browser may keep them for ever.
    version: String,
}

impl Assets {
    pub(crate) fn new() -> Self {
        let style = format!("{STYLE}\n{}", graph::svg_style());
        let mut hasher = DefaultHasher::new();
        (&style, SCRIPT, ICON).hash(&mut hasher);
        Self { style, version: format!("{:016x}", hasher.finish()) }
    }

    pub(crate) fn style_path(&self) -> String {
        format!("/assets/{}/console.css", self.version)
    }

    pub(crate) fn script_path(&self) -> String {
        format!("/assets/{}/console.js", self.version)
    }

    pub(crate) fn icon_path(&self) -> String {
        format!("/assets/{}/icon.svg", self.version)
    }

    /// The file at `/assets/` and this path.
    pub(crate) fn answer(&self, path: &str) -> PageAnswer {
        match path.split_once('/') {
            Some((_, "console.css")) => asset_answer("text/css; charset=utf-8", self.style.clone()),
            Some((_, "console.js")) => {
                asset_answer("text/javascript; charset=utf-8", SCRIPT.to_owned())
            }
            Some((_, "icon.svg")) => asset_answer("image/svg+xml", ICON.to_owned()),
            _ => PageAnswer::text(StatusCode::NOT_FOUND, "There is no such file."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page opens fast on a slow line.
    #[test]
    fn the_assets_are_smaller_than_100_kb() {
        let bytes = Assets::new().style.len() + SCRIPT.len() + ICON.len();
        assert!(bytes < 100_000, "{bytes} bytes");
    }
}
