//! The steps a compiled path consists of.

use std::fmt;

use super::{JaywayPath, filter::PathFilter, functions::PathFunction};

/// Where a path starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PathRoot {
    /// `$`: the document.
    Document,
    /// `@`: the item a filter tests.
    Item,
}

impl PathRoot {
    /// The character that stands for the root.
    pub(crate) fn root_symbol(self) -> char {
        match self {
            Self::Document => '$',
            Self::Item => '@',
        }
    }
}

/// One step of a path.
#[derive(Debug, Clone)]
pub(crate) enum PathToken {
    /// `.name`, `['name']` or `['a','b']`, with the quote it was written in.
    Properties { names: Vec<String>, quote: char },
    /// `.*` or `[*]`.
    Wildcard,
    /// `..`.
    Scan,
    /// `[1]` or `[1,2]`.
    Indexes(Vec<i64>),
    /// `[from:to]`; at least one of them is present.
    Slice { from: Option<i64>, to: Option<i64> },
    /// `[?(…)]`.
    Filter(Box<PathFilter>),
    /// `.name(…)`.
    Function { name: String, function: Option<PathFunction>, arguments: Vec<PathArgument> },
}

/// One argument of a path function.
#[derive(Debug, Clone)]
pub(crate) enum PathArgument {
    /// JSON text; `None` if it is malformed, which fails when the path is applied.
    Json(Option<serde_json::Value>),
    /// A path from the document's root.
    Path(JaywayPath),
}

impl PathToken {
    /// Whether the step selects at most one value.
    pub(crate) fn is_definite(&self, place: TokenPosition) -> bool {
        match self {
            Self::Properties { names, .. } => names.len() == 1 || place == TokenPosition::Last,
            Self::Indexes(indexes) => indexes.len() == 1,
            Self::Function { .. } => true,
            Self::Wildcard | Self::Scan | Self::Slice { .. } | Self::Filter(_) => false,
        }
    }

    /// Whether the step may read `$`, wherever it is in the path: filters and arguments can.
    pub(crate) fn may_read_document(&self) -> bool {
        match self {
            Self::Filter(_) => true,
            Self::Function { arguments, .. } => !arguments.is_empty(),
            Self::Properties { .. }
            | Self::Wildcard
            | Self::Scan
            | Self::Indexes(_)
            | Self::Slice { .. } => false,
        }
    }
}

/// Whether a step is followed by others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenPosition {
    /// Other steps follow.
    Inner,
    /// It is the last one.
    Last,
}

impl fmt::Display for PathToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Properties { names, quote } => {
                f.write_str("[")?;
                for (i, name) in names.iter().enumerate() {
                    let comma = if i == 0 { "" } else { "," };
                    write!(f, "{comma}{quote}{name}{quote}")?;
                }
                f.write_str("]")
            }
            Self::Wildcard => f.write_str("[*]"),
            Self::Scan => f.write_str(".."),
            Self::Indexes(indexes) => {
                let texts: Vec<String> = indexes.iter().map(i64::to_string).collect();
                write!(f, "[{}]", texts.join(","))
            }
            Self::Slice { from, to } => {
                let text = |bound: &Option<i64>| bound.map(|b| b.to_string()).unwrap_or_default();
                write!(f, "[{}:{}]", text(from), text(to))
            }
            Self::Filter(_) => f.write_str("[?]"),
            Self::Function { name, .. } => write!(f, ".{name}"),
        }
    }
}
