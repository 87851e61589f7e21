//! Starts state machines on the schedules of their templates, as EventBridge does in AWS.

use cloudformation::{ScheduleService, TemplateSchedule};
use model::Timestamp;
use orchestrator::{
    RepeatPolicy, StartExecution,
    api::start_execution,
    ports::{Clock, RandomSource},
};
use serde_json::json;

use crate::{local_machine::LocalMachine, standard_error::say_line};

/// The schedules of a project, each with the time at which it is due.
#[derive(Default)]
pub(super) struct StartedSchedules {
    due: Vec<DueSchedule>,
}

struct DueSchedule {
    schedule: TemplateSchedule,
    /// None if it is never due again.
    next: Option<Timestamp>,
}

impl StartedSchedules {
    /// Takes the schedules of a project. Those that are the same are due when they were.
    pub(super) fn replace(&mut self, schedules: Vec<TemplateSchedule>, now: Timestamp) {
        let before = std::mem::take(&mut self.due);
        for schedule in schedules {
            let same = before.iter().find(|due| due.schedule == schedule);
            let next = if let Some(same) = same {
                same.next
            } else {
                let next = schedule.schedule.next_after(now);
                say_line(&announcement(&schedule, next));
                next
            };
            self.due.push(DueSchedule { schedule, next });
        }
    }

    /// Starts what is due. What was missed, while this machine slept for example, is started once.
    pub(super) async fn start_due(&mut self, machine: &LocalMachine) {
        let now = machine.ports.now();
        for DueSchedule { schedule, next } in &mut self.due {
            let Some(at) = next.filter(|at| *at <= now) else { continue };
            *next = schedule.schedule.next_after(now);
            if let Err(error) = start_scheduled(machine, schedule, at).await {
                say_line(&format!("error: schedule {} started nothing: {error:#}", schedule.name));
            }
        }
    }
}

fn announcement(schedule: &TemplateSchedule, next: Option<Timestamp>) -> String {
    let TemplateSchedule { name, schedule, state_machine_arn, .. } = schedule;
    let machine = state_machine_arn.rsplit(':').next().unwrap_or_default();
    let expression = &schedule.expression;
    match next {
        Some(next) => {
            let next = to_the_second(next);
            format!("schedule {name} starts {machine}: {expression}, next at {next}")
        }
        None => format!("schedule {name} never starts {machine} again: {expression}"),
    }
}

async fn start_scheduled(
    machine: &LocalMachine,
    schedule: &TemplateSchedule,
    at: Timestamp,
) -> anyhow::Result<()> {
    let (ports, context) = (machine.ports.as_ref(), machine.context.as_ref());
    let id = ports.random_uuid();
    let input = match &schedule.input {
        Some(input) => fill_attributes(input, schedule, at, &id),
        None => scheduled_event(schedule, at, &id),
    };
    let request = StartExecution {
        state_machine_arn: schedule.state_machine_arn.clone(),
        name: None,
        input: Some(input),
        trace_header: None,
        execution_type: None,
    };
    start_execution(ports, context, request, RepeatPolicy::WhileRunning).await?;
    Ok(())
}

/// The event that a target gets which has no input of its own.
///
/// Spec: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html>
fn scheduled_event(schedule: &TemplateSchedule, at: Timestamp, id: &str) -> String {
    let mut parts = schedule.arn.split(':').skip(3);
    let (region, account) = (parts.next(), parts.next());
    let (source, detail) = match schedule.service {
        ScheduleService::Rule => ("aws.events", json!({})),
        ScheduleService::Scheduler => ("aws.scheduler", json!("{}")),
    };
    json!({
        "version": "0",
        "id": id,
        "detail-type": "Scheduled Event",
        "source": source,
        "account": account,
        "time": to_the_second(at),
        "region": region,
        "resources": [schedule.arn],
        "detail": detail,
    })
    .to_string()
}

/// Scheduler puts what it knows of a call into its input.
///
/// Spec: <https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html>
fn fill_attributes(input: &str, schedule: &TemplateSchedule, at: Timestamp, id: &str) -> String {
    match schedule.service {
        ScheduleService::Rule => input.to_owned(),
        ScheduleService::Scheduler => input
            .replace("<aws.scheduler.schedule-arn>", &schedule.arn)
            .replace("<aws.scheduler.scheduled-time>", &to_the_second(at))
            .replace("<aws.scheduler.execution-id>", id)
            .replace("<aws.scheduler.attempt-number>", "1"),
    }
}

/// `2026-11-30T08:00:00Z`
fn to_the_second(at: Timestamp) -> String {
    let text = at.to_string();
    let seconds = text.split('.').next().unwrap_or_default();
    format!("{seconds}Z")
}

#[cfg(test)]
mod tests {
    use cloudformation::Schedule;
    use serde_json::Value;

    use super::*;

    fn schedule(service: ScheduleService, input: Option<&str>) -> TemplateSchedule {
        TemplateSchedule {
            name: "hourly".into(),
            arn: "arn:aws:events:eu-west-1:123456789012:rule/hourly".into(),
            service,
            schedule: Schedule::parse("rate(1 hour)", None).expect("a rate"),
            state_machine_arn: "arn:aws:states:eu-west-1:123456789012:stateMachine:m".into(),
            input: input.map(str::to_owned),
        }
    }

    #[test]
    fn an_event_has_the_shape_of_eventbridge() {
        let at = Timestamp::from_milliseconds(1_500);
        let event = scheduled_event(&schedule(ScheduleService::Rule, None), at, "i");
        let expected = json!({
            "version": "0", "id": "i", "detail-type": "Scheduled Event", "source": "aws.events",
            "account": "123456789012", "time": "1970-01-01T00:00:01Z", "region": "eu-west-1",
            "resources": ["arn:aws:events:eu-west-1:123456789012:rule/hourly"], "detail": {},
        });
        assert_eq!(serde_json::from_str::<Value>(&event).expect("JSON"), expected);
    }

    #[test]
    fn scheduler_fills_in_what_it_knows_and_a_rule_does_not() {
        let input = r#"{"at": "<aws.scheduler.scheduled-time>"}"#;
        let at = Timestamp::from_milliseconds(0);
        let filled = |service| fill_attributes(input, &schedule(service, Some(input)), at, "i");
        assert_eq!(filled(ScheduleService::Rule), input);
        assert_eq!(filled(ScheduleService::Scheduler), r#"{"at": "1970-01-01T00:00:00Z"}"#);
    }
}
