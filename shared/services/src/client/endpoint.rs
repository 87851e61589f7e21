//! Where a service is.

use serde_json::{Map, Value};

use crate::{
    protocols::WireRequest,
    service_model::{Protocol, ServiceModel},
};

/// Where a request goes, and what for it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    /// Scheme, host and perhaps the beginning of the path.
    pub(super) base: String,
    /// The path of the request at this endpoint, escaped.
    pub(super) path: String,
    pub(super) signing_region: String,
    pub(super) signing_name: String,
}

impl Endpoint {
    /// Finds the endpoint of a service in a region, or takes the one that is named for it.
    ///
    /// Spec: AWS SDKs and Tools Reference Guide, "Service-specific endpoints"; the hosts are those of
    /// botocore's endpoint rules.
    pub(super) fn find(
        model: &ServiceModel,
        region: &str,
        named: Option<&str>,
        request: &WireRequest,
        members: &Map<String, Value>,
    ) -> Self {
        let partition = Partition::of_region(region);
        let differs = model.endpoints.get(region).or_else(|| model.endpoints.get(partition.name));
        let part = |index: usize| differs.and_then(|parts| parts.get(index)).map(String::as_str);
        let signing_region = part(1).unwrap_or("{region}").replace("{region}", region);
        let signing_name = part(2).unwrap_or(&model.signing_name).to_owned();
        let path = request.path.clone();
        if let Some(named) = named {
            // Prefixes and buckets in the host would need names that resolve, which an endpoint on
            // this machine rarely has.
            let base = named.trim_end_matches('/').to_owned();
            return Self { base, path, signing_region, signing_name };
        }
        let host = part(0).map_or_else(
            || format!("{}.{region}.{}", model.endpoint_prefix, partition.suffix),
            |host| host.replace("{region}", region),
        );
        let prefix = request.host_prefix.as_deref().unwrap_or_default();
        let host = format!("{prefix}{host}");
        match virtual_host(model, members, &path) {
            Some((bucket, path)) => {
                let base = format!("https://{bucket}.{host}");
                Self { base, path, signing_region, signing_name }
            }
            None => Self { base: format!("https://{host}"), path, signing_region, signing_name },
        }
    }
}

/// The bucket that stands in the host, and the path without it.
///
/// Spec: Amazon S3 User Guide, "Virtual hosting of buckets".
fn virtual_host<'v>(
    model: &ServiceModel,
    members: &'v Map<String, Value>,
    path: &str,
) -> Option<(&'v str, String)> {
    if model.id != "S3" || model.protocol != Protocol::RestXml {
        return None;
    }
    let bucket = members.get("Bucket")?.as_str()?;
    let is_label =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    if !(3..=63).contains(&bucket.len()) || !bucket.chars().all(is_label) {
        return None;
    }
    let rest = path.strip_prefix('/')?.strip_prefix(bucket)?;
    Some((bucket, if rest.is_empty() { "/".to_owned() } else { rest.to_owned() }))
}

/// The end of the variable `AWS_ENDPOINT_URL_<…>` of a service.
pub(super) fn environment_name(service_id: &str) -> String {
    service_id.to_uppercase().replace([' ', '-'], "_")
}

/// The region in the host of an API, such as `ID.execute-api.eu-west-1.amazonaws.com`.
pub(super) fn region_of_host<'h>(host: &'h str, service: &str) -> Option<&'h str> {
    let mut labels = host.split('.').skip_while(|label| *label != service).skip(1);
    labels.next()
}

struct Partition {
    name: &'static str,
    suffix: &'static str,
}

impl Partition {
    fn of_region(region: &str) -> Self {
        const PARTITIONS: [(&str, &str, &str); 8] = [
            ("cn-", "aws-cn", "amazonaws.com.cn"),
            ("us-gov-", "aws-us-gov", "amazonaws.com"),
            ("us-iso-", "aws-iso", "c2s.ic.gov"),
            ("us-isob-", "aws-iso-b", "sc2s.sgov.gov"),
            ("eu-isoe-", "aws-iso-e", "cloud.adc-e.uk"),
            ("us-isof-", "aws-iso-f", "csp.hci.ic.gov"),
            ("eu-isof-", "aws-iso-f", "csp.hci.ic.gov"),
            ("eusc-", "aws-eusc", "amazonaws.eu"),
        ];
        let found = PARTITIONS.iter().find(|(prefix, ..)| region.starts_with(prefix));
        let (_, name, suffix) = found.unwrap_or(&("", "aws", "amazonaws.com"));
        Self { name, suffix }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::find_service;

    fn base(service: &str, region: &str, bucket: Option<&str>) -> (String, String, String) {
        let model = find_service(service).expect("a service");
        let mut members = Map::new();
        let mut request = WireRequest { path: "/".to_owned(), ..WireRequest::default() };
        if let Some(bucket) = bucket {
            members.insert("Bucket".to_owned(), json!(bucket));
            request.path = format!("/{bucket}/key");
        }
        let found = Endpoint::find(&model, region, None, &request, &members);
        (found.base, found.path, found.signing_region)
    }

    #[test]
    fn each_service_has_its_host() {
        for (service, region, host, signed_for) in [
            ("dynamodb", "eu-west-1", "dynamodb.eu-west-1.amazonaws.com", "eu-west-1"),
            ("sqs", "cn-north-1", "sqs.cn-north-1.amazonaws.com.cn", "cn-north-1"),
            ("iam", "eu-west-1", "iam.amazonaws.com", "us-east-1"),
            ("route53", "ap-south-1", "route53.amazonaws.com", "us-east-1"),
            (
                "cloudwatch",
                "us-gov-west-1",
                "monitoring.us-gov-west-1.amazonaws.com",
                "us-gov-west-1",
            ),
            ("dsql", "eu-west-1", "dsql.eu-west-1.api.aws", "eu-west-1"),
        ] {
            let expected = (format!("https://{host}"), "/".to_owned(), signed_for.to_owned());
            assert_eq!(base(service, region, None), expected);
        }
    }

    #[test]
    fn a_bucket_is_in_the_host_if_a_host_can_have_its_name() {
        let region = "eu-west-1";
        let (host, path, _) = base("s3", region, Some("photos"));
        assert_eq!(
            (host.as_str(), path.as_str()),
            ("https://photos.s3.eu-west-1.amazonaws.com", "/key")
        );
        let (host, path, _) = base("s3", region, Some("my.photos"));
        assert_eq!(
            (host.as_str(), path.as_str()),
            ("https://s3.eu-west-1.amazonaws.com", "/my.photos/key")
        );
    }

    #[test]
    fn the_host_of_an_api_says_its_region() {
        let region = |host: &'static str| region_of_host(host, "execute-api");
        assert_eq!(region("a1.execute-api.eu-west-1.amazonaws.com"), Some("eu-west-1"));
        assert_eq!(region("api.example.com"), None);
    }

    #[test]
    fn a_named_endpoint_is_taken_as_it_is() {
        let model = find_service("sfn").expect("a service");
        let request = WireRequest {
            path: "/".to_owned(),
            host_prefix: Some("sync-".to_owned()),
            ..WireRequest::default()
        };
        let named = Some("http://127.0.0.1:8083/");
        let found = Endpoint::find(&model, "us-east-1", named, &request, &Map::new());
        assert_eq!(found.base, "http://127.0.0.1:8083");
        assert_eq!(found.signing_name, "states");
        assert_eq!(environment_name("Cost Explorer"), "COST_EXPLORER");
    }
}
