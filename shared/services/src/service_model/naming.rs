//! How Step Functions spells the names of members.

/// The style of the names that a Task's parameters and result have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameStyle {
    /// `aws-sdk:`, as the Java SDK's setters: `DBClusterIdentifier` is `DbClusterIdentifier`.
    Sdk,
    /// The optimised integrations: the API's name with its first letter in upper case.
    Optimised,
}

impl NameStyle {
    /// The name of a member in a Task's parameters and result.
    pub(crate) fn task_name(self, member: &str) -> String {
        match self {
            Self::Optimised => capitalized(member),
            Self::Sdk => capitalized(&java_setter(member)),
        }
    }
}

fn capitalized(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The words of the Java language, and the methods of its objects.
const TAKEN: [&str; 61] = [
    "abstract",
    "assert",
    "boolean",
    "break",
    "byte",
    "case",
    "catch",
    "char",
    "class",
    "const",
    "continue",
    "default",
    "do",
    "double",
    "else",
    "enum",
    "equals",
    "extends",
    "false",
    "final",
    "finally",
    "float",
    "for",
    "getClass",
    "goto",
    "hashCode",
    "if",
    "implements",
    "import",
    "instanceof",
    "int",
    "interface",
    "long",
    "native",
    "new",
    "notify",
    "notifyAll",
    "null",
    "package",
    "private",
    "protected",
    "public",
    "return",
    "short",
    "static",
    "strictfp",
    "super",
    "switch",
    "synchronized",
    "this",
    "throw",
    "throws",
    "toString",
    "transient",
    "true",
    "try",
    "void",
    "volatile",
    "wait",
    "while",
    "finalize",
];

/// The name of a member's setter.
///
/// Spec: aws-sdk-java-v2, `Utils.unCapitalize`, and `DefaultNamingStrategy.getFluentSetterMethodName`,
/// by which a name that Java has taken gets another ending.
fn java_setter(member: &str) -> String {
    let letters: Vec<char> = member.chars().collect();
    let is_upper = |index: usize| letters.get(index).is_some_and(|letter| letter.is_uppercase());
    let is_lower = |index: usize| letters.get(index).is_some_and(|letter| letter.is_lowercase());
    let mut setter = String::with_capacity(member.len() + 5);
    let mut index = 0;
    while let Some(letter) = letters.get(index) {
        setter.extend(letter.to_lowercase());
        index += 1;
        if !is_upper(index) || is_lower(index + 1) {
            break;
        }
    }
    setter.extend(letters.iter().skip(index));
    if TAKEN.contains(&setter.as_str()) {
        setter.push_str("Value");
    }
    setter
}

#[cfg(test)]
mod tests {
    use super::NameStyle;

    #[test]
    fn names_are_those_of_the_java_sdk() {
        for (member, sdk, optimised) in [
            ("TableName", "TableName", "TableName"),
            ("jobName", "JobName", "JobName"),
            ("DBClusterIdentifier", "DbClusterIdentifier", "DBClusterIdentifier"),
            ("SSEKMSKeyId", "SsekmsKeyId", "SSEKMSKeyId"),
            ("ETag", "ETag", "ETag"),
            ("MD5OfMessageBody", "Md5OfMessageBody", "MD5OfMessageBody"),
            ("ARN", "Arn", "ARN"),
            ("S", "S", "S"),
            ("equals", "EqualsValue", "Equals"),
            ("enableECSManagedTags", "EnableECSManagedTags", "EnableECSManagedTags"),
        ] {
            assert_eq!(NameStyle::Sdk.task_name(member), sdk);
            assert_eq!(NameStyle::Optimised.task_name(member), optimised);
        }
    }
}
