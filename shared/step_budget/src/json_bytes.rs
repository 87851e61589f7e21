//! How much memory JSON takes, near enough to bound it.

use serde_json::Value;

/// Bytes that an entry of an object takes besides its value and the text of its name: the name's
/// string, its hash, and its place in the index.
const MEMBER_BYTES: usize = size_of::<String>() + 3 * size_of::<usize>();

/// The memory of a value without what is below it.
pub(crate) fn node_bytes(value: &Value) -> usize {
    let text = if let Value::String(text) = value { text.len() } else { 0 };
    size_of::<Value>() + text
}

/// The memory of an object's entry without its value.
pub(crate) const fn member_bytes(name: &str) -> usize {
    MEMBER_BYTES + name.len()
}

/// Returns the most memory that the value of this JSON text takes, in bytes. The text need not be
/// valid.
pub fn parsed_bytes_max(text: &str) -> usize {
    let nodes = 1 + text.bytes().filter(|byte| matches!(byte, b',' | b'[' | b'{' | b':')).count();
    text.len() + nodes.saturating_mul(size_of::<Value>() + MEMBER_BYTES)
}
