use std::{net::Ipv4Addr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Semaphore,
};

use super::*;
use crate::http::{BodyBudget, BodyRefusal};

/// Long, so that no test reaches it.
const LONG: Duration = Duration::from_mins(5);
const SHORT: Duration = Duration::from_millis(50);
const BODY_BYTES_MAX: usize = 1 << 20;

const LIMITS: ConnectionLimits =
    ConnectionLimits { connections_max: 100, idle: LONG, head: LONG, body: LONG, sending: LONG };

/// A server that answers `/hold` once `release` has a permit, `/large` with many bytes, and anything
/// else at once with the number of bytes that it was sent.
struct TestServer {
    address: std::net::SocketAddr,
    release: Arc<Semaphore>,
    /// Has a permit for each request whose body has been read.
    arrived: Arc<Semaphore>,
    _task: JoinSet<()>,
}

impl TestServer {
    async fn start(limits: ConnectionLimits, bodies: BodyBudget) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let release = Arc::new(Semaphore::new(0));
        let arrived = Arc::new(Semaphore::new(0));
        let (gate, arrivals) = (Arc::clone(&release), Arc::clone(&arrived));
        let answer = move |request: Request<Incoming>, activity: Arc<ConnectionActivity>| {
            let (gate, arrivals, bodies) =
                (Arc::clone(&gate), Arc::clone(&arrivals), bodies.clone());
            async move {
                let path = request.uri().path().to_owned();
                let body = bodies.read_body(request.into_body(), BODY_BYTES_MAX, &activity).await;
                let body = match body {
                    Ok(body) => body,
                    Err(refusal) => return response_with(refusal.to_string()),
                };
                arrivals.add_permits(1);
                if path == "/hold" {
                    gate.acquire().await.expect("open").forget();
                }
                let answer = match path.as_str() {
                    "/large" => "x".repeat(64 << 20),
                    _ => body.bytes.len().to_string(),
                };
                match bodies.hold_answer(answer.len(), &activity).await {
                    Ok(()) => response_with(answer),
                    Err(refusal) => response_with(refusal.to_string()),
                }
            }
        };
        let mut task = JoinSet::new();
        task.spawn(async move {
            let mut connections = JoinSet::new();
            match serve_connections(listener, limits, &mut connections, answer).await {}
        });
        Self { address, release, arrived, _task: task }
    }

    /// A connection that has sent this.
    async fn connect(&self, sent: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.expect("it listens");
        stream.write_all(sent.as_bytes()).await.expect("it reads");
        stream
    }
}

fn response_with(text: String) -> Response<Full<Bytes>> {
    Response::new(Full::new(text.into()))
}

fn post(path: &str, body: &str) -> String {
    let size = body.len();
    format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n\r\n{body}")
}

fn large_budget() -> BodyBudget {
    BodyBudget::new(usize::MAX, LONG)
}

/// Reads until the answer's end, which is this text.
async fn read_answer(stream: &mut TcpStream, end: &str) {
    let mut read = Vec::new();
    while !read.ends_with(end.as_bytes()) {
        let text = String::from_utf8_lossy(&read).into_owned();
        read.push(stream.read_u8().await.unwrap_or_else(|error| panic!("{error} after {text}")));
    }
}

/// Waits until the server has closed a connection.
async fn wait_until_closed(mut stream: TcpStream) {
    // A closed connection ends or is reset.
    while stream.read_u8().await.is_ok() {}
}

#[tokio::test]
async fn a_newcomer_takes_the_place_of_who_has_waited_longest() {
    let limits = ConnectionLimits { connections_max: 3, ..LIMITS };
    let server = TestServer::start(limits, large_budget()).await;
    let mut held = server.connect(&post("/hold", "abc")).await;
    server.arrived.acquire().await.expect("open").forget();
    let half_head = server.connect("POST / HTTP/1.1\r\nHo").await;
    let half_body =
        server.connect("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx").await;
    let mut newcomers = Vec::new();
    for waiting in [half_head, half_body] {
        let mut newcomer = server.connect(&post("/", "four")).await;
        read_answer(&mut newcomer, "\r\n\r\n4").await;
        wait_until_closed(waiting).await;
        newcomers.push(newcomer);
    }
    server.release.add_permits(1);
    read_answer(&mut held, "\r\n\r\n3").await;
}

#[tokio::test]
async fn what_is_being_worked_on_is_closed_for_nobody() {
    let limits = ConnectionLimits { connections_max: 1, ..LIMITS };
    let server = TestServer::start(limits, large_budget()).await;
    let mut held = server.connect(&post("/hold", "abc")).await;
    server.arrived.acquire().await.expect("open").forget();
    let mut newcomer = server.connect(&post("/", "four")).await;
    server.release.add_permits(1);
    read_answer(&mut held, "\r\n\r\n3").await;
    read_answer(&mut newcomer, "\r\n\r\n4").await;
}

#[tokio::test]
async fn whatever_a_connection_waits_for_has_a_limit() {
    let half_body = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx";
    for (limits, sent) in [
        (ConnectionLimits { idle: SHORT, ..LIMITS }, ""),
        (ConnectionLimits { idle: SHORT, ..LIMITS }, &*post("/", "between two requests")),
        (ConnectionLimits { head: SHORT, ..LIMITS }, "POST / HTTP/1.1\r\nHost: a\r\n"),
        (ConnectionLimits { body: SHORT, ..LIMITS }, half_body),
    ] {
        let server = TestServer::start(limits, large_budget()).await;
        wait_until_closed(server.connect(sent).await).await;
    }
}

#[tokio::test]
async fn an_answer_that_nobody_reads_is_given_up() {
    let limits = ConnectionLimits { sending: SHORT, ..LIMITS };
    let server = TestServer::start(limits, BodyBudget::new(64 << 20, LONG)).await;
    let unread = server.connect(&post("/large", "")).await;
    // The budget has room for one such answer: the second is computed once the first is given up.
    let mut read = server.connect(&post("/large", "")).await;
    let mut bytes = vec![0; 1 << 10];
    read.read_exact(&mut bytes).await.expect("it is sent");
    drop(unread);
}

#[tokio::test]
async fn large_bodies_share_a_budget_that_small_ones_do_not_need() {
    let body = "x".repeat(600 << 10);
    let server = TestServer::start(LIMITS, BodyBudget::new(1 << 20, SHORT)).await;
    let mut held = server.connect(&post("/hold", &body)).await;
    server.arrived.acquire().await.expect("open").forget();

    let no_room = BodyRefusal::NoRoom.to_string();
    let mut other = server.connect(&post("/", &body)).await;
    read_answer(&mut other, &no_room).await;
    let mut small = server.connect(&post("/", "four")).await;
    read_answer(&mut small, "\r\n\r\n4").await;

    server.release.add_permits(1);
    read_answer(&mut held, &format!("\r\n\r\n{}", body.len())).await;
    let mut again = server.connect(&post("/", &body)).await;
    read_answer(&mut again, &format!("\r\n\r\n{}", body.len())).await;
}

#[tokio::test]
async fn a_body_larger_than_allowed_is_refused_whether_announced_or_not() {
    let server = TestServer::start(LIMITS, large_budget()).await;
    let refused = BodyRefusal::TooLarge { bytes_max: BODY_BYTES_MAX }.to_string();
    let announced =
        format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", BODY_BYTES_MAX + 1);
    read_answer(&mut server.connect(&announced).await, &refused).await;
    let mut chunked =
        server.connect("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n").await;
    let chunk = format!("{:x}\r\n{}\r\n", BODY_BYTES_MAX + 1, "x".repeat(BODY_BYTES_MAX + 1));
    let (mut reading, mut writing) = chunked.split();
    let mut answer = vec![0; 4096];
    // The server may close the connection before it has read the rest.
    let (_, read) = tokio::join!(writing.write_all(chunk.as_bytes()), reading.read(&mut answer));
    let answer = String::from_utf8_lossy(&answer[..read.expect("an answer")]).into_owned();
    assert!(answer.ends_with(&refused), "{answer}");
}
