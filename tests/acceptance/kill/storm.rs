//! Kills at random moments, while executions that call, wait, fork, ask and nest are started.

use std::{
    fs,
    path::PathBuf,
    sync::{Condvar, Mutex, RwLock},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::books;
use crate::{
    chance::Chance,
    client::Client,
    number::number,
    program::{Local, root},
};

/// Milliseconds from one kill to the next, on average.
const PEACE_MILLISECONDS: u64 = 1_500;
/// Milliseconds that the holder of a token takes at most to answer.
const ANSWER_MILLISECONDS_MAX: u64 = 1_000;
/// How long the last execution may take after the last kill.
const PATIENCE: Duration = Duration::from_mins(5);

/// The program under test at whatever address it has just now, and what the handlers write.
struct Stage {
    client: RwLock<Client>,
    log: PathBuf,
    is_over: Mutex<bool>,
    over: Condvar,
}

impl Stage {
    /// Calls until there is an answer. While the program is being started again, this waits.
    fn insist(&self, operation: &str, request: &Value) -> Result<Value, Value> {
        loop {
            let client = self.client.read().expect("nobody panics with it").clone();
            if let Ok(answer) = client.attempt(operation, request) {
                return answer;
            }
        }
    }

    fn is_over(&self) -> bool {
        *self.is_over.lock().expect("nobody panics with it")
    }

    /// Until all is over, at most so long: the storm is one of moments.
    fn pause(&self, most: Duration) {
        let is_over = self.is_over.lock().expect("nobody panics with it");
        let waited = self.over.wait_timeout_while(is_over, most, |is_over| !*is_over);
        drop(waited.expect("nobody panics with it"));
    }

    /// The lines of the handlers' log.
    fn lines(&self) -> Vec<String> {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        text.lines().map(ToOwned::to_owned).collect()
    }
}

/// `KILLS` and `EXECUTIONS` say how many; `SEED` repeats the moments.
#[test]
fn whenever_it_is_killed_nothing_is_lost_and_nothing_is_called_twice() {
    let (kills, executions) = (number("KILLS", 10), number("EXECUTIONS", 100));
    let mut chance = Chance::seeded();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let template = root().join("tests/acceptance/functions/template.yaml");
    let template = template.to_str().expect("a plain path");
    let start = || Local::start(&folder.path().join("data"), &["--template", template]);
    let mut local = start();
    let inner = local.client.create("inner", &books::inner());
    let outer = local.client.create("outer", &books::outer(&inner));
    let stage = Stage {
        client: RwLock::new(local.client.clone()),
        log: folder.path().join("calls"),
        is_over: Mutex::new(false),
        over: Condvar::new(),
    };

    let answers = chance.split();
    let pause = Duration::from_millis(kills * PEACE_MILLISECONDS / executions.max(1));
    thread::scope(|scope| {
        scope.spawn(|| answer_all(&stage, answers));
        let starts = scope.spawn(|| start_all(&stage, &outer, executions, pause));
        for _ in 0..kills {
            stage.pause(Duration::from_millis(chance.below(2 * PEACE_MILLISECONDS)));
            let mut client = stage.client.write().expect("nobody panics with it");
            local.kill();
            local = start();
            *client = local.client.clone();
        }
        let started = starts.join().expect("every start is answered at last");
        let ended = await_all(&stage, &started);
        *stage.is_over.lock().expect("nobody panics with it") = true;
        stage.over.notify_all();
        assert_eq!(ended, Ok(()));
        check(&stage, [&outer, &inner], started.len());
    });
}

/// Starts executions one after another, each by its name until that is answered.
fn start_all(stage: &Stage, machine: &str, executions: u64, pause: Duration) -> Vec<String> {
    let start = |number| {
        let name = format!("e{number}");
        let input = json!({ "log": stage.log, "items": [0, 1, 2] }).to_string();
        let request = json!({ "stateMachineArn": machine, "name": name, "input": input });
        match stage.insist("StartExecution", &request) {
            Ok(_) => {}
            // A start whose answer was lost.
            Err(error) if error["__type"] == "ExecutionAlreadyExists" => {}
            Err(error) => panic!("{error}"),
        }
        stage.pause(pause);
        machine.replace(":stateMachine:", ":execution:") + ":" + &name
    };
    (0..executions).map(start).collect()
}

/// Answers each token in the handlers' log once, in its own time.
fn answer_all(stage: &Stage, mut chance: Chance) {
    let (mut seen, mut unanswered) = (0, Vec::new());
    while !stage.is_over() {
        let lines = stage.lines();
        for line in &lines[seen..] {
            if let Some((_, token)) = line.split_once(' ') {
                let wait = Duration::from_millis(chance.below(ANSWER_MILLISECONDS_MAX));
                unanswered.push((Instant::now() + wait, token.to_owned()));
            }
        }
        seen = lines.len();
        let now = Instant::now();
        for (_, token) in unanswered.extract_if(.., |(due, _)| *due <= now) {
            let request = json!({ "taskToken": token, "output": "\"answered\"" });
            match stage.insist("SendTaskSuccess", &request) {
                Ok(_) => {}
                // An answer whose own answer was lost, or an attempt that was.
                Err(error) if error["__type"] == "TaskTimedOut" => {}
                Err(error) => panic!("{error}"),
            }
        }
        stage.pause(Duration::from_millis(10));
    }
}

/// Waits for the end of all: the history of one that does not come to it.
fn await_all(stage: &Stage, executions: &[String]) -> Result<(), String> {
    let deadline = Instant::now() + PATIENCE;
    for execution in executions {
        let request = json!({ "executionArn": execution });
        loop {
            let described =
                stage.insist("DescribeExecution", &request).map_err(|e| e.to_string())?;
            if described["status"] == "SUCCEEDED" {
                break;
            }
            if described["status"] != "RUNNING" || Instant::now() > deadline {
                let client = stage.client.read().expect("nobody panics with it");
                let history = client.history(execution);
                let history: Vec<String> = history.iter().map(ToString::to_string).collect();
                return Err(format!("{described}\n{}", history.join("\n")));
            }
            stage.pause(Duration::from_millis(20));
        }
    }
    Ok(())
}

/// Holds the histories of all executions against the handlers' log.
fn check(stage: &Stage, machines: [&str; 2], executions: usize) {
    let client = stage.client.read().expect("nobody panics with it");
    let mut attempts = books::Attempts::default();
    for machine in machines {
        let all = books::executions(&client, machine);
        assert_eq!(all.len(), executions, "{machine}");
        for execution in &all {
            assert_eq!(execution["status"], "SUCCEEDED", "{execution}");
            let arn = execution["executionArn"].as_str().expect("it has an ARN");
            attempts.read(&client.history(arn));
        }
    }
    attempts.compare(&stage.lines());
}

/// A survivor could go on with what a restarted program has given up as lost.
#[test]
#[cfg(target_os = "linux")]
fn a_killed_program_takes_its_functions_with_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let template = root().join("tests/acceptance/functions/template.yaml");
    let template = template.to_str().expect("a plain path");
    let local = Local::start(&folder.path().join("data"), &["--template", template]);
    let log = folder.path().join("calls");
    let machine = local.client.create("inner", &books::inner());
    let execution = local.client.start(&machine, "x", &json!({ "log": log }));
    assert_eq!(local.client.ended(&execution)["status"], "SUCCEEDED");
    let functions = children(local.id());
    assert_eq!(functions.len(), 1, "one process has served the call");
    local.kill();
    let deadline = Instant::now() + Duration::from_secs(10);
    while functions.iter().any(|process| status_of(*process).is_some()) {
        assert!(Instant::now() < deadline, "{functions:?} live on");
    }
}

#[cfg(target_os = "linux")]
fn children(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").expect("Linux has it").filter_map(Result::ok);
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|id| status_of(*id) == Some(parent)).collect()
}

/// The parent of a process that runs.
#[cfg(target_os = "linux")]
fn status_of(process: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    (state != "Z" && state != "X").then_some(parent)
}
