//! embedded

pub mod lambda;
