//! The file in a data folder that says where its server listens, and as which account and region.

use std::{
    fs, io,
    net::{SocketAddr, TcpStream},
    path::Path,
    time::Duration,
};

use embedded::{SERVER_FILE_NAME, write_server_file};
use serde::{Deserialize, Serialize};

/// How long a server on this machine may take to accept a connection.
const PATIENCE: Duration = Duration::from_millis(500);

/// Shape: `{"endpoint": "http://127.0.0.1:8083", "region": "us-east-1", "account": "000000000000"}`
///
/// It stays when the server ends: the region and the account are those of the ARNs that users have seen.
/// Whether a server runs is told by the lock of the folder.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct ServerFile {
    pub(crate) endpoint: String,
    pub(crate) region: String,
    pub(crate) account: String,
}

impl ServerFile {
    /// Reads the file of a folder. One that is missing, or half written, says nothing.
    pub(crate) fn read(folder: &Path) -> Option<Self> {
        let text = fs::read_to_string(folder.join(SERVER_FILE_NAME)).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Whether somebody listens at the endpoint. Without the lock of the folder, it may be anybody.
    pub(crate) fn listens(&self) -> bool {
        let address = self.endpoint.trim_start_matches("http://");
        let address = address.parse::<SocketAddr>();
        address.is_ok_and(|address| TcpStream::connect_timeout(&address, PATIENCE).is_ok())
    }

    pub(crate) fn write(&self, folder: &Path) -> io::Result<()> {
        write_server_file(folder, &(serde_json::to_string(self)? + "\n"))
    }
}
