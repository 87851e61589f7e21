//! `statewright activity`.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::worker_program::WorkerProgram;
use crate::{
    FAILED,
    client::{ApiClient, ApiRefusal, Pages, TargetArguments},
    interruption::InterruptionSignals,
    standard_error::say_line,
    view::{Table, instant_of, instant_text, print_json, print_line, print_text, visible_text},
};

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  statewright activity create approve\n  \
                        statewright activity poll approve\n  \
                        statewright activity work approve -- ./approve.sh")]
pub(crate) struct ActivityArguments {
    #[command(subcommand)]
    action: ActivityAction,

    #[command(flatten)]
    target: TargetArguments,
}

#[derive(Debug, Subcommand)]
enum ActivityAction {
    /// Lists the activities.
    List {
        /// Prints one JSON object per line.
        #[arg(long)]
        json: bool,
    },
    /// Creates an activity and prints its ARN.
    Create { name: String },
    /// Deletes an activity.
    Delete { name: String },
    /// Takes one task and prints its token and its input; exits with 1 if none comes within a minute.
    Poll {
        name: String,
        /// Who takes it, for the history.
        #[arg(long, value_name = "NAME")]
        worker: Option<String>,
    },
    /// Runs a program for each task, until it is interrupted. Its standard input is the task's; JSON on its
    /// standard output is the result. Another exit code than 0 is a failure, whose cause is its standard
    /// error.
    Work {
        name: String,
        /// Who takes the tasks, for the history.
        #[arg(long, value_name = "NAME")]
        worker: Option<String>,
        /// Ends after so many tasks.
        #[arg(long, value_name = "COUNT")]
        tasks: Option<u64>,
        #[arg(last = true, required = true)]
        program: Vec<String>,
    },
}

/// Lists, makes and removes activities, and works at their tasks.
pub(crate) async fn use_activity(arguments: ActivityArguments) -> anyhow::Result<ExitCode> {
    let client = arguments.target.connect().await?;
    let done = act(&client, arguments.action).await;
    client.close().await;
    done
}

async fn act(client: &ApiClient, action: ActivityAction) -> anyhow::Result<ExitCode> {
    match action {
        ActivityAction::List { json } => list(client, json).await?,
        ActivityAction::Create { name } => {
            let created = client.call("CreateActivity", json!({ "name": name })).await?;
            print_line(created["activityArn"].as_str().unwrap_or_default())?;
        }
        ActivityAction::Delete { name } => {
            let arn = find_activity(client, &name).await?;
            client.call("DeleteActivity", json!({ "activityArn": arn })).await?;
            print_line(&format!("deleted {arn}"))?;
        }
        ActivityAction::Poll { name, worker } => {
            let arn = find_activity(client, &name).await?;
            let Some(task) = take_task(client, &arn, worker.as_deref()).await? else {
                say_line("no task came within a minute");
                return Ok(ExitCode::from(FAILED));
            };
            print_json(task)?;
        }
        ActivityAction::Work { name, worker, tasks, program } => {
            let program = WorkerProgram::find(program)?;
            let arn = find_activity(client, &name).await?;
            let mut signals = InterruptionSignals::listen()?;
            tokio::select! {
                done = work(client, &arn, worker.as_deref(), tasks, &program) => done?,
                () = signals.wait_for_one() => {}
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(client: &ApiClient, as_json: bool) -> anyhow::Result<()> {
    let mut activities = Pages::new(client, "ListActivities", json!({}), "activities");
    let mut table = Table::new(&["NAME", "CREATED", "ARN"]);
    let mut count = 0;
    while let Some(activity) = activities.next().await? {
        count += 1;
        if as_json {
            print_json(activity)?;
            continue;
        }
        let text = |name: &str| visible_text(activity[name].as_str().unwrap_or_default());
        let created = instant_of(&activity["creationDate"]).map(instant_text).unwrap_or_default();
        table.add_row(vec![text("name"), created, text("activityArn")]);
    }
    match (as_json, count) {
        (true, _) => Ok(()),
        (false, 0) => {
            say_line(&format!("no activities at {}", client.target));
            Ok(())
        }
        (false, _) => print_text(&table.into_text()),
    }
}

async fn find_activity(client: &ApiClient, named: &str) -> anyhow::Result<String> {
    if named.starts_with("arn:") {
        return Ok(named.to_owned());
    }
    let mut activities = Pages::new(client, "ListActivities", json!({}), "activities");
    while let Some(activity) = activities.next().await? {
        if activity["name"] == named {
            return Ok(activity["activityArn"].as_str().unwrap_or_default().to_owned());
        }
    }
    Err(anyhow::anyhow!("no activity is called {named} at {}", client.target))
}

/// `succeeded`, or `failed: WorkerFailed: exit status: 3: why`
fn answer_text(members: &Value) -> String {
    match (members["error"].as_str(), members["cause"].as_str()) {
        (Some(error), cause) => {
            visible_text(&format!("failed: {error}: {}", cause.unwrap_or_default()))
        }
        (None, _) => "succeeded".to_owned(),
    }
}

/// Waits for a task, for a minute at most.
async fn take_task(
    client: &ApiClient,
    arn: &str,
    worker: Option<&str>,
) -> anyhow::Result<Option<Value>> {
    client.refuse_to_wait()?;
    let mut members = json!({ "activityArn": arn });
    if let Some(worker) = worker {
        members["workerName"] = worker.into();
    }
    let task = client.call("GetActivityTask", members).await?;
    Ok(task["taskToken"].is_string().then_some(task))
}

async fn work(
    client: &ApiClient,
    arn: &str,
    worker: Option<&str>,
    tasks_max: Option<u64>,
    program: &WorkerProgram,
) -> anyhow::Result<()> {
    let mut done = 0;
    while tasks_max.is_none_or(|most| done < most) {
        let Some(task) = take_task(client, arn, worker).await? else { continue };
        let input = task["input"].as_str().unwrap_or("{}");
        let (operation, mut members) = program.answer_task(input).await?;
        members["taskToken"] = task["taskToken"].clone();
        // A task that was given up meanwhile is nobody's fault here.
        match client.call(operation, members.clone()).await {
            Ok(_) => say_line(&answer_text(&members)),
            // A result that is refused, such as one that is too large, fails the task: nobody else has it.
            Err(error) if operation == "SendTaskSuccess" && error.is::<ApiRefusal>() => {
                let cause = format!("{error:#}");
                say_line(&visible_text(&format!("failed: {cause}")));
                let failure = json!({
                    "taskToken": task["taskToken"],
                    "error": "WorkerOutputRefused",
                    "cause": cause,
                });
                drop(client.call("SendTaskFailure", failure).await);
            }
            Err(error) => say_line(&visible_text(&format!("not answered: {error:#}"))),
        }
        done += 1;
    }
    Ok(())
}
