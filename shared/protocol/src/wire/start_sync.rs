//! `StartSyncExecution`.

use http::HeaderMap;
use model::{AccountRegion, FrameOutcome};
use orchestrator::{
    EngineContext, StartExecution,
    api::{BillingDetails, EndedSyncExecution, start_sync_execution},
    roles::ApiRole,
};
use serde::{Deserialize, Serialize};

use super::{
    IncludedData, OperationResult,
    execution::{CloudWatchEventsExecutionDataDetails, PayloadWithDetails},
    print_response, read_request,
    start::{StartExecutionInput, asked_execution_type},
};
use crate::{api_exception::ApiException, request_constraints::RequestConstraints};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StartSyncExecutionInput {
    state_machine_arn: Option<String>,
    name: Option<String>,
    input: Option<String>,
    trace_header: Option<String>,
    included_data: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct StartSyncExecutionOutput<'a> {
    execution_arn: String,
    state_machine_arn: String,
    name: &'a str,
    start_date: f64,
    stop_date: f64,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<&'a str>,
    input_details: CloudWatchEventsExecutionDataDetails,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_details: Option<CloudWatchEventsExecutionDataDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_header: Option<&'a str>,
    billing_details: BillingDetailsShape,
}

#[derive(Debug, Serialize)]
struct BillingDetailsShape {
    #[serde(rename = "billedMemoryUsedInMB")]
    billed_memory_used_in_mb: u64,
    #[serde(rename = "billedDurationInMilliseconds")]
    billed_duration_in_milliseconds: u64,
}

impl<'a> StartSyncExecutionOutput<'a> {
    /// `left` is how many bytes input and output may take.
    fn of_execution(
        account_region: &AccountRegion,
        EndedSyncExecution { id, execution, billing }: &'a EndedSyncExecution,
        mut left: usize,
    ) -> Self {
        let started_at = execution.facts.started_at;
        let (stopped_at, output, failure) = match &execution.end {
            None => (started_at, None, None),
            Some((at, FrameOutcome::Succeeded(output))) => (*at, Some(output), None),
            Some((
                at,
                FrameOutcome::Failed(failure)
                | FrameOutcome::TimedOut(failure)
                | FrameOutcome::Aborted(failure),
            )) => (*at, None, Some(failure)),
        };
        let output = output.map(|output| PayloadWithDetails::fit_payload(output, &mut left));
        let input = PayloadWithDetails::fit_payload(&execution.input, &mut left);
        let BillingDetails { billed_memory_used_in_mb, billed_duration_in_milliseconds } = *billing;
        Self {
            execution_arn: account_region.execution_arn(id),
            state_machine_arn: account_region.state_machine_arn(id.machine_name()),
            name: id.execution_name(),
            start_date: started_at.as_epoch_seconds(),
            stop_date: stopped_at.as_epoch_seconds(),
            status: execution.status().as_str(),
            error: failure.and_then(|failure| failure.error.as_deref()),
            cause: failure.and_then(|failure| failure.cause.as_deref()),
            input: input.text,
            input_details: input.details,
            output: output.and_then(|output| output.text),
            output_details: output.map(|output| output.details),
            trace_header: execution.trace_header.as_deref(),
            billing_details: BillingDetailsShape {
                billed_memory_used_in_mb,
                billed_duration_in_milliseconds,
            },
        }
    }
}

/// Checks the members of a request.
fn read_start_sync_request(
    context: &EngineContext,
    body: &[u8],
) -> Result<(StartExecution, IncludedData), ApiException> {
    let request: StartSyncExecutionInput = read_request(body)?;
    let StartSyncExecutionInput { state_machine_arn, name, input, trace_header, .. } = request;
    let start = StartExecutionInput { state_machine_arn, name, input, trace_header };
    let mut constraints = RequestConstraints::with_limits(context.settings.limits);
    let start = start.check_members(&mut constraints);
    let included = request.included_data.as_deref();
    let included = IncludedData::check_included_data(&mut constraints, included);
    constraints.into_result()?;
    Ok((start, included))
}

pub(crate) async fn handle_start_sync_execution<P: ApiRole>(
    ports: &P,
    context: &EngineContext,
    (headers, body): (&HeaderMap, &[u8]),
) -> OperationResult {
    let (checked, included) = read_start_sync_request(context, body)?;
    let execution_type = asked_execution_type(headers)?;
    let request = StartExecution { execution_type, ..checked };
    let ended = Box::pin(start_sync_execution(ports, context, request)).await?;
    let left = match included {
        IncludedData::AllData => context.settings.response_bytes_max,
        IncludedData::MetadataOnly => 0,
    };
    let account_region = &context.settings.account_region;
    Ok(print_response(&StartSyncExecutionOutput::of_execution(account_region, &ended, left)))
}
