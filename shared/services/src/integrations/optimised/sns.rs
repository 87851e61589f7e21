//! SNS.
//!
//! Spec: Developer Guide, "Publish messages to an Amazon SNS topic with Step Functions".

use super::{Action, OptimisedService};

pub(super) const SERVICE: OptimisedService = OptimisedService {
    resource: "sns",
    model: "sns",
    prefix: "SNS",
    service: "AmazonSNS",
    exception: "AmazonSNSException",
    actions: &[Action::plain("publish", "Publish")],
};
