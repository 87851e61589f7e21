//! Whom `statewright local` answers: everybody on this machine, or who has a token or a key pair.

mod closed_page;

use std::{
    fs,
    net::{IpAddr, Ipv4Addr},
    path::Path,
    time::SystemTime,
};

use anyhow::{Context, anyhow};
use embedded::http::{AllowedHosts, exception_response};
use hyper::{Request, Response, StatusCode, body::Bytes, header::AUTHORIZATION};
use services::{ClaimedSignature, KeyPair, SignatureRefusal};
use subtle::ConstantTimeEq;

use crate::arguments::DoorArguments;

/// The fewest characters of a token: so many are not guessed.
const TOKEN_CHARS_MIN: usize = 16;

/// What a request must have.
pub(crate) enum Door {
    /// The name of this machine as its host. So no page of somebody else's can use the server.
    Loopback(AllowedHosts),
    /// This token, as `Authorization: Bearer TOKEN`.
    Token(String),
    /// A signature by this key pair.
    KeyPair(KeyPair),
}

/// What is left to be checked once a request's body has been read.
pub(crate) enum PassedDoor {
    Whole,
    Claim(ClaimedSignature),
}

impl Door {
    /// Makes the door that the command line asks for.
    ///
    /// Errors: other machines could reach the server, and nothing tells who may use it.
    pub(crate) fn of_arguments(arguments: &DoorArguments) -> anyhow::Result<Self> {
        if let Some(file) = &arguments.signed_by {
            let pair = KeyPair::read_file(file).map_err(anyhow::Error::msg);
            return pair.map(Self::KeyPair).with_context(|| file.display().to_string());
        }
        if let Some(file) = &arguments.token {
            return read_token(file).map(Self::Token).with_context(|| file.display().to_string());
        }
        if arguments.host.is_loopback() {
            return Ok(Self::Loopback(AllowedHosts::new(arguments.allow_host.clone())));
        }
        Err(anyhow!(
            "other machines can reach {}: --signed-by FILE or --token FILE says who is answered",
            arguments.host
        ))
    }

    /// Checks the head of a request.
    pub(crate) fn check_head<B>(
        &self,
        request: &Request<B>,
    ) -> Result<PassedDoor, Box<Response<Bytes>>> {
        match self {
            Self::Loopback(hosts) => match hosts.check_request(request) {
                Ok(()) => Ok(PassedDoor::Whole),
                Err(refusal) => Err(Box::new(exception_response(
                    StatusCode::FORBIDDEN,
                    "AccessDeniedException",
                    &refusal.to_string(),
                ))),
            },
            Self::Token(token) => {
                let given = request.headers().get(AUTHORIZATION);
                let given = given.and_then(|given| given.as_bytes().strip_prefix(b"Bearer "));
                if given.is_some_and(|given| given.ct_eq(token.as_bytes()).into()) {
                    return Ok(PassedDoor::Whole);
                }
                Err(refuse_signature(SignatureRefusal::Missing))
            }
            Self::KeyPair(pair) => {
                let head = (request.method(), request.uri(), request.headers());
                let claim = pair.check_head(head, SystemTime::now());
                claim.map(PassedDoor::Claim).map_err(refuse_signature)
            }
        }
    }
}

impl PassedDoor {
    /// Checks the body of the request.
    pub(crate) fn check_body(&self, body: &[u8]) -> Result<(), Box<Response<Bytes>>> {
        match self {
            Self::Whole => Ok(()),
            Self::Claim(claim) => claim.check_body(body).map_err(refuse_signature),
        }
    }
}

/// The address under which this process reaches a server that listens there.
pub(crate) fn own_address(host: IpAddr) -> IpAddr {
    if host.is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { host }
}

fn read_token(file: &Path) -> anyhow::Result<String> {
    let token = fs::read_to_string(file)?.trim().to_owned();
    let is_one =
        token.len() >= TOKEN_CHARS_MIN && token.bytes().all(|byte| byte.is_ascii_graphic());
    if is_one {
        return Ok(token);
    }
    Err(anyhow!("a token has {TOKEN_CHARS_MIN} or more characters, none of them a blank"))
}

fn refuse_signature(refusal: SignatureRefusal) -> Box<Response<Bytes>> {
    let message = refusal.to_string();
    Box::new(exception_response(StatusCode::BAD_REQUEST, refusal.exception_name(), &message))
}
