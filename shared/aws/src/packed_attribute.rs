//! JSON values as attributes of items: as they are if they are short, compressed by zstd otherwise.
//!
//! The attribute's type distinguishes them: a string is JSON, a binary is compressed JSON, and a
//! list is a reference to parts (`item_parts`).

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Error, dynamodb_table::DynamoDbTable, item::string_attribute, item_parts::PartsReference,
};

/// Bytes up to which compression saves nothing: writes are billed by the kilobyte.
const PLAIN_BYTES_MAX: usize = 700;
/// zstd's default compression level.
const LEVEL: i32 = 3;

/// How many bytes of an item a packed attribute may take.
#[derive(Clone, Copy, Debug)]
pub(crate) enum AttributeBudget {
    /// The item, of at most 400 KB, holds no other large attribute.
    WholeItem,
    /// The item holds one other large attribute.
    ItemHalf,
    /// The item holds up to three: the first record, the execution's own input, and its outcome. It
    /// is updated later, and an update is billed for the whole item.
    SharedItem,
}

impl AttributeBudget {
    const fn bytes_max(self) -> usize {
        match self {
            Self::WholeItem => 350_000,
            Self::ItemHalf => 175_000,
            Self::SharedItem => 4_000,
        }
    }
}

impl DynamoDbTable {
    /// Encodes a value as an attribute of an item of that partition. A value that is too large for
    /// the item is stored as parts, which are durable once this returns.
    pub(crate) async fn pack_attribute(
        &self,
        pk: &str,
        budget: AttributeBudget,
        value: &impl Serialize,
    ) -> Result<AttributeValue, Error> {
        let json = serde_json::to_string(value).map_err(|error| Error::broken(pk, error))?;
        self.pack_json(pk, budget, &json).await
    }

    /// Encodes a JSON text in the same way.
    pub(crate) async fn pack_json(
        &self,
        pk: &str,
        budget: AttributeBudget,
        json: &str,
    ) -> Result<AttributeValue, Error> {
        if json.len() <= PLAIN_BYTES_MAX {
            return Ok(string_attribute(json));
        }
        let packed = compress_json(pk, json)?;
        if packed.len() > budget.bytes_max() {
            return Ok(self.put_parts(pk, &packed).await?.into());
        }
        Ok(AttributeValue::B(Blob::new(packed)))
    }

    /// Decodes a packed attribute.
    pub(crate) async fn unpack_attribute<A: DeserializeOwned>(
        &self,
        pk: &str,
        attribute: Option<&AttributeValue>,
    ) -> Result<A, Error> {
        match attribute {
            Some(AttributeValue::S(json)) => {
                serde_json::from_str(json).map_err(|error| Error::unreadable(pk, error))
            }
            Some(AttributeValue::B(packed)) => decompress_json(pk, packed.as_ref()),
            Some(AttributeValue::L(parts)) => {
                let parts = PartsReference::from_attribute(parts);
                let parts =
                    parts.ok_or_else(|| Error::broken(pk, "a reference to parts is none"))?;
                decompress_json(pk, &self.read_parts(pk, &parts).await?)
            }
            _ => Err(Error::broken(pk, "an attribute is missing, or of no known type")),
        }
    }
}

/// Compresses a JSON text. Errors name `of`.
pub(crate) fn compress_json(of: &str, json: &str) -> Result<Vec<u8>, Error> {
    zstd::bulk::compress(json.as_bytes(), LEVEL).map_err(|error| Error::broken(of, error))
}

/// Decodes a compressed JSON text. Errors name `of`.
pub(crate) fn decompress_json<A: DeserializeOwned>(of: &str, packed: &[u8]) -> Result<A, Error> {
    let json = zstd::decode_all(packed).map_err(|error| Error::broken(of, error))?;
    serde_json::from_slice(&json).map_err(|error| Error::unreadable(of, error))
}
