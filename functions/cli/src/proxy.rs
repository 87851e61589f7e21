//! `statewright proxy`.

use std::{
    io::{self, Write},
    net::Ipv4Addr,
    process::ExitCode,
};

use anyhow::{Context, anyhow};
use embedded::http::AllowedHosts;
use services::{
    ClientSettings, ConnectionSecrets, RegionPreference, RequestForwarder, ServiceClient,
    default_sdk_config, stack_output, with_region,
};
use signing_proxy::SigningProxy;
use tokio::{
    signal::unix::{SignalKind, signal},
    task::JoinSet,
};

use crate::{
    arguments::ProxyArguments, landing_page::HOST_PREFIX_HINT, local::listen_on_port,
    standard_error::say_line,
};

/// The output of a deployment's stack that is its endpoint.
const ENDPOINT_OUTPUT: &str = "ApiEndpoint";

/// Serves a deployment's API on loopback until SIGINT or SIGTERM.
pub(crate) async fn run_proxy(arguments: ProxyArguments) -> anyhow::Result<ExitCode> {
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    let region = arguments.region.map(RegionPreference::This);
    let endpoint = match (arguments.endpoint, &arguments.stack) {
        (Some(endpoint), _) => endpoint,
        (None, Some(stack)) => find_endpoint(stack, region.clone()).await?,
        (None, None) => return Err(anyhow!("--stack or --endpoint says what to serve")),
    };
    let sdk = default_sdk_config().await;
    let sdk = region.map_or_else(|| sdk.clone(), |region| with_region(sdk.clone(), &region));
    let forwarder = RequestForwarder::new(sdk, &endpoint)
        .map_err(|reason| anyhow!("cannot serve {endpoint}: {reason}"))?;
    let listener = listen_on_port(Ipv4Addr::LOCALHOST.into(), arguments.port).await?;
    let address = listener.local_addr()?;
    writeln!(io::stdout(), "listening on http://{address}")?;
    say_line(&format!("signing for {endpoint} with your AWS credentials"));
    say_line(&format!("clients: AWS_ENDPOINT_URL_SFN=http://{address}"));
    say_line(HOST_PREFIX_HINT);
    let proxy = SigningProxy::new(forwarder, AllowedHosts::new(arguments.allow_host));
    let mut connections = JoinSet::new();
    tokio::select! {
        never = proxy.serve_requests(listener, &mut connections) => match never {},
        _ = interrupted.recv() => {}
        _ = terminated.recv() => {}
    }
    Ok(ExitCode::SUCCESS)
}

async fn find_endpoint(stack: &str, region: Option<RegionPreference>) -> anyhow::Result<String> {
    let client = ServiceClient::new(ClientSettings::Machine {
        region: region.unwrap_or_else(|| RegionPreference::Otherwise("us-east-1".to_owned())),
        may_call_aws: true,
        own_endpoint: None,
        connections: ConnectionSecrets::default(),
    });
    let found = stack_output(&client, stack, ENDPOINT_OUTPUT).await;
    found
        .map_err(anyhow::Error::msg)
        .with_context(|| format!("cannot find the endpoint of {stack}"))
}
