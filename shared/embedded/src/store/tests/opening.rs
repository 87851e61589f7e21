//! Data directories that are ours, and those that are not.

use std::{fs, path::Path};

use model::{FramePath, Redriven};
use orchestrator::ports::{Executions, Log};

use super::fixtures::{append, at, execution, execution_id, key, record, start};
use crate::store::{OpenError, Store, opening::DATABASE_FILE};

#[tokio::test]
async fn a_second_opening_is_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = Store::open(directory.path()).expect("opens");
    let second = Store::open(directory.path());
    assert!(matches!(second, Err(OpenError::InUse(_))), "{second:?}");
    store.shut_down().await;
    Store::open(directory.path()).expect("it is free").shut_down().await;
}

#[test]
fn a_file_of_somebody_else_is_left_alone() {
    let notes = b"my notes, which are longer than one hundred bytes".repeat(4);
    refused_and_unchanged(&notes, |error| matches!(error, OpenError::Foreign(_)));
    refused_and_unchanged(b"", |error| matches!(error, OpenError::Foreign(_)));

    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("other");
    let connection = rusqlite::Connection::open(&path).expect("opens");
    connection.execute_batch("CREATE TABLE theirs (a); PRAGMA user_version = 1").expect("runs");
    drop(connection);
    let theirs = fs::read(path).expect("reads");
    refused_and_unchanged(&theirs, |error| matches!(error, OpenError::Foreign(_)));
}

#[tokio::test]
async fn a_file_of_a_later_release_is_left_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    Store::open(directory.path()).expect("opens").shut_down().await;
    let path = directory.path().join(DATABASE_FILE);
    let connection = rusqlite::Connection::open(&path).expect("opens");
    connection.pragma_update(None, "user_version", 3).expect("runs");
    drop(connection);
    let later = fs::read(path).expect("reads");
    refused_and_unchanged(&later, |error| matches!(error, OpenError::Newer { found: 3, .. }));
}

#[tokio::test]
async fn a_file_of_the_first_release_is_brought_up_to_date() {
    let directory = tempfile::tempdir().expect("a directory");
    Store::open(directory.path()).expect("opens").shut_down().await;
    let path = directory.path().join(DATABASE_FILE);
    let connection = rusqlite::Connection::open(&path).expect("opens");
    connection
        .execute_batch(
            "ALTER TABLE records DROP COLUMN lease; ALTER TABLE executions DROP COLUMN redrives;
             DROP TABLE dead_letters; PRAGMA user_version = 1",
        )
        .expect("runs");
    drop(connection);
    let store = Store::open(directory.path()).expect("opens");
    let id = execution_id("machine", "execution");
    store.create(&id, execution(1), record(1)).await.expect("no fault");
    let redriven = Redriven { count: 1, at: at(5), client_token: None };
    store.reopen(&id, &redriven).await.expect("no fault");
    let shown = store.execution(&id).await.expect("no fault").expect("it is there");
    assert_eq!(shown.facts.redriven, Some(redriven));
}

#[tokio::test]
async fn a_damaged_file_is_left_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    Store::open(directory.path()).expect("opens").shut_down().await;
    let whole = fs::read(directory.path().join(DATABASE_FILE)).expect("reads");
    let cut = &whole[..2 * 4096];
    refused_and_unchanged(cut, |error| matches!(error, OpenError::Damaged { .. }));
    let mut overwritten = whole;
    // Behind the header, which alone is judged before the file is opened.
    overwritten[100..4096].fill(0xA5);
    refused_and_unchanged(&overwritten, |error| matches!(error, OpenError::Damaged { .. }));
}

#[test]
fn a_folder_that_cannot_be_is_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("file");
    fs::write(&file, "notes").expect("writes");
    for folder in [file.join("below"), file.clone()] {
        let opened = Store::open(&folder);
        assert!(matches!(opened, Err(OpenError::Directory { .. })), "{opened:?}");
    }
    assert_eq!(fs::read(&file).expect("reads"), b"notes");
}

/// Permissions do not keep root out, but the kernel's own file system does.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_where_nothing_can_be_written_is_refused() {
    let opened = Store::open(Path::new("/sys/kernel/statewright"));
    let Err(error) = opened else { panic!("the kernel takes no files") };
    assert!(matches!(error, OpenError::ReadOnly { .. }), "{error:?}");
    let message = error.to_string();
    assert_eq!(message, "the data directory /sys/kernel/statewright cannot be written to");
}

/// Root may write whatever the permissions say, so where root runs the tests a thread of nobody
/// tries.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn files_that_may_only_be_read_are_left_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    let folder = directory.path();
    Store::open(folder).expect("opens").shut_down().await;
    let before = contents(folder);
    for (lock, database) in [(0o666, 0o444), (0o444, 0o666)] {
        permit(&folder.join("statewright.lock"), lock);
        permit(&folder.join(DATABASE_FILE), database);
        permit(folder, 0o555);
        let opened = std::thread::scope(|scope| scope.spawn(|| open_as_nobody(folder)).join());
        let error = opened.expect("no panic").expect_err("it is refused");
        assert!(matches!(error, OpenError::ReadOnly { .. }), "{error:?}");
        assert!(contents(folder) == before, "the files have changed");
    }
    permit(folder, 0o755);
}

/// Gives up the thread's rights, if it has root's.
#[cfg(target_os = "linux")]
fn open_as_nobody(directory: &Path) -> Result<Store, OpenError> {
    if rustix::process::geteuid().is_root() {
        // The user `nobody` nearly everywhere; any but root will do.
        let nobody = rustix::thread::Uid::from_raw(65_534);
        rustix::thread::set_thread_uid(nobody).expect("root may become anybody");
    }
    Store::open(directory)
}

#[cfg(target_os = "linux")]
fn permit(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
}

#[cfg(target_os = "linux")]
fn contents(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let read = |name: String| (name.clone(), fs::read(directory.join(name)).expect("reads"));
    names_in(directory).into_iter().map(read).collect()
}

#[tokio::test]
async fn a_folder_is_made_and_a_broken_off_beginning_is_forgotten() {
    let directory = tempfile::tempdir().expect("a directory");
    let data = directory.path().join("a/b");
    fs::create_dir_all(&data).expect("is made");
    fs::write(data.join("statewright.sqlite.new"), "half a file").expect("writes");
    let store = Store::open(&data).expect("opens");
    start(&store, "m", "e", 1).await;
    store.shut_down().await;
    assert!(!data.join("statewright.sqlite.new").exists());
}

#[tokio::test]
async fn whatever_is_asked_after_the_end_gets_a_fault() {
    for store in [Store::in_memory().expect("opens"), in_a_folder()] {
        let id = start(&store, "m", "e", 1).await;
        store.shut_down().await;
        store.shut_down().await;
        let next = key(&id, &FramePath::ROOT, 1);
        assert!(store.append(&next, record(2)).await.is_err());
        assert!(store.load(&next).await.is_err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_survives_a_crash() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = Store::open(directory.path()).expect("opens");
    let id = start(&store, "m", "e", 1).await;
    for number in 1..30 {
        assert!(append(&store, &key(&id, &FramePath::ROOT, number), record(2)).await);
    }
    let copy = tempfile::tempdir().expect("a directory");
    for file in fs::read_dir(directory.path()).expect("reads") {
        let file = file.expect("reads");
        fs::copy(file.path(), copy.path().join(file.file_name())).expect("copies");
    }
    let survivor = Store::open(copy.path()).expect("opens");
    let head = survivor.head(&id, &FramePath::ROOT).await.expect("no fault").expect("has one");
    assert_eq!(head.number.get(), 29);
    survivor.shut_down().await;
    store.shut_down().await;
}

fn in_a_folder() -> Store {
    let directory = tempfile::tempdir().expect("a directory");
    // The store has its files open; the names are no longer needed.
    Store::open(directory.path()).expect("opens")
}

fn refused_and_unchanged(bytes: &[u8], expected: impl FnOnce(&OpenError) -> bool) {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join(DATABASE_FILE);
    fs::write(&path, bytes).expect("writes");
    let error = Store::open(directory.path()).expect_err("it is refused");
    assert!(expected(&error), "{error:?}");
    assert!(fs::read(&path).expect("reads") == bytes, "the file was changed");
    assert_eq!(names_in(directory.path()), ["statewright.lock", DATABASE_FILE]);
}

fn names_in(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).expect("reads");
    let names = entries.map(|entry| entry.expect("reads").file_name());
    let mut names: Vec<_> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
