//! The API responses that mocked results are checked against. Results of other APIs are not
//! checked.
//!
//! Spec: the services' API references, names as Step Functions spells them; the bounds of
//! `MemorySize` are recorded.

use model::TaskResource;

use super::schema::{
    FieldNeed::{Optional, Required},
    FieldShape, ResponseField,
};

const TEXT: FieldShape = FieldShape::Text { chars_min: 0 };
const SOME_TEXT: FieldShape = FieldShape::Text { chars_min: 1 };
const NUMBER: FieldShape = FieldShape::Number { minimum: f64::MIN, maximum: f64::MAX };

const fn optional(name: &'static str, shape: FieldShape) -> ResponseField {
    ResponseField { name, shape, need: Optional }
}

const fn required(name: &'static str, shape: FieldShape) -> ResponseField {
    ResponseField { name, shape, need: Required }
}

/// The fields of the response that a Task with this resource gets; none if they are not known.
pub(super) fn response_of(resource: &TaskResource) -> Option<&'static [ResponseField]> {
    let TaskResource::Integration(integration) = resource else { return None };
    let action = format!("{}:{}", integration.service, integration.action_and_pattern());
    RESPONSES.iter().find(|(name, _)| *name == action).map(|(_, fields)| *fields)
}

const RESPONSES: [(&str, &[ResponseField]); 10] = [
    ("aws-sdk:kms:encrypt", KMS_ENCRYPT),
    ("aws-sdk:lambda:getFunction", LAMBDA_GET_FUNCTION),
    ("aws-sdk:s3:getObject", S3_GET_OBJECT),
    ("dynamodb:putItem", DYNAMODB_PUT_ITEM),
    ("events:putEvents", EVENTS_PUT_EVENTS),
    ("lambda:invoke", LAMBDA_INVOKE),
    ("sqs:sendMessage", SQS_SEND_MESSAGE),
    ("states:startExecution", STATES_START_EXECUTION),
    ("states:startExecution.sync", STATES_DESCRIBE_EXECUTION),
    ("states:startExecution.sync:2", STATES_DESCRIBE_EXECUTION),
];

/// The payload is what the function answers.
const LAMBDA_INVOKE: &[ResponseField] = &[
    optional("StatusCode", NUMBER),
    optional("FunctionError", TEXT),
    optional("LogResult", TEXT),
    optional("ExecutedVersion", SOME_TEXT),
];

const KMS_ENCRYPT: &[ResponseField] =
    &[optional("CiphertextBlob", SOME_TEXT), optional("KeyId", SOME_TEXT)];

const LAMBDA_GET_FUNCTION: &[ResponseField] = &[optional(
    "Configuration",
    FieldShape::Object(&[
        optional("FunctionName", TEXT),
        optional("FunctionArn", TEXT),
        optional("Role", TEXT),
        optional("Handler", TEXT),
        optional("CodeSize", NUMBER),
        optional("Description", TEXT),
        optional("Timeout", FieldShape::Number { minimum: 1.0, maximum: f64::MAX }),
        optional("MemorySize", FieldShape::Number { minimum: 128.0, maximum: 10_240.0 }),
        optional("LastModified", TEXT),
        optional("CodeSha256", TEXT),
        optional("Version", TEXT),
    ]),
)];

const S3_GET_OBJECT: &[ResponseField] = &[
    optional("LastModified", TEXT),
    optional("ContentLength", NUMBER),
    optional("ETag", TEXT),
    optional("VersionId", TEXT),
    optional("ContentType", TEXT),
    optional(
        "StorageClass",
        FieldShape::Enum(&[
            "STANDARD",
            "REDUCED_REDUNDANCY",
            "STANDARD_IA",
            "ONEZONE_IA",
            "INTELLIGENT_TIERING",
            "GLACIER",
            "DEEP_ARCHIVE",
            "OUTPOSTS",
            "GLACIER_IR",
            "SNOW",
            "EXPRESS_ONEZONE",
            "FSX_OPENZFS",
        ]),
    ),
];

const DYNAMODB_PUT_ITEM: &[ResponseField] = &[optional(
    "ConsumedCapacity",
    FieldShape::Object(&[
        optional("TableName", SOME_TEXT),
        optional("CapacityUnits", NUMBER),
        optional("ReadCapacityUnits", NUMBER),
        optional("WriteCapacityUnits", NUMBER),
    ]),
)];

const EVENTS_PUT_EVENTS: &[ResponseField] = &[
    optional("FailedEntryCount", NUMBER),
    optional(
        "Entries",
        FieldShape::List(&FieldShape::Object(&[
            optional("EventId", TEXT),
            optional("ErrorCode", TEXT),
            optional("ErrorMessage", TEXT),
        ])),
    ),
];

const SQS_SEND_MESSAGE: &[ResponseField] = &[
    optional("MD5OfMessageBody", TEXT),
    optional("MD5OfMessageAttributes", TEXT),
    optional("MD5OfMessageSystemAttributes", TEXT),
    optional("MessageId", TEXT),
    optional("SequenceNumber", TEXT),
];

const STATES_START_EXECUTION: &[ResponseField] =
    &[required("ExecutionArn", SOME_TEXT), required("StartDate", TEXT)];

/// What `DescribeExecution` answers. `.sync:2` has it, too (recorded), although its state yields
/// input and output as JSON.
const STATES_DESCRIBE_EXECUTION: &[ResponseField] = &[
    required("ExecutionArn", SOME_TEXT),
    required("StateMachineArn", SOME_TEXT),
    optional("Name", SOME_TEXT),
    required(
        "Status",
        FieldShape::Enum(&[
            "RUNNING",
            "SUCCEEDED",
            "FAILED",
            "TIMED_OUT",
            "ABORTED",
            "PENDING_REDRIVE",
        ]),
    ),
    required("StartDate", TEXT),
    optional("StopDate", TEXT),
    optional("Input", TEXT),
    optional("Output", TEXT),
    optional("Error", TEXT),
    optional("Cause", TEXT),
];
