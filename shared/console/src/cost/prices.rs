//! List prices of AWS in us-east-1, as of November 2026, before any free allowance.
//!
//! Sources: the pricing pages of [Step Functions](https://aws.amazon.com/step-functions/pricing/),
//! [DynamoDB](https://aws.amazon.com/dynamodb/pricing/on-demand/),
//! [SQS](https://aws.amazon.com/sqs/pricing/) and [Lambda](https://aws.amazon.com/lambda/pricing/).
//! What a deployment asks for is counted at the wire by `tests/acceptance/hosted/metering.py`, and
//! `infra/README.md` says how.

use super::money::PicoDollars;

/// When the prices were read, and where they hold.
pub(super) const PRICES_OF: &str = "us-east-1, November 2026";

/// A state transition of a Standard workflow.
pub(super) const TRANSITION: PicoDollars = PicoDollars::per_million(250_000);
/// A request that starts an Express workflow.
pub(super) const EXPRESS_REQUEST: PicoDollars = PicoDollars::per_million(10_000);
/// A second of a GB of an Express workflow: $0.06 an hour.
pub(super) const EXPRESS_GB_SECOND: PicoDollars = PicoDollars::new(16_670_000);

/// A write unit of DynamoDB, on demand.
pub(super) const WRITE_UNIT: PicoDollars = PicoDollars::per_million(6250);
/// A request of SQS.
pub(super) const SQS_REQUEST: PicoDollars = PicoDollars::per_million(4000);
/// An invocation of a Lambda function.
pub(super) const INVOCATION: PicoDollars = PicoDollars::per_million(2000);
/// A second of a GB of a Lambda function on arm64.
pub(super) const ARM_GB_SECOND: PicoDollars = PicoDollars::new(13_333_400);
/// A second of a GB of a Lambda function on `x86_64`.
pub(super) const X86_GB_SECOND: PicoDollars = PicoDollars::new(16_666_700);

/// The memory of a deployment's functions, by default, in MB.
pub(super) const DEPLOYMENT_MEGABYTES: u64 = 256;
/// The time of a transition, in milliseconds. It is assumed.
pub(super) const TRANSITION_MILLISECONDS: u64 = 20;
/// Write units of a start and an end.
pub(super) const WRITES_OF_EXECUTION: u64 = 5;
/// Requests of SQS for a message: it is sent, received and deleted.
pub(super) const REQUESTS_OF_MESSAGE: u64 = 3;

/// The memory that Lambda gives a function that names none, in MB, on `x86_64`.
pub(super) const FUNCTION_MEGABYTES: u64 = 128;
/// The memory by which Express workflows are counted, in MB.
pub(super) const EXPRESS_MEGABYTES: u64 = 64;

/// The price of some milliseconds with some memory.
pub(super) const fn time_price(
    gb_second: PicoDollars,
    megabytes: u64,
    milliseconds: u64,
) -> PicoDollars {
    gb_second.times(megabytes).times(milliseconds).divided_by(1024 * 1000)
}
