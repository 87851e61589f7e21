//! Requests byte by byte, as a client of ours would never send them.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
};

/// Sends bytes on a connection of its own, and returns all that is answered until it is closed.
pub(crate) fn answer_to(address: &str, request: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// A request that lists the state machines, with these headers.
pub(crate) fn list_request(headers: &str) -> String {
    format!(
        "POST / HTTP/1.1\r\n{headers}Connection: close\r\n\
         Content-Type: application/x-amz-json-1.0\r\n\
         X-Amz-Target: AWSStepFunctions.ListStateMachines\r\nContent-Length: 2\r\n\r\n{{}}"
    )
}
