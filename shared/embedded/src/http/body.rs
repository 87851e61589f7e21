//! The bodies of requests and answers, which together have a bounded size.

use std::{sync::Arc, time::Duration};

use http_body_util::BodyExt;
use hyper::{
    Response, StatusCode,
    body::{Body, Bytes, Incoming},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::{
    connection_activity::{ConnectionActivity, ConnectionPhase},
    exception_response::exception_response,
};

/// The first bytes of each body, which need no room in the budget: whoever sends little is served
/// while others have used it up. The number of connections bounds their sum.
const FREE_BYTES: usize = 16 << 10;
/// The most bytes of all bodies of a server that people and programs on this machine use.
const SERVER_BYTES_MAX: usize = 64 << 20;
/// The time that a large body waits there until there is room for it.
const SERVER_WAIT_MAX: Duration = Duration::from_secs(10);

/// The bytes that all bodies of a server may have at a time, beyond the first 16 KiB of each.
#[derive(Clone, Debug)]
pub struct BodyBudget {
    room: Arc<Semaphore>,
    bytes_max: usize,
    wait_max: Duration,
}

/// A body, and the room that it takes until this is dropped.
#[derive(Debug)]
pub struct HeldBody {
    /// The whole body.
    pub bytes: Bytes,
    _room: Option<OwnedSemaphorePermit>,
}

/// Says why a body was not read.
#[derive(Debug, thiserror::Error)]
pub enum BodyRefusal {
    /// It is larger than a request may be.
    #[error("the body has more than {bytes_max} bytes")]
    TooLarge {
        /// The most bytes of a request.
        bytes_max: usize,
    },
    /// Other bodies take all the room.
    #[error("too many large requests at a time")]
    NoRoom,
    /// The client stopped in the middle of it.
    #[error("the body broke off")]
    Broken(#[source] hyper::Error),
}

impl BodyRefusal {
    /// Returns the answer that AWS's clients read as an exception.
    pub fn to_response(&self) -> Response<Bytes> {
        let (status, exception) = match self {
            Self::TooLarge { .. } => {
                (StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLargeException")
            }
            Self::NoRoom => (StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailableException"),
            Self::Broken(_) => (StatusCode::BAD_REQUEST, "SerializationException"),
        };
        exception_response(status, exception, &self.to_string())
    }
}

impl BodyBudget {
    /// That of a server that people and programs on this machine use.
    pub fn of_server() -> Self {
        Self::new(SERVER_BYTES_MAX, SERVER_WAIT_MAX)
    }

    /// Makes a budget of so many bytes. Who needs room waits for it for `wait_max` at most.
    pub fn new(bytes_max: usize, wait_max: Duration) -> Self {
        let bytes_max = bytes_max.min(u32::MAX as usize).min(Semaphore::MAX_PERMITS);
        Self { room: Arc::new(Semaphore::new(bytes_max)), bytes_max, wait_max }
    }

    /// Reads a body of at most `bytes_max` bytes. The connection is taken to be at work afterwards.
    pub async fn read_body(
        &self,
        mut body: Incoming,
        bytes_max: usize,
        activity: &ConnectionActivity,
    ) -> Result<HeldBody, BodyRefusal> {
        let announced =
            body.size_hint().exact().map(|size| usize::try_from(size).unwrap_or(usize::MAX));
        if announced.is_some_and(|size| size > bytes_max) {
            return Err(BodyRefusal::TooLarge { bytes_max });
        }
        activity.enter_phase(ConnectionPhase::Body);
        let mut bytes = Vec::new();
        let mut room = None;
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(BodyRefusal::Broken)?.into_data() else { continue };
            let size = bytes.len() + data.len();
            if size > bytes_max {
                return Err(BodyRefusal::TooLarge { bytes_max });
            }
            if size > FREE_BYTES && room.is_none() {
                // The client is not to blame for the time that it waits for room.
                activity.enter_phase(ConnectionPhase::Working);
                room = Some(self.take_room(announced.unwrap_or(bytes_max)).await?);
                activity.enter_phase(ConnectionPhase::Body);
                // A vector that grows by itself takes up to twice what it holds.
                bytes.reserve_exact(announced.unwrap_or(bytes_max) - bytes.len());
            }
            bytes.extend_from_slice(&data);
        }
        activity.enter_phase(ConnectionPhase::Working);
        Ok(HeldBody { bytes: bytes.into(), _room: room })
    }

    /// Takes the room for an answer of that size, until it is sent.
    pub async fn hold_answer(
        &self,
        bytes: usize,
        activity: &ConnectionActivity,
    ) -> Result<(), BodyRefusal> {
        if bytes > FREE_BYTES {
            activity.keep_answer_room(self.take_room(bytes).await?);
        }
        Ok(())
    }

    /// Takes room for a body of that size. One that is larger than the budget takes all of it.
    async fn take_room(&self, bytes: usize) -> Result<OwnedSemaphorePermit, BodyRefusal> {
        let bytes = bytes.saturating_sub(FREE_BYTES).min(self.bytes_max);
        let permits = u32::try_from(bytes).unwrap_or(u32::MAX);
        let taken = timeout(self.wait_max, Arc::clone(&self.room).acquire_many_owned(permits));
        taken.await.ok().and_then(Result::ok).ok_or(BodyRefusal::NoRoom)
    }
}
