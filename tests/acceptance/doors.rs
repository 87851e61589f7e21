//! Who gets through the doors of the API, and where: attacks on paths, signatures and hosts.

mod closed_page;
mod paths;
mod proxy;
mod signatures;
