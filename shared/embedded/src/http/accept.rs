//! Accepting connections, also when there are no file descriptors left.

use std::{io, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    time::sleep,
};
use tracing::{debug, error};

/// How long to wait after a failure, before the next attempt. Somebody may have closed a file.
const PAUSE: Duration = Duration::from_millis(100);

/// Waits for a connection. A failure is logged once and tried again after a pause: what is wrong
/// with the machine now, such as too many open files, may pass.
pub(super) async fn accept_connection(listener: &TcpListener) -> TcpStream {
    let mut is_logged = false;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Messages are small, so Nagle's algorithm would only delay them.
                if let Err(error) = stream.set_nodelay(true) {
                    debug!(%error, "cannot unset the delay of a socket");
                }
                return stream;
            }
            Err(error) if is_about_one_connection(&error) => {
                debug!(%error, "a connection was gone before it was accepted");
            }
            Err(error) => {
                if !is_logged {
                    error!(%error, "cannot accept connections; trying again until it works");
                }
                is_logged = true;
                sleep(PAUSE).await;
            }
        }
    }
}

/// Whether the next attempt can succeed at once.
fn is_about_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}
