//! Functions that are invoked asynchronously, and the queue of their answers.

use engine::CallOutcome;
use model::{Failure, FunctionInvocation, JobName, Payload, TaskAnswerId, TaskJob};
use orchestrator::{Fault, complete_function_call, ports::CallRequest};

use crate::{
    faults::FaultPlan,
    functions,
    jobs::ClientCall,
    ports::SimulatedPorts,
    world::{SimulatedWorld, VISIBILITY, record_label},
};

/// Calls functions of both kinds, which succeed and fail.
pub(crate) const ANSWERS_LATER: &str = r#"{"StartAt":"Each","States":{
    "Each":{"Type":"Map","Next":"Broken","ItemProcessor":{"StartAt":"Flaky","States":{
        "Flaky":{"Type":"Task","Resource":"@function:flaky","Next":"Invoke","Retry":[@lost,
            {"ErrorEquals":["Flaky"],"MaxAttempts":5,"IntervalSeconds":1}]},
        "Invoke":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke",
            "Parameters":{"FunctionName":"echo","Payload.$":"$"},"Retry":[@lost],"End":true}}}},
    "Broken":{"Type":"Task","Resource":"@function:broken","Retry":[@lost],"End":true,
        "Catch":[{"ErrorEquals":["Broken"],"Next":"Done"}]},
    "Done":{"Type":"Succeed"}}}"#;

/// The longest time from an invocation to its answer, in milliseconds.
const ANSWER_MAX: u32 = 120_000;

/// An answer in its queue.
#[derive(Clone, Debug)]
pub(crate) struct QueuedFunctionAnswer {
    invocation: JobName,
    id: TaskAnswerId,
    result: Result<Payload, Failure>,
    /// How often it was received.
    receives: u32,
}

/// Lets a function answer later, and returns what the invocation returns.
pub(crate) fn answer_later(
    world: &mut SimulatedWorld,
    request: &CallRequest<'_>,
    outcome: CallOutcome,
) -> CallOutcome {
    let invocation = JobName::new("lambda", &record_label(&functions::claim_of(request)));
    let id = TaskAnswerId::from_bits(world.random.draw_milliseconds(u32::MAX).unsigned_abs());
    let result = match outcome {
        CallOutcome::Succeeded(result) => Ok(result),
        CallOutcome::Failed(failure) => Err(failure),
        other => return other,
    };
    let answer = QueuedFunctionAnswer { invocation: invocation.clone(), id, result, receives: 0 };
    let copies = match world.plan {
        FaultPlan::RandomFaults(_) => 1 + world.random.pick_index(2),
        _ => 1,
    };
    for _ in 0..copies {
        // Perhaps before the invocation is recorded.
        let takes = [5, ANSWER_MAX][world.random.pick_index(2)];
        let at = world.now + world.random.draw_milliseconds(takes);
        world.jobs.push((at, ClientCall::PassOnAnswer(answer.clone())));
    }
    let invocation =
        FunctionInvocation { resource: request.call.resource.clone(), name: invocation };
    let (output, job) = (Payload::empty_object(), Some(TaskJob::Function(invocation)));
    CallOutcome::Submitted { output, job }
}

/// Does what the function `job_event` does with a message of the queue.
pub(crate) async fn pass_on_answer(
    ports: &SimulatedPorts,
    mut answer: QueuedFunctionAnswer,
) -> Result<(), Fault> {
    let result = answer.result.clone();
    let effect = complete_function_call(ports, &answer.invocation, answer.id, |_| result).await?;
    answer.receives += 1;
    if effect.is_delivered_again(answer.receives) {
        let mut world = ports.lock_world();
        let at = world.now + VISIBILITY;
        world.jobs.push((at, ClientCall::PassOnAnswer(answer)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::{
        run::{RunSetup, run_simulation},
        workflows,
    };

    /// The history does not tell how a function was invoked.
    #[test]
    fn an_answer_that_comes_later_changes_nothing() {
        for seed in 0..20 {
            for transitions in [1, 25] {
                let later = workflows::find("answers-later");
                let now = workflows::SimulatedWorkflow { asynchronous: false, ..later.clone() };
                let setup =
                    RunSetup { transitions: [transitions; 2], ..RunSetup::without_faults(seed) };
                let expected = run_simulation(&now, &setup, None).summary;
                let run = run_simulation(later, &setup, Some(&expected));
                assert!(run.violations.is_empty(), "{seed}: {:?}", run.violations);
            }
        }
    }
}
