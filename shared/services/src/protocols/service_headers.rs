//! Headers that single services want beyond what their models say, and the checksums of bodies.
//!
//! Spec: botocore's `handlers.py` and `httpchecksum.py`.

use std::fmt::Write;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256, Sha512};

use super::WireRequest;
use crate::service_model::{Location, Operation, ServiceModel};

/// Adds the headers that an operation has by the customs of its service.
pub(super) fn add_service_headers(
    model: &ServiceModel,
    (name, operation): (&str, &Operation),
    request: &mut WireRequest,
) {
    if model.aws_query_compatible {
        set(request, "x-amzn-query-mode", "true".to_owned());
    }
    if operation.discovers_endpoints {
        set(request, "x-amz-api-version", model.api_version.clone());
    }
    match &*model.id {
        "API Gateway" => set(request, "Accept", "application/json".to_owned()),
        "Glacier" => {
            set(request, "x-amz-glacier-version", model.api_version.clone());
            if matches!(name, "UploadArchive" | "UploadMultipartPart") {
                // The tree of the sums of each MiB; a Task's body is never longer than one.
                let sum = hexadecimal(&Sha256::digest(&request.body));
                set(request, "x-amz-content-sha256", sum.clone());
                set(request, "x-amz-sha256-tree-hash", sum);
            }
        }
        _ => {}
    }
}

/// Sets a header unless the request has it.
fn set(request: &mut WireRequest, name: &str, value: String) {
    if !request.headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name)) {
        request.headers.push((name.to_owned(), value));
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}").is_ok();
        text
    })
}

/// Adds the checksum of the body that the operation wants or can take, unless the request has one.
pub(super) fn add_checksum(
    model: &ServiceModel,
    operation: &Operation,
    members: &Map<String, Value>,
    request: &mut WireRequest,
) {
    let is_checksum = |name: &str| name.to_ascii_lowercase().starts_with("x-amz-checksum-");
    let is_wanted = operation.requires_checksum || operation.checksum_member.is_some();
    if !is_wanted || request.headers.iter().any(|(name, _)| is_checksum(name)) {
        return;
    }
    let selected = operation.checksum_member.as_ref().and_then(|member| members.get(member));
    let (algorithm, sum) = match selected.and_then(Value::as_str) {
        Some("SHA512") => ("SHA512", BASE64_STANDARD.encode(Sha512::digest(&request.body))),
        Some("SHA256") => ("SHA256", BASE64_STANDARD.encode(Sha256::digest(&request.body))),
        Some("SHA1") => ("SHA1", BASE64_STANDARD.encode(sha1::Sha1::digest(&request.body))),
        Some("MD5") => ("MD5", BASE64_STANDARD.encode(md5::Md5::digest(&request.body))),
        // An algorithm that is not here gives way to the default, which every service takes.
        _ => ("CRC32", BASE64_STANDARD.encode(crc32fast::hash(&request.body).to_be_bytes())),
    };
    request.headers.push((format!("x-amz-checksum-{}", algorithm.to_ascii_lowercase()), sum));
    let input = model.structure(operation.input);
    let selector = operation.checksum_member.as_ref().zip(input);
    let selector = selector.and_then(|(member, input)| input.find_member(member));
    if let Some(selector) = selector.filter(|member| member.location == Location::Header) {
        request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case(selector.wire_name()));
        request.headers.push((selector.wire_name().to_owned(), algorithm.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{protocols::write_request, service_model::find_service};

    fn headers_of(service: &str, name: &str, members: &Value) -> Vec<(String, String)> {
        let model = find_service(service).expect("a service");
        let operation = model.find_operation(name).expect("an operation");
        let members = members.as_object().expect("an object");
        write_request(&model, model.protocol, operation, members).expect("a request").headers
    }

    #[test]
    fn an_archive_of_glacier_has_the_sums_of_its_body() {
        let members = json!({"accountId": "-", "vaultName": "v", "body": "Ynl0ZXM="});
        let headers = headers_of("glacier", "UploadArchive", &members);
        let of =
            |name: &str| headers.iter().find(|(given, _)| given == name).map(|(_, sum)| &**sum);
        let sum = "277089d91c0bdf4f2e6862ba7e4a07605119431f5d13f726dd352b06f1b206a9";
        assert_eq!(of("x-amz-glacier-version"), Some("2012-06-01"));
        assert_eq!(of("x-amz-content-sha256"), Some(sum));
        assert_eq!(of("x-amz-sha256-tree-hash"), Some(sum));
    }

    #[test]
    fn an_algorithm_that_is_not_here_gives_way_to_the_default() {
        let members =
            json!({"Bucket": "b", "Key": "k", "Body": "", "ChecksumAlgorithm": "XXHASH3"});
        let headers = headers_of("s3", "PutObject", &members);
        let sums = headers.iter().filter(|(name, _)| name.starts_with("x-amz-"));
        let sums: Vec<(&str, &str)> = sums.map(|(name, sum)| (&**name, &**sum)).collect();
        assert_eq!(
            sums,
            [("x-amz-checksum-crc32", "AAAAAA=="), ("x-amz-sdk-checksum-algorithm", "CRC32")]
        );
    }
}
