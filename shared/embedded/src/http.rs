//! HTTP/1.1 on loopback sockets, where one client cannot take what the others need.
//!
//! Invariant: whatever waits for a client has a time limit, and there is room for a newcomer: it
//! takes the place of the connection that has waited for its client the longest
//! (`http::server::tests::a_newcomer_takes_the_place_of_who_has_waited_longest`).

mod accept;
mod allowed_hosts;
mod body;
mod connection_activity;
mod connection_slots;
mod exception_response;
mod request_handler;
mod server;
mod watched_stream;

pub use allowed_hosts::{AllowedHosts, HostRefusal, parse_host_name};
pub use body::{BodyBudget, BodyRefusal, HeldBody};
pub use connection_activity::{ConnectionActivity, ConnectionLimits};
pub use exception_response::exception_response;
pub use request_handler::{RequestHandler, serve_requests};
pub(crate) use server::serve_connections;
