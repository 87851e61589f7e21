//! Function names, partial ARNs and ARNs.

/// Holds the parts of a reference to a Lambda function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FunctionReference<'a> {
    /// The function's name.
    pub name: &'a str,
    /// The version or alias after the name; none if there is none.
    pub qualifier: Option<&'a str>,
}

impl<'a> FunctionReference<'a> {
    /// Parses a name, a partial ARN (`ACCOUNT:function:NAME`) or an ARN, each with or without a
    /// qualifier. Any other text is taken as a name.
    ///
    /// Spec: Lambda API Reference § Invoke, `FunctionName`
    pub fn parse(reference: &'a str) -> Self {
        let local = match reference.split_once(":function:") {
            Some((_, local)) => local,
            None => reference.strip_prefix("function:").unwrap_or(reference),
        };
        match local.split_once(':') {
            Some((name, qualifier)) => Self { name, qualifier: Some(qualifier) },
            None => Self { name: local, qualifier: None },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_partial_arns_and_arns_name_the_same_function() {
        for reference in [
            "add",
            "123456789012:function:add",
            "arn:aws:lambda:us-east-1:123456789012:function:add",
        ] {
            let parsed = FunctionReference::parse(reference);
            assert_eq!(parsed, FunctionReference { name: "add", qualifier: None }, "{reference}");
        }
    }

    #[test]
    fn a_qualifier_follows_the_name() {
        for reference in ["add:live", "arn:aws:lambda:us-east-1:123456789012:function:add:live"] {
            let parsed = FunctionReference::parse(reference);
            assert_eq!(parsed.qualifier, Some("live"), "{reference}");
        }
    }
}
