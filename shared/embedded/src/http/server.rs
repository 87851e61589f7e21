//! Accepts connections and serves each within its limits.

use std::{convert::Infallible, sync::Arc};

use http_body_util::Full;
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tracing::debug;

use super::{
    accept::accept_connection,
    connection_activity::{ConnectionActivity, ConnectionLimits, ConnectionPhase},
    connection_slots::{ConnectionSlot, ConnectionSlots},
    watched_stream::WatchedStream,
};

/// The most bytes that a connection reads ahead; also the most that the head of a request may have.
const READ_AHEAD_BYTES_MAX: usize = 64 << 10;

/// Serves every connection in a task of `connections`, until it is dropped. Dropping `connections`
/// closes them.
///
/// The head of a request is complete when `answer` gets it; [`BodyBudget`](super::BodyBudget) reads
/// its body.
pub(crate) async fn serve_connections<A, F>(
    listener: TcpListener,
    limits: ConnectionLimits,
    connections: &mut JoinSet<()>,
    answer: A,
) -> Infallible
where
    A: Fn(Request<Incoming>, Arc<ConnectionActivity>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response<Full<Bytes>>> + Send + 'static,
{
    let slots = ConnectionSlots::new(limits.connections_max);
    loop {
        let stream = accept_connection(&listener).await;
        while connections.try_join_next().is_some() {}
        let slot = slots.take_slot().await;
        connections.spawn(serve_connection(stream, slot, limits, answer.clone()));
    }
}

async fn serve_connection<A, F>(
    stream: TcpStream,
    slot: ConnectionSlot,
    limits: ConnectionLimits,
    answer: A,
) where
    A: Fn(Request<Incoming>, Arc<ConnectionActivity>) -> F,
    F: Future<Output = Response<Full<Bytes>>>,
{
    let activity = &slot.activity;
    let service = service_fn(|request| {
        activity.enter_phase(ConnectionPhase::Working);
        let response = answer(request, Arc::clone(activity));
        async move {
            let response = response.await;
            activity.enter_phase(ConnectionPhase::Sending);
            Ok::<_, Infallible>(response)
        }
    });
    let stream = WatchedStream { stream, activity: Arc::clone(activity) };
    let served = http1::Builder::new()
        // The activity has a limit for heads, which does not count the time between requests.
        .header_read_timeout(None)
        .max_buf_size(READ_AHEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        served = served => if let Err(error) = served {
            debug!(%error, "a connection ended early");
        },
        () = activity.outlast_limits(&limits) => {
            debug!("a connection was closed, since its client took too long or others needed it");
        }
    }
}

#[cfg(test)]
mod tests;
