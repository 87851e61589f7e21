//! Where CloudWatch shows the logs of a Lambda function.

use serde_json::Value;

/// The address of the logs of the function that a task called. `scheduled` is what it was scheduled with,
/// and `execution` the ARN of its execution, whose partition and region a function shares that is called
/// by its name.
pub(super) fn lambda_logs_address(scheduled: &Value, execution: &str) -> Option<String> {
    let resource = scheduled["resource"].as_str().unwrap_or_default();
    let parameters = scheduled["parameters"].as_str();
    let parameters: Option<Value> = parameters.and_then(|text| serde_json::from_str(text).ok());
    // AWS tells `resourceType` of integrations only.
    let function = match scheduled["resourceType"].as_str() {
        Some("lambda") if !resource.starts_with("arn:") => {
            parameters?["FunctionName"].as_str()?.to_owned()
        }
        _ if resource.contains(":lambda:") => resource.to_owned(),
        _ => return None,
    };
    let mut own = execution.split(':');
    let (partition, region) = (own.nth(1)?, own.nth(1)?);
    let (partition, region) = match function.strip_prefix("arn:") {
        Some(rest) => {
            let mut parts = rest.split(':');
            (parts.next()?, parts.nth(1)?)
        }
        None => (partition, region),
    };
    let name = function_name(&function)?;
    let console = match partition {
        "aws-cn" => "console.amazonaws.cn",
        "aws-us-gov" => "console.amazonaws-us-gov.com",
        _ => "console.aws.amazon.com",
    };
    // The console reads its own encoding behind the `#`, in which a slash is `$252F`.
    let group = format!("$252Faws$252Flambda$252F{name}");
    Some(format!(
        "https://{console}/cloudwatch/home?region={region}#logsV2:log-groups/log-group/{group}"
    ))
}

/// `NAME` of `NAME`, `NAME:QUALIFIER`, `ACCOUNT:function:NAME` or a whole ARN.
fn function_name(function: &str) -> Option<&str> {
    let behind = function.split_once("function:").map_or(function, |(_, behind)| behind);
    let name = behind.split(':').next()?;
    let is_named = |it: char| it.is_ascii_alphanumeric() || it == '-' || it == '_';
    (!name.is_empty() && name.chars().all(is_named)).then_some(name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_function_has_a_log_group() {
        let execution = "arn:aws:states:eu-west-1:1:execution:order:1";
        let invoked = |name: &str| {
            let parameters = json!({ "FunctionName": name }).to_string();
            let scheduled =
                json!({"resourceType": "lambda", "resource": "invoke", "parameters": parameters});
            lambda_logs_address(&scheduled, execution)
        };
        let address = |host: &str, region: &str| {
            Some(format!(
                "https://{host}/cloudwatch/home?region={region}#logsV2:log-groups/log-group/\
                 $252Faws$252Flambda$252Fprice"
            ))
        };
        let aws = address("console.aws.amazon.com", "eu-west-1");
        assert_eq!(invoked("price"), aws);
        assert_eq!(invoked("price:live"), aws);
        assert_eq!(invoked("1:function:price"), aws);
        let elsewhere = "arn:aws-cn:lambda:cn-north-1:1:function:price:3";
        let china = address("console.amazonaws.cn", "cn-north-1");
        assert_eq!(invoked(elsewhere), china);
        assert_eq!(lambda_logs_address(&json!({ "resource": elsewhere }), execution), china);
        assert_eq!(invoked("#\"><script>"), None);
        let queue = json!({"resourceType": "sqs", "resource": "sendMessage"});
        assert_eq!(lambda_logs_address(&queue, execution), None);
    }
}
