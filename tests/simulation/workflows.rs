//! The table of simulated workflows. `@lost` stands for a retrier of lost calls, which makes the
//! outcome independent of crashes, `@late` for one of missed heartbeats. `@function:`, `@activity:` and
//! `@machine:` stand for the beginning of an ARN.

mod wide;

use std::borrow::Cow;

use model::ExecutionStatus;

use self::wide::{
    FAILS_WIDE, WIDE, WIDE_FAILS, WIDE_INSIDE, WIDE_SHARDS, WIDE_SLOTS, WIDE_SLOTS_FAIL,
};
use crate::{activities, function_answers::ANSWERS_LATER, service_jobs};

/// What must equal the fault-free run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ComparisonLevel {
    /// The outcome, and the history as a multiset of types, names and payloads, without lost calls.
    History,
    /// Only the outcome: how far a branch gets before a sibling fails depends on the schedule.
    Outcome,
    /// The outcome, and which states were exited with which output: redrives must not repeat
    /// finished work.
    StateExits,
    /// The outcome, unless the execution is aborted: its user stops it, perhaps too late.
    OutcomeOrAborted,
}

#[derive(Clone, Debug)]
pub(crate) struct SimulatedWorkflow {
    pub(crate) name: Cow<'static, str>,
    pub(crate) definition: Cow<'static, str>,
    pub(crate) input: Cow<'static, str>,
    /// Milliseconds after which the user stops the execution, if at all.
    pub(crate) stopped_after: Option<i64>,
    /// The status at which the user redrives the execution, and how many times at most.
    pub(crate) redriven: Option<(ExecutionStatus, u32)>,
    pub(crate) comparison: ComparisonLevel,
    /// Whether its functions are invoked asynchronously.
    pub(crate) asynchronous: bool,
}

const fn define_workflow(
    name: &'static str,
    sameness: ComparisonLevel,
    input: &'static str,
    definition: &'static str,
) -> SimulatedWorkflow {
    SimulatedWorkflow {
        name: Cow::Borrowed(name),
        definition: Cow::Borrowed(definition),
        input: Cow::Borrowed(input),
        stopped_after: None,
        redriven: None,
        comparison: sameness,
        asynchronous: false,
    }
}

impl SimulatedWorkflow {
    const fn stopped_after(mut self, milliseconds: i64) -> Self {
        self.stopped_after = Some(milliseconds);
        self
    }

    const fn redriven_after(mut self, ended: ExecutionStatus, times: u32) -> Self {
        self.redriven = Some((ended, times));
        self
    }

    const fn asynchronous(mut self) -> Self {
        self.asynchronous = true;
        self
    }

    /// Whether it needs workers of activities.
    pub(crate) fn uses_activities(&self) -> bool {
        self.definition.contains("@activity:work")
    }

    /// The text of the definition, without placeholders.
    pub(crate) fn definition_text(&self) -> String {
        expand_definition(&self.definition)
    }
}

/// All workflows of the table.
pub(crate) static ALL: [SimulatedWorkflow; 32] = [
    define_workflow("chain", ComparisonLevel::History, r#"{"order":42}"#, CHAIN),
    define_workflow("choice", ComparisonLevel::History, r#"{"size":7}"#, CHOICE),
    define_workflow("retry", ComparisonLevel::History, r#"{"order":1}"#, RETRY),
    define_workflow("wait", ComparisonLevel::History, "{}", WAIT),
    define_workflow("timeout", ComparisonLevel::History, "{}", TIMEOUT),
    define_workflow("nested", ComparisonLevel::History, r#"{"items":[0,1,2,3,4]}"#, NESTED),
    define_workflow("jsonata", ComparisonLevel::History, r#"{"items":[1,2,3],"rate":2}"#, JSONATA),
    define_workflow("map", ComparisonLevel::History, "[0,1,2,3,4,5,6]", MAP),
    define_workflow(
        "small-maps",
        ComparisonLevel::History,
        r#"{"none":[],"all":[0,1,2,3]}"#,
        SMALL_MAPS,
    ),
    define_workflow("wide", ComparisonLevel::History, "[0,1,2,3,4,5,6,7,8]", WIDE),
    define_workflow("wide-slots", ComparisonLevel::History, "[0,1,2,3,4,5,6]", WIDE_SLOTS),
    define_workflow("wide-shards", ComparisonLevel::History, "[0,1,2,3,4,5,6,7,8,9]", WIDE_SHARDS),
    define_workflow("wide-fails", ComparisonLevel::Outcome, "[0,1,2,3,4,5,6]", WIDE_FAILS),
    define_workflow(
        "wide-slots-fail",
        ComparisonLevel::Outcome,
        "[0,1,3,4,5,6,2,7,8]",
        WIDE_SLOTS_FAIL,
    ),
    define_workflow("wide-inside", ComparisonLevel::Outcome, "[0,1,2,3,4,5,6]", WIDE_INSIDE),
    define_workflow("caught", ComparisonLevel::Outcome, r#"{"items":[0,1,2]}"#, CAUGHT),
    define_workflow("map-retry", ComparisonLevel::Outcome, "[0,1,2,3,4]", MAP_RETRY),
    define_workflow("fails", ComparisonLevel::Outcome, "[0,1,2]", FAILS),
    define_workflow("fails-alone", ComparisonLevel::History, "[0]", FAILS_ALONE),
    define_workflow("expires", ComparisonLevel::History, "[0,1,2]", EXPIRES),
    define_workflow("stopped", ComparisonLevel::History, "[0,1,2]", STOPPED)
        .stopped_after(100_000_000),
    define_workflow("asks", ComparisonLevel::History, "{}", ASKS),
    define_workflow("starts", ComparisonLevel::History, "{}", STARTS),
    define_workflow("activities", ComparisonLevel::Outcome, "{}", activities::ACTIVITIES),
    define_workflow("no-activity", ComparisonLevel::History, "{}", NO_ACTIVITY),
    define_workflow("unsupported", ComparisonLevel::History, "{}", UNSUPPORTED),
    define_workflow("starts-and-leaves", ComparisonLevel::Outcome, "{}", STARTS_AND_LEAVES),
    define_workflow("redriven", ComparisonLevel::StateExits, r#"{"items":[0,1,2]}"#, REDRIVEN)
        .redriven_after(ExecutionStatus::Failed, 9),
    define_workflow("passes", ComparisonLevel::History, "{}", PASSES),
    define_workflow("runs-jobs", ComparisonLevel::History, "{}", service_jobs::RUNS_JOBS),
    define_workflow("answers-later", ComparisonLevel::History, "[1,2,3]", ANSWERS_LATER)
        .asynchronous(),
    define_workflow("long-payloads", ComparisonLevel::History, "{}", LONG),
];

/// 80 children, of which the last one fails while the others wait: more than a delivery may stop.
pub(crate) static WAITS_WIDE: SimulatedWorkflow =
    define_workflow("waits-wide", ComparisonLevel::Outcome, EIGHTY, FAILS_WIDE);

/// 80 children that wait until a user stops the execution.
pub(crate) static STOPPED_WIDE: SimulatedWorkflow =
    define_workflow("stopped-wide", ComparisonLevel::Outcome, EIGHTY, ONLY_WAITS)
        .stopped_after(50_000);

/// The workflow of the table with this name.
pub(crate) fn find(name: &str) -> &'static SimulatedWorkflow {
    ALL.iter().find(|workflow| workflow.name == name).expect("it is in the table")
}

/// A Map of so many items, of which 1,000 may be iterated at once.
pub(crate) fn huge_map(items: usize) -> SimulatedWorkflow {
    let input = serde_json::Value::from(vec![0; items]).to_string();
    SimulatedWorkflow {
        input: input.into(),
        ..define_workflow("huge", ComparisonLevel::Outcome, "", HUGE)
    }
}

const HUGE: &str = r#"{"StartAt":"Each","States":{
    "Each":{"Type":"Map","MaxConcurrency":1000,"End":true,"ItemProcessor":{"StartAt":"Item",
        "States":{"Item":{"Type":"Pass","Next":"Last"},"Last":{"Type":"Succeed"}}}}}}"#;

const EIGHTY: &str = "[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,\
    28,29,30,31,32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,49,50,51,52,53,54,55,56,57,58,59,\
    60,61,62,63,64,65,66,67,68,69,70,71,72,73,74,75,76,77,78,79]";

const ONLY_WAITS: &str = r#"{"StartAt":"Each","States":{
    "Each":{"Type":"Map","End":true,"ItemProcessor":{"StartAt":"Long","States":{
        "Long":{"Type":"Wait","Seconds":100000,"End":true}}}}}}"#;

/// Pure states in a row, so that a delivery may make all of them in memory.
const PASSES: &str = r#"{"StartAt":"A","States":{
    "A":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","Next":"C"},"C":{"Type":"Pass","Next":"D"},
    "D":{"Type":"Pass","Next":"E"},"E":{"Type":"Pass","Next":"F"},"F":{"Type":"Pass","Next":"G"},
    "G":{"Type":"Pass","Next":"H"},"H":{"Type":"Pass","Next":"I"},"I":{"Type":"Succeed"}}}"#;

/// Payloads and variables that are long enough to be stored once and referred to.
const LONG: &str = r#"{"StartAt":"Pad","States":{
    "Pad":{"Type":"Pass","Result":{"items":["@long","@long","b"],"by":"Pad"},
        "Assign":{"kept.$":"$"},"Next":"Keep"},
    "Keep":{"Type":"Pass","Next":"Wait"},
    "Wait":{"Type":"Wait","Seconds":2,"Next":"Work"},
    "Work":{"Type":"Task","Resource":"@function:echo","Retry":[@lost],"Next":"Each"},
    "Each":{"Type":"Map","ItemsPath":"$.items","MaxConcurrency":2,"ResultPath":"$.mapped",
        "ItemProcessor":{"StartAt":"Item","States":{
            "Item":{"Type":"Pass","Next":"Call"},
            "Call":{"Type":"Task","Resource":"@function:echo","Retry":[@lost],"End":true}}},
        "Next":"Both"},
    "Both":{"Type":"Parallel","Branches":[
        {"StartAt":"Left","States":{"Left":{"Type":"Pass","Next":"Right"},
            "Right":{"Type":"Wait","Seconds":1,"End":true}}},
        {"StartAt":"Variable","States":{
            "Variable":{"Type":"Pass","Parameters":{"is.$":"$kept"},"End":true}}}],"Next":"Last"},
    "Last":{"Type":"Succeed"}}}"#;

/// Tasks of activities: with and without heartbeats, one that fails, one that nobody takes in time,
/// and one that is left in its queue when a sibling fails.
/// Nothing catches that an activity does not exist.
const NO_ACTIVITY: &str = r#"{"StartAt":"Work","States":{
    "Work":{"Type":"Task","Resource":"@activity:missing",
        "Catch":[{"ErrorEquals":["States.ALL"],"Next":"Caught"}],"End":true},
    "Caught":{"Type":"Pass","End":true}}}"#;

/// Nothing catches that a resource cannot be called, whatever becomes of the first worker.
const UNSUPPORTED: &str = r#"{"StartAt":"Send","States":{
    "Send":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage",
        "Parameters":{"QueueUrl":"queue","MessageBody":"body"},
        "Catch":[{"ErrorEquals":["States.ALL"],"Next":"Caught"}],"End":true},
    "Caught":{"Type":"Pass","End":true}}}"#;

/// The machines that workflows start: name and definition.
pub(crate) const INNER: [(&str, &str); 2] = [
    (
        "inner",
        r#"{"StartAt":"Ready","States":{
            "Ready":{"Type":"Wait","Seconds":3,"Next":"Work"},
            "Work":{"Type":"Task","Resource":"@function:echo","Retry":[@lost],"End":true}}}"#,
    ),
    (
        "inner-fails",
        r#"{"StartAt":"Ready","States":{
            "Ready":{"Type":"Pass","Next":"Fails"},
            "Fails":{"Type":"Fail","Error":"Inner"}}}"#,
    ),
];

/// Replaces the placeholders in the text of a definition.
pub(crate) fn expand_definition(definition: &str) -> String {
    const LOST: &str = r#"{"ErrorEquals":["Lambda.Unknown"],"IntervalSeconds":1,
        "BackoffRate":1.0,"MaxAttempts":99}"#;
    const FUNCTION: &str = "arn:aws:lambda:us-east-1:000000000000:function:";
    const ACTIVITY: &str = "arn:aws:states:us-east-1:000000000000:activity:";
    const LATE: &str = r#"{"ErrorEquals":["States.Timeout"],"IntervalSeconds":1,
        "BackoffRate":1.0,"MaxAttempts":99}"#;
    const MACHINE: &str = "arn:aws:states:us-east-1:000000000000:stateMachine:";
    let definition = definition.replace("@activity:", ACTIVITY).replace("@late", LATE);
    let definition = definition.replace("@long", &"long".repeat(80));
    let definition = definition.replace("@lost", LOST).replace("@function:", FUNCTION);
    definition.replace("@machine:", MACHINE)
}

/// Callback tasks: a success, heartbeats, a failure, and an answer that is too late.
const ASKS: &str = r#"{"StartAt":"Both","States":{
    "Both":{"Type":"Parallel","Next":"Late","Branches":[
        {"StartAt":"Ask","States":{
            "Ask":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken",
                "Parameters":{"FunctionName":"ask","Payload":{"token.$":"$$.Task.Token"}},
                "TimeoutSeconds":1000000,"Retry":[@lost],"End":true}}},
        {"StartAt":"Patiently","States":{
            "Patiently":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken",
                "Parameters":{"FunctionName":"ask-patiently","Payload":{"token.$":"$$.Task.Token"}},
                "HeartbeatSeconds":600,"Retry":[@lost],"End":true}}},
        {"StartAt":"Decline","States":{
            "Decline":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken",
                "Parameters":{"FunctionName":"decline","Payload":{"token.$":"$$.Task.Token"}},
                "Retry":[@lost],"End":true,
                "Catch":[{"ErrorEquals":["Declined"],"Next":"Accept"}]},
            "Accept":{"Type":"Pass","End":true}}}]},
    "Late":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters":{"FunctionName":"echo","Payload":{"token.$":"$$.Task.Token"}},
        "TimeoutSeconds":100000,"HeartbeatSeconds":2000,"Retry":[@lost],"End":true,
        "Catch":[{"ErrorEquals":["States.Timeout"],"Next":"Done"}]},
    "Done":{"Type":"Succeed"}}}"#;

/// Nested executions in all integration patterns.
const STARTS: &str = r#"{"StartAt":"Both","States":{
    "Both":{"Type":"Parallel","End":true,"Branches":[
        {"StartAt":"Sync","States":{
            "Sync":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution.sync:2",
                "Parameters":{"StateMachineArn":"@machine:inner","Input":{"a":1}},
                "ResultSelector":{"output.$":"$.Output"},"End":true}}},
        {"StartAt":"Leave","States":{
            "Leave":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution",
                "Parameters":{"StateMachineArn":"@machine:inner","Input":{"a":2}},
                "ResultPath":null,"End":true}}},
        {"StartAt":"Fail","States":{
            "Fail":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution.sync",
                "Parameters":{"StateMachineArn":"@machine:inner-fails","Input":{}},
                "End":true,"Catch":[{"ErrorEquals":["States.TaskFailed"],"ResultPath":null,
                    "Next":"Caught"}]},
            "Caught":{"Type":"Pass","End":true}}}]}}}"#;

/// A nested execution that still runs when a sibling fails, and one whose task times out.
const STARTS_AND_LEAVES: &str = r#"{"StartAt":"All","States":{
    "All":{"Type":"Parallel","End":true,
        "Catch":[{"ErrorEquals":["Broken"],"ResultPath":null,"Next":"Again"}],"Branches":[
        {"StartAt":"Breaks","States":{
            "Breaks":{"Type":"Task","Resource":"@function:broken","Retry":[@lost],"End":true}}},
        {"StartAt":"Sync","States":{
            "Sync":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution.sync",
                "Parameters":{"StateMachineArn":"@machine:inner","Input":{"a":1}},"End":true}}}]},
    "Again":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution.sync",
        "Parameters":{"StateMachineArn":"@machine:inner","Input":{"a":1}},
        "ResultPath":null,"TimeoutSeconds":1,"End":true,
        "Catch":[{"ErrorEquals":["States.Timeout"],"ResultPath":null,"Next":"Done"}]},
    "Done":{"Type":"Pass","End":true}}}"#;

/// Fails inside nested forks until it is redriven.
const REDRIVEN: &str = r#"{"StartAt":"Ready","TimeoutSeconds":10000000,"States":{
    "Ready":{"Type":"Pass","Next":"Both"},
    "Both":{"Type":"Parallel","Next":"After","Branches":[
        {"StartAt":"Each","States":{"Each":{"Type":"Map","ItemsPath":"$.items","MaxConcurrency":2,
            "End":true,"ItemProcessor":{"StartAt":"Item","States":{
                "Item":{"Type":"Task","Resource":"@function:echo","Retry":[@lost],"Next":"Mended"},
                "Mended":{"Type":"Task","Resource":"@function:mended","Retry":[@lost],
                    "Next":"Twice"},
                "Twice":{"Type":"Task","Resource":"@function:mended-twice","Retry":[@lost],
                    "End":true}}}}}},
        {"StartAt":"Long","States":{
            "Long":{"Type":"Wait","Seconds":5000,"Next":"Sync"},
            "Sync":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution.sync:2",
                "Parameters":{"StateMachineArn":"@machine:inner","Input":{"a":1}},
                "ResultSelector":{"output.$":"$.Output"},"End":true}}}]},
    "After":{"Type":"Task","Resource":"@function:echo","Retry":[@lost],"End":true}}}"#;

const CHAIN: &str = r#"{"StartAt":"First","States":{
    "First":{"Type":"Pass","Result":{"by":"First"},"ResultPath":"$.first","Next":"Work"},
    "Work":{"Type":"Task","Resource":"@function:echo","Retry":[@lost],"Next":"Slow"},
    "Slow":{"Type":"Task","Resource":"@function:slow","Retry":[@lost],"ResultPath":"$.slow",
        "Next":"Last"},
    "Last":{"Type":"Pass","Next":"Done"},
    "Done":{"Type":"Succeed"}}}"#;

const CHOICE: &str = r#"{"StartAt":"Which","States":{
    "Which":{"Type":"Choice","Default":"None","Choices":[
        {"Variable":"$.size","NumericGreaterThan":10,"Next":"Large"},
        {"And":[{"Variable":"$.size","NumericGreaterThan":5},
                {"Variable":"$.colour","IsPresent":false}],"Next":"Middling"}]},
    "Large":{"Type":"Fail","Error":"Large"},
    "Middling":{"Type":"Task","Resource":"@function:echo","Retry":[@lost],"Next":"None"},
    "None":{"Type":"Fail","Error":"Nothing","Cause":"fits"}}}"#;

const RETRY: &str = r#"{"StartAt":"Flaky","States":{
    "Flaky":{"Type":"Task","Resource":"@function:flaky","Retry":[@lost,
        {"ErrorEquals":["Flaky"],"IntervalSeconds":2,"MaxAttempts":3,"BackoffRate":2.0}],
        "Next":"Broken"},
    "Broken":{"Type":"Task","Resource":"@function:broken","Retry":[@lost,
        {"ErrorEquals":["Broken"],"IntervalSeconds":1,"MaxAttempts":1}],
        "Catch":[{"ErrorEquals":["States.TaskFailed"],"ResultPath":"$.error","Next":"Mend"}],
        "End":true},
    "Mend":{"Type":"Pass","End":true}}}"#;

const WAIT: &str = r#"{"StartAt":"Long","States":{
    "Long":{"Type":"Wait","Seconds":1200,"Next":"Work"},
    "Work":{"Type":"Task","Resource":"@function:echo","Retry":[@lost],"Next":"Short"},
    "Short":{"Type":"Wait","Seconds":1,"Next":"Past"},
    "Past":{"Type":"Wait","Timestamp":"2001-01-01T00:00:00Z","End":true}}}"#;

const TIMEOUT: &str = r#"{"StartAt":"Stuck","States":{
    "Stuck":{"Type":"Task","Resource":"@function:stuck","TimeoutSeconds":100,"Retry":[@lost],
        "Catch":[{"ErrorEquals":["States.Timeout"],"Next":"Late"}],"End":true},
    "Late":{"Type":"Pass","End":true}}}"#;

/// Variables that pass through claims, forks and joins, in JSONata.
const JSONATA: &str = r#"{
  "QueryLanguage": "JSONata", "StartAt": "Rate", "States": {
    "Rate": {"Type": "Pass", "Assign": {"rate": "{% $states.input.rate %}"}, "Next": "Each"},
    "Each": {"Type": "Map", "Items": "{% $states.input.items %}", "MaxConcurrency": 2,
      "ItemSelector": {"n": "{% $states.context.Map.Item.Value %}"},
      "ItemProcessor": {"StartAt": "Double", "States": {
        "Double": {"Type": "Pass", "Assign": {"product": "{% $states.input.n * $rate %}"},
                   "Next": "Call"},
        "Call": {"Type": "Task", "Resource": "@function:echo", "Arguments": {"p": "{% $product %}"},
                 "Output": "{% $states.result.p + $product %}", "Retry": [@lost], "End": true}}},
      "Assign": {"sum": "{% $sum($states.result) %}"}, "Next": "Enough"},
    "Enough": {"Type": "Choice", "Default": "Done",
      "Choices": [{"Condition": "{% $sum > 99 %}", "Next": "Rate"}]},
    "Done": {"Type": "Succeed", "Output": "{% {'sum': $sum, 'rate': $rate} %}"}}}"#;

const NESTED: &str = r#"{"StartAt":"Both","States":{
    "Both":{"Type":"Parallel","Next":"After","Branches":[
        {"StartAt":"Each","States":{"Each":{"Type":"Map","ItemsPath":"$.items","MaxConcurrency":2,
            "End":true,"ItemProcessor":{"StartAt":"Item","States":{
                "Item":{"Type":"Task","Resource":"@function:echo","Retry":[@lost],"Next":"Pass"},
                "Pass":{"Type":"Pass","End":true}}}}}},
        {"StartAt":"Ready","States":{
            "Ready":{"Type":"Pass","Next":"Work"},
            "Work":{"Type":"Task","Resource":"@function:slow","Retry":[@lost],"End":true}}}]},
    "After":{"Type":"Pass","End":true}}}"#;

const MAP: &str = r#"{"StartAt":"Each","States":{
    "Each":{"Type":"Map","MaxConcurrency":3,"Next":"After","ItemSelector":{
            "index.$":"$$.Map.Item.Index","value.$":"$$.Map.Item.Value",
            "all.$":"$$.Execution.Input"},
        "ItemProcessor":{"StartAt":"Item","States":{
            "Item":{"Type":"Task","Resource":"@function:echo","Retry":[@lost],"End":true}}}},
    "After":{"Type":"Task","Resource":"@function:echo","Retry":[@lost],"End":true}}}"#;

const SMALL_MAPS: &str = r#"{"StartAt":"None","States":{
    "None":{"Type":"Map","ItemsPath":"$.none","ResultPath":null,"Next":"Passes",
        "ItemProcessor":{"StartAt":"Never","States":{"Never":{"Type":"Succeed"}}}},
    "Passes":{"Type":"Map","ItemsPath":"$.all","MaxConcurrency":1,"ResultPath":null,"Next":"Forks",
        "ItemProcessor":{"StartAt":"Once","States":{"Once":{"Type":"Pass","End":true}}}},
    "Forks":{"Type":"Map","ItemsPath":"$.all","MaxConcurrency":2,"End":true,
        "ItemProcessor":{"StartAt":"Pair","States":{"Pair":{"Type":"Parallel","End":true,
            "Branches":[
                {"StartAt":"Left","States":{"Left":{"Type":"Pass","End":true}}},
                {"StartAt":"Right","States":{"Right":{"Type":"Wait","Seconds":2,"End":true}}}]
        }}}}}}"#;

const CAUGHT: &str = r#"{"StartAt":"All","States":{
    "All":{"Type":"Parallel","Catch":[{"ErrorEquals":["States.ALL"],"ResultPath":"$.error",
        "Next":"Mend"}],"End":true,"Branches":[
        {"StartAt":"Breaks","States":{
            "Breaks":{"Type":"Task","Resource":"@function:broken","Retry":[@lost],"End":true}}},
        {"StartAt":"Slow","States":{
            "Slow":{"Type":"Task","Resource":"@function:slow","Retry":[@lost],"Next":"Slower"},
            "Slower":{"Type":"Task","Resource":"@function:slow","Retry":[@lost],"End":true}}},
        {"StartAt":"Long","States":{"Long":{"Type":"Wait","Seconds":100000,"End":true}}},
        {"StartAt":"Each","States":{"Each":{"Type":"Map","ItemsPath":"$.items",
            "MaxConcurrency":2,"End":true,"ItemProcessor":{"StartAt":"Item","States":{
                "Item":{"Type":"Task","Resource":"@function:slow","Retry":[@lost],
                    "End":true}}}}}}]},
    "Mend":{"Type":"Pass","OutputPath":"$.error","End":true}}}"#;

const MAP_RETRY: &str = r#"{"StartAt":"Each","States":{
    "Each":{"Type":"Map","MaxConcurrency":2,"End":true,
        "Retry":[{"ErrorEquals":["Fragile"],"IntervalSeconds":3,"MaxAttempts":2}],
        "ItemProcessor":{"StartAt":"Ready","States":{
            "Ready":{"Type":"Pass","Next":"Item"},
            "Item":{"Type":"Task","Resource":"@function:fragile","Retry":[@lost],
                "End":true}}}}}}"#;

const FAILS: &str = r#"{"StartAt":"Both","States":{
    "Both":{"Type":"Parallel","End":true,"Branches":[
        {"StartAt":"Each","States":{"Each":{"Type":"Map","End":true,
            "ItemProcessor":{"StartAt":"Item","States":{
                "Item":{"Type":"Task","Resource":"@function:fragile","Retry":[@lost],
                    "Next":"Pass"},
                "Pass":{"Type":"Pass","End":true}}}}}},
        {"StartAt":"Long","States":{"Long":{"Type":"Wait","Seconds":100000,"End":true}}}]}}}"#;

const FAILS_ALONE: &str = r#"{"StartAt":"Each","States":{
    "Each":{"Type":"Map","End":true,
        "Catch":[{"ErrorEquals":["Broken"],"Next":"Again"}],
        "ItemProcessor":{"StartAt":"Item","States":{
            "Item":{"Type":"Task","Resource":"@function:broken","Retry":[@lost],"End":true}}}},
    "Again":{"Type":"Parallel","End":true,"Branches":[
        {"StartAt":"Fails","States":{"Fails":{"Type":"Fail","Error":"Alone"}}}]}}}"#;

const EXPIRES: &str = r#"{"StartAt":"Ready","TimeoutSeconds":100000,"States":{
    "Ready":{"Type":"Pass","Next":"Both"},
    "Both":{"Type":"Parallel","End":true,"Branches":[
        {"StartAt":"Each","States":{"Each":{"Type":"Map","End":true,
            "ItemProcessor":{"StartAt":"Long","States":{
                "Long":{"Type":"Wait","Seconds":1000000,"End":true}}}}}},
        {"StartAt":"Quick","States":{"Quick":{"Type":"Pass","End":true}}}]}}}"#;

const STOPPED: &str = r#"{"StartAt":"Each","States":{
    "Each":{"Type":"Map","MaxConcurrency":2,"End":true,
        "ItemProcessor":{"StartAt":"Work","States":{
            "Work":{"Type":"Task","Resource":"@function:echo","Retry":[@lost],"Next":"Long"},
            "Long":{"Type":"Wait","Seconds":1000000,"End":true}}}}}}"#;
