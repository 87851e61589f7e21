//! Activities.

use std::sync::Arc;

use model::{Activity, ResourceName};
use orchestrator::{
    Fault,
    ports::{ActivityCreation, ActivityStore},
};
use rusqlite::{Connection, params};

use super::{SqliteStore, error::StoreError, log};

impl ActivityStore for SqliteStore {
    async fn create_activity(&self, activity: Activity) -> Result<ActivityCreation, Fault> {
        let body = log::to_json_text(activity.name.as_str(), &activity)?;
        loop {
            let (name, body) = (activity.name.clone(), body.clone());
            let insert = self.run_command(body.len(), move |session| {
                session.execute_statement(
                    "INSERT INTO activities (name, body) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                    [name.as_str(), &body],
                )
            });
            if insert.await? > 0 {
                return Ok(ActivityCreation::Done);
            }
            // If it is gone, it was deleted after the insert found it: try again.
            if let Some(existing) = self.load_activity(&activity.name).await? {
                return Ok(ActivityCreation::Exists(existing));
            }
        }
    }

    async fn put_activity(&self, activity: Activity) -> Result<(), Fault> {
        let body = log::to_json_text(activity.name.as_str(), &activity)?;
        self.run_command(body.len(), move |session| {
            session.execute_statement(
                "UPDATE activities SET body = ?2 WHERE name = ?1",
                [activity.name.as_str(), &body],
            )?;
            Ok(())
        })
        .await
    }

    async fn load_activity(&self, name: &ResourceName) -> Result<Option<Arc<Activity>>, Fault> {
        let name = name.clone();
        let query = move |connection: &Connection| {
            let mut statement =
                connection.prepare_cached("SELECT body FROM activities WHERE name = ?1")?;
            let mut rows = statement.query([name.as_str()])?;
            let Some(row) = rows.next()? else { return Ok(None) };
            parse_activity(name.as_str(), &row.get::<_, String>(0)?).map(Some)
        };
        self.run_query(query).await
    }

    async fn list_activities(
        &self,
        limit: u32,
        after: Option<&ResourceName>,
    ) -> Result<Vec<Arc<Activity>>, Fault> {
        let after = after.map_or_else(String::new, ResourceName::to_string);
        let query = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(
                "SELECT name, body FROM activities WHERE name > ?1 ORDER BY name LIMIT ?2",
            )?;
            let mut rows = statement.query(params![after, limit])?;
            let mut activities = Vec::new();
            while let Some(row) = rows.next()? {
                let (name, body): (String, String) = (row.get(0)?, row.get(1)?);
                activities.push(parse_activity(&name, &body)?);
            }
            Ok(activities)
        };
        self.run_query(query).await
    }

    async fn delete_activity(&self, name: &ResourceName) -> Result<(), Fault> {
        let name = name.clone();
        self.run_command(0, move |session| {
            let delete = "DELETE FROM activities WHERE name = ?1";
            session.execute_statement(delete, [name.as_str()])?;
            Ok(())
        })
        .await
    }
}

fn parse_activity(name: &str, body: &str) -> Result<Arc<Activity>, StoreError> {
    log::parse_json_text(&format!("activity {name}"), body).map(Arc::new)
}
