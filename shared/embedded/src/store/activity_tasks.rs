//! The queues of tasks that wait for the workers of activities, and the workers that wait for them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use model::{ActivityTask, ResourceName, TaskToken, Timestamp};
use orchestrator::{Fault, ports::ActivityTaskQueue};
use rusqlite::{Connection, params};
use tokio::{
    sync::Notify,
    time::{Instant, timeout_at},
};
use tracing::warn;

use super::{SqliteStore, error::StoreError};

/// The workers that wait for tasks, by activity. Each new task wakes one of them.
#[derive(Debug, Default)]
pub(super) struct WaitingWorkers {
    by_activity: Mutex<HashMap<ResourceName, Arc<Notify>>>,
}

/// A worker's place among those that wait for an activity. The activity is forgotten with the last.
struct WaitingWorker<'a> {
    workers: &'a WaitingWorkers,
    activity: &'a ResourceName,
    wake: Arc<Notify>,
}

impl WaitingWorkers {
    fn add_worker<'a>(&'a self, activity: &'a ResourceName) -> WaitingWorker<'a> {
        let wake = Arc::clone(self.lock_workers().entry(activity.clone()).or_default());
        WaitingWorker { workers: self, activity, wake }
    }

    fn count_workers(&self, activity: &ResourceName) -> u64 {
        // One is in the map, and each worker has another.
        let waiting =
            self.lock_workers().get(activity).map_or(0, |wake| Arc::strong_count(wake) - 1);
        waiting as u64
    }

    /// Wakes one of the workers that wait for an activity.
    fn wake_one(&self, activity: &ResourceName) {
        if let Some(wake) = self.lock_workers().get(activity) {
            wake.notify_one();
        }
    }

    fn lock_workers(&self) -> MutexGuard<'_, HashMap<ResourceName, Arc<Notify>>> {
        self.by_activity.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for WaitingWorker<'_> {
    fn drop(&mut self) {
        let mut workers = self.workers.lock_workers();
        // One is in the map, and one is this.
        if Arc::strong_count(&self.wake) <= 2 {
            workers.remove(self.activity);
        }
    }
}

impl ActivityTaskQueue for SqliteStore {
    async fn put_activity_task(&self, task: ActivityTask) -> Result<(), Fault> {
        let activity = task.activity.clone();
        let put = self.run_command(0, move |session| {
            let TaskToken { execution, frame, secret } = task.token;
            session.execute_statement(
                "INSERT INTO activity_tasks (activity, scheduled_at, execution, frame, secret)
                 VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
                params![
                    task.activity.as_str(),
                    task.scheduled_at.as_milliseconds(),
                    execution.as_str(),
                    frame.to_string(),
                    secret.to_string()
                ],
            )?;
            Ok(())
        });
        put.await?;
        self.inner.waiting_workers.wake_one(&activity);
        Ok(())
    }

    async fn await_activity_tasks(
        &self,
        activity: &ResourceName,
        limit: u32,
        milliseconds: i64,
    ) -> Result<Vec<ActivityTask>, Fault> {
        let wait = Duration::from_millis(u64::try_from(milliseconds).unwrap_or(0));
        let until = Instant::now() + wait;
        let worker = self.inner.waiting_workers.add_worker(activity);
        loop {
            // What is added after this read wakes a worker that has begun to wait before it.
            let mut woken = std::pin::pin!(worker.wake.notified());
            woken.as_mut().enable();
            let tasks = self.read_activity_tasks(activity, limit).await?;
            if !tasks.is_empty() || timeout_at(until, woken).await.is_err() {
                return Ok(tasks);
            }
        }
    }

    async fn remove_activity_task(&self, task: &ActivityTask) -> Result<(), Fault> {
        let task = task.clone();
        self.run_command(0, move |session| {
            let TaskToken { execution, frame, secret } = task.token;
            session.execute_statement(
                "DELETE FROM activity_tasks WHERE activity = ?1 AND scheduled_at = ?2
                 AND execution = ?3 AND frame = ?4 AND secret = ?5",
                params![
                    task.activity.as_str(),
                    task.scheduled_at.as_milliseconds(),
                    execution.as_str(),
                    frame.to_string(),
                    secret.to_string()
                ],
            )?;
            Ok(())
        })
        .await
    }
}

/// How many wait for each other at an activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActivityBacklog {
    /// Tasks that no worker has taken. One that nobody waits for any more is counted until a worker asks
    /// for a task.
    pub tasks: u64,
    /// Workers that wait for a task.
    pub workers: u64,
}

impl SqliteStore {
    /// Counts what waits at an activity, as of the last commit.
    pub async fn count_activity_backlog(
        &self,
        activity: &ResourceName,
    ) -> Result<ActivityBacklog, Fault> {
        let workers = self.inner.waiting_workers.count_workers(activity);
        let activity = activity.clone();
        let tasks = self.run_query(move |connection| {
            let count = "SELECT count(*) FROM activity_tasks WHERE activity = ?1";
            let mut statement = connection.prepare_cached(count)?;
            Ok(statement.query_row(params![activity.as_str()], |row| row.get(0))?)
        });
        Ok(ActivityBacklog { tasks: tasks.await?, workers })
    }

    async fn read_activity_tasks(
        &self,
        activity: &ResourceName,
        limit: u32,
    ) -> Result<Vec<ActivityTask>, Fault> {
        let activity = activity.clone();
        let query = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(
                "SELECT scheduled_at, execution, frame, secret FROM activity_tasks
                 WHERE activity = ?1 ORDER BY scheduled_at, execution, frame, secret",
            )?;
            let mut rows = statement.query(params![activity.as_str()])?;
            let mut tasks = Vec::new();
            // A row that cannot be read keeps no other task waiting.
            while tasks.len() < limit as usize
                && let Some(row) = rows.next()?
            {
                let [execution, frame, secret]: [String; 3] =
                    [row.get(1)?, row.get(2)?, row.get(3)?];
                match parse_token(&execution, &frame, &secret) {
                    Ok(token) => {
                        let scheduled_at = Timestamp::from_milliseconds(row.get(0)?);
                        let activity = activity.clone();
                        tasks.push(ActivityTask { activity, scheduled_at, token });
                    }
                    Err(error) => {
                        warn!(%error, "a waiting task of an activity cannot be read");
                    }
                }
            }
            Ok(tasks)
        };
        self.run_query(query).await
    }
}

fn parse_token(execution: &str, frame: &str, secret: &str) -> Result<TaskToken, StoreError> {
    let broken = |reason: &dyn std::fmt::Display| {
        StoreError::broken_entry(format!("the task of {execution}"), reason)
    };
    Ok(TaskToken {
        execution: execution.parse().map_err(|error| broken(&error))?,
        frame: frame.parse().map_err(|error| broken(&error))?,
        secret: secret.parse().map_err(|error| broken(&error))?,
    })
}
