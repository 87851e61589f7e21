//! The customary order of fields.
//!
//! Payloads (`Parameters`, `Arguments`, `Result`, `Assign`, `Output` and the like) are their
//! author's: nothing in them moves.

use super::json_tree::{JsonMember, JsonNode, ObjectShape};

/// The fields of an object: some come first, some last, and those of neither list stay between
/// them in the author's order.
struct FieldOrder {
    first: &'static [&'static str],
    last: &'static [&'static str],
}

/// What an object of a definition is, if its fields have an order.
#[derive(Clone, Copy, Debug)]
enum AslPart {
    /// A state machine, a branch of a Parallel, or what a Map does with its items.
    Workflow,
    /// The states of a workflow, by name.
    States,
    State,
    ChoiceRule,
    Retrier,
    Catcher,
    /// An `ItemReader` or a `ResultWriter`.
    ItemTransfer,
}

const WORKFLOW: FieldOrder = FieldOrder {
    first: &["QueryLanguage", "Comment", "Version", "TimeoutSeconds", "ProcessorConfig", "StartAt"],
    last: &["States"],
};

const STATE: FieldOrder = FieldOrder {
    first: &[
        "QueryLanguage",
        "Comment",
        "Type",
        "Resource",
        "Credentials",
        "InputPath",
        "Seconds",
        "SecondsPath",
        "Timestamp",
        "TimestampPath",
        "Error",
        "ErrorPath",
        "Cause",
        "CausePath",
        "Arguments",
        "Parameters",
        "Label",
        "Items",
        "ItemsPath",
        "ItemReader",
        "ItemSelector",
        "ItemBatcher",
        "MaxConcurrency",
        "MaxConcurrencyPath",
        "ToleratedFailureCount",
        "ToleratedFailureCountPath",
        "ToleratedFailurePercentage",
        "ToleratedFailurePercentagePath",
        "ItemProcessor",
        "Iterator",
        "ResultWriter",
        "Branches",
        "TimeoutSeconds",
        "TimeoutSecondsPath",
        "HeartbeatSeconds",
        "HeartbeatSecondsPath",
        "Result",
        "ResultSelector",
        "ResultPath",
        "OutputPath",
    ],
    last: &["Assign", "Output", "Retry", "Catch", "Choices", "Default", "Next", "End"],
};

const CHOICE_RULE: FieldOrder = FieldOrder {
    first: &["Comment", "Condition", "Variable"],
    last: &["Assign", "Output", "Next"],
};

const RETRIER: FieldOrder = FieldOrder {
    first: &[
        "Comment",
        "ErrorEquals",
        "IntervalSeconds",
        "MaxAttempts",
        "BackoffRate",
        "MaxDelaySeconds",
        "JitterStrategy",
    ],
    last: &[],
};

const CATCHER: FieldOrder = FieldOrder {
    first: &["Comment", "ErrorEquals"],
    last: &["Assign", "Output", "ResultPath", "Next"],
};

const ITEM_TRANSFER: FieldOrder = FieldOrder {
    first: &["Resource", "ReaderConfig", "WriterConfig"],
    last: &["Arguments", "Parameters"],
};

impl FieldOrder {
    fn rank(&self, name: &str) -> usize {
        let place = |names: &[&str]| names.iter().position(|known| *known == name);
        let last = || place(self.last).map(|at| self.first.len() + 1 + at);
        place(self.first).or_else(last).unwrap_or(self.first.len())
    }
}

impl AslPart {
    /// The order of its fields; none for states, which are their author's to order.
    const fn field_order(self) -> Option<&'static FieldOrder> {
        match self {
            Self::Workflow => Some(&WORKFLOW),
            Self::States => None,
            Self::State => Some(&STATE),
            Self::ChoiceRule => Some(&CHOICE_RULE),
            Self::Retrier => Some(&RETRIER),
            Self::Catcher => Some(&CATCHER),
            Self::ItemTransfer => Some(&ITEM_TRANSFER),
        }
    }

    /// Workflows and states are open, so that a new field is a new line of a diff.
    const fn shape(self) -> ObjectShape {
        match self {
            Self::Workflow | Self::States | Self::State => ObjectShape::Open,
            Self::ChoiceRule | Self::Retrier | Self::Catcher | Self::ItemTransfer => {
                ObjectShape::OneLineIfItFits
            }
        }
    }

    /// What the value of a field is, or each element of it; none if it is a payload.
    fn part_of_field(self, name: &str) -> Option<Self> {
        match (self, name) {
            (Self::Workflow, "States") => Some(Self::States),
            (Self::States, _) => Some(Self::State),
            (Self::State, "Branches" | "ItemProcessor" | "Iterator") => Some(Self::Workflow),
            (Self::State, "Choices") | (Self::ChoiceRule, "And" | "Or" | "Not") => {
                Some(Self::ChoiceRule)
            }
            (Self::State, "Retry") => Some(Self::Retrier),
            (Self::State, "Catch") => Some(Self::Catcher),
            (Self::State, "ItemReader" | "ResultWriter") => Some(Self::ItemTransfer),
            _ => None,
        }
    }
}

/// Puts the fields of a state machine into their order.
pub(super) fn order_definition_fields(document: &mut JsonNode<'_>) {
    order_fields(document, AslPart::Workflow);
}

fn order_fields(node: &mut JsonNode<'_>, part: AslPart) {
    match node {
        JsonNode::Scalar(_) => {}
        JsonNode::Array(elements) => {
            for element in elements {
                order_fields(element, part);
            }
        }
        JsonNode::Object(shape, members) => {
            *shape = part.shape();
            if let Some(order) = part.field_order() {
                // The sort is stable: of a key that is there twice, the second still counts.
                members.sort_by_key(|member| order.rank(&member.name));
            }
            for JsonMember { name, value, .. } in members {
                if let Some(inner) = part.part_of_field(name) {
                    order_fields(value, inner);
                }
            }
        }
    }
}
