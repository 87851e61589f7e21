//! How many workers may wait for tasks of activities: so many that others still find a connection.

use embedded::http::exception_response;
use hyper::{Request, Response, StatusCode, body::Bytes};
use protocol::requested_operation;
use tokio::sync::{Semaphore, SemaphorePermit};

/// One connection in this many is not for a worker that waits.
const CONNECTIONS_PER_OTHER: usize = 8;

/// The places of the workers that wait.
pub(crate) struct WorkerPlaces(Semaphore);

impl WorkerPlaces {
    /// The places where there are at most so many connections.
    pub(crate) fn of_connections(connections_max: usize) -> Self {
        Self(Semaphore::new(connections_max - connections_max / CONNECTIONS_PER_OTHER))
    }

    /// Takes a place if the request waits for a task, until the place is dropped. Refuses the request
    /// if no place is free.
    ///
    /// Spec: API reference, `GetActivityTask` § `ActivityWorkerLimitExceeded`.
    pub(crate) fn take_place<B>(
        &self,
        request: &Request<B>,
    ) -> Result<Option<SemaphorePermit<'_>>, Box<Response<Bytes>>> {
        if requested_operation(request) != Some("GetActivityTask") {
            return Ok(None);
        }
        self.0.try_acquire().map(Some).map_err(|_| {
            let message = "The maximum number of workers concurrently polling for activity tasks \
                 has been reached.";
            let exception = "ActivityWorkerLimitExceeded";
            Box::new(exception_response(StatusCode::BAD_REQUEST, exception, message))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(operation: &str) -> Request<()> {
        let target = format!("AWSStepFunctions.{operation}");
        let request = Request::post("/").header("x-amz-target", target).body(());
        request.expect("a request")
    }

    #[test]
    fn some_connections_are_for_others_than_workers() {
        let places = WorkerPlaces::of_connections(8);
        let poll = request("GetActivityTask");
        let mut taken: Vec<_> = (0..7).map(|_| places.take_place(&poll).expect("free")).collect();
        let refused = places.take_place(&poll).expect_err("none is free");
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
        assert!(places.take_place(&request("SendTaskSuccess")).expect("it needs none").is_none());
        taken.pop();
        assert!(places.take_place(&poll).expect("free").is_some());
    }
}
