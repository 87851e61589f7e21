//! A Lambda extension: serves a deployment's API to the SDK in the same execution environment.
//!
//! Spec: Lambda, "Using the Lambda Extensions API to create extensions".

use std::{env, net::Ipv4Addr};

use embedded::http::AllowedHosts;
use lambda_extension::{Error, Extension, LambdaEvent, service_fn};
use services::{RequestForwarder, lambda_sdk_config};
use signing_proxy::SigningProxy;
use tokio::{net::TcpListener, task::JoinSet};

/// The variable with the deployment's endpoint.
const ENDPOINT: &str = "STATEWRIGHT_ENDPOINT";
/// The variable with the port, on 127.0.0.1.
const PORT: &str = "STATEWRIGHT_PROXY_PORT";
const PORT_DEFAULT: u16 = 8083;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let endpoint = env::var(ENDPOINT).map_err(|_| format!("the environment has no {ENDPOINT}"))?;
    let port = env::var(PORT).ok().map_or(Ok(PORT_DEFAULT), |port| port.parse())?;
    let forwarder = RequestForwarder::new(lambda_sdk_config(), &endpoint)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let proxy = SigningProxy::new(forwarder, AllowedHosts::default());
    let mut connections = JoinSet::new();
    // It asks for the end only: the function's invocations go on without it.
    let extension = Extension::new()
        .with_events(&["SHUTDOWN"])
        .with_events_processor(service_fn(async |_: LambdaEvent| Ok::<_, Error>(())));
    tokio::select! {
        never = proxy.serve_requests(listener, &mut connections) => match never {},
        ended = extension.run() => ended,
    }
}
