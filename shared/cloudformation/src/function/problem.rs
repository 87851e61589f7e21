//! Why a function is not hosted.

use std::path::PathBuf;

use crate::ArchiveError;

/// Names a function of the template that cannot be hosted.
#[derive(Debug)]
pub struct NotHostedFunction {
    /// The function's name, as after `function:` in its ARN.
    pub name: String,
    /// Why it cannot be hosted.
    pub problem: HostingProblem,
}

/// Says why a function of a template cannot be hosted.
#[derive(Debug, thiserror::Error)]
pub enum HostingProblem {
    /// A function's runtime cannot be run here.
    #[error(
        "function {resource}: runtime `{runtime}` cannot be hosted \
         (python*, nodejs* and provided* can)"
    )]
    Runtime {
        /// The function's logical id.
        resource: String,
        /// The runtime it names.
        runtime: String,
    },
    /// A function's code does not exist.
    #[error("function {resource}: its code folder {folder} does not exist")]
    Folder {
        /// The function's logical id.
        resource: String,
        /// The folder its `CodeUri` names.
        folder: PathBuf,
    },
    /// A function's code is in S3 only.
    #[error("function {resource}: its code {key} is not in this project")]
    Elsewhere {
        /// The function's logical id.
        resource: String,
        /// What the template calls it.
        key: String,
    },
    /// A function's archive cannot be unpacked, or its code cannot be written to a folder.
    #[error("function {resource}: cannot unpack {archive}")]
    Archive {
        /// The function's logical id.
        resource: String,
        /// The archive.
        archive: PathBuf,
        /// Why it cannot be unpacked.
        #[source]
        source: ArchiveError,
    },
    /// A function of a `provided*` runtime has no executable.
    #[error("function {resource}: {file} does not exist; build the function first")]
    Bootstrap {
        /// The function's logical id.
        resource: String,
        /// The missing executable.
        file: PathBuf,
    },
    /// A property is missing or has a value that cannot be hosted.
    #[error("function {resource}: {property} {problem}")]
    Property {
        /// The function's logical id.
        resource: String,
        /// The property's name.
        property: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
}
