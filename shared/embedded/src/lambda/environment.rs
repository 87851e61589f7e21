//! The environment of a hosted function's process.
//!
//! A process has the variables that Lambda sets, those of the host that its user has chosen to pass,
//! and the function's own; later ones of these override earlier ones. It inherits nothing else: the
//! host's environment may hold credentials, which are not the function's.
//!
//! Spec: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>

use std::{collections::BTreeMap, env, ffi::OsString, path::Path};

use super::function::{FunctionRuntime, HostedFunction};

/// The values of variables that do not come from the function's description.
pub(super) struct ProcessEnvironment<'a> {
    pub(super) runtime_api: &'a str,
    pub(super) region: &'a str,
    pub(super) task_root: &'a Path,
    pub(super) runtime_directory: &'a Path,
    pub(super) log_stream: &'a str,
    pub(super) passed: &'a BTreeMap<String, OsString>,
}

/// Where programs and their libraries are found. Lambda sets these, too, but to places that this
/// machine does not have.
const SEARCH_PATHS: [&str; 2] = ["PATH", "LD_LIBRARY_PATH"];

/// If any of these is set, the user has given the function credentials.
const CREDENTIALS: [&str; 6] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_SHARED_CREDENTIALS_FILE",
];

/// Returns all variables of a process.
pub(super) fn environment_variables(
    function: &HostedFunction,
    surroundings: &ProcessEnvironment<'_>,
) -> BTreeMap<String, OsString> {
    let handler = match &function.runtime {
        FunctionRuntime::Python { handler }
        | FunctionRuntime::Node { handler }
        | FunctionRuntime::Provided { handler } => handler,
        FunctionRuntime::Command(_) => "handler",
    };
    let mut variables: BTreeMap<String, OsString> = [
        ("AWS_LAMBDA_RUNTIME_API", surroundings.runtime_api.to_owned()),
        ("AWS_LAMBDA_FUNCTION_NAME", function.name.clone()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".into()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", function.memory_megabytes.to_string()),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".into()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{}", function.name)),
        ("AWS_LAMBDA_LOG_STREAM_NAME", surroundings.log_stream.to_owned()),
        ("AWS_REGION", surroundings.region.to_owned()),
        ("AWS_DEFAULT_REGION", surroundings.region.to_owned()),
        ("LANG", "en_US.UTF-8".into()),
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
    let search_paths = SEARCH_PATHS.iter().filter_map(|&name| Some((name, env::var_os(name)?)));
    variables.extend(search_paths.map(|(name, value)| (name.to_owned(), value)));
    variables.extend(surroundings.passed.iter().map(|(name, value)| (name.clone(), value.clone())));
    let own = function.environment.iter();
    variables.extend(own.map(|(name, value)| (name.clone(), value.into())));
    if !CREDENTIALS.iter().any(|name| variables.contains_key(*name)) {
        // SDKs do not sign requests without credentials. Local endpoints accept these, and AWS does
        // not; so a function does not use those that it could find in a file.
        variables.insert("AWS_ACCESS_KEY_ID".into(), "test".into());
        variables.insert("AWS_SECRET_ACCESS_KEY".into(), "test".into());
    }
    variables
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_functions_own_variables_win() {
        let own = [("AWS_REGION", "eu-west-1"), ("TABLE", "t")];
        let variables = variables_with(&own, &[("TABLE", "other"), ("PASSED", "p")]);
        assert_eq!(variables["AWS_REGION"], "eu-west-1");
        assert_eq!(variables["AWS_DEFAULT_REGION"], "us-east-1");
        assert_eq!((&variables["TABLE"], &variables["PASSED"]), (&"t".into(), &"p".into()));
        assert_eq!(variables["_HANDLER"], "app.handler");
        assert_eq!(variables["AWS_LAMBDA_LOG_GROUP_NAME"], "/aws/lambda/add");
    }

    #[test]
    fn nothing_is_inherited_but_where_programs_are_found() {
        let expected = [
            "AWS_ACCESS_KEY_ID",
            "AWS_DEFAULT_REGION",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
            "AWS_LAMBDA_FUNCTION_NAME",
            "AWS_LAMBDA_FUNCTION_VERSION",
            "AWS_LAMBDA_INITIALIZATION_TYPE",
            "AWS_LAMBDA_LOG_GROUP_NAME",
            "AWS_LAMBDA_LOG_STREAM_NAME",
            "AWS_LAMBDA_RUNTIME_API",
            "AWS_REGION",
            "AWS_SECRET_ACCESS_KEY",
            "LAMBDA_RUNTIME_DIR",
            "LAMBDA_TASK_ROOT",
            "LANG",
            "PATH",
            "PYTHONUNBUFFERED",
            "TZ",
            "_HANDLER",
        ];
        let variables = variables_with(&[], &[]);
        let names = variables.keys().filter(|name| *name != "LD_LIBRARY_PATH");
        assert_eq!(names.collect::<Vec<_>>(), expected);
        assert_eq!(variables.get("PATH"), env::var_os("PATH").as_ref());
    }

    #[test]
    fn dummy_credentials_are_set_only_where_none_are_given() {
        assert_eq!(variables_with(&[], &[])["AWS_ACCESS_KEY_ID"], "test");
        let passed = variables_with(&[], &[("AWS_PROFILE", "dev")]);
        assert!(!passed.contains_key("AWS_ACCESS_KEY_ID"));
        let own = variables_with(&[("AWS_ACCESS_KEY_ID", "mine")], &[]);
        assert_eq!(own["AWS_ACCESS_KEY_ID"], "mine");
        assert!(!own.contains_key("AWS_SECRET_ACCESS_KEY"));
    }

    fn variables_with(own: &[(&str, &str)], passed: &[(&str, &str)]) -> BTreeMap<String, OsString> {
        let function = HostedFunction {
            name: "add".into(),
            directory: ".".into(),
            runtime: FunctionRuntime::Python { handler: "app.handler".into() },
            environment: own.iter().map(|&(name, value)| (name.into(), value.into())).collect(),
            timeout: Duration::from_secs(3),
            memory_megabytes: 128,
            reserved_concurrency: None,
        };
        let surroundings = ProcessEnvironment {
            runtime_api: "127.0.0.1:9000/secret",
            region: "us-east-1",
            task_root: Path::new("/code"),
            runtime_directory: Path::new("/runtime"),
            log_stream: "s",
            passed: &passed.iter().map(|&(name, value)| (name.into(), value.into())).collect(),
        };
        environment_variables(&function, &surroundings)
    }
}
