//! EventBridge connections: how an endpoint is told who calls.
//!
//! Spec: EventBridge User Guide, "Connections for HTTP endpoints"; Developer Guide, "Call HTTPS APIs
//! in Step Functions workflows" § authorization.

use base64::{Engine, prelude::BASE64_STANDARD};
use model::{Failure, error_name};
use serde_json::{Map, Value, json};

use super::{EndpointRequest, EndpointSignature, may_call, send};
use crate::{
    client::ServiceCall,
    find_service,
    integrations::{CallScope, failures::Wording},
    service_model::NameStyle,
};

/// What a connection adds to a request.
#[derive(Default)]
pub(super) struct Connection {
    pub(super) headers: Vec<(String, String)>,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Map<String, Value>,
}

impl Connection {
    /// Reads a connection and, for OAuth, gets a token.
    ///
    /// Errors: the connection is not to be had.
    pub(super) async fn open(scope: &CallScope<'_>, arn: &str) -> Result<Self, Failure> {
        let secret = match scope.client.connection_secret(arn) {
            Some(secret) => {
                secret.map_err(|reason| Failure::new(error_name::PERMISSIONS, reason))?
            }
            None => read_secret(scope, arn).await?,
        };
        Self::from_secret(scope, &secret).await
    }

    /// The form of the secret is that in which EventBridge keeps it.
    async fn from_secret(scope: &CallScope<'_>, secret: &Value) -> Result<Self, Failure> {
        let text = |name: &str| secret.get(name).and_then(Value::as_str).unwrap_or_default();
        let mut connection = Self::parameters(secret.get("invocation_http_parameters"));
        if secret.get("username").is_some() {
            let pair = format!("{}:{}", text("username"), text("password"));
            let basic = format!("Basic {}", BASE64_STANDARD.encode(pair));
            connection.headers.push(("Authorization".to_owned(), basic));
        } else if secret.get("api_key_name").is_some() {
            connection.headers.push((text("api_key_name").into(), text("api_key_value").into()));
        } else if secret.get("client_id").is_some() {
            let token = get_token(scope, secret).await?;
            connection.headers.push(("Authorization".to_owned(), format!("Bearer {token}")));
        }
        Ok(connection)
    }

    fn parameters(given: Option<&Value>) -> Self {
        let pairs = |name: &str| {
            let list = given.and_then(|given| given.get(name)).and_then(Value::as_array);
            let pairs = list.into_iter().flatten().filter_map(|pair| {
                Some((pair.get("key")?.as_str()?.to_owned(), pair.get("value")?.clone()))
            });
            pairs.collect::<Vec<(String, Value)>>()
        };
        let texts = |name: &str| {
            let pairs = pairs(name).into_iter();
            pairs.map(|(key, value)| (key, crate::parameters::text_of(&value))).collect()
        };
        Self {
            headers: texts("header_parameters"),
            query: texts("query_string_parameters"),
            body: pairs("body_parameters").into_iter().collect(),
        }
    }
}

/// Gets a token with the client's credentials.
///
/// Spec: RFC 6749 § 4.4.
async fn get_token(scope: &CallScope<'_>, secret: &Value) -> Result<String, Failure> {
    let text = |name: &str| secret.get(name).and_then(Value::as_str).unwrap_or_default();
    if !may_call(text("authorization_endpoint"), scope) {
        let cause = "The authorization endpoint of the connection cannot be called";
        return Err(Failure::new(error_name::PERMISSIONS, cause));
    }
    let extra = Connection::parameters(secret.get("oauth_http_parameters"));
    let mut form = json!({
        "grant_type": "client_credentials",
        "client_id": text("client_id"),
        "client_secret": text("client_secret"),
    });
    if let Value::Object(form) = &mut form {
        form.extend(extra.body);
    }
    let body = super::form::encode(&form, super::form::ArrayFormat::Repeat);
    let mut headers = extra.headers;
    headers.push(("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
    let request = EndpointRequest {
        method: secret.get("http_method").and_then(Value::as_str).unwrap_or("POST").to_owned(),
        url: text("authorization_endpoint").to_owned(),
        query: extra.query,
        headers,
        body: Some(body),
    };
    let response = send(scope, request, EndpointSignature::None, "States.Http.Socket").await?;
    let answer: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    match answer.get("access_token").and_then(Value::as_str) {
        Some(token) => Ok(token.to_owned()),
        None => Err(Failure::new(
            format!("States.Http.StatusCode.{}", response.status),
            "The authorization endpoint of the connection answered without an access token",
        )),
    }
}

/// Reads the secret of a connection from where EventBridge keeps it.
async fn read_secret(scope: &CallScope<'_>, arn: &str) -> Result<Value, Failure> {
    let name = arn.split(":connection/").nth(1).and_then(|name| name.split('/').next());
    let described =
        ask(scope, "eventbridge", "DescribeConnection", &json!({"Name": name.unwrap_or(arn)}))
            .await?;
    let secret_arn = described.get("SecretArn").cloned().unwrap_or_default();
    let asked = json!({"SecretId": secret_arn});
    let read = ask(scope, "secretsmanager", "GetSecretValue", &asked).await?;
    let text = read.get("SecretString").and_then(Value::as_str).map(str::to_owned);
    Ok(serde_json::from_str(&text.unwrap_or_default()).unwrap_or_default())
}

async fn ask(
    scope: &CallScope<'_>,
    service: &str,
    operation: &str,
    parameters: &Value,
) -> Result<Map<String, Value>, Failure> {
    let missing = || Failure::new(error_name::RUNTIME, format!("there is no {operation}"));
    let model = find_service(service).ok_or_else(missing)?;
    let operation = model.find_operation(operation).ok_or_else(missing)?;
    let answer = scope.client.call(ServiceCall {
        model: &model,
        operation,
        style: NameStyle::Sdk,
        parameters,
        idempotency_token: &scope.idempotency_token,
        identity: Some(scope.identity),
    });
    let answer = answer.await;
    answer.map(|answer| answer.members).map_err(|failure| {
        let mut failure = Wording::Sdk(&model).failure(&failure, "{}");
        // Spec: Developer Guide § error handling of HTTP tasks.
        failure.error = Some(error_name::PERMISSIONS.to_owned());
        failure
    })
}
