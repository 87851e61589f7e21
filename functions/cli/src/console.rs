//! `statewright console`.

mod client_api;
mod dead_letter_source;
mod operator;
mod page_server;
mod stored_dead_letters;

use std::{
    io::{self, Write},
    net::{Ipv4Addr, SocketAddr},
    process::ExitCode,
    sync::Arc,
};

use clap::Args;
use console::{ClientAccess, Console, ConsoleTarget, TargetKind};
use embedded::http::{AllowedHosts, parse_host_name, serve_requests};
use serde_json::json;
use services::RequestForwarder;
use tokio::task::JoinSet;

use self::{
    client_api::ClientConsoleApi,
    dead_letter_source::DeadLetterSource,
    operator::find_operator,
    page_server::{CONNECTIONS_MAX, PageServer},
};
use crate::{
    client::{ApiClient, ApiRefusal, RememberedTarget, TargetArguments},
    interruption::{InterruptionSignals, quote_word},
    local::listen_on_port,
    standard_error::say_line,
};

pub(crate) use self::{
    operator::operator_of_machine,
    stored_dead_letters::{list_stored_letters, remove_stored_letter},
};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  statewright console --stack orders\n  \
                        statewright console --aws --profile ops --region eu-west-1")]
pub(crate) struct ConsoleArguments {
    /// The port to listen on, on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 8084)]
    port: u16,

    /// A host name by which it may be addressed, beside localhost; may repeat.
    #[arg(long, value_name = "NAME", value_parser = parse_host_name)]
    allow_host: Vec<String>,

    #[command(flatten)]
    target: TargetArguments,
}

/// Serves pages about a target on loopback until SIGINT or SIGTERM.
pub(crate) async fn run_console(arguments: ConsoleArguments) -> anyhow::Result<ExitCode> {
    let target = arguments.target.find_target()?;
    let client = Arc::new(target.connect().await?);
    check_reachable(&client).await?;
    let shown = ConsoleTarget {
        name: client.target.clone(),
        kind: target_kind(&target, &client).await,
        operator: find_operator(&target, &client).await,
    };
    let dead_letters = DeadLetterSource::find(&target, &client).await;
    let listener = listen_on_port(Ipv4Addr::LOCALHOST.into(), arguments.port).await?;
    let mut interruption = InterruptionSignals::listen()?;
    show_start(listener.local_addr()?, &shown, &client)?;
    let api = ClientConsoleApi {
        access: client_access(&target, &client),
        dead_letters,
        client: Arc::clone(&client),
    };
    let server = PageServer {
        console: Console::new(api, shown)?,
        hosts: AllowedHosts::new(arguments.allow_host),
    };
    let mut connections = JoinSet::new();
    tokio::select! {
        never = serve_requests(server, listener, CONNECTIONS_MAX, &mut connections) => match never {},
        () = interruption.wait_for_one() => {}
    }
    connections.shutdown().await;
    if let Some(client) = Arc::into_inner(client) {
        client.close().await;
    }
    Ok(ExitCode::SUCCESS)
}

/// Asks for a list, so that a mistake shows before a page does. Whoever may not list may see other pages.
async fn check_reachable(client: &ApiClient) -> anyhow::Result<()> {
    let listed = client.call("ListStateMachines", json!({ "maxResults": 1 })).await;
    let Err(error) = listed else { return Ok(()) };
    match error.downcast_ref::<ApiRefusal>() {
        Some(refusal) => {
            say_line(&format!("{} refuses to list state machines: {refusal}", client.target));
            Ok(())
        }
        None => Err(error),
    }
}

async fn target_kind(target: &RememberedTarget, client: &ApiClient) -> TargetKind {
    if target.aws {
        TargetKind::StepFunctions
    } else if client.is_local().await {
        TargetKind::Local
    } else {
        TargetKind::Deployment
    }
}

fn client_access(target: &RememberedTarget, client: &ApiClient) -> ClientAccess {
    if target.aws {
        return ClientAccess::StepFunctions;
    }
    if let Some(stack) = &target.stack {
        return ClientAccess::Proxy(format!("--stack {}", quote_word(stack)));
    }
    if let Some(folder) = client.stopped_folder() {
        return ClientAccess::Folder(quote_word(&folder.display().to_string()));
    }
    if RequestForwarder::is_deployment(&client.target) {
        return ClientAccess::Proxy(format!("--endpoint {}", quote_word(&client.target)));
    }
    ClientAccess::Endpoint(client.target.clone())
}

/// Prints the address to stdout, and to stderr what it shows.
fn show_start(
    address: SocketAddr,
    shown: &ConsoleTarget,
    client: &ApiClient,
) -> anyhow::Result<()> {
    writeln!(io::stdout(), "listening on http://{address}")?;
    say_line(&format!("showing {}", shown.name));
    say_line(&format!("actions are those of {}", shown.operator));
    if client.stopped_folder().is_some() {
        say_line("its executions stand still, and no server can use it while these pages are open");
    }
    Ok(())
}
