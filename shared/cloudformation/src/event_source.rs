//! What starts the state machines of a template: schedules, and events that nothing delivers here.
//!
//! Spec: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-statemachine-statemachineeventsource.html>,
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-rule.html>,
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-scheduler-schedule.html>

use serde_json::Value;

use crate::{Schedule, resolver::Resolver};

/// Holds a schedule that starts a state machine.
#[derive(Debug, Clone, PartialEq)]
pub struct TemplateSchedule {
    /// The name of the rule or the schedule.
    pub name: String,
    /// The ARN of the rule or the schedule.
    pub arn: String,
    /// Which service it is of.
    pub service: ScheduleService,
    /// When it is due.
    pub schedule: Schedule,
    /// The ARN of the state machine that it starts.
    pub state_machine_arn: String,
    /// The input, as JSON text; the service's own event if there is none.
    pub input: Option<String>,
}

/// Names the service of a schedule, whose events differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScheduleService {
    /// A rule of `EventBridge`.
    Rule,
    /// `EventBridge` Scheduler.
    Scheduler,
}

/// The schedules of a template, and what a user should know about its events.
#[derive(Default)]
pub(crate) struct EventSources {
    pub(crate) schedules: Vec<TemplateSchedule>,
    pub(crate) warnings: Vec<String>,
}

/// A schedule or a rule, wherever the template has it.
struct EventRule<'a> {
    name: String,
    service: ScheduleService,
    expression: &'a Value,
    time_zone: &'a Value,
    /// What says that it is switched off.
    states: [&'a Value; 2],
    state_machine: Value,
    input: &'a Value,
}

impl EventSources {
    /// Reads the `Events` of a state machine of SAM.
    pub(crate) fn add_machine_events(
        &mut self,
        resolver: &Resolver<'_>,
        id: &str,
        machine: &Value,
    ) {
        for (event, source) in machine["Properties"]["Events"].as_object().into_iter().flatten() {
            let properties = &source["Properties"];
            let (service, expression) = match source["Type"].as_str().unwrap_or_default() {
                "Schedule" => (ScheduleService::Rule, &properties["Schedule"]),
                "ScheduleV2" => (ScheduleService::Scheduler, &properties["ScheduleExpression"]),
                kind => {
                    self.warnings.push(format!(
                        "event {event} of state machine {id} is not delivered on one machine: its \
                         type is {kind}, and only Schedule and ScheduleV2 are"
                    ));
                    continue;
                }
            };
            let name = resolver.resolve_text(&properties["Name"]);
            self.add_rule(
                resolver,
                EventRule {
                    name: name.unwrap_or_else(|| format!("{id}{event}")),
                    service,
                    expression,
                    time_zone: &properties["ScheduleExpressionTimezone"],
                    states: [&properties["State"], &properties["Enabled"]],
                    state_machine: serde_json::json!({"Fn::GetAtt": [id, "Arn"]}),
                    input: &properties["Input"],
                },
            );
        }
    }

    /// Reads an `AWS::Events::Rule` with all its targets.
    pub(crate) fn add_event_rule(&mut self, resolver: &Resolver<'_>, id: &str, rule: &Value) {
        let properties = &rule["Properties"];
        for target in properties["Targets"].as_array().into_iter().flatten() {
            let Some(machine) = resolver.resolve_text(&target["Arn"]).filter(|arn| is_machine(arn))
            else {
                continue;
            };
            if properties["ScheduleExpression"].is_null() {
                self.warnings.push(format!(
                    "rule {id} does not start {machine} on one machine: nothing delivers the events \
                     of its pattern here"
                ));
                continue;
            }
            if target["InputTransformer"].is_object() || target["InputPath"].is_string() {
                self.warnings.push(format!(
                    "rule {id} starts {machine} with the whole event: InputPath and \
                     InputTransformer are not applied on one machine"
                ));
            }
            self.add_rule(
                resolver,
                EventRule {
                    name: resolver.resource_name(id),
                    service: ScheduleService::Rule,
                    expression: &properties["ScheduleExpression"],
                    time_zone: &Value::Null,
                    states: [&properties["State"], &Value::Null],
                    state_machine: machine.into(),
                    input: &target["Input"],
                },
            );
        }
    }

    /// Reads an `AWS::Scheduler::Schedule`.
    pub(crate) fn add_schedule(&mut self, resolver: &Resolver<'_>, id: &str, schedule: &Value) {
        let properties = &schedule["Properties"];
        let target = &properties["Target"];
        let Some(machine) = resolver.resolve_text(&target["Arn"]).filter(|arn| is_machine(arn))
        else {
            return;
        };
        self.add_rule(
            resolver,
            EventRule {
                name: resolver.resource_name(id),
                service: ScheduleService::Scheduler,
                expression: &properties["ScheduleExpression"],
                time_zone: &properties["ScheduleExpressionTimezone"],
                states: [&properties["State"], &Value::Null],
                state_machine: machine.into(),
                input: &target["Input"],
            },
        );
    }

    fn add_rule(&mut self, resolver: &Resolver<'_>, rule: EventRule<'_>) {
        let EventRule { name, service, .. } = rule;
        let is_off = |state: &Value| {
            let state = resolver.resolve_text(state);
            state.is_some_and(|state| state.starts_with("DISABLED") || state == "false")
        };
        if rule.states.into_iter().any(is_off) {
            return;
        }
        let expression = resolver.resolve_text(rule.expression).unwrap_or_default();
        let time_zone = resolver.resolve_text(rule.time_zone);
        let schedule = match Schedule::parse(&expression, time_zone.as_deref()) {
            Ok(schedule) => schedule,
            Err(error) => {
                self.warnings.push(format!("schedule {name} starts nothing: {error}"));
                return;
            }
        };
        let Some(state_machine_arn) = resolver.resolve_text(&rule.state_machine) else { return };
        let input = match resolver.resolve_known(rule.input) {
            Some(Value::String(text)) => Some(text),
            Some(Value::Null) | None => None,
            Some(other) => Some(other.to_string()),
        };
        let resource = match service {
            ScheduleService::Rule => ("events", format!("rule/{name}")),
            ScheduleService::Scheduler => ("scheduler", format!("schedule/default/{name}")),
        };
        let arn = resolver.arn_in_region(resource.0, &resource.1);
        let schedule = TemplateSchedule { name, arn, service, schedule, state_machine_arn, input };
        self.schedules.push(schedule);
    }
}

fn is_machine(arn: &str) -> bool {
    arn.contains(":states:") && arn.contains(":stateMachine:")
}
