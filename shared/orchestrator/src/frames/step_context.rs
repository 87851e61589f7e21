//! Asks the engine for the next transition of a frame.

use asl::Definition;
use engine::{StepContext, Stimulus, TimeAndSeed, Transition};
use model::{ExecutionId, Payload};

use super::{append::CausalClock, keyed_record::KeyedRecord};
use crate::{
    EngineContext, Fault,
    ports::{Clock, ExecutionStore, RandomSource, StateMachineStore},
};

/// Loads what the engine needs and asks it for the transition that the stimulus causes. Returns
/// none if the frame does not wait for that stimulus.
pub(crate) async fn run_engine_step<P>(
    ports: &P,
    context: &EngineContext,
    head: &KeyedRecord,
    stimulus: Stimulus,
    causes: CausalClock,
) -> Result<Option<Transition>, Fault>
where
    P: ExecutionStore + StateMachineStore + Clock + RandomSource + Sync,
{
    let KeyedRecord { key, record } = head;
    let EngineContext { settings, definitions } = context;
    let definition =
        definitions.load_definition(ports, &key.execution, &record.facts.revision).await?;
    let input = execution_input(ports, &definition, &key.execution).await?;
    let step_context = StepContext {
        definition: &definition,
        account_region: &settings.account_region,
        limits: settings.limits,
        execution: &key.execution,
        facts: &record.facts,
        input: input.as_ref(),
        path: &key.frame,
        time_and_seed: TimeAndSeed { now: ports.now().max(causes.at), seed: ports.random_seed() },
    };
    Ok(engine::advance(&step_context, &record.frame, stimulus))
}

/// Loads the execution's input, if the definition reads it.
pub(crate) async fn execution_input(
    ports: &impl ExecutionStore,
    definition: &Definition,
    execution: &ExecutionId,
) -> Result<Option<Payload>, Fault> {
    if !definition.reads_execution_input {
        return Ok(None);
    }
    let loaded = ports.load_execution(execution).await?;
    Ok(loaded.map(|execution| execution.input.clone()))
}
