//! The queues lose every message, and the command `rewake` replaces what is needed. Whatever the other
//! faults, every execution must end as if nothing had been lost.

use model::{
    FramePhase, MessageKind, QueueMessage, RecordKey, ResourceName, limits::START_MILLISECONDS_MAX,
};
use orchestrator::{
    Fault,
    ports::{ExecutionFilter, ExecutionPage, ListedExecution},
    rewake_executions,
};

use crate::{
    ablations::Ablation,
    jobs::ClientCall,
    ports::SimulatedPorts,
    world::{SimulatedWorld, WorkerId},
};

/// Milliseconds from the loss to the rewake: longer than any worker lives that had a lost message, or
/// has sent one and not yet written the execution that it starts.
const REWAKE_DELAY_MILLISECONDS: i64 = START_MILLISECONDS_MAX + 60_000;
/// Milliseconds between two rewakes, which is short enough for the first one's messages to be at work.
const AGAIN_MILLISECONDS: i64 = 40;

/// Empties the queues.
pub(crate) fn lose_messages(world: &mut SimulatedWorld) {
    let lost = std::mem::take(&mut world.queue);
    world.trace_line(&format!("{} messages are lost", lost.len()));
    world.lost_messages = true;
    world.count_faults("message is lost", u64::try_from(lost.len()).expect("messages are few"));
    let times = 1 + u32::from(world.random.draw_per_mille(500));
    let at = world.now + REWAKE_DELAY_MILLISECONDS;
    if world.ablation != Some(Ablation::NeverRewake) {
        world.jobs.push((at, ClientCall::Rewake { times }));
    }
}

/// Runs the command, and again if it is to run more often.
pub(crate) async fn rewake(ports: &SimulatedPorts, times: u32) -> Result<(), Fault> {
    ports.lock_world().rewaking.insert(ports.worker);
    let woken = rewake_executions(ports).await?;
    let mut world = ports.lock_world();
    world.count_faults("frame is woken", woken.messages);
    if times > 1 {
        let at = world.now + AGAIN_MILLISECONDS;
        world.jobs.push((at, ClientCall::Rewake { times: times - 1 }));
    }
    Ok(())
}

/// Whether a message is sent: some of those of the command `rewake` are ablated.
pub(crate) fn permits_send(
    world: &SimulatedWorld,
    worker: WorkerId,
    message: &QueueMessage,
) -> bool {
    if !world.rewaking.contains(&worker) {
        return true;
    }
    match world.ablation {
        Some(Ablation::WakeOnlyRoots) => message.frame.fork_depth() == 0,
        Some(Ablation::WakeOnlySteps) => can_step(world, message),
        Some(_) | None => true,
    }
}

fn can_step(world: &SimulatedWorld, message: &QueueMessage) -> bool {
    let MessageKind::AdvanceFrame(number) = message.kind else { return true };
    let (execution, frame) = (message.execution.clone(), message.frame.clone());
    let record = world.load_record(&RecordKey { execution, frame, number });
    !record.is_some_and(|record| {
        matches!(
            record.frame.phase,
            FramePhase::Claimed { .. } | FramePhase::Forked { .. } | FramePhase::Ended(_)
        )
    })
}

/// A page of the executions of a machine in the order of their names.
pub(crate) fn list_executions(
    world: &SimulatedWorld,
    machine: &ResourceName,
    filter: &ExecutionFilter,
    limit: u32,
    after: Option<&str>,
) -> ExecutionPage {
    let listed = |id| {
        let execution = world.load_execution(&id)?;
        let is_on_page =
            id.machine_name() == machine.as_str() && after.is_none_or(|after| id.as_str() > after);
        let listed = ListedExecution {
            status: execution.status(),
            started_at: execution.facts.started_at,
            stopped_at: execution.end.as_ref().map(|(at, _)| *at),
            redriven: execution.facts.last_redrive.clone(),
            version: execution.facts.version.clone(),
            id,
        };
        (is_on_page && filter.matches_execution(&listed)).then_some(listed)
    };
    let mut rest = world.execution_ids().into_iter().filter_map(listed);
    let executions: Vec<ListedExecution> = rest.by_ref().take(limit as usize).collect();
    let last = executions.last().map(|last| last.id.to_string());
    ExecutionPage { next: rest.next().and(last), executions }
}

#[cfg(test)]
mod tests {
    use crate::{
        ablations::Ablation,
        pool::across_cores,
        random::SimulationRandom,
        run::{FinishedRun, RunSetup},
        scenario::Scenario,
    };

    /// The number of seeds; each is a storm with all other faults, too.
    const SEEDS: u64 = 600;
    /// The number of seeds within which the checks must notice a broken rule.
    const SEEDS_ABLATED: u64 = 300;

    fn run(seed: u64, ablation: Option<Ablation>) -> FinishedRun {
        let after = SimulationRandom::new(seed ^ 0x1057).draw_milliseconds(120_000);
        Scenario::from_seed(seed).run_with(|setup| RunSetup {
            messages_lost_after: Some(after),
            ablation,
            ..setup
        })
    }

    #[test]
    fn what_lost_its_messages_ends_as_if_nothing_had_been_lost() {
        let only = std::env::var("SEED").ok().and_then(|seed| seed.parse::<u64>().ok());
        let seeds = only.map_or(0..SEEDS, |seed| seed..seed + 1);
        let failed: Vec<String> = across_cores(seeds, |seed| {
            // What a function has answered is nowhere but in the queue.
            if Scenario::from_seed(seed).workflow.asynchronous {
                return None;
            }
            let finished = run(seed, None);
            let wrong = finished.violations.first()?;
            let trace = if only.is_some() { finished.trace.join("\n") } else { String::new() };
            Some(format!("SEED={seed}: {wrong}\n{trace}"))
        });
        assert!(failed.is_empty(), "{}{} seeds failed", failed.concat(), failed.len());
    }

    fn assert_noticed(ablation: Ablation) {
        let noticed = (0..SEEDS_ABLATED).any(|seed| {
            !run(seed, Some(ablation)).violations.is_empty()
                && run(seed, None).violations.is_empty()
        });
        assert!(noticed, "{ablation:?}");
    }

    #[test]
    fn lost_messages_that_nobody_replaces_are_noticed() {
        assert_noticed(Ablation::NeverRewake);
    }

    #[test]
    fn children_that_are_not_woken_are_noticed() {
        assert_noticed(Ablation::WakeOnlyRoots);
    }

    #[test]
    fn calls_forks_and_ends_that_are_not_woken_are_noticed() {
        assert_noticed(Ablation::WakeOnlySteps);
    }
}
