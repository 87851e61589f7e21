//! Client tokens, which make repeats of a call idempotent.

use model::TaskSecret;
use sha2::{Digest, Sha256};

use crate::frames::KeyedRecord;

/// The client token of a claimed call, the same each time the call is made. It is a hash of what
/// identifies the claim: the execution, its start, the frame and the record's number.
pub(super) fn client_token(claim: &KeyedRecord) -> TaskSecret {
    let KeyedRecord { key, record } = claim;
    let hash = Sha256::new()
        .chain_update(key.execution.as_str())
        .chain_update(record.facts.started_at.as_milliseconds().to_be_bytes())
        .chain_update(key.frame.to_string())
        .chain_update(key.number.as_u64().to_be_bytes())
        .finalize();
    let (bits, _) = hash.split_at(size_of::<u128>());
    TaskSecret::from_bits(bits.iter().fold(0, |bits, byte| bits << 8 | u128::from(*byte)))
}
