//! Kills the program at random moments while executions run that make calls, wait, fork, await
//! callbacks and start nested executions.

use std::{
    fs,
    path::PathBuf,
    sync::{Condvar, Mutex, RwLock},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::call_records;
use crate::{
    client::StepFunctionsClient,
    environment_numbers::number_from_env,
    program::{LocalProgram, repository_root},
    seeded_random::AcceptanceRandom,
};

/// The average time between two kills, in milliseconds.
const KILL_INTERVAL_MILLISECONDS: u64 = 1_500;
/// The longest time until a task token is answered, in milliseconds.
const ANSWER_MILLISECONDS_MAX: u64 = 1_000;
/// The longest time from the last kill to the end of the last execution.
const END_TIMEOUT: Duration = Duration::from_mins(5);

/// The program under test, whose address changes with each restart, and the handlers' log.
struct KilledProgram {
    client: RwLock<StepFunctionsClient>,
    log: PathBuf,
    is_over: Mutex<bool>,
    over: Condvar,
}

impl KilledProgram {
    /// Retries a call until it is answered. Waits while the program restarts.
    fn call_until_answered(&self, operation: &str, request: &Value) -> Result<Value, Value> {
        loop {
            let client = self.client.read().expect("nobody panics with it").clone();
            if let Ok(answer) = client.try_operation(operation, request) {
                return answer;
            }
        }
    }

    fn has_finished(&self) -> bool {
        *self.is_over.lock().expect("nobody panics with it")
    }

    /// Pauses for `most`, or until the test is over.
    fn pause_at_most(&self, most: Duration) {
        let is_over = self.is_over.lock().expect("nobody panics with it");
        let waited = self.over.wait_timeout_while(is_over, most, |is_over| !*is_over);
        drop(waited.expect("nobody panics with it"));
    }

    fn handler_log_lines(&self) -> Vec<String> {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        text.lines().map(ToOwned::to_owned).collect()
    }
}

/// `KILLS` and `EXECUTIONS` set the size of the test, `TRANSITIONS` those of a delivery (1 is the
/// template's shape); `SEED` repeats the same moments.
#[test]
fn whenever_it_is_killed_nothing_is_lost_and_nothing_is_called_twice() {
    let (kills, executions) = (number_from_env("KILLS", 10), number_from_env("EXECUTIONS", 100));
    let mut random = AcceptanceRandom::from_env_seed();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let template = repository_root().join("tests/acceptance/functions/template.yaml");
    let template = template.to_str().expect("a plain path");
    let transitions = number_from_env("TRANSITIONS", 25).to_string();
    let options = ["--template", template, "--transitions-per-delivery", &transitions];
    let start = || LocalProgram::start(&folder.path().join("data"), &options);
    let mut local = start();
    let inner = local.client.create_machine("inner", &call_records::inner_definition());
    let outer = local.client.create_machine("outer", &call_records::outer_definition(&inner));
    let program = KilledProgram {
        client: RwLock::new(local.client.clone()),
        log: folder.path().join("calls"),
        is_over: Mutex::new(false),
        over: Condvar::new(),
    };

    let answers = random.split_stream();
    let pause = Duration::from_millis(kills * KILL_INTERVAL_MILLISECONDS / executions.max(1));
    thread::scope(|scope| {
        scope.spawn(|| answer_all(&program, answers));
        let starts = scope.spawn(|| start_all(&program, &outer, executions, pause));
        for _ in 0..kills {
            program.pause_at_most(Duration::from_millis(
                random.number_below(2 * KILL_INTERVAL_MILLISECONDS),
            ));
            let mut client = program.client.write().expect("nobody panics with it");
            local.kill();
            local = start();
            *client = local.client.clone();
        }
        let started = starts.join().expect("every start is answered at last");
        let ended = await_all(&program, &started);
        *program.is_over.lock().expect("nobody panics with it") = true;
        program.over.notify_all();
        assert_eq!(ended, Ok(()));
        check_histories(&program, [&outer, &inner], started.len());
    });
}

/// Starts executions one after another, and retries each start until it is answered.
fn start_all(
    program: &KilledProgram,
    machine: &str,
    executions: u64,
    pause: Duration,
) -> Vec<String> {
    let start = |number| {
        let name = format!("e{number}");
        let input = json!({ "log": program.log, "items": [0, 1, 2] }).to_string();
        let request = json!({ "stateMachineArn": machine, "name": name, "input": input });
        match program.call_until_answered("StartExecution", &request) {
            Ok(_) => {}
            // The answer to an earlier attempt was lost.
            Err(error) if error["__type"] == "ExecutionAlreadyExists" => {}
            Err(error) => panic!("{error}"),
        }
        program.pause_at_most(pause);
        machine.replace(":stateMachine:", ":execution:") + ":" + &name
    };
    (0..executions).map(start).collect()
}

/// Answers each token in the handlers' log once, after a random time.
fn answer_all(program: &KilledProgram, mut random: AcceptanceRandom) {
    let (mut seen, mut error) = (0, Vec::new());
    while !program.has_finished() {
        let lines = program.handler_log_lines();
        for line in &lines[seen..] {
            if let Some((_, token)) = line.split_once(' ') {
                let wait = Duration::from_millis(random.number_below(ANSWER_MILLISECONDS_MAX));
                error.push((Instant::now() + wait, token.to_owned()));
            }
        }
        seen = lines.len();
        let now = Instant::now();
        for (_, token) in error.extract_if(.., |(due, _)| *due <= now) {
            let request = json!({ "taskToken": token, "output": "\"answered\"" });
            match program.call_until_answered("SendTaskSuccess", &request) {
                Ok(_) => {}
                // An earlier answer's own answer was lost, or the attempt with this token was lost.
                Err(error) if error["__type"] == "TaskTimedOut" => {}
                Err(error) => panic!("{error}"),
            }
        }
        program.pause_at_most(Duration::from_millis(10));
    }
}

/// Waits until all executions have ended. The error is the history of one that does not end.
fn await_all(program: &KilledProgram, executions: &[String]) -> Result<(), String> {
    let deadline = Instant::now() + END_TIMEOUT;
    for execution in executions {
        let request = json!({ "executionArn": execution });
        loop {
            let described = program
                .call_until_answered("DescribeExecution", &request)
                .map_err(|e| e.to_string())?;
            if described["status"] == "SUCCEEDED" {
                break;
            }
            if described["status"] != "RUNNING" || Instant::now() > deadline {
                let client = program.client.read().expect("nobody panics with it");
                let history = client.execution_history(execution);
                let history: Vec<String> = history.iter().map(ToString::to_string).collect();
                return Err(format!("{described}\n{}", history.join("\n")));
            }
            program.pause_at_most(Duration::from_millis(20));
        }
    }
    Ok(())
}

/// Compares the histories of all executions with the handlers' log.
fn check_histories(program: &KilledProgram, machines: [&str; 2], executions: usize) {
    let client = program.client.read().expect("nobody panics with it");
    let mut attempts = call_records::CallRecords::default();
    for machine in machines {
        let all = call_records::list_executions(&client, machine);
        assert_eq!(all.len(), executions, "{machine}");
        for execution in &all {
            assert_eq!(execution["status"], "SUCCEEDED", "{execution}");
            let arn = execution["executionArn"].as_str().expect("it has an ARN");
            attempts.add_history(&client.execution_history(arn));
        }
    }
    attempts.compare_with_log(&program.handler_log_lines());
}

/// A surviving function could continue a call that the restarted program has declared lost.
#[test]
#[cfg(target_os = "linux")]
fn a_killed_program_takes_its_functions_with_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let template = repository_root().join("tests/acceptance/functions/template.yaml");
    let template = template.to_str().expect("a plain path");
    let local = LocalProgram::start(&folder.path().join("data"), &["--template", template]);
    let log = folder.path().join("calls");
    let machine = local.client.create_machine("inner", &call_records::inner_definition());
    let execution = local.client.start_execution(&machine, "x", &json!({ "log": log }));
    assert_eq!(local.client.await_end(&execution)["status"], "SUCCEEDED");
    let functions = child_processes(local.process_id());
    assert_eq!(functions.len(), 2, "one process has served the call, and one guards it");
    local.kill();
    let deadline = Instant::now() + Duration::from_secs(10);
    while functions.iter().any(|process| running_parent_of(*process).is_some()) {
        assert!(Instant::now() < deadline, "{functions:?} live on");
    }
}

#[cfg(target_os = "linux")]
fn child_processes(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").expect("Linux has it").filter_map(Result::ok);
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|id| running_parent_of(*id) == Some(parent)).collect()
}

/// The parent of a process, if the process runs.
#[cfg(target_os = "linux")]
fn running_parent_of(process: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    (state != "Z" && state != "X").then_some(parent)
}
