//! The body of a request or an answer as an object of S3.
//!
//! Spec: Developer Guide, "Invoke and customize Amazon Bedrock models with Step Functions" § `InvokeModel`.

use model::Failure;
use serde_json::{Map, Value, json};

use super::Parameters;
use crate::{
    client::{CallFailure, ServiceAnswer, ServiceCall},
    find_service,
    integrations::{
        CallScope,
        failures::{Wording, unusable_parameters},
    },
    service_model::NameStyle,
};

/// Where an object is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct S3Location {
    bucket: String,
    key: String,
}

impl S3Location {
    /// Reads `s3://BUCKET/KEY`; none if it is something else.
    fn parse(uri: &str) -> Option<Self> {
        let (bucket, key) = uri.strip_prefix("s3://")?.split_once('/')?;
        if bucket.is_empty() || key.is_empty() {
            return None;
        }
        Some(Self { bucket: bucket.to_owned(), key: key.to_owned() })
    }

    /// Takes the location out of the parameter of this name; none if it is not given.
    fn take(
        scope: &CallScope<'_>,
        given: &mut Parameters,
        name: &str,
    ) -> Result<Option<Self>, Failure> {
        let Some(value) = given.remove(name).filter(|value| !value.is_null()) else {
            return Ok(None);
        };
        let location = value.get("S3Uri").and_then(Value::as_str).and_then(Self::parse);
        match location {
            Some(location) => Ok(Some(location)),
            None => Err(unusable(
                scope,
                &format!("The value of the field '{name}' has an invalid format"),
            )),
        }
    }

    fn parameters(&self) -> Map<String, Value> {
        let Self { bucket, key } = self;
        let pairs = [("Bucket", bucket), ("Key", key)];
        pairs.map(|(name, value)| (name.to_owned(), value.as_str().into())).into_iter().collect()
    }
}

fn unusable(scope: &CallScope<'_>, reason: &str) -> Failure {
    unusable_parameters(scope.payload.json_text(), reason)
}

/// The parameters with the object of `Input` as the `Body`, and where the body of the answer is to be
/// stored.
///
/// Errors: a parameter cannot be used, or S3 refuses.
pub(super) async fn read_input(
    scope: &CallScope<'_>,
    mut given: Parameters,
) -> Result<(Parameters, Option<S3Location>), Failure> {
    let output = S3Location::take(scope, &mut given, "Output")?;
    if let Some(input) = S3Location::take(scope, &mut given, "Input")? {
        if given.contains_key("Body") {
            return Err(unusable(scope, "The fields 'Body' and 'Input' cannot both be given"));
        }
        let answer = call_s3(scope, "GetObject", input.parameters()).await?;
        let text = String::from_utf8(answer.response.body.to_vec());
        let text =
            text.map_err(|_| unusable(scope, "The object of the field 'Input' is no text"))?;
        given.insert("Body".to_owned(), text.into());
    }
    Ok((given, output))
}

/// Stores the body of an answer, and puts a reference in its place.
///
/// Errors: S3 refuses.
pub(super) async fn store_output(
    scope: &CallScope<'_>,
    location: &S3Location,
    mut result: Map<String, Value>,
) -> Result<Map<String, Value>, Failure> {
    let mut parameters = location.parameters();
    parameters.insert("Body".to_owned(), result.remove("Body").unwrap_or_default());
    if let Some(content_type) = result.get("ContentType") {
        parameters.insert("ContentType".to_owned(), content_type.clone());
    }
    call_s3(scope, "PutObject", parameters).await?;
    let S3Location { bucket, key } = location;
    result.insert("Body".to_owned(), json!({ "S3Uri": format!("s3://{bucket}/{key}") }));
    Ok(result)
}

async fn call_s3(
    scope: &CallScope<'_>,
    operation: &str,
    parameters: Map<String, Value>,
) -> Result<ServiceAnswer, Failure> {
    let missing = || unusable(scope, "there is no model of S3");
    let model = find_service("s3").ok_or_else(missing)?;
    let call = ServiceCall {
        model: &model,
        operation: model.find_operation(operation).ok_or_else(missing)?,
        style: NameStyle::Sdk,
        parameters: &parameters.into(),
        idempotency_token: &scope.idempotency_token,
        identity: Some(scope.identity),
    };
    let answered: Result<ServiceAnswer, CallFailure> = scope.client.call(call).await;
    let wording = Wording::Optimised {
        prefix: "S3",
        service: "Amazon S3",
        exception: "AmazonS3Exception",
        model: &model,
    };
    answered.map_err(|failure| wording.failure(&failure, scope.payload.json_text()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_has_a_bucket_and_a_key() {
        let location = S3Location { bucket: "b".to_owned(), key: "a/c d".to_owned() };
        assert_eq!(S3Location::parse("s3://b/a/c d"), Some(location));
        for wrong in ["b/k", "s3://b", "s3://b/", "s3:///k", "https://b/k"] {
            assert_eq!(S3Location::parse(wrong), None, "{wrong}");
        }
    }
}
