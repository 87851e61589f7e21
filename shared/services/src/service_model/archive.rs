//! The archive of all models, from which each is read when it is first needed.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use serde::Deserialize;

use super::ServiceModel;

/// Made by `models/generate.py`, which describes its form.
static ARCHIVE: &[u8] = include_bytes!("../../models/services.archive");

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let end = ARCHIVE.iter().position(|byte| *byte == b'\n').expect("the archive has an index");
    let head: Head = serde_json::from_slice(&ARCHIVE[..end]).expect("the index is JSON");
    Index { services: head.services, models: &ARCHIVE[end + 1..] }
});

/// The models that have been read.
static MODELS: Mutex<Option<HashMap<String, Arc<ServiceModel>>>> = Mutex::new(None);

#[derive(Deserialize)]
struct Head {
    services: BTreeMap<String, (usize, usize)>,
}

struct Index {
    /// Where each model begins, and its length.
    services: BTreeMap<String, (usize, usize)>,
    models: &'static [u8],
}

/// The names of all services, as a Resource writes them after `aws-sdk:`, in order.
#[cfg(test)]
fn service_names() -> impl Iterator<Item = &'static str> {
    INDEX.services.keys().map(String::as_str)
}

/// The model of a service by its name in a Resource; none if there is no such service. It is read at
/// the first call and kept.
pub(crate) fn find_service(name: &str) -> Option<Arc<ServiceModel>> {
    let mut models = MODELS.lock().unwrap_or_else(PoisonError::into_inner);
    let models = models.get_or_insert_default();
    if let Some(model) = models.get(name) {
        return Some(Arc::clone(model));
    }
    let (offset, length) = *INDEX.services.get(name)?;
    let text = zstd::decode_all(&INDEX.models[offset..offset + length]).expect("models are zstd");
    let model: ServiceModel = serde_json::from_slice(&text).expect("models have this shape");
    let model = Arc::new(model);
    models.insert(name.to_owned(), Arc::clone(&model));
    Some(model)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_can_be_read() {
        let mut operations = 0;
        for name in service_names() {
            let model = find_service(name).expect("it is in the index");
            operations += model.operations.len();
        }
        assert!(operations > 15_000, "{operations}");
    }

    #[test]
    fn an_unknown_service_has_no_model() {
        assert!(find_service("nothing").is_none());
    }
}
