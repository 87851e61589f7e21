//! `statewright health`: asks a running `local` whether it works, also where there is no shell.

use std::{
    io::{self, Write},
    path::Path,
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context, anyhow};
use clap::Args;
use hyper::{Uri, http::uri::Authority};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::{
    client::{FOLDER_DEFAULT, ServerFile},
    probes::HEALTH_PATH,
};

/// The exit code for a server that does not work, or that cannot be reached. Docker gives no meaning
/// to any other one.
const UNHEALTHY: u8 = 1;
/// How long to wait for the answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// The most bytes of an answer that are read.
const ANSWER_BYTES_MAX: u64 = 64 << 10;
/// The port of an `http` URL that names none.
const HTTP_PORT: u16 = 80;

#[derive(Debug, Args)]
#[command(after_help = "\
The exit code is 0 if it works, 1 if it does not or cannot be reached, and 2 if the URL is none.

Example, in a Dockerfile:
  HEALTHCHECK CMD [\"statewright\", \"health\"]")]
pub(crate) struct HealthArguments {
    /// Where `local` listens; by default where the one of this folder does, else at port 8083.
    #[arg(long, value_name = "URL", value_parser = parse_endpoint)]
    pub(crate) endpoint: Option<Authority>,
}

/// Asks once, and prints what it says.
pub(crate) async fn ask_health(arguments: &HealthArguments) -> anyhow::Result<ExitCode> {
    let endpoint = match &arguments.endpoint {
        Some(endpoint) => endpoint.clone(),
        None => endpoint_here(),
    };
    let asked = timeout(PATIENCE, read_answer(&endpoint)).await;
    let answer =
        asked.unwrap_or_else(|_| Err(anyhow!("no answer within {} seconds", PATIENCE.as_secs())));
    match answer.and_then(|answer| healthy_version(&answer)) {
        Ok(version) => {
            writeln!(io::stdout(), "ok {version}")?;
            Ok(ExitCode::SUCCESS)
        }
        Err(reason) => {
            writeln!(io::stderr(), "error: http://{endpoint}: {reason:#}")?;
            Ok(ExitCode::from(UNHEALTHY))
        }
    }
}

/// Where the server of the data folder here listens, or would by default.
fn endpoint_here() -> Authority {
    let here = ServerFile::read(Path::new(FOLDER_DEFAULT));
    let here = here.and_then(|server| parse_endpoint(&server.endpoint).ok());
    here.unwrap_or_else(|| Authority::from_static("127.0.0.1:8083"))
}

/// Whether `statewright local` answers at an endpoint.
pub(crate) async fn is_local_server(endpoint: &str) -> bool {
    let Ok(authority) = parse_endpoint(endpoint) else { return false };
    let asked = timeout(PATIENCE, read_answer(&authority)).await;
    asked.is_ok_and(|answer| answer.is_ok_and(|answer| healthy_version(&answer).is_ok()))
}

/// Reads an `http` URL without a path; returns its host and port.
fn parse_endpoint(text: &str) -> Result<Authority, String> {
    let url = text.parse::<Uri>().map_err(|error| error.to_string())?;
    match (url.scheme_str(), url.authority(), url.path()) {
        (Some("http"), Some(authority), "/") if !authority.as_str().contains('@') => {
            Ok(authority.clone())
        }
        _ => Err("not of the form http://HOST:PORT".to_owned()),
    }
}

async fn read_answer(endpoint: &Authority) -> anyhow::Result<String> {
    let host = endpoint.host().trim_matches(['[', ']']);
    let port = endpoint.port_u16().unwrap_or(HTTP_PORT);
    let mut stream = TcpStream::connect((host, port)).await.context("cannot connect")?;
    let request =
        format!("GET {HEALTH_PATH} HTTP/1.1\r\nHost: {endpoint}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// The version in the answer of a server that works.
fn healthy_version(answer: &str) -> anyhow::Result<String> {
    let (head, body) = answer.split_once("\r\n\r\n").context("this is no answer of HTTP")?;
    let status = head.split(' ').nth(1).unwrap_or_default();
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    match (status, body["status"].as_str(), body["version"].as_str()) {
        ("200", Some("ok"), Some(version)) => Ok(version.to_owned()),
        (_, Some(said), _) => Err(anyhow!("it says that it is {said}")),
        _ => Err(anyhow!("no server of Statewright answers there (HTTP status {status})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_host_and_a_port() {
        let host = |text: &str| parse_endpoint(text).map(|authority| authority.to_string());
        assert_eq!(host("http://[::1]:8083/"), Ok("[::1]:8083".to_owned()));
        assert_eq!(host("http://flows"), Ok("flows".to_owned()));
        for refused in
            ["flows:80", "https://flows", "http://flows/health", "http://a@b", "http:///x"]
        {
            assert!(host(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn only_a_server_that_says_so_is_healthy() {
        let of = |status: u16, body: &str| {
            healthy_version(&format!("HTTP/1.1 {status} X\r\nA: b\r\n\r\n{body}")).ok()
        };
        assert_eq!(of(200, r#"{"status":"ok","version":"1.2.3"}"#).as_deref(), Some("1.2.3"));
        assert_eq!(of(503, r#"{"status":"unavailable","version":"1.2.3"}"#), None);
        assert_eq!(of(503, r#"{"status":"ok","version":"1.2.3"}"#), None);
        assert_eq!(of(200, "hello"), None);
    }
}
