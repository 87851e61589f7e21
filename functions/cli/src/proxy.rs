//! `statewright proxy`.

use std::{
    io::{self, Write},
    net::Ipv4Addr,
    process::ExitCode,
};

use anyhow::anyhow;
use embedded::http::AllowedHosts;
use services::{RegionPreference, RequestForwarder, default_sdk_config, with_region};
use signing_proxy::SigningProxy;
use tokio::{
    signal::unix::{SignalKind, signal},
    task::JoinSet,
};

use crate::{
    arguments::ProxyArguments,
    client::{RememberedTarget, find_stack_endpoint},
    host_prefix::HOST_PREFIX_HINT,
    local::listen_on_port,
    standard_error::say_line,
};

/// Serves a deployment's API on loopback until SIGINT or SIGTERM.
pub(crate) async fn run_proxy(arguments: ProxyArguments) -> anyhow::Result<ExitCode> {
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    let endpoint = match (arguments.endpoint, &arguments.stack) {
        (Some(endpoint), _) => endpoint,
        (None, Some(stack)) => {
            let region = arguments.region.clone();
            let settings = RememberedTarget { region, ..RememberedTarget::default() };
            find_stack_endpoint(stack, &settings).await?
        }
        (None, None) => return Err(anyhow!("--stack or --endpoint says what to serve")),
    };
    let sdk = default_sdk_config().await;
    let region = arguments.region.map(RegionPreference::This);
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
