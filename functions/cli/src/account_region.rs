//! The account and the region in ARNs: options, environment and defaults.

use std::env;

use anyhow::anyhow;
use services::RegionPreference;

use crate::arguments::AccountRegionArguments;

/// The region where neither an option nor the environment names one.
const REGION_DEFAULT: &str = "us-east-1";

/// Most characters of a region's name.
const REGION_CHARS_MAX: usize = 64;

/// The account and the region in ARNs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChosenAccountRegion {
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) region_origin: RegionOrigin,
}

impl ChosenAccountRegion {
    /// The region of requests to AWS: the settings of AWS's tools win over our default.
    pub(crate) fn region_preference(&self) -> RegionPreference {
        let region = self.region.clone();
        match self.region_origin {
            RegionOrigin::Option => RegionPreference::This(region),
            RegionOrigin::Environment | RegionOrigin::Default => {
                RegionPreference::Otherwise(region)
            }
        }
    }
}

/// Where the region comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RegionOrigin {
    /// `--region`
    Option,
    /// `AWS_REGION`
    Environment,
    /// [`REGION_DEFAULT`]
    Default,
}

/// The account where no option names one.
pub(crate) const ACCOUNT_DEFAULT: &str = "000000000000";

impl AccountRegionArguments {
    /// The options with this region, and no other.
    pub(crate) fn default_with_region(region: Option<&str>) -> Self {
        Self { region: region.map(str::to_owned), account: ACCOUNT_DEFAULT.to_owned() }
    }

    /// Returns what the options, the environment and the defaults say, in this order.
    pub(crate) fn choose(&self) -> anyhow::Result<ChosenAccountRegion> {
        let environment = env::var("AWS_REGION").ok();
        let (region, region_origin) = choose_region(self.region.as_deref(), environment)?;
        Ok(ChosenAccountRegion { account: self.account.clone(), region, region_origin })
    }
}

/// An empty variable counts as none, as for every AWS tool.
fn choose_region(
    option: Option<&str>,
    environment: Option<String>,
) -> anyhow::Result<(String, RegionOrigin)> {
    if let Some(region) = option {
        return Ok((region.to_owned(), RegionOrigin::Option));
    }
    let Some(region) = environment.filter(|region| !region.is_empty()) else {
        return Ok((REGION_DEFAULT.to_owned(), RegionOrigin::Default));
    };
    let region = parse_region(&region)
        .map_err(|reason| anyhow!("AWS_REGION is '{region}': {reason}; --region overrides it"))?;
    Ok((region, RegionOrigin::Environment))
}

/// Checks an account's number.
pub(crate) fn parse_account(text: &str) -> Result<String, String> {
    let is_account = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_account.then(|| text.to_owned()).ok_or_else(|| "an account has twelve digits".to_owned())
}

/// Checks a region's name. Names of regions that do not exist are allowed, since local endpoints
/// use such names.
pub(crate) fn parse_region(text: &str) -> Result<String, String> {
    let is_region = text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.len() <= REGION_CHARS_MAX
        && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    is_region
        .then(|| text.to_owned())
        .ok_or_else(|| "a region is a name such as us-east-1".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_twelve_digits_and_a_region_a_name() {
        assert!(parse_account("012345678901").is_ok());
        for wrong in ["", "12", "0123456789012", "01234567890a"] {
            assert!(parse_account(wrong).is_err(), "{wrong}");
        }
        for region in ["us-east-1", "us-isob-east-1", "eusc-de-east-1", "local"] {
            assert_eq!(parse_region(region).as_deref(), Ok(region));
        }
        for wrong in ["", "US-EAST-1", "us east 1", "us-east-1:", "-1", "é"] {
            assert!(parse_region(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_option_overrides_the_environment_which_overrides_the_default() {
        let chosen = |option: Option<&str>, environment: Option<&str>| {
            let environment = environment.map(str::to_owned);
            choose_region(option, environment).map_err(|error| error.to_string())
        };
        let region = |name: &str, origin| Ok((name.to_owned(), origin));
        let both = chosen(Some("eu-west-1"), Some("eu-west-2"));
        assert_eq!(both, region("eu-west-1", RegionOrigin::Option));
        assert_eq!(chosen(None, Some("eu-west-2")), region("eu-west-2", RegionOrigin::Environment));
        assert_eq!(chosen(None, Some("")), region("us-east-1", RegionOrigin::Default));
        assert_eq!(chosen(None, None), region("us-east-1", RegionOrigin::Default));
        let wrong =
            "AWS_REGION is 'EU': a region is a name such as us-east-1; --region overrides it";
        assert_eq!(chosen(None, Some("EU")), Err(wrong.to_owned()));
    }
}
