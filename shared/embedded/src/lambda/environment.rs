//! The environment of a hosted function's process.
//!
//! A process inherits the host's environment (it needs `PATH`, `HOME` and the user's credentials).
//! The variables that Lambda sets override it, and the function's own variables override both.
//!
//! Spec: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>

use std::{collections::BTreeMap, ffi::OsString, net::SocketAddr, path::Path};

use super::function::{FunctionRuntime, HostedFunction};

/// The values of variables that do not come from the function's description.
pub(super) struct ProcessEnvironment<'a> {
    pub(super) runtime_api: SocketAddr,
    pub(super) region: &'a str,
    pub(super) task_root: &'a Path,
    pub(super) runtime_directory: &'a Path,
    pub(super) log_stream: &'a str,
}

/// If any of these is set, the user has credentials that a function may use.
const CREDENTIALS: [&str; 6] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_SHARED_CREDENTIALS_FILE",
];

/// Returns the variables to set over the inherited ones. `inherited` looks up an inherited one.
pub(super) fn environment_variables(
    function: &HostedFunction,
    surroundings: &ProcessEnvironment<'_>,
    inherited: impl Fn(&str) -> Option<OsString>,
) -> BTreeMap<String, OsString> {
    let handler = match &function.runtime {
        FunctionRuntime::Python { handler }
        | FunctionRuntime::Node { handler }
        | FunctionRuntime::Provided { handler } => handler,
        FunctionRuntime::Command(_) => "handler",
    };
    let mut variables: BTreeMap<String, OsString> = [
        ("AWS_LAMBDA_RUNTIME_API", surroundings.runtime_api.to_string()),
        ("AWS_LAMBDA_FUNCTION_NAME", function.name.clone()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".into()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", function.memory_megabytes.to_string()),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".into()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{}", function.name)),
        ("AWS_LAMBDA_LOG_STREAM_NAME", surroundings.log_stream.to_owned()),
        ("AWS_REGION", surroundings.region.to_owned()),
        ("AWS_DEFAULT_REGION", surroundings.region.to_owned()),
        ("_HANDLER", handler.to_owned()),
        ("TZ", ":UTC".into()),
        // Without it, lines would arrive when a buffer is full, not when they are printed.
        ("PYTHONUNBUFFERED", "1".into()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.into()))
    .collect();
    variables.insert("LAMBDA_TASK_ROOT".into(), surroundings.task_root.into());
    variables.insert("LAMBDA_RUNTIME_DIR".into(), surroundings.runtime_directory.into());
    if !has_credentials(function, &inherited) {
        // SDKs do not sign requests without credentials. Local endpoints accept these.
        variables.insert("AWS_ACCESS_KEY_ID".into(), "test".into());
        variables.insert("AWS_SECRET_ACCESS_KEY".into(), "test".into());
    }
    let own = function.environment.iter();
    variables.extend(own.map(|(name, value)| (name.clone(), value.into())));
    variables
}

fn has_credentials(
    function: &HostedFunction,
    inherited: &impl Fn(&str) -> Option<OsString>,
) -> bool {
    let set = |name: &&str| function.environment.contains_key(*name) || inherited(name).is_some();
    let in_home = |home: OsString| {
        let folder = Path::new(&home).join(".aws");
        folder.join("credentials").exists() || folder.join("config").exists()
    };
    CREDENTIALS.iter().any(set) || inherited("HOME").is_some_and(in_home)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_functions_own_variables_win() {
        let variables = variables_with(&[("AWS_REGION", "eu-west-1"), ("TABLE", "t")], |_| None);
        assert_eq!(variables["AWS_REGION"], "eu-west-1");
        assert_eq!(variables["AWS_DEFAULT_REGION"], "us-east-1");
        assert_eq!(variables["TABLE"], "t");
        assert_eq!(variables["_HANDLER"], "app.handler");
        assert_eq!(variables["AWS_LAMBDA_LOG_GROUP_NAME"], "/aws/lambda/add");
    }

    #[test]
    fn dummy_credentials_are_set_only_where_there_are_none() {
        assert_eq!(variables_with(&[], |_| None)["AWS_ACCESS_KEY_ID"], "test");
        let profile = |name: &str| (name == "AWS_PROFILE").then(|| "dev".into());
        assert!(!variables_with(&[], profile).contains_key("AWS_ACCESS_KEY_ID"));
        let own = variables_with(&[("AWS_ACCESS_KEY_ID", "mine")], |_| None);
        assert_eq!(own["AWS_ACCESS_KEY_ID"], "mine");
        assert!(!own.contains_key("AWS_SECRET_ACCESS_KEY"));
    }

    fn variables_with(
        own: &[(&str, &str)],
        inherited: impl Fn(&str) -> Option<OsString>,
    ) -> BTreeMap<String, OsString> {
        let function = HostedFunction {
            name: "add".into(),
            directory: ".".into(),
            runtime: FunctionRuntime::Python { handler: "app.handler".into() },
            environment: own.iter().map(|&(name, value)| (name.into(), value.into())).collect(),
            timeout: Duration::from_secs(3),
            memory_megabytes: 128,
        };
        let surroundings = ProcessEnvironment {
            runtime_api: ([127, 0, 0, 1], 9000).into(),
            region: "us-east-1",
            task_root: Path::new("/code"),
            runtime_directory: Path::new("/runtime"),
            log_stream: "s",
        };
        environment_variables(&function, &surroundings, inherited)
    }
}
