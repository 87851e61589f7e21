//! Lists that come by pages.

use std::collections::VecDeque;

use serde_json::Value;

use super::ApiClient;

/// The items of a list, which are asked for as they are read.
pub(crate) struct Pages<'c> {
    client: &'c ApiClient,
    operation: &'static str,
    /// The request's members, with the token of the next page.
    members: Value,
    list: &'static str,
    items: VecDeque<Value>,
    is_last: bool,
}

/// The members of a request with the largest pages that the API gives, for whoever reads all of them.
pub(crate) fn with_large_pages(members: &Value) -> Value {
    let mut members = members.clone();
    members["maxResults"] = 1000.into();
    members
}

impl<'c> Pages<'c> {
    /// Lists with an operation, whose answer has its items in the member `list`.
    pub(crate) fn new(
        client: &'c ApiClient,
        operation: &'static str,
        members: Value,
        list: &'static str,
    ) -> Self {
        Self { client, operation, members, list, items: VecDeque::new(), is_last: false }
    }

    /// The next item; none at the end.
    pub(crate) async fn next(&mut self) -> anyhow::Result<Option<Value>> {
        while self.items.is_empty() && !self.is_last {
            let mut page = self.client.call(self.operation, self.members.clone()).await?;
            if let Value::Array(items) = page[self.list].take() {
                self.items.extend(items);
            }
            match page["nextToken"].take() {
                Value::String(token) => self.members["nextToken"] = token.into(),
                _ => self.is_last = true,
            }
        }
        Ok(self.items.pop_front())
    }

    /// All items that are left.
    pub(crate) async fn collect(mut self) -> anyhow::Result<Vec<Value>> {
        let mut all = Vec::new();
        while let Some(item) = self.next().await? {
            all.push(item);
        }
        Ok(all)
    }
}
