//! A server whose bodies share one budget.

use std::{convert::Infallible, sync::Arc};

use http_body_util::Full;
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
};
use tokio::{net::TcpListener, task::JoinSet};

use super::{
    body::BodyBudget,
    connection_activity::{ConnectionActivity, ConnectionLimits},
    server::serve_connections,
};

/// Answers the requests of a server that people and programs on this machine use.
pub trait RequestHandler: Send + Sync + 'static {
    /// Answers a request whose head is complete. `bodies` reads its body.
    fn answer_request(
        &self,
        request: Request<Incoming>,
        bodies: &BodyBudget,
        activity: &ConnectionActivity,
    ) -> impl Future<Output = Response<Bytes>> + Send;
}

/// Accepts so many connections at a time, until it is dropped. Their tasks are in `connections`. An
/// answer for which there is no room is an exception.
pub async fn serve_requests(
    handler: impl RequestHandler,
    listener: TcpListener,
    connections_max: usize,
    connections: &mut JoinSet<()>,
) -> Infallible {
    let limits = ConnectionLimits::of_server(connections_max);
    let bodies = BodyBudget::of_server();
    let handler = Arc::new(handler);
    let answer = move |request, activity: Arc<ConnectionActivity>| {
        let (handler, bodies) = (Arc::clone(&handler), bodies.clone());
        async move {
            let response = Box::pin(handler.answer_request(request, &bodies, &activity)).await;
            let response = match bodies.hold_answer(response.body().len(), &activity).await {
                Ok(()) => response,
                Err(refusal) => refusal.to_response(),
            };
            response.map(Full::new)
        }
    };
    serve_connections(listener, limits, connections, answer).await
}
