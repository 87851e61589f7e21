//! The API over HTTP/1.1 on a socket.

use std::{convert::Infallible, sync::Arc};

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::{
    Request, Response, StatusCode,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use protocol::StepFunctionsApi;
use testkit::MockedExecutions;
use tokio::net::{TcpListener, TcpStream};
use tracing::debug;

use crate::{
    landing_page::answer_browser, local_machine::LocalMachinePorts, test_case::begin_test_case,
};

/// Accepts connections until it is dropped.
pub(crate) async fn serve_api(
    listener: TcpListener,
    api: Arc<StepFunctionsApi<LocalMachinePorts>>,
    cases: Option<Arc<MockedExecutions>>,
) -> std::io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(serve_connection(stream, Arc::clone(&api), cases.clone()));
    }
}

async fn serve_connection(
    stream: TcpStream,
    api: Arc<StepFunctionsApi<LocalMachinePorts>>,
    cases: Option<Arc<MockedExecutions>>,
) {
    let answer = service_fn(|request| {
        let (api, cases) = (Arc::clone(&api), cases.clone());
        async move { Ok::<_, Infallible>(answer_request(&api, cases.as_deref(), request).await) }
    });
    let served = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
    if let Err(error) = served {
        debug!(%error, "a connection ended early");
    }
}

async fn answer_request(
    api: &StepFunctionsApi<LocalMachinePorts>,
    cases: Option<&MockedExecutions>,
    request: Request<Incoming>,
) -> Response<Full<Bytes>> {
    if let Some(page) = answer_browser(&request) {
        return page.map(Full::new);
    }
    let (head, body) = request.into_parts();
    match Limited::new(body, api.request_bytes_max()).collect().await {
        Ok(body) => {
            let request = Request::from_parts(head, body.to_bytes());
            let begun = match cases {
                Some(cases) => begin_test_case(cases, request),
                None => Ok(request),
            };
            match begun {
                Ok(request) => api.answer_request(request).await.map(Full::new),
                Err(refusal) => refusal.map(Full::new),
            }
        }
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
