//! Ids that operations want, found by the names that Tasks have.

use model::Failure;
use serde_json::{Map, Value, json};

use super::{CallScope, OptimisedAction, Parameters};

/// How an id is found: a list of what a cluster has is read.
#[derive(Debug)]
pub(super) struct Lookup {
    /// The parameter that is the name. It gives way to the id.
    pub(super) name: &'static str,
    /// The parameter that becomes the id.
    pub(super) id: &'static str,
    /// The operation that lists what has names and ids.
    pub(super) operation: &'static str,
    /// The list in its answer.
    pub(super) list: &'static str,
}

impl Lookup {
    /// Replaces the name in a Task's parameters by the id.
    ///
    /// Errors: the list cannot be read, or nothing in it has the name.
    pub(super) async fn replace_name(
        &self,
        scope: &CallScope<'_>,
        action: &OptimisedAction,
        mut given: Parameters,
    ) -> Result<Parameters, Failure> {
        // Without a name the operation refuses the parameters.
        let Some(name) = given.remove(self.name) else { return Ok(given) };
        let mut asked = json!({"ClusterId": given.get("ClusterId")});
        loop {
            let answered = action.call_operation(scope, self.operation, &asked).await;
            let (page, _) = answered
                .map_err(|failure| action.wording().failure(&failure, scope.payload.json_text()))?;
            if let Some(id) = self.find_id(&page, &name) {
                given.insert(self.id.to_owned(), id);
                return Ok(given);
            }
            match page.get("Marker") {
                Some(marker) => asked["Marker"] = marker.clone(),
                None => break,
            }
        }
        let service = action.service;
        Err(Failure::new(
            format!("{}.{}", service.prefix, service.exception),
            format!("The cluster has nothing with the {} {name}", self.name),
        ))
    }

    fn find_id(&self, page: &Map<String, Value>, name: &Value) -> Option<Value> {
        let items = page.get(self.list)?.as_array()?;
        let found = items.iter().find(|item| item.get("Name") == Some(name))?;
        found.get("Id").cloned()
    }
}
