//! Calls AWS services for Task states, as this process or as a state machine's role.
//! `integrations.rs` is the catalogue of what can be called.

mod caller_arn;
mod causes;
mod client;
mod dead_letter_reports;
mod integrations;
mod moments;
mod parameters;
mod protocols;
mod role;
mod role_passing;
mod service_model;
mod settings;
mod signature_check;
mod stack_outputs;

pub use caller_arn::caller_arn;
pub use causes::format_with_causes;
pub use client::{
    ClientSettings, ConnectionSecrets, ForwardFailure, RequestForwarder, ServiceClient,
    SharedServiceClient,
};
pub use dead_letter_reports::{DeadLetterReport, dead_letter_reports, remove_dead_letter_report};
pub use integrations::{
    JOB_EVENT_KINDS, JobEventKind, ServiceCaller, check_mocked_result, find_mistakes, is_supported,
    job_of_event, lambda, unreachable_service,
};
use service_model::find_service;
pub use settings::{
    CallerIdentity, RegionPreference, default_sdk_config, endpoint_sdk_config, lambda_sdk_config,
    named_endpoint, profile_sdk_config, with_endpoint, with_region,
};
pub use signature_check::{ClaimedSignature, KeyPair, SignatureRefusal};
pub use stack_outputs::stack_output;
