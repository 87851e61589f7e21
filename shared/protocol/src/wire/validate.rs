//! `ValidateStateMachineDefinition`.

use asl::{Diagnostic, DiagnosticSeverity};
use model::StateMachineType;
use orchestrator::{
    api::integration_refusals,
    can_call,
    ports::{ComputePool, TaskCaller},
};
use serde::{Deserialize, Serialize};

use super::{
    OperationResult, print_response, read_request,
    state_machine::{check_definition, check_machine_type},
};
use crate::request_constraints::RequestConstraints;

/// Diagnostics that a response has at most, and by default.
///
/// Spec: API reference, `ValidateStateMachineDefinition` § `maxResults`.
const DIAGNOSTICS_MAX: i64 = 100;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ValidateStateMachineDefinitionInput {
    definition: Option<String>,
    r#type: Option<String>,
    severity: Option<String>,
    max_results: Option<i64>,
}

#[derive(Debug, Serialize)]
struct ValidateStateMachineDefinitionOutput<'a> {
    result: &'static str,
    diagnostics: Vec<DiagnosticShape<'a>>,
    truncated: bool,
}

#[derive(Debug, Serialize)]
struct DiagnosticShape<'a> {
    severity: &'static str,
    code: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<&'a str>,
}

pub(crate) async fn handle_validate_state_machine_definition<P>(
    ports: &P,
    body: &[u8],
) -> OperationResult
where
    P: TaskCaller + ComputePool + Sync,
{
    ports.read_definition(|| validate_definition(ports, body)).await?
}

fn validate_definition(caller: &impl TaskCaller, body: &[u8]) -> OperationResult {
    let ValidateStateMachineDefinitionInput { definition, r#type, severity, max_results } =
        read_request(body)?;
    let severities =
        [DiagnosticSeverity::Error, DiagnosticSeverity::Warning].map(DiagnosticSeverity::as_str);
    let mut constraints = RequestConstraints::default();
    check_definition(&mut constraints, definition.as_deref());
    let definition = constraints.require_member("definition", definition);
    let machine_type = check_machine_type(&mut constraints, "type", r#type.as_deref());
    constraints.check_enum_value("severity", severity.as_deref(), &severities);
    constraints.check_range("maxResults", max_results, 0..=DIAGNOSTICS_MAX);
    constraints.into_result()?;
    let mut findings = match asl::parse_definition(&definition) {
        Ok(_) => {
            let mut refusals = integration_refusals(caller, &definition);
            if machine_type == StateMachineType::Express {
                refusals.extend(asl::express_refusals(&definition));
            }
            refusals
        }
        Err(findings) => findings,
    };
    let is_refused = !findings.is_empty();
    if severity.as_deref() == Some(DiagnosticSeverity::Warning.as_str()) {
        findings.extend(asl::definition_warnings(&definition));
        let can_call = |resource: &_| can_call(caller, resource);
        findings.extend(asl::unsupported_resource_warnings(&definition, can_call));
    }
    let limit = max_results.filter(|count| *count > 0).unwrap_or(DIAGNOSTICS_MAX);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    Ok(print_response(&ValidateStateMachineDefinitionOutput {
        result: if is_refused { "FAIL" } else { "OK" },
        truncated: findings.len() > limit,
        diagnostics: findings.iter().take(limit).map(diagnostic_shape).collect(),
    }))
}

fn diagnostic_shape(finding: &Diagnostic) -> DiagnosticShape<'_> {
    DiagnosticShape {
        severity: finding.severity.as_str(),
        code: finding.code.as_str(),
        message: &finding.message,
        location: finding.location.as_deref(),
    }
}

#[cfg(test)]
mod tests {
    use model::TaskResource;
    use orchestrator::ports::{CallOutcome, CallRequest};
    use serde_json::{Value, json};

    use super::*;

    /// A deployment that can call Lambda functions.
    struct OnlyLambda;

    impl TaskCaller for OnlyLambda {
        fn can_call(&self, resource: &TaskResource) -> bool {
            *resource == TaskResource::lambda_invoke()
        }

        async fn make_call(&self, _: CallRequest<'_>) -> Option<CallOutcome> {
            None
        }
    }

    #[test]
    fn what_aws_offers_and_nobody_here_can_call_is_valid_and_warned_about() {
        let task = |arn: &str| json!({"Type": "Task", "Resource": arn, "End": true});
        for (arn, codes) in [
            ("arn:aws:states:::sqs:sendMessage", json!(["STATEWRIGHT_UNSUPPORTED_RESOURCE"])),
            ("arn:aws:states:::lambda:invoke", json!([])),
            ("arn:aws:states:::states:startExecution.sync:2", json!([])),
        ] {
            let definition = json!({"StartAt": "S", "States": {"S": task(arn)}}).to_string();
            let body = json!({"definition": definition, "severity": "WARNING"}).to_string();
            let answer =
                validate_definition(&OnlyLambda, body.as_bytes()).expect("a request in order");
            let answer: Value = serde_json::from_slice(&answer).expect("an answer is JSON");
            let shown = answer["diagnostics"].as_array().into_iter().flatten();
            let shown: Value = shown.map(|finding| finding["code"].clone()).collect();
            assert_eq!((&answer["result"], shown), (&json!("OK"), codes), "{arn}");
        }
    }

    fn answer(definition: &Value) -> Value {
        let body = json!({ "definition": definition.to_string() }).to_string();
        let answer = validate_definition(&OnlyLambda, body.as_bytes()).expect("a request in order");
        serde_json::from_slice(&answer).expect("an answer is JSON")
    }

    #[test]
    fn a_valid_definition_has_no_findings() {
        let states = json!({ "S": { "Type": "Pass", "End": true } });
        let valid = json!({ "StartAt": "S", "States": states });
        let expected = json!({ "result": "OK", "diagnostics": [], "truncated": false });
        assert_eq!(answer(&valid), expected);
    }

    #[test]
    fn a_machine_without_an_end_is_told_so_without_a_place() {
        let turn = json!({ "StartAt": "S", "States": { "S": { "Type": "Pass", "Next": "S" } } });
        let expected = json!([{ "severity": "ERROR", "code": "MISSING_END_STATE",
            "message": "Workflow has no terminal state" }]);
        assert_eq!(answer(&turn)["diagnostics"], expected);
    }

    #[test]
    fn a_finding_fails_the_definition() {
        let refused = answer(&json!({ "States": { "S": { "Type": "Pass", "End": true } } }));
        assert_eq!(refused["result"], "FAIL");
        assert_eq!(refused["diagnostics"][0]["severity"], "ERROR");
    }

    #[test]
    fn warnings_are_shown_when_they_are_asked_for_and_refuse_nothing() {
        let pass = json!({ "Type": "Pass", "Parameters": { "a": "$.a" }, "End": true });
        let definition = json!({ "StartAt": "S", "States": { "S": pass } });
        let ask = |severity: &str, max_results: i64, definition: &Value| {
            let body = json!({ "definition": definition.to_string(), "severity": severity,
                "maxResults": max_results });
            let answer = validate_definition(&OnlyLambda, body.to_string().as_bytes())
                .expect("a request in order");
            let answer: Value = serde_json::from_slice(&answer).expect("an answer is JSON");
            let codes = answer["diagnostics"].as_array().into_iter().flatten();
            let codes = codes.filter_map(|one| one["code"].as_str()).map(str::to_owned);
            (answer["result"].clone(), codes.collect::<Vec<_>>(), answer["truncated"].clone())
        };
        let none: [String; 0] = [];
        assert_eq!(ask("ERROR", 0, &definition), (json!("OK"), none.to_vec(), json!(false)));
        let one = vec!["NO_DOLLAR".to_owned()];
        assert_eq!(ask("WARNING", 0, &definition), (json!("OK"), one, json!(false)));
        let mut wrong = definition;
        wrong["Extra"] = json!(1);
        let first = vec!["SCHEMA_VALIDATION_FAILED".to_owned()];
        assert_eq!(ask("WARNING", 1, &wrong), (json!("FAIL"), first, json!(true)));
    }
}
