//! ARNs of state machines, executions and functions.

use std::fmt;

use crate::{
    AliasName, ExecutionId, ResourceName, VersionNumber,
    limits::{ARN_CHARS_MAX, LONG_ARN_CHARS_MAX},
};

/// The partition, region and account that this deployment uses in its ARNs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRegion {
    /// The partition, which follows from the region: for example `aws` or `aws-cn`.
    pub partition: String,
    /// The region, for example `us-east-1`.
    pub region: String,
    /// The account ID: twelve digits.
    pub account: String,
}

/// The ARN of a state machine:
/// `arn:<partition>:states:<region>:<account>:stateMachine:<name>[/<label>][:<qualifier>]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateMachineArn {
    /// Partition, region and account.
    pub account_region: AccountRegion,
    /// The name of the state machine.
    pub name: ResourceName,
    /// A version or an alias, if the ARN names one.
    pub qualifier: Option<ArnQualifier>,
    /// The label of the Distributed Map state, if the ARN names the child workflow of one.
    pub label: Option<MapLabel>,
}

/// What the ARN of a state machine ends with if it names a part of what the machine has published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArnQualifier {
    /// The number of a version.
    Version(VersionNumber),
    /// The name of an alias.
    Alias(AliasName),
}

/// The label of a Distributed Map state in `…:stateMachine:<name>/<label>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapLabel(pub String);

/// The ARN of an activity: `arn:<partition>:states:<region>:<account>:activity:<name>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivityArn {
    /// Partition, region and account.
    pub account_region: AccountRegion,
    /// The name of the activity.
    pub name: ResourceName,
}

/// The ARN of an execution:
/// `arn:<partition>:states:<region>:<account>:execution:<machine>:<name>`, or
/// `arn:<partition>:states:<region>:<account>:express:<machine>:<name>:<uuid>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecutionArn {
    /// Partition, region and account.
    pub account_region: AccountRegion,
    /// The name of the state machine.
    pub machine: ResourceName,
    /// The name of the execution.
    pub name: ResourceName,
    /// What tells an Express execution from others of its name; none for a Standard execution.
    pub unique: Option<ResourceName>,
}

/// The ARN of a Map Run:
/// `arn:<partition>:states:<region>:<account>:mapRun:<machine>/<label>:<uuid>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapRunArn {
    /// Partition, region and account.
    pub account_region: AccountRegion,
    /// The name of the state machine.
    pub machine: ResourceName,
    /// The label of the Distributed Map state.
    pub label: MapLabel,
    /// The id of the Map Run.
    pub id: String,
}

/// The ARN of a Lambda function:
/// `arn:<partition>:lambda:<region>:<account>:function:<name>[:<qualifier>]`.
///
/// Partition, region and account are not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionArn {
    /// The name of the function.
    pub name: String,
    /// A version number or an alias, if the ARN names one.
    pub qualifier: Option<String>,
}

/// Why a text is not an ARN of the expected kind. The message is the one AWS gives for
/// `InvalidArn`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArnError {
    /// The text is not an ARN of Step Functions.
    #[error("Invalid Arn: 'Invalid ARN prefix: {0}'")]
    Prefix(String),
    /// The ARN names another type of resource.
    #[error("Invalid Arn: 'Resource type not valid in this context: {0}'")]
    ResourceType(String),
    /// The ARN is too long, has too few or too many parts, or a part has a forbidden character.
    #[error("Invalid Arn: '{0}'")]
    Malformed(String),
}

/// The partitions other than `aws`, by how the names of their regions begin.
///
/// Spec: the partitions of AWS's SDKs (`partitions.json`), September 2026.
const PARTITIONS: [(&str, &str); 7] = [
    ("cn-", "aws-cn"),
    ("eu-isoe-", "aws-iso-e"),
    ("eusc-", "aws-eusc"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
];

/// The resource type of an Express execution.
const EXPRESS: &str = "express";

/// The resource type of a Map Run.
const MAP_RUN: &str = "mapRun";

/// Number of digits of an account ID.
const ACCOUNT_DIGITS: usize = 12;

impl AccountRegion {
    /// Combines a region and an account. The partition follows from the region.
    pub fn new(region: &str, account: &str) -> Self {
        let partition = PARTITIONS.iter().find(|(start, _)| region.starts_with(start));
        let partition = partition.map_or("aws", |(_, partition)| *partition);
        Self {
            partition: partition.to_owned(),
            region: region.to_owned(),
            account: account.to_owned(),
        }
    }

    /// Returns the ARN of the state machine with this name in this account and region.
    pub fn state_machine_arn(&self, name: &str) -> String {
        format!("{}:stateMachine:{name}", self.arn_prefix())
    }

    /// Returns the ARN of a version of the state machine with this name.
    pub fn version_arn(&self, machine: &str, number: VersionNumber) -> String {
        format!("{}:{number}", self.state_machine_arn(machine))
    }

    /// Returns the ARN of an alias of the state machine with this name.
    pub fn alias_arn(&self, machine: &str, alias: &AliasName) -> String {
        format!("{}:{alias}", self.state_machine_arn(machine))
    }

    /// Returns the ARN of the activity with this name in this account and region.
    pub fn activity_arn(&self, name: &ResourceName) -> String {
        format!("{}:activity:{name}", self.arn_prefix())
    }

    /// Returns the ARN of an execution in this account and region. That of an Express execution has
    /// the resource type `express`.
    pub fn execution_arn(&self, id: &ExecutionId) -> String {
        let resource_type = if id.is_express() { EXPRESS } else { "execution" };
        format!("{}:{resource_type}:{id}", self.arn_prefix())
    }

    fn arn_prefix(&self) -> String {
        format!("arn:{}:states:{}:{}", self.partition, self.region, self.account)
    }
}

/// Splits an ARN of Step Functions after the checks that all resource types share. Returns the
/// parts that follow the resource type.
fn split_arn<'a>(
    text: &'a str,
    resource_type: &str,
) -> Result<(AccountRegion, Vec<&'a str>), ArnError> {
    let chars_max = if resource_type == MAP_RUN { LONG_ARN_CHARS_MAX } else { ARN_CHARS_MAX };
    if text.chars().count() > chars_max {
        return Err(ArnError::Malformed(text.to_owned()));
    }
    let parts: Vec<&str> = text.split(':').collect();
    let [arn, partition, service, region, account, kind, rest @ ..] = parts.as_slice() else {
        return Err(ArnError::Prefix(text.to_owned()));
    };
    if *arn != "arn" || !partition.starts_with("aws") || *service != "states" {
        return Err(ArnError::Prefix(text.to_owned()));
    }
    if *kind != resource_type {
        return Err(ArnError::ResourceType((*kind).to_owned()));
    }
    // Recorded: AWS refuses an account of another length.
    if account.len() != ACCOUNT_DIGITS || !account.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(ArnError::Malformed(text.to_owned()));
    }
    let account_region = AccountRegion {
        partition: (*partition).to_owned(),
        region: (*region).to_owned(),
        account: (*account).to_owned(),
    };
    Ok((account_region, rest.to_vec()))
}

impl StateMachineArn {
    /// Parses a plain, qualified or labelled ARN.
    pub fn parse(text: &str) -> Result<Self, ArnError> {
        let malformed = || ArnError::Malformed(text.to_owned());
        let (account_region, rest) = split_arn(text, "stateMachine")?;
        let (name, qualifier) = match rest.as_slice() {
            [name] => (*name, None),
            [name, qualifier] => {
                (*name, Some(ArnQualifier::parse(qualifier).ok_or_else(malformed)?))
            }
            _ => return Err(malformed()),
        };
        let (name, label) = match name.split_once('/') {
            Some((name, label)) => (name, Some(MapLabel(label.to_owned()))),
            None => (name, None),
        };
        let name = ResourceName::parse(name).map_err(|_| malformed())?;
        Ok(Self { account_region, name, qualifier, label })
    }
}

impl ArnQualifier {
    fn parse(text: &str) -> Option<Self> {
        let version = VersionNumber::parse(text).map(Self::Version);
        version.or_else(|| AliasName::parse(text).map(Self::Alias))
    }
}

impl fmt::Display for ArnQualifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(number) => number.fmt(f),
            Self::Alias(name) => name.fmt(f),
        }
    }
}

impl fmt::Display for StateMachineArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.account_region.state_machine_arn(self.name.as_str()))?;
        if let Some(MapLabel(label)) = &self.label {
            write!(f, "/{label}")?;
        }
        self.qualifier.as_ref().map_or(Ok(()), |qualifier| write!(f, ":{qualifier}"))
    }
}

impl ActivityArn {
    /// Parses the ARN of an activity.
    pub fn parse(text: &str) -> Result<Self, ArnError> {
        let malformed = || ArnError::Malformed(text.to_owned());
        let (account_region, rest) = split_arn(text, "activity")?;
        let [name] = rest.as_slice() else { return Err(malformed()) };
        let name = ResourceName::parse(name).map_err(|_| malformed())?;
        Ok(Self { account_region, name })
    }
}

impl ExecutionArn {
    /// Parses the ARN of a Standard execution.
    pub fn parse(text: &str) -> Result<Self, ArnError> {
        let malformed = || ArnError::Malformed(text.to_owned());
        let (account_region, rest) = split_arn(text, "execution")?;
        let [machine, name] = rest.as_slice() else { return Err(malformed()) };
        let machine = ResourceName::parse(machine).map_err(|_| malformed())?;
        let name = ResourceName::parse(name).map_err(|_| malformed())?;
        Ok(Self { account_region, machine, name, unique: None })
    }

    /// Parses the ARN of an Express execution.
    pub fn parse_express(text: &str) -> Result<Self, ArnError> {
        let malformed = || ArnError::Malformed(text.to_owned());
        let (account_region, rest) = split_arn(text, EXPRESS)?;
        let names: Result<Vec<_>, _> = rest.into_iter().map(ResourceName::parse).collect();
        let [machine, name, unique] =
            <[_; 3]>::try_from(names.map_err(|_| malformed())?).map_err(|_| malformed())?;
        Ok(Self { account_region, machine, name, unique: Some(unique) })
    }

    /// Parses the ARN of a Standard or of an Express execution. The error is what [`Self::parse`] says.
    pub fn parse_of_any_type(text: &str) -> Result<Self, ArnError> {
        Self::parse_express(text).or_else(|_| Self::parse(text))
    }

    /// Returns the id of the execution, which leaves out partition, region and account.
    pub fn execution_id(&self) -> ExecutionId {
        match &self.unique {
            None => ExecutionId::from_names(&self.machine, &self.name),
            Some(unique) => ExecutionId::of_express(&self.machine, &self.name, unique),
        }
    }
}

impl MapRunArn {
    /// Parses the ARN of a Map Run.
    pub fn parse(text: &str) -> Result<Self, ArnError> {
        let malformed = || ArnError::Malformed(text.to_owned());
        let (account_region, rest) = split_arn(text, MAP_RUN)?;
        let [machine, id] = rest.as_slice() else { return Err(malformed()) };
        let (machine, label) = machine.split_once('/').ok_or_else(malformed)?;
        if label.is_empty() || id.is_empty() {
            return Err(malformed());
        }
        let machine = ResourceName::parse(machine).map_err(|_| malformed())?;
        let (label, id) = (MapLabel(label.to_owned()), (*id).to_owned());
        Ok(Self { account_region, machine, label, id })
    }
}

impl FunctionArn {
    /// Parses the ARN of a function of any partition, region and account.
    pub fn parse(text: &str) -> Result<Self, ArnError> {
        let parts: Vec<&str> = text.split(':').collect();
        let (name, qualifier) = match parts.as_slice() {
            ["arn", _, "lambda", _, _, "function", name] => (*name, None),
            ["arn", _, "lambda", _, _, "function", name, qualifier] => (*name, Some(*qualifier)),
            _ => return Err(ArnError::Malformed(text.to_owned())),
        };
        if name.is_empty() {
            return Err(ArnError::Malformed(text.to_owned()));
        }
        Ok(Self { name: name.to_owned(), qualifier: qualifier.map(str::to_owned) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_machine_arn_reads_back_as_it_prints() {
        for text in [
            "arn:aws:states:us-east-1:000000000000:stateMachine:orders",
            "arn:aws:states:us-east-1:000000000000:stateMachine:orders:3",
            "arn:aws:states:us-east-1:000000000000:stateMachine:orders:PROD",
            "arn:aws-cn:states:cn-north-1:000000000000:stateMachine:orders/each",
        ] {
            assert_eq!(StateMachineArn::parse(text).map(|arn| arn.to_string()), Ok(text.into()));
        }
    }

    #[test]
    fn an_arn_of_something_else_is_named_as_such() {
        let express = "arn:aws:states:us-east-1:000000000000:express:orders:a:b";
        assert_eq!(
            ExecutionArn::parse(express).map_err(|error| error.to_string()),
            Err("Invalid Arn: 'Resource type not valid in this context: express'".into())
        );
        let parsed = ExecutionArn::parse_express(express).expect("it is one");
        assert_eq!(parsed.account_region.execution_arn(&parsed.execution_id()), express);
        for other in ["execution:orders:a", "express:orders:a", "express:orders:a:b:c"] {
            let other = format!("arn:aws:states:us-east-1:000000000000:{other}");
            assert!(ExecutionArn::parse_express(&other).is_err(), "{other}");
        }
        assert_eq!(
            ExecutionArn::parse("nonsense").map_err(|error| error.to_string()),
            Err("Invalid Arn: 'Invalid ARN prefix: nonsense'".into())
        );
    }

    #[test]
    fn an_activity_arn_names_an_activity_and_nothing_else() {
        let text = "arn:aws:states:us-east-1:000000000000:activity:work";
        let arn = ActivityArn::parse(text).expect("an activity");
        assert_eq!(arn.account_region.activity_arn(&arn.name), text);
        for bad in [
            "work",
            "arn:aws:states:us-east-1:000000000000:activity:work:1",
            "arn:aws:states:us-east-1:000000000000:activity:",
            "arn:aws:states:us-east-1:000000000000:stateMachine:work",
        ] {
            assert!(ActivityArn::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_map_run_arn_names_a_labelled_state_and_an_id() {
        let prefix = "arn:aws:states:us-east-1:000000000000";
        let arn = MapRunArn::parse(&format!("{prefix}:mapRun:orders/each:1234")).expect("an ARN");
        assert_eq!(
            (arn.machine.as_str(), arn.label.0, arn.id.as_str()),
            ("orders", "each".to_owned(), "1234")
        );
        for bad in ["mapRun:orders:1234", "mapRun:orders/each", "mapRun:orders/:1", "execution:m:e"]
        {
            assert!(MapRunArn::parse(&format!("{prefix}:{bad}")).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_region_has_its_partition() {
        for (region, partition) in [
            ("us-east-1", "aws"),
            ("eu-central-2", "aws"),
            ("cn-north-1", "aws-cn"),
            ("us-gov-west-1", "aws-us-gov"),
            ("us-iso-east-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
            ("us-isof-south-1", "aws-iso-f"),
            ("eu-isoe-west-1", "aws-iso-e"),
            ("eusc-de-east-1", "aws-eusc"),
        ] {
            assert_eq!(AccountRegion::new(region, "000000000000").partition, partition, "{region}");
        }
    }

    #[test]
    fn an_account_has_twelve_digits() {
        for account in ["00000000000000000000", "1", "", "00000000000a"] {
            let arn = format!("arn:aws:states:us-east-1:{account}:stateMachine:orders");
            let refused = StateMachineArn::parse(&arn).map_err(|error| error.to_string());
            assert_eq!(refused, Err(format!("Invalid Arn: '{arn}'")));
        }
    }

    #[test]
    fn a_function_arn_may_carry_a_qualifier() {
        let arn = FunctionArn::parse("arn:aws:lambda:us-east-1:000000000000:function:f:live");
        assert_eq!(arn, Ok(FunctionArn { name: "f".into(), qualifier: Some("live".into()) }));
    }
}
