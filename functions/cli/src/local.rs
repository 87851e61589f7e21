//! `statewright local`.

use std::{
    io::{self, Write},
    net::{IpAddr, SocketAddr},
    path::Path,
    process::ExitCode,
    sync::Arc,
};

use anyhow::Context;
use console::{Console, ConsoleTarget, TargetKind};
use embedded::http::serve_requests;
use protocol::StepFunctionsApi;
use testkit::{MockConfig, MockedExecutions};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    task::JoinSet,
};

use crate::{
    account_region::{ChosenAccountRegion, RegionOrigin},
    arguments::LocalArguments,
    client::ServerFile,
    console::operator_of_machine,
    door::{Door, own_address},
    file_descriptors::raise_open_files_limit,
    host_prefix::HOST_PREFIX_HINT,
    local_console::LocalConsoleApi,
    local_executions::start_showing_executions,
    local_machine::{DataLocation, LocalMachine, MachineHooks},
    metrics::MachineMetrics,
    project::{ProjectReader, WatchedProject, find_project_here},
    serve::{LocalApi, connections_max},
    standard_error::say_line,
    text_source::read_text,
    waiting_workers::WorkerPlaces,
};

/// Serves the API until SIGINT or SIGTERM.
pub(crate) async fn run_local(arguments: LocalArguments) -> anyhow::Result<ExitCode> {
    let open_files_max = raise_open_files_limit();
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    let account_region = arguments.account_region.choose()?;
    let door = Door::of_arguments(&arguments.door)?;
    let listener = listen_on_port(arguments.door.host, arguments.port).await?;
    let address = listener.local_addr()?;
    let reader = ProjectReader::of_arguments(&arguments, &account_region)?;
    let names_project = !arguments.paths.is_empty() || !arguments.functions.template.is_empty();
    let (mut project, functions) = WatchedProject::open(reader, arguments.functions).await?;
    functions.show_warnings();
    let summary = functions.summary_line();
    let cases = arguments.mock_config.as_deref().map(read_test_cases).transpose()?.map(Arc::new);
    let own_address = SocketAddr::new(own_address(address.ip()), address.port());
    let server = ServerFile {
        endpoint: format!("http://{own_address}"),
        region: account_region.region.clone(),
        account: account_region.account.clone(),
    };
    let hooks = MachineHooks {
        appended: start_showing_executions(),
        cases: cases.clone(),
        own_endpoint: Some(server.endpoint.clone()),
    };
    let data =
        if arguments.memory { DataLocation::Memory } else { DataLocation::Folder(arguments.data) };
    let machine =
        LocalMachine::start(&data, functions, &account_region, arguments.engine, hooks).await?;
    if let DataLocation::Folder(folder) = &data {
        let written = server.write(folder);
        written.with_context(|| format!("cannot write in {}", folder.display()))?;
    }
    show_start(address, &account_region, summary, &door)?;
    if let Some(found) = find_project_here().filter(|_| !names_project) {
        let found = found.display();
        say_line(&format!("{found} is here: `statewright local .` serves its state machines"));
    }
    project.deploy_changes(&machine).await;
    let api = StepFunctionsApi::new(Arc::clone(&machine.ports), Arc::clone(&machine.context));
    let connections_max = connections_max(open_files_max);
    let console_api = LocalConsoleApi {
        api: api.clone(),
        cases: cases.clone(),
        store: machine.ports.store.clone(),
        refused: project.refused_edits(),
    };
    let api = LocalApi {
        console: local_console(&data, console_api)?,
        api,
        cases,
        door,
        memory: machine.ports.memory.clone(),
        metrics: MachineMetrics::of_machine(&machine),
        store: machine.ports.store.clone(),
        workers: WorkerPlaces::of_connections(connections_max),
    };
    // Requests that have come are answered while the machine stops.
    let mut connections = JoinSet::new();
    tokio::select! {
        never = serve_requests(api, listener, connections_max, &mut connections) => match never {},
        never = project.keep_deploying(&machine) => match never {},
        _ = interrupted.recv() => {}
        _ = terminated.recv() => {}
    }
    machine.stop().await?;
    Ok(ExitCode::SUCCESS)
}

/// The console over the API of this process.
fn local_console(
    data: &DataLocation,
    api: LocalConsoleApi,
) -> anyhow::Result<Console<LocalConsoleApi>> {
    let name = match data {
        DataLocation::Folder(folder) => folder.display().to_string(),
        DataLocation::Memory => "memory".to_owned(),
    };
    let target = ConsoleTarget {
        name: format!("local: {name}"),
        kind: TargetKind::Local,
        operator: operator_of_machine(),
    };
    Ok(Console::new(api, target)?)
}

pub(crate) async fn listen_on_port(host: IpAddr, port: u16) -> anyhow::Result<TcpListener> {
    let listening = TcpListener::bind((host, port)).await;
    let is_taken = |error: &io::Error| error.kind() == io::ErrorKind::AddrInUse;
    let hint = if listening.as_ref().is_err_and(is_taken) {
        " (another program does, perhaps `statewright local`; --port PORT takes another port, and \
         --port 0 a free one)"
    } else {
        ""
    };
    listening.with_context(|| format!("cannot listen on {}{hint}", SocketAddr::new(host, port)))
}

/// Prints the address to stdout, and to stderr what a user may need to know about it.
fn show_start(
    address: SocketAddr,
    account_region: &ChosenAccountRegion,
    functions: Option<String>,
    door: &Door,
) -> anyhow::Result<()> {
    writeln!(io::stdout(), "listening on http://{address}")?;
    let ChosenAccountRegion { account, region, region_origin } = account_region;
    let origin = match region_origin {
        RegionOrigin::Option | RegionOrigin::Default => "",
        RegionOrigin::Environment => " (from AWS_REGION; --region overrides it)",
    };
    let mut lines = vec![format!("ARNs: region {region}{origin}, account {account}")];
    lines.extend(functions);
    if matches!(door, Door::Loopback(_)) {
        lines.push(format!("console: http://{address} in a browser"));
    }
    lines.push(HOST_PREFIX_HINT.to_owned());
    for line in lines {
        say_line(&line);
    }
    Ok(())
}

fn read_test_cases(file: &Path) -> anyhow::Result<MockedExecutions> {
    let config = MockConfig::parse(&read_text(file)?);
    Ok(MockedExecutions::new(config.with_context(|| file.display().to_string())?))
}
