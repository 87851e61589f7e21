//! The API over HTTP/1.1 on a socket.

use std::{convert::Infallible, sync::Arc};

use embedded::LocalPorts;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::{
    Request, Response, StatusCode,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use protocol::{Api, REQUEST_BYTES_MAX};
use tokio::net::{TcpListener, TcpStream};
use tracing::debug;

/// Accepts connections until it is dropped.
pub(crate) async fn serve(listener: TcpListener, api: Arc<Api<LocalPorts>>) -> std::io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let api = Arc::clone(&api);
        tokio::spawn(connection(stream, api));
    }
}

async fn connection(stream: TcpStream, api: Arc<Api<LocalPorts>>) {
    let answer = service_fn(|request| {
        let api = Arc::clone(&api);
        async move { Ok::<_, Infallible>(answer(&api, request).await) }
    });
    let served = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
    if let Err(error) = served {
        debug!(%error, "a connection ended early");
    }
}

async fn answer(api: &Api<LocalPorts>, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    match Limited::new(body, REQUEST_BYTES_MAX).collect().await {
        Ok(body) => api.call(Request::from_parts(head, body.to_bytes())).await.map(Full::new),
        Err(error) => {
            let too_large = error.downcast_ref::<LengthLimitError>().is_some();
            let status =
                if too_large { StatusCode::PAYLOAD_TOO_LARGE } else { StatusCode::BAD_REQUEST };
            let mut response = Response::new(Full::default());
            *response.status_mut() = status;
            response
        }
    }
}
