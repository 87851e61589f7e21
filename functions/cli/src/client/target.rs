//! Which target a command speaks to: its options, the environment, what `use` remembered, this folder.

use std::{
    fmt,
    io::{self, IsTerminal},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use clap::Args;
use serde::{Deserialize, Serialize};
use services::named_endpoint;
use tokio::time::{Instant, sleep};

use super::{
    ApiClient, Connection, OpenedFolder, ServerConnection, ServerFile, read_remembered_target,
};
use crate::{
    account_region::parse_region,
    local_machine::{IN_USE_PATIENCE, IN_USE_PAUSE},
    standard_error::say_line,
};

/// Where `local` keeps its data, and where it listens, unless it is told otherwise.
pub(crate) const FOLDER_DEFAULT: &str = ".statewright";
const ENDPOINT_DEFAULT: &str = "http://127.0.0.1:8083";

/// Where the state machines are.
#[derive(Args, Clone, Debug, Default)]
#[command(
    next_help_heading = "Where (by default what `use` remembered, else the `local` of this folder)"
)]
pub(crate) struct TargetArguments {
    /// An endpoint of the Step Functions API, such as that of `local`.
    #[arg(long, global = true, value_name = "URL", group = "target")]
    pub(crate) endpoint: Option<String>,

    /// A deployment, by the name of its stack.
    #[arg(long, global = true, value_name = "NAME", group = "target")]
    pub(crate) stack: Option<String>,

    /// AWS Step Functions itself.
    #[arg(long, global = true, group = "target")]
    pub(crate) aws: bool,

    /// A data folder of `local`, whether it runs or not.
    #[arg(long, global = true, value_name = "DIR", group = "target")]
    pub(crate) data: Option<PathBuf>,

    /// The region, where the endpoint does not say it.
    #[arg(long, global = true, value_parser = parse_region)]
    pub(crate) region: Option<String>,

    /// The profile of AWS's tools whose credentials sign.
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,

    /// The file with the token that `local --token` wants.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) token: Option<PathBuf>,
}

/// A target as it is kept in the file of settings.
///
/// Shape: `{"stack": "orders", "region": "eu-west-1", "profile": "ops"}`
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RememberedTarget {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) endpoint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stack: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) aws: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) data: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) profile: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<PathBuf>,
}

impl fmt::Display for RememberedTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.stack, &self.data, &self.endpoint) {
            _ if self.aws => f.write_str("AWS Step Functions"),
            (Some(stack), _, _) => write!(f, "stack {stack}"),
            (_, Some(data), _) => data.display().fmt(f),
            (_, _, Some(endpoint)) => f.write_str(endpoint),
            _ => f.write_str(ENDPOINT_DEFAULT),
        }
    }
}

impl TargetArguments {
    /// Whether they name a target.
    pub(crate) fn names_a_target(&self) -> bool {
        self.aws || self.endpoint.is_some() || self.stack.is_some() || self.data.is_some()
    }

    /// Whether they say how to reach a target, and not which.
    pub(crate) fn has_settings_only(&self) -> bool {
        let has_settings = self.region.is_some() || self.profile.is_some() || self.token.is_some();
        has_settings && !self.names_a_target()
    }

    /// These options as they are kept. Paths are kept whole, since the next command may run elsewhere.
    pub(crate) fn to_remembered(&self) -> anyhow::Result<RememberedTarget> {
        let whole = |path: &Option<PathBuf>| path.as_deref().map(std::path::absolute).transpose();
        Ok(RememberedTarget {
            endpoint: self.endpoint.clone(),
            stack: self.stack.clone(),
            aws: self.aws,
            data: whole(&self.data)?,
            region: self.region.clone(),
            profile: self.profile.clone(),
            token: whole(&self.token)?,
        })
    }

    /// Connects to the target.
    ///
    /// Errors: what keeps it from being found or opened. Whether an endpoint answers is seen by the first
    /// call.
    pub(crate) async fn connect(&self) -> anyhow::Result<ApiClient> {
        self.find_target()?.connect().await
    }

    /// The target of the options, else of the environment, else what was remembered, else this folder.
    pub(crate) fn find_target(&self) -> anyhow::Result<RememberedTarget> {
        let options = self.to_remembered()?;
        if self.names_a_target() {
            return Ok(options);
        }
        let otherwise = match named_endpoint("SFN") {
            Some(endpoint) => {
                RememberedTarget { endpoint: Some(endpoint), ..RememberedTarget::default() }
            }
            None => remembered_or_here()?,
        };
        Ok(RememberedTarget {
            region: options.region.or(otherwise.region),
            profile: options.profile.or(otherwise.profile),
            token: options.token.or(otherwise.token),
            ..otherwise
        })
    }
}

impl RememberedTarget {
    /// Connects to the target.
    ///
    /// Errors: what keeps it from being found or opened. Whether an endpoint answers is seen by the first
    /// call.
    pub(crate) async fn connect(&self) -> anyhow::Result<ApiClient> {
        if self.aws {
            let (server, region) = ServerConnection::to_aws(self).await?;
            let target = format!("AWS Step Functions in {region}");
            return Ok(ApiClient { connection: Connection::Server(Box::new(server)), target });
        }
        if let Some(stack) = &self.stack {
            let server = ServerConnection::to_stack(stack, self).await?;
            let target = format!("stack {stack}");
            return Ok(ApiClient { connection: Connection::Server(Box::new(server)), target });
        }
        if let Some(folder) = &self.data {
            return open_folder(folder, self).await;
        }
        let endpoint = self.endpoint.as_deref().unwrap_or(ENDPOINT_DEFAULT);
        connect_to_endpoint(endpoint, self).await
    }
}

/// What was remembered, which a terminal is told; else the data folder of this folder, if there is one.
fn remembered_or_here() -> anyhow::Result<RememberedTarget> {
    if let Some(remembered) = read_remembered_target()? {
        if io::stderr().is_terminal() {
            say_line(&format!("target: {remembered} (`statewright use --forget` forgets it)"));
        }
        return Ok(remembered);
    }
    let folder = Path::new(FOLDER_DEFAULT);
    let data = folder.is_dir().then(|| folder.to_owned());
    Ok(RememberedTarget { data, ..RememberedTarget::default() })
}

async fn connect_to_endpoint(
    endpoint: &str,
    settings: &RememberedTarget,
) -> anyhow::Result<ApiClient> {
    let server = ServerConnection::to_endpoint(endpoint, settings)
        .await
        .with_context(|| format!("cannot use the endpoint {endpoint}"))?;
    Ok(ApiClient { connection: Connection::Server(Box::new(server)), target: endpoint.to_owned() })
}

/// Opens a folder, or connects to the server that has it open.
async fn open_folder(folder: &Path, settings: &RememberedTarget) -> anyhow::Result<ApiClient> {
    if !folder.is_dir() {
        bail!("there is no folder {}", folder.display());
    }
    let deadline = Instant::now() + IN_USE_PATIENCE;
    loop {
        // One that starts says only in a moment where it listens.
        let server = ServerFile::read(folder);
        let region = settings.region.as_deref();
        if let Some(opened) = OpenedFolder::open(folder, region, server.as_ref())? {
            return Ok(ApiClient {
                connection: Connection::Folder(Box::new(opened)),
                target: format!("{} (no server runs on it)", folder.display()),
            });
        }
        // Whoever has it open is its server, or a command that lets go of it in a moment.
        if let Some(server) = server.as_ref().filter(|server| server.listens()) {
            return connect_to_endpoint(&server.endpoint, settings).await;
        }
        if Instant::now() > deadline {
            bail!("{} is in use by a command that serves nobody", folder.display());
        }
        sleep(IN_USE_PAUSE).await;
    }
}
