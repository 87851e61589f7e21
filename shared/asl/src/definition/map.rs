//! Map State, inline.

use jsonpath::{SourcedPath, Template};

use super::{
    flow::{DataFlow, Next},
    handlers::Handlers,
    parallel::Branch,
};

/// Runs one processor for each item of an array.
///
/// Spec: ASL § Map State.
#[derive(Clone, Debug)]
pub struct Map {
    /// How data flows; `parameters` is always absent.
    pub flow: DataFlow,
    /// `ItemsPath`, default `$`.
    pub items: SourcedPath,
    /// `ItemSelector`, or `Parameters` in the old spelling.
    pub item_selector: Option<Template>,
    /// `ItemProcessor`, or `Iterator` in the old spelling.
    pub processor: Branch,
    /// `MaxConcurrency`, `MaxConcurrencyPath`
    pub concurrency: Concurrency,
    /// `Retry`, `Catch`
    pub handlers: Handlers,
    /// Where it leads.
    pub next: Next,
}

/// How many iterations may run at once; 0 sets no limit.
#[derive(Clone, Debug)]
pub enum Concurrency {
    /// `MaxConcurrency`
    Limit(u32),
    /// `MaxConcurrencyPath`
    Path(SourcedPath),
}
