//! `statewright local`.

use std::{fs, io::Write, path::Path, process::ExitCode, sync::Arc};

use anyhow::Context;
use protocol::StepFunctionsApi;
use testkit::{MockConfig, MockedExecutions};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use crate::{
    arguments::LocalArguments,
    local_machine::{DataLocation, LocalMachine, MachineHooks, read_hosted_functions},
    serve::serve_api,
};

/// Serves the API until SIGINT or SIGTERM.
pub(crate) async fn run_local(arguments: LocalArguments) -> anyhow::Result<ExitCode> {
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    let address = ("127.0.0.1", arguments.port);
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on 127.0.0.1:{}", arguments.port))?;
    let functions = read_hosted_functions(&arguments.functions, None, &arguments.account_region)?;
    let cases = arguments.mock_config.as_deref().map(read_test_cases).transpose()?.map(Arc::new);
    let hooks = MachineHooks { appended: None, cases: cases.clone() };
    let data =
        if arguments.memory { DataLocation::Memory } else { DataLocation::Folder(arguments.data) };
    let account_region = &arguments.account_region;
    let machine =
        LocalMachine::start(&data, functions, account_region, arguments.engine, hooks).await?;

    writeln!(std::io::stdout(), "listening on http://{}", listener.local_addr()?)?;
    let api = StepFunctionsApi::new(Arc::clone(&machine.ports), Arc::clone(&machine.context));
    tokio::select! {
        served = serve_api(listener, Arc::new(api), cases) => served?,
        _ = interrupted.recv() => {}
        _ = terminated.recv() => {}
    }
    machine.stop().await?;
    Ok(ExitCode::SUCCESS)
}

fn read_test_cases(file: &Path) -> anyhow::Result<MockedExecutions> {
    let name = || file.display().to_string();
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", name()))?;
    Ok(MockedExecutions::new(MockConfig::parse(&text).with_context(name)?))
}
