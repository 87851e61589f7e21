//! `$hash`.

use std::fmt::Write;

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::Arguments;
use crate::{
    datum::Datum,
    thrown::{Evaluated, Thrown},
};

/// `$hash(text, algorithm)`: lower-case hexadecimal digits; undefined without an algorithm
/// (observed on AWS). The algorithm's name must be spelled as documented.
pub(super) fn hash<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let (text, algorithm) = (arguments.text(0)?, arguments.text(1)?);
    let (Some(text), Some(algorithm)) = (text, algorithm) else { return Ok(Datum::Undefined) };
    arguments.meter().count_steps(text.len() / 16)?;
    let bytes = text.as_bytes();
    let digest = match &**algorithm {
        "MD5" => hex_digest::<Md5>(bytes),
        "SHA-1" => hex_digest::<Sha1>(bytes),
        "SHA-256" => hex_digest::<Sha256>(bytes),
        "SHA-384" => hex_digest::<Sha384>(bytes),
        "SHA-512" => hex_digest::<Sha512>(bytes),
        other => {
            let message = format!(
                "Hash algorithm '{other}' must be one of SHA-1, SHA-384, SHA-256, SHA-512, MD5"
            );
            return Err(Thrown::message("D3137", message));
        }
    };
    arguments.text_result(digest)
}

fn hex_digest<D: Digest>(bytes: &[u8]) -> String {
    D::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string does not fail");
        text
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{evaluated_value, failure_cause, thrown_message};

    #[test]
    fn the_documented_algorithms_are_known() {
        assert_eq!(
            evaluated_value("$hash('hello', 'MD5')"),
            "\"5d41402abc4b2a76b9719d911017c592\""
        );
        assert_eq!(
            evaluated_value("$hash('hello', 'SHA-1')"),
            "\"aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d\""
        );
        for (name, digits) in [("SHA-256", 64), ("SHA-384", 96), ("SHA-512", 128)] {
            assert_eq!(
                evaluated_value(&format!("$length($hash('x', '{name}'))")),
                digits.to_string()
            );
        }
        assert_eq!(
            thrown_message("$hash('x', 'sha-256')"),
            "D3137: Hash algorithm 'sha-256' must be one of SHA-1, SHA-384, SHA-256, SHA-512, MD5"
        );
        assert!(failure_cause("$hash('x')").contains("returned nothing"));
        for mistake in ["$hash(1, 'MD5')", "$hash()"] {
            assert!(failure_cause(mistake).contains("T0410: Argument 1 of function \"hash\""));
        }
    }
}
