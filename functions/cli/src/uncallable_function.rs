//! Why a function was not called, and what would mend that.

use std::{error::Error, io};

use embedded::lambda::FunctionHostError;
use services::format_with_causes;

/// Says that a function is not hosted, what hosts it, and why its template does not, if one has it.
pub(crate) fn explain_not_hosted(name: &str, problem: Option<&String>) -> String {
    let problem = problem.map(|problem| format!(" ({problem})")).unwrap_or_default();
    format!(
        "function {name} is not hosted here{problem}: --function {name}=COMMAND or --template FILE \
         hosts it, and AWS_ENDPOINT_URL_LAMBDA names a server that does"
    )
}

/// What the SDK says about credentials, in a line. If there are none at all, it lists everywhere that
/// it has looked, of which nothing was meant.
pub(crate) fn explain_credentials(message: &str) -> String {
    let nowhere = ["no providers in chain provided credentials", "no credentials found in chain"];
    if nowhere.iter().any(|text| message.contains(text)) {
        "there are no AWS credentials".to_owned()
    } else {
        message.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// The error with its causes; if a program is missing, also what would mend that.
pub(crate) fn explain_host_error(name: &str, error: &FunctionHostError) -> String {
    let message = format_with_causes(error);
    if is_program_missing(error) {
        format!(
            "{message}. Is that program installed, and in a folder of PATH? --function \
             {name}=COMMAND names another one"
        )
    } else {
        message
    }
}

fn is_program_missing(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let failed = error.downcast_ref::<io::Error>();
        if failed.is_some_and(|error| error.kind() == io::ErrorKind::NotFound) {
            return true;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_named_with_what_mends_it() {
        let start = |source: io::Error| FunctionHostError::Start {
            function: "add".to_owned(),
            source: Box::new(source),
        };
        let missing = explain_host_error("add", &start(io::ErrorKind::NotFound.into()));
        assert!(missing.starts_with("cannot start function `add`: "), "{missing}");
        assert!(missing.contains("--function add=COMMAND"), "{missing}");
        let denied = explain_host_error("add", &start(io::ErrorKind::PermissionDenied.into()));
        assert!(!denied.contains("--function"), "{denied}");
    }

    #[test]
    fn what_the_sdk_says_of_credentials_is_a_line() {
        for none in [
            "dispatch failure: other: no providers in chain provided credentials\n  Ec2: IMDS",
            "other: the credential provider was not enabled: no credentials found in chain.\n  Ec2",
        ] {
            assert_eq!(explain_credentials(none), "there are no AWS credentials");
        }
        assert_eq!(explain_credentials("the token\n  has expired"), "the token has expired");
    }

    #[test]
    fn a_function_that_its_template_cannot_host_says_why() {
        let problem = "t.yaml: function Add: runtime `java21` cannot be hosted".to_owned();
        let explained = explain_not_hosted("add", Some(&problem));
        let expected = "function add is not hosted here (t.yaml: function Add: runtime `java21` \
                        cannot be hosted): --function add=COMMAND";
        assert!(explained.starts_with(expected), "{explained}");
        assert!(explain_not_hosted("add", None).starts_with("function add is not hosted here: "));
    }
}
