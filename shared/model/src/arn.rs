//! ARNs of state machines, executions and functions.

use std::fmt;

use crate::{ExecutionId, ResourceName, limits::ARN_CHARS_MAX};

/// Where this deployment lives: the first parts of every ARN of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRegion {
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: String,
    /// `us-east-1`
    pub region: String,
    /// Twelve digits.
    pub account: String,
}

/// `arn:<partition>:states:<region>:<account>:stateMachine:<name>[:<qualifier>]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateMachineArn {
    /// The first parts.
    pub account_region: AccountRegion,
    /// The machine.
    pub name: ResourceName,
    /// A version number or an alias.
    pub qualifier: Option<String>,
    /// The label of a Distributed Map whose child machine this is.
    pub label: Option<MapLabel>,
}

/// The label in `…:stateMachine:<name>/<label>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapLabel(pub String);

/// `arn:<partition>:states:<region>:<account>:execution:<machine>:<name>`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecutionArn {
    /// The first parts.
    pub account_region: AccountRegion,
    /// The machine.
    pub machine: ResourceName,
    /// The execution.
    pub name: ResourceName,
}

/// `arn:<partition>:lambda:<region>:<account>:function:<name>[:<qualifier>]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionArn {
    /// The function's name.
    pub name: String,
    /// A version number or an alias.
    pub qualifier: Option<String>,
}

/// Why a text is not the ARN that was asked for. Its message is AWS's for `InvalidArn`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArnError {
    /// Not an ARN at all.
    #[error("Invalid Arn: 'Invalid ARN prefix: {0}'")]
    Prefix(String),
    /// An ARN of something else.
    #[error("Invalid Arn: 'Resource type not valid in this context: {0}'")]
    ResourceType(String),
    /// Too few parts, too many, or a part with a forbidden character.
    #[error("Invalid Arn: '{0}'")]
    Malformed(String),
}

impl AccountRegion {
    /// A region and an account; the partition follows from the region.
    pub fn new(region: &str, account: &str) -> Self {
        let partition = match region.split('-').next() {
            Some("cn") => "aws-cn",
            Some("us") if region.starts_with("us-gov-") => "aws-us-gov",
            Some(_) | None => "aws",
        };
        Self {
            partition: partition.to_owned(),
            region: region.to_owned(),
            account: account.to_owned(),
        }
    }

    /// The ARN of the state machine of that name here.
    pub fn state_machine_arn(&self, name: &str) -> String {
        format!("{}:stateMachine:{name}", self.arn_prefix())
    }

    /// The ARN of an execution here.
    pub fn execution_arn(&self, id: &ExecutionId) -> String {
        format!("{}:execution:{id}", self.arn_prefix())
    }

    fn arn_prefix(&self) -> String {
        format!("arn:{}:states:{}:{}", self.partition, self.region, self.account)
    }
}

/// The parts of any ARN of Step Functions, after checks that all share.
fn split_arn<'a>(
    text: &'a str,
    resource_type: &str,
) -> Result<(AccountRegion, Vec<&'a str>), ArnError> {
    if text.chars().count() > ARN_CHARS_MAX {
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
    let place = AccountRegion {
        partition: (*partition).to_owned(),
        region: (*region).to_owned(),
        account: (*account).to_owned(),
    };
    Ok((place, rest.to_vec()))
}

impl StateMachineArn {
    /// Reads a plain, qualified or labelled ARN.
    pub fn parse(text: &str) -> Result<Self, ArnError> {
        let malformed = || ArnError::Malformed(text.to_owned());
        let (place, rest) = split_arn(text, "stateMachine")?;
        let (name, qualifier) = match rest.as_slice() {
            [name] => (*name, None),
            [name, qualifier] if !qualifier.is_empty() => (*name, Some((*qualifier).to_owned())),
            _ => return Err(malformed()),
        };
        let (name, label) = match name.split_once('/') {
            Some((name, label)) => (name, Some(MapLabel(label.to_owned()))),
            None => (name, None),
        };
        let name = ResourceName::parse(name).map_err(|_| malformed())?;
        Ok(Self { account_region: place, name, qualifier, label })
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

impl ExecutionArn {
    /// Reads the ARN of a standard execution.
    pub fn parse(text: &str) -> Result<Self, ArnError> {
        let malformed = || ArnError::Malformed(text.to_owned());
        let (place, rest) = split_arn(text, "execution")?;
        let [machine, name] = rest.as_slice() else { return Err(malformed()) };
        let machine = ResourceName::parse(machine).map_err(|_| malformed())?;
        let name = ResourceName::parse(name).map_err(|_| malformed())?;
        Ok(Self { account_region: place, machine, name })
    }

    /// The execution's id here.
    pub fn execution_id(&self) -> ExecutionId {
        ExecutionId::from_names(&self.machine, &self.name)
    }
}

impl FunctionArn {
    /// Reads the ARN of a function, of any partition, region and account.
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
        assert_eq!(
            ExecutionArn::parse("nonsense").map_err(|error| error.to_string()),
            Err("Invalid Arn: 'Invalid ARN prefix: nonsense'".into())
        );
    }

    #[test]
    fn a_function_arn_may_carry_a_qualifier() {
        let arn = FunctionArn::parse("arn:aws:lambda:us-east-1:000000000000:function:f:live");
        assert_eq!(arn, Ok(FunctionArn { name: "f".into(), qualifier: Some("live".into()) }));
    }
}
