//! The syntax of JSONata: from text to the tree that is evaluated.
//!
//! ```text
//! text --(token)--> tokens --(parser)--> parsed tree --(processor)--> tree of paths
//! ```
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "an operation concerns few of the many kinds of nodes"
)]

mod ancestry;
mod node;
mod parsed;
mod parser;
mod process;
mod process_path;
mod signature;
mod token;

pub(crate) use self::{
    node::{
        BinaryOperator, Group, LambdaNode, Node, NodeKind, PathNode, SortTerm, StepStage,
        SyntaxTree, TransformNode,
    },
    process::parse_expression,
    signature::Signature,
};
