//! DynamoDB.
//!
//! Spec: Developer Guide, "Perform DynamoDB CRUD operations with Step Functions".

use super::{Action, OptimisedService};

pub(super) const SERVICE: OptimisedService = OptimisedService {
    resource: "dynamodb",
    model: "dynamodb",
    prefix: "DynamoDB",
    service: "AmazonDynamoDBv2",
    exception: "AmazonDynamoDBException",
    actions: &[
        Action::plain("deleteItem", "DeleteItem"),
        Action::plain("getItem", "GetItem"),
        Action::plain("putItem", "PutItem"),
        Action::plain("updateItem", "UpdateItem"),
    ],
};
