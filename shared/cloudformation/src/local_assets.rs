//! What a template names by its place in S3, where the tool that wrote the template keeps it beside
//! the template.
//!
//! - CDK: `asset.<hash>` folders and `asset.<hash>.zip` files, which `*.assets.json` lists
//! - the Serverless Framework: the archive that the last part of the key names

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

/// The most bytes of a list of assets that is read. Statewright's own limit.
const LIST_BYTES_MAX: u64 = 16 << 20;

/// Finds the file or folder that is uploaded as this object of S3.
pub(crate) fn find_asset(folder: &Path, key: &str) -> Option<PathBuf> {
    let name = key.rsplit('/').next().filter(|name| !name.is_empty())?;
    let stem = name.split('.').next().unwrap_or(name);
    let candidates = [format!("asset.{name}"), format!("asset.{stem}"), name.to_owned()];
    let beside = candidates.iter().map(|candidate| folder.join(candidate));
    beside.into_iter().find(|path| path.exists()).or_else(|| find_listed_asset(folder, key))
}

fn find_listed_asset(folder: &Path, key: &str) -> Option<PathBuf> {
    let mut lists: Vec<PathBuf> = fs::read_dir(folder)
        .ok()?
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().ends_with(".assets.json"))
        .filter(|entry| entry.metadata().is_ok_and(|found| found.len() <= LIST_BYTES_MAX))
        .map(|entry| entry.path())
        .collect();
    lists.sort();
    lists.iter().find_map(|list| {
        let list: Value = serde_json::from_str(&fs::read_to_string(list).ok()?).ok()?;
        let files = list["files"].as_object()?;
        let uploaded_as = |file: &&Value| {
            let mut places = file["destinations"].as_object().into_iter().flatten();
            places.any(|(_, place)| place["objectKey"] == key)
        };
        let file = files.values().find(uploaded_as)?;
        let path = folder.join(file["source"]["path"].as_str()?);
        path.exists().then_some(path)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_found_by_its_key_or_in_the_list_of_assets() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path();
        fs::create_dir(root.join("asset.abc")).expect("is made");
        for name in ["asset.def.json", "shop.zip", "flow.json"] {
            fs::write(root.join(name), "{}").expect("is written");
        }
        let list = r#"{"files": {"ghi": {"source": {"path": "flow.json"},
            "destinations": {"here": {"bucketName": "b", "objectKey": "ghi.json"}}}}}"#;
        fs::write(root.join("Shop.assets.json"), list).expect("is written");
        for (key, expected) in [
            ("abc.zip", Some("asset.abc")),
            ("def.json", Some("asset.def.json")),
            ("serverless/shop/dev/1-2020/shop.zip", Some("shop.zip")),
            ("ghi.json", Some("flow.json")),
            ("other.zip", None),
            ("", None),
        ] {
            assert_eq!(find_asset(root, key), expected.map(|name| root.join(name)), "{key}");
        }
    }
}
