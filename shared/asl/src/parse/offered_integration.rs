//! The integrations that AWS offers.
//!
//! Spec: Developer Guide, "Integrating services with Step Functions" § optimised integrations, and
//! the page of each service.

use model::{
    Integration,
    IntegrationPattern::{self, RequestResponse, Sync, SyncJson, WaitForTaskToken},
};

/// The patterns that an action can have.
type Patterns = &'static [IntegrationPattern];

const CALL: Patterns = &[RequestResponse];
const JOB: Patterns = &[RequestResponse, Sync];
const CALLBACK: Patterns = &[RequestResponse, WaitForTaskToken];
const JOB_OR_CALLBACK: Patterns = &[RequestResponse, Sync, WaitForTaskToken];
const EXECUTION: Patterns = &[RequestResponse, Sync, SyncJson, WaitForTaskToken];

/// The prefix of the services that are called through the AWS SDK.
const AWS_SDK: &str = "aws-sdk:";

/// The optimised integrations: service, actions, and their patterns.
const OPTIMISED: &[(&str, &[&str], Patterns)] = &[
    ("apigateway", &["invoke"], CALLBACK),
    ("athena", &["startQueryExecution"], JOB),
    ("athena", &["getQueryExecution", "getQueryResults", "stopQueryExecution"], CALL),
    ("batch", &["submitJob"], JOB),
    ("bedrock", &["createModelCustomizationJob"], JOB),
    ("bedrock", &["invokeModel"], CALLBACK),
    ("bedrockagentcore", &["invokeHarness"], CALL),
    ("codebuild", &["retryBuildBatch", "startBuild", "startBuildBatch"], JOB),
    (
        "codebuild",
        &[
            "batchDeleteBuilds",
            "batchGetReports",
            "deleteBuildBatch",
            "stopBuild",
            "stopBuildBatch",
        ],
        CALL,
    ),
    ("databrew", &["startJobRun"], JOB),
    ("dynamodb", &["deleteItem", "getItem", "putItem", "updateItem"], CALL),
    ("ecs", &["runTask"], JOB_OR_CALLBACK),
    (
        "eks",
        &[
            "createCluster",
            "createFargateProfile",
            "createNodegroup",
            "deleteCluster",
            "deleteFargateProfile",
            "deleteNodegroup",
        ],
        JOB,
    ),
    ("eks", &["call"], CALLBACK),
    ("eks", &["runJob"], JOB_OR_CALLBACK),
    ("elasticmapreduce", &["addStep", "createCluster", "terminateCluster"], JOB),
    (
        "elasticmapreduce",
        &[
            "cancelStep",
            "modifyInstanceFleetByName",
            "modifyInstanceGroupByName",
            "setClusterTerminationProtection",
        ],
        CALL,
    ),
    ("emr-containers", &["createVirtualCluster"], CALL),
    ("emr-containers", &["deleteVirtualCluster", "startJobRun"], JOB),
    (
        "emr-serverless",
        &[
            "cancelJobRun",
            "createApplication",
            "deleteApplication",
            "startApplication",
            "startJobRun",
            "stopApplication",
        ],
        JOB,
    ),
    ("events", &["putEvents"], CALLBACK),
    ("glue", &["startJobRun"], JOB),
    ("http", &["invoke"], CALL),
    ("lambda", &["invoke"], CALLBACK),
    ("mediaconvert", &["createJob"], JOB),
    (
        "sagemaker",
        &[
            "createHyperParameterTuningJob",
            "createLabelingJob",
            "createProcessingJob",
            "createTrainingJob",
            "createTransformJob",
        ],
        JOB,
    ),
    (
        "sagemaker",
        &["createEndpoint", "createEndpointConfig", "createModel", "updateEndpoint"],
        CALL,
    ),
    ("sns", &["publish"], CALLBACK),
    ("sqs", &["sendMessage"], CALLBACK),
    ("states", &["startExecution"], EXECUTION),
];

/// Whether AWS offers the integration.
///
/// `aws-sdk` integrates every service of the SDK; whether there is such a service and action is not
/// checked.
pub(super) fn is_offered(integration: &Integration) -> bool {
    let Integration { service, action, pattern } = integration;
    if let Some(sdk_service) = service.strip_prefix(AWS_SDK) {
        let is_name = |text: &str| text.chars().all(|letter| letter.is_ascii_alphanumeric());
        let is_camel_case = action.starts_with(|first: char| first.is_ascii_lowercase());
        return !sdk_service.is_empty()
            && is_name(sdk_service)
            && is_camel_case
            && is_name(action)
            && CALLBACK.contains(pattern);
    }
    OPTIMISED.iter().any(|(name, actions, patterns)| {
        name == service && actions.contains(&action.as_str()) && patterns.contains(pattern)
    })
}
