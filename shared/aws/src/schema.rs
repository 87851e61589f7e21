//! The table and its index.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};

use crate::{
    Error,
    dynamodb_table::DynamoDbTable,
    keys::{PK, SK},
    retry::{RetryPolicy, send_with_retry},
};

/// The index by which executions, machines, revisions and activities are listed.
pub(crate) const LISTING: &str = "listing";
/// The partition key of [`LISTING`]; absent from items that are not listed.
pub(crate) const LISTED_UNDER: &str = "listed_under";
/// The sort key of [`LISTING`].
pub(crate) const LISTED_AS: &str = "listed_as";
/// When an execution started, in milliseconds.
pub(crate) const STARTED_AT: &str = "started_at";
/// When an execution ended, in milliseconds; absent while it runs.
pub(crate) const STOPPED_AT: &str = "stopped_at";
/// The last redrive of an execution, as JSON; absent if there was none.
pub(crate) const REDRIVEN: &str = "redriven";

/// The version and alias with which an execution was started, as JSON; absent if it was the newest
/// revision.
pub(crate) const STARTED_VERSION: &str = "started_version";

/// Creates the table with its index, billed per request. A deployment's template does the same.
pub async fn create_table(table: &DynamoDbTable) -> Result<(), Error> {
    let broken = |error| Error::broken(table.table_name(), error);
    let key = |name, key_type| {
        KeySchemaElement::builder().attribute_name(name).key_type(key_type).build().map_err(broken)
    };
    let text = |name| {
        let text = ScalarAttributeType::S;
        AttributeDefinition::builder().attribute_name(name).attribute_type(text).build()
    };
    let projection = Projection::builder()
        .projection_type(ProjectionType::Include)
        .non_key_attributes(STARTED_AT)
        .non_key_attributes(STOPPED_AT)
        .non_key_attributes(REDRIVEN)
        .non_key_attributes(STARTED_VERSION)
        .build();
    let listing = GlobalSecondaryIndex::builder()
        .index_name(LISTING)
        .key_schema(key(LISTED_UNDER, KeyType::Hash)?)
        .key_schema(key(LISTED_AS, KeyType::Range)?)
        .projection(projection)
        .build()
        .map_err(broken)?;
    let attributes = [PK, SK, LISTED_UNDER, LISTED_AS].map(text);
    let attributes = attributes.into_iter().collect::<Result<_, _>>().map_err(broken)?;
    let request = table
        .dynamodb_client()
        .create_table()
        .table_name(table.table_name())
        .billing_mode(BillingMode::PayPerRequest)
        .key_schema(key(PK, KeyType::Hash)?)
        .key_schema(key(SK, KeyType::Range)?)
        .set_attribute_definitions(Some(attributes))
        .global_secondary_indexes(listing);
    send_with_retry(RetryPolicy::NotIdempotent, || request.clone().send()).await?;
    Ok(())
}
