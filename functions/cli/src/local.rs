//! `statewright local`

use std::{fs, io::Write, path::Path, process::ExitCode, sync::Arc};

use anyhow::Context;
use protocol::Api;
use rehearsal::{MockConfig, TestCases};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use crate::{
    arguments::LocalArguments,
    machine::{Data, Machine, Watchers, functions},
    serve::serve,
};

/// Serves the API until SIGINT or SIGTERM.
pub(crate) async fn local(arguments: LocalArguments) -> anyhow::Result<ExitCode> {
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    let address = ("127.0.0.1", arguments.port);
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on 127.0.0.1:{}", arguments.port))?;
    let functions = functions(&arguments.functions, None, &arguments.place)?;
    let cases = arguments.mock_config.as_deref().map(test_cases).transpose()?.map(Arc::new);
    let watchers = Watchers { appended: None, cases: cases.clone() };
    let data = if arguments.memory { Data::Memory } else { Data::Folder(arguments.data) };
    let machine =
        Machine::start(&data, functions, &arguments.place, arguments.limits, watchers).await?;

    writeln!(std::io::stdout(), "listening on http://{}", listener.local_addr()?)?;
    let api = Api::new(Arc::clone(&machine.ports), Arc::clone(&machine.tools));
    tokio::select! {
        served = serve(listener, Arc::new(api), cases) => served?,
        _ = interrupted.recv() => {}
        _ = terminated.recv() => {}
    }
    machine.stop().await?;
    Ok(ExitCode::SUCCESS)
}

fn test_cases(file: &Path) -> anyhow::Result<TestCases> {
    let name = || file.display().to_string();
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", name()))?;
    Ok(TestCases::new(MockConfig::read(&text).with_context(name)?))
}
