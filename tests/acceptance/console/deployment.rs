//! A deployment, as its user's AWS tells of it.

use serde_json::json;

use crate::services::stub::{ServiceStub, StubProtocol, StubResponse};

/// The user to whom it belongs.
pub(super) const USER: &str = "arn:aws:iam::000000000000:user/ada";

/// A double of AWS that knows its user, and the stack of a deployment.
pub(super) struct AccountDouble {
    pub(super) stub: ServiceStub,
}

impl AccountDouble {
    /// Starts it. Requests to the deployment's endpoint are answered at this address.
    pub(super) fn start(address: &str) -> Self {
        let stub = ServiceStub::start();
        let identity = format!(
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>{USER}</Arn>\
             </GetCallerIdentityResult></GetCallerIdentityResponse>"
        );
        let outputs = [
            ("ApiEndpoint", format!("http://{address}")),
            ("DeadLettersUrl", format!("http://{}/000000000000/letters", stub.address())),
        ];
        let outputs = outputs.map(|(key, value)| {
            format!("<OutputKey>{key}</OutputKey><OutputValue>{value}</OutputValue>")
        });
        let outputs = outputs.map(|output| format!("<member>{output}</member>")).concat();
        let stacks = format!(
            "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><Outputs>{outputs}</Outputs>\
             </member></Stacks></DescribeStacksResult></DescribeStacksResponse>"
        );
        for (operation, body) in [("GetCallerIdentity", identity), ("DescribeStacks", stacks)] {
            let answer = StubResponse::success(StubProtocol::Query, &json!(body));
            stub.script(operation, "", vec![answer.into()]);
        }
        Self { stub }
    }

    /// The environment of its user.
    pub(super) fn environment(&self) -> [(&'static str, String); 4] {
        [
            ("AWS_ENDPOINT_URL", format!("http://{}", self.stub.address())),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "any".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
        ]
    }
}
