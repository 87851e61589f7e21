//! `statewright local`

use std::{io::Write, process::ExitCode, sync::Arc};

use anyhow::Context;
use protocol::Api;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use crate::{
    arguments::LocalArguments,
    machine::{Data, Machine, functions},
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
    let data = if arguments.memory { Data::Memory } else { Data::Folder(arguments.data) };
    let machine = Machine::start(&data, functions, &arguments.place, None).await?;

    writeln!(std::io::stdout(), "listening on http://{}", listener.local_addr()?)?;
    let api = Api::new(Arc::clone(&machine.ports), Arc::clone(&machine.tools));
    tokio::select! {
        served = serve(listener, Arc::new(api)) => served?,
        _ = interrupted.recv() => {}
        _ = terminated.recv() => {}
    }
    machine.stop().await?;
    Ok(ExitCode::SUCCESS)
}
