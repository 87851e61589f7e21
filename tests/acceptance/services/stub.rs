//! A double of all AWS services at one endpoint, which answers what a test has scripted and records what
//! it is asked.
//!
//! A request belongs to the script of its operation whose marker is a part of it: so that many
//! executions can call the same operation at once.

mod certificates;
mod request;
mod response;

use std::{
    io::{self, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use certificates::Certificates;

pub(crate) use request::StubRequest;
pub(crate) use response::{REQUEST_ID, StubProtocol, StubResponse};

/// How long nobody may ask the double anything while a test waits for a request.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the double does with a request.
#[derive(Clone, Debug)]
pub(crate) enum StubAnswer {
    /// It responds.
    Respond(StubResponse),
    /// It closes the connection.
    HangUp,
    /// It lets the caller wait until that gives up.
    Withhold,
}

/// The answers to the requests of an operation that contain a marker.
#[derive(Debug)]
struct Script {
    operation: String,
    marker: String,
    /// The last one is given again and again.
    answers: Vec<StubAnswer>,
    /// How many requests it has answered.
    asked: usize,
}

#[derive(Debug, Default)]
struct Scripts {
    scripts: Vec<Script>,
    requests: Vec<StubRequest>,
}

#[derive(Debug, Default)]
struct Shared {
    scripts: Mutex<Scripts>,
    /// Told of each request.
    asked: Condvar,
}

/// A running double.
#[derive(Debug)]
pub(crate) struct ServiceStub {
    address: String,
    tls_address: String,
    certificates: Certificates,
    shared: Arc<Shared>,
}

impl ServiceStub {
    /// Starts it on a free port, and by TLS on another. It serves until the test ends.
    pub(crate) fn start() -> Self {
        let shared = Arc::new(Shared::default());
        let certificates = Certificates::generate();
        let address = listen(&shared, Shared::serve);
        let tls = certificates.server_config();
        let tls_address =
            listen(&shared, move |shared, stream| shared.serve_tls(Arc::clone(&tls), stream));
        Self { address, tls_address, certificates, shared }
    }

    /// Where it is, as `HOST:PORT`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Where it is by TLS, as `HOST:PORT`.
    pub(crate) fn tls_address(&self) -> &str {
        &self.tls_address
    }

    /// The certificate of the authority that vouches for it by TLS, in PEM.
    pub(crate) fn certificate_authority(&self) -> &str {
        self.certificates.authority()
    }

    /// Gives these answers, one after the other, to the requests of an operation that contain the
    /// marker. The last one is repeated.
    ///
    /// An operation is `PREFIX.Operation` of `X-Amz-Target`, the `Action` of a form,
    /// `SERVICE/Operation` of the CBOR protocol, or `METHOD /path`.
    pub(crate) fn script(&self, operation: &str, marker: &str, answers: Vec<StubAnswer>) {
        let script = Script {
            operation: operation.to_owned(),
            marker: marker.to_owned(),
            answers,
            asked: 0,
        };
        self.shared.lock().scripts.push(script);
    }

    /// The requests of an operation that contain the marker, in their order.
    pub(crate) fn requests(&self, operation: &str, marker: &str) -> Vec<StubRequest> {
        let scripts = self.shared.lock();
        let found = scripts.requests.iter().filter(|request| request.is_of(operation, marker));
        found.cloned().collect()
    }

    /// Waits for a request of an operation that contains the marker.
    pub(crate) fn await_request(&self, operation: &str, marker: &str) -> StubRequest {
        self.await_requests(operation, marker, 1).swap_remove(0)
    }

    /// Waits for so many requests of an operation that contain the marker.
    pub(crate) fn await_requests(
        &self,
        operation: &str,
        marker: &str,
        least: usize,
    ) -> Vec<StubRequest> {
        let mut scripts = self.shared.lock();
        loop {
            let requests = scripts.requests.iter();
            let found: Vec<StubRequest> =
                requests.filter(|request| request.is_of(operation, marker)).cloned().collect();
            if found.len() >= least {
                return found;
            }
            let waited = self.shared.asked.wait_timeout(scripts, PATIENCE);
            let timed_out;
            (scripts, timed_out) = waited.unwrap_or_else(PoisonError::into_inner);
            assert!(!timed_out.timed_out(), "nobody asks {operation} with {marker}");
        }
    }
}

/// Serves the connections to a free port, and returns its address.
fn listen(
    shared: &Arc<Shared>,
    serve: impl Fn(&Shared, TcpStream) -> io::Result<()> + Clone + Send + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    let shared = Arc::clone(shared);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (shared, serve) = (Arc::clone(&shared), serve.clone());
            // A connection that breaks is its caller's affair.
            thread::spawn(move || drop(serve(&shared, stream)));
        }
    });
    address
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Scripts> {
        self.scripts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve_tls(&self, config: Arc<ServerConfig>, stream: TcpStream) -> io::Result<()> {
        let connection = ServerConnection::new(config).map_err(io::Error::other)?;
        self.serve(StreamOwned::new(connection, stream))
    }

    /// Serves the requests of a connection.
    fn serve(&self, stream: impl Read + Write) -> io::Result<()> {
        let mut reader = BufReader::new(stream);
        while let Some(request) = StubRequest::read(&mut reader)? {
            let has_body = !request.operation().starts_with("HEAD ");
            match self.answer(request) {
                StubAnswer::Respond(response) if has_body => response.write(reader.get_mut())?,
                StubAnswer::Respond(response) => {
                    response.without_body().write(reader.get_mut())?;
                }
                StubAnswer::HangUp => return Ok(()),
                StubAnswer::Withhold => {
                    // It ends when the caller has closed the connection.
                    reader.read_to_end(&mut Vec::new())?;
                }
            }
        }
        Ok(())
    }

    fn answer(&self, request: StubRequest) -> StubAnswer {
        let mut scripts = self.lock();
        let mut found = scripts.scripts.iter_mut();
        let found = found.find(|script| request.is_of(&script.operation, &script.marker));
        let answer = match found {
            Some(script) => {
                let next = script.asked.min(script.answers.len() - 1);
                script.asked += 1;
                script.answers[next].clone()
            }
            None => StubAnswer::Respond(StubResponse::unscripted(&request)),
        };
        scripts.requests.push(request);
        drop(scripts);
        self.asked.notify_all();
        answer
    }
}
