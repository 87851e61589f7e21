//! Content that is too large for an item or a message. It is stored as parts, in items of its own:
//! `part#<hash>#<i>`. A reference to it holds the hash and the number of parts.
//!
//! The hash is that of the content, so parts may be written again. They are written before the item
//! that refers to them. Parts that a lost append leaves behind are removed with their execution.

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    Error,
    dynamodb_table::DynamoDbTable,
    item,
    keys::{self, ItemKey},
};

/// Bytes of one part. DynamoDB's limit for an item is 400 KB.
const PART_BYTES: usize = 350_000;
const BYTES: &str = "bytes";

/// A reference to parts in a known partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PartsReference {
    hash: String,
    count: usize,
}

impl From<PartsReference> for AttributeValue {
    fn from(PartsReference { hash, count }: PartsReference) -> Self {
        Self::L(vec![item::string_attribute(hash), item::number_attribute(count)])
    }
}

impl PartsReference {
    /// Reads a reference; `None` if the list is not one.
    pub(crate) fn from_attribute(attribute: &[AttributeValue]) -> Option<Self> {
        match attribute {
            [AttributeValue::S(hash), AttributeValue::N(count)] => {
                Some(Self { hash: hash.clone(), count: count.parse().ok()? })
            }
            _ => None,
        }
    }
}

impl DynamoDbTable {
    /// Stores bytes as parts and returns a reference to them. Once this returns, they are durable.
    pub(crate) async fn put_parts(&self, pk: &str, bytes: &[u8]) -> Result<PartsReference, Error> {
        let hash = hash_content(bytes);
        let parts = bytes.chunks(PART_BYTES);
        let count = parts.len();
        for (index, part) in parts.enumerate() {
            let mut item = item::item_with_key(&keys::part_key(pk, &hash, index));
            item.insert(BYTES.to_owned(), AttributeValue::B(Blob::new(part)));
            self.retention_period().set_lifetime_expiry(&mut item);
            self.put_item(item).await?;
        }
        Ok(PartsReference { hash, count })
    }

    /// Reads the bytes that a reference refers to.
    pub(crate) async fn read_parts(
        &self,
        pk: &str,
        parts: &PartsReference,
    ) -> Result<Vec<u8>, Error> {
        let broken = |reason| Error::broken(pk, reason);
        let PartsReference { hash, count } = parts;
        let keys: Vec<ItemKey> = (0..*count).map(|index| keys::part_key(pk, hash, index)).collect();
        let mut bytes = Vec::new();
        for part in self.get_items(&keys).await? {
            match part.as_ref().and_then(|item| item.get(BYTES)) {
                Some(AttributeValue::B(part)) => bytes.extend_from_slice(part.as_ref()),
                _ => return Err(broken("a part is missing")),
            }
        }
        if hash_content(&bytes) != *hash {
            return Err(broken("parts have changed"));
        }
        Ok(bytes)
    }
}

/// The first half of the SHA-256, in hexadecimal.
pub(crate) fn hash_content(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest
        .first_chunk()
        .map_or_else(String::new, |half| format!("{:032x}", u128::from_be_bytes(*half)))
}
