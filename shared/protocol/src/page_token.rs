//! Page tokens: opaque, and valid for 24 hours and only for the request that they continue.
//!
//! A token is the Base64 of a checksum, the time of its making and a position. The checksum also
//! covers the operation and the parameters that select the list, so that a mutilated token or that of
//! another request is refused. It is not keyed with a secret, since a token gives access to nothing.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use model::{ResourceName, Timestamp};

use crate::api_exception::ApiException;

/// How long a token is valid.
///
/// Spec: API reference, `ListExecutions` § nextToken: "expires after 24 hours".
const VALID_MILLISECONDS: i64 = 24 * 3_600_000;

/// Which list a token continues: an operation and its parameters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageTokenScope<'a>(pub(crate) &'a [&'a str]);

impl PageTokenScope<'_> {
    /// The token for a position.
    pub(crate) fn encode_page_token(self, position: &str, now: Timestamp) -> String {
        let made_at = now.as_milliseconds();
        let mut bytes = self.checksum(position, made_at).to_be_bytes().to_vec();
        bytes.extend_from_slice(&made_at.to_be_bytes());
        bytes.extend_from_slice(position.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The position in a token. Refuses a token that is mutilated, of another scope or too old.
    pub(crate) fn decode_page_token(
        self,
        token: &str,
        now: Timestamp,
    ) -> Result<String, ApiException> {
        let position = || {
            let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
            let (checksum, rest) = bytes.split_first_chunk()?;
            let (made_at, position) = rest.split_first_chunk()?;
            let made_at = i64::from_be_bytes(*made_at);
            let position = std::str::from_utf8(position).ok()?;
            let is_ours = u64::from_be_bytes(*checksum) == self.checksum(position, made_at);
            let age = now.as_milliseconds().saturating_sub(made_at);
            (is_ours && age <= VALID_MILLISECONDS).then(|| position.to_owned())
        };
        position().ok_or_else(invalid_page_token)
    }

    /// The name after which a page begins: that in the token, if there is one.
    pub(crate) fn decode_name(
        self,
        token: Option<String>,
        now: Timestamp,
    ) -> Result<Option<ResourceName>, ApiException> {
        let Some(token) = token else { return Ok(None) };
        let name = self.decode_page_token(&token, now)?;
        ResourceName::parse(&name).map(Some).map_err(|_| invalid_page_token())
    }

    /// The FNV-1a hash, which is the same in every process and version. Each part ends with a byte
    /// that no UTF-8 text contains, so that no two lists of parts have the same bytes.
    fn checksum(self, position: &str, made_at: i64) -> u64 {
        const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
        const PRIME: u64 = 0x0100_0000_01b3;
        let made_at = made_at.to_string();
        let own = [position, &made_at];
        let parts = self.0.iter().chain(&own);
        let bytes = parts.flat_map(|part| part.bytes().chain([0xff]));
        bytes.fold(OFFSET, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(PRIME))
    }
}

/// The exception for a token that is not one of ours.
pub(crate) fn invalid_page_token() -> ApiException {
    ApiException::new("InvalidToken", "Invalid Token: 'Invalid token'".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_milliseconds(1_700_000_000_000);
    const SCOPE: PageTokenScope<'_> = PageTokenScope(&["ListExecutions", "arn", "RUNNING"]);

    #[test]
    fn a_token_leads_back_to_its_position() {
        let token = SCOPE.encode_page_token("position ü", NOW);
        assert!(token.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'));
        assert_eq!(SCOPE.decode_page_token(&token, NOW), Ok("position ü".to_owned()));
    }

    #[test]
    fn a_token_of_another_request_is_refused() {
        let token = SCOPE.encode_page_token("position", NOW);
        for other in [
            PageTokenScope(&["ListExecutions", "arn", "FAILED"]),
            PageTokenScope(&["ListExecutions", "arnR", "UNNING"]),
        ] {
            assert_eq!(other.decode_page_token(&token, NOW), Err(invalid_page_token()));
        }
    }

    #[test]
    fn a_token_is_valid_for_a_day() {
        let token = SCOPE.encode_page_token("position", NOW);
        let after = |milliseconds| {
            SCOPE.decode_page_token(&token, NOW.plus_milliseconds(milliseconds)).is_ok()
        };
        assert!(after(VALID_MILLISECONDS) && !after(VALID_MILLISECONDS + 1));
    }

    #[test]
    fn a_mutilated_token_is_refused() {
        let token = SCOPE.encode_page_token("position", NOW);
        for bad in ["", "x", "no token!", &token[1..], &format!("{token}AAAA")] {
            assert_eq!(SCOPE.decode_page_token(bad, NOW), Err(invalid_page_token()), "{bad}");
        }
    }
}
