//! Which data directories are opened and which are refused.

use std::{fs, path::Path};

use model::FramePath;
use orchestrator::ports::RecordLog;

use super::fixtures::{append_record, ready_record, record_key, start_execution};
use crate::store::{SqliteStore, StoreOpenError, opening::DATABASE_FILE, schema::VERSION};

#[tokio::test]
async fn a_second_opening_is_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = SqliteStore::open_directory(directory.path()).expect("opens");
    let second = SqliteStore::open_directory(directory.path());
    assert!(matches!(second, Err(StoreOpenError::InUse(_))), "{second:?}");
    store.shut_down().await;
    SqliteStore::open_directory(directory.path()).expect("it is free").shut_down().await;
}

#[cfg(unix)]
#[tokio::test]
async fn only_its_user_can_read_a_data_directory() {
    let parent = tempfile::tempdir().expect("a directory");
    let assert_private = |directory: &Path| {
        assert_eq!(permissions(directory), 0o700, "{}", directory.display());
        let files = fs::read_dir(directory).expect("reads").map(|entry| entry.expect("reads"));
        let files: Vec<_> = files.map(|entry| entry.path()).collect();
        assert!(files.len() >= 4, "the database, its log and index, the lock: {files:?}");
        for file in files {
            assert_eq!(permissions(&file), 0o600, "{}", file.display());
        }
    };

    let directory = parent.path().join("a/b");
    let store = SqliteStore::open_directory(&directory).expect("opens");
    assert_private(&directory);
    store.shut_down().await;

    for file in fs::read_dir(&directory).expect("reads") {
        make_readable(&file.expect("reads").path(), 0o644);
    }
    make_readable(&directory, 0o755);
    let store = SqliteStore::open_directory(&directory).expect("opens");
    assert_private(&directory);
    store.shut_down().await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_directory_that_holds_other_things_too_keeps_its_permissions() {
    let directory = tempfile::tempdir().expect("a directory");
    fs::write(directory.path().join("notes"), "for all").expect("writes");
    make_readable(directory.path(), 0o755);
    SqliteStore::open_directory(directory.path()).expect("opens").shut_down().await;
    assert_eq!(permissions(directory.path()), 0o755);
    assert_eq!(permissions(&directory.path().join(DATABASE_FILE)), 0o600);
}

#[cfg(unix)]
fn permissions(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

#[cfg(unix)]
fn make_readable(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
}

#[test]
fn a_file_of_somebody_else_is_left_alone() {
    let notes = b"my notes, which are longer than one hundred bytes".repeat(4);
    refused_and_unchanged(&notes, |error| matches!(error, StoreOpenError::Foreign(_)));
    refused_and_unchanged(b"", |error| matches!(error, StoreOpenError::Foreign(_)));

    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("other");
    let connection = rusqlite::Connection::open(&path).expect("opens");
    connection.execute_batch("CREATE TABLE theirs (a); PRAGMA user_version = 1").expect("runs");
    drop(connection);
    let theirs = fs::read(path).expect("reads");
    refused_and_unchanged(&theirs, |error| matches!(error, StoreOpenError::Foreign(_)));
}

#[tokio::test]
async fn a_file_of_another_release_is_left_alone() {
    for version in [1, VERSION - 1, VERSION + 1] {
        let directory = tempfile::tempdir().expect("a directory");
        SqliteStore::open_directory(directory.path()).expect("opens").shut_down().await;
        let path = directory.path().join(DATABASE_FILE);
        let connection = rusqlite::Connection::open(&path).expect("opens");
        connection.pragma_update(None, "user_version", version).expect("runs");
        drop(connection);
        let other = fs::read(path).expect("reads");
        refused_and_unchanged(
            &other,
            |error| matches!(error, StoreOpenError::OtherVersion { found, .. } if *found == version),
        );
    }
}

#[tokio::test]
async fn a_damaged_file_is_left_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    SqliteStore::open_directory(directory.path()).expect("opens").shut_down().await;
    let whole = fs::read(directory.path().join(DATABASE_FILE)).expect("reads");
    let cut = &whole[..2 * 4096];
    refused_and_unchanged(cut, |error| matches!(error, StoreOpenError::Damaged { .. }));
    let mut overwritten = whole;
    // After the file header, the only part that is checked before `SQLite` opens the file.
    overwritten[100..4096].fill(0xA5);
    refused_and_unchanged(&overwritten, |error| matches!(error, StoreOpenError::Damaged { .. }));
}

#[test]
fn a_folder_that_cannot_be_is_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("file");
    fs::write(&file, "notes").expect("writes");
    for folder in [file.join("below"), file.clone()] {
        let opened = SqliteStore::open_directory(&folder);
        assert!(matches!(opened, Err(StoreOpenError::Directory { .. })), "{opened:?}");
    }
    assert_eq!(fs::read(&file).expect("reads"), b"notes");
}

/// Permissions do not stop root, but the kernel's own file system does.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_where_nothing_can_be_written_is_refused() {
    let opened = SqliteStore::open_directory(Path::new("/sys/kernel/statewright"));
    let Err(error) = opened else { panic!("the kernel takes no files") };
    assert!(matches!(error, StoreOpenError::ReadOnly { .. }), "{error:?}");
    let message = error.to_string();
    assert_eq!(message, "the data directory /sys/kernel/statewright cannot be written to");
}

/// Root may write whatever the permissions say. If root runs the tests, a thread opens the store as
/// `nobody`.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn files_that_may_only_be_read_are_left_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    let folder = directory.path();
    SqliteStore::open_directory(folder).expect("opens").shut_down().await;
    let before = file_contents(folder);
    for (lock, database) in [(0o666, 0o444), (0o444, 0o666)] {
        set_file_mode(&folder.join("statewright.lock"), lock);
        set_file_mode(&folder.join(DATABASE_FILE), database);
        set_file_mode(folder, 0o555);
        let opened = std::thread::scope(|scope| scope.spawn(|| open_as_nobody(folder)).join());
        let error = opened.expect("no panic").expect_err("it is refused");
        assert!(matches!(error, StoreOpenError::ReadOnly { .. }), "{error:?}");
        assert!(file_contents(folder) == before, "the files have changed");
    }
    set_file_mode(folder, 0o755);
}

/// Opens the store in a thread that first gives up root's rights, if it has them.
#[cfg(target_os = "linux")]
fn open_as_nobody(directory: &Path) -> Result<SqliteStore, StoreOpenError> {
    if rustix::process::geteuid().is_root() {
        // The user `nobody` on nearly every system; any user but root will do.
        let nobody = rustix::thread::Uid::from_raw(65_534);
        rustix::thread::set_thread_uid(nobody).expect("root may become anybody");
    }
    SqliteStore::open_directory(directory)
}

#[cfg(target_os = "linux")]
fn set_file_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
}

#[cfg(target_os = "linux")]
fn file_contents(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let read = |name: String| (name.clone(), fs::read(directory.join(name)).expect("reads"));
    file_names_in(directory).into_iter().map(read).collect()
}

#[tokio::test]
async fn a_folder_is_made_and_a_broken_off_beginning_is_forgotten() {
    let directory = tempfile::tempdir().expect("a directory");
    let data = directory.path().join("a/b");
    fs::create_dir_all(&data).expect("is made");
    fs::write(data.join("statewright.sqlite.new"), "half a file").expect("writes");
    let store = SqliteStore::open_directory(&data).expect("opens");
    start_execution(&store, "m", "e", 1).await;
    store.shut_down().await;
    assert!(!data.join("statewright.sqlite.new").exists());
}

#[tokio::test]
async fn whatever_is_asked_after_the_end_gets_a_fault() {
    for store in [SqliteStore::open_in_memory().expect("opens"), open_in_new_folder()] {
        let id = start_execution(&store, "m", "e", 1).await;
        store.shut_down().await;
        store.shut_down().await;
        let next = record_key(&id, &FramePath::ROOT, 1);
        assert!(store.append_record(&next, ready_record(2)).await.is_err());
        assert!(store.load_record(&next).await.is_err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_survives_a_crash() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = SqliteStore::open_directory(directory.path()).expect("opens");
    let id = start_execution(&store, "m", "e", 1).await;
    for number in 1..30 {
        assert!(
            append_record(&store, &record_key(&id, &FramePath::ROOT, number), ready_record(2))
                .await
        );
    }
    let copy = tempfile::tempdir().expect("a directory");
    for file in fs::read_dir(directory.path()).expect("reads") {
        let file = file.expect("reads");
        fs::copy(file.path(), copy.path().join(file.file_name())).expect("copies");
    }
    let survivor = SqliteStore::open_directory(copy.path()).expect("opens");
    let head = survivor.load_head(&id, &FramePath::ROOT).await.expect("no fault").expect("has one");
    assert_eq!(head.number.as_u64(), 29);
    survivor.shut_down().await;
    store.shut_down().await;
}

fn open_in_new_folder() -> SqliteStore {
    let directory = tempfile::tempdir().expect("a directory");
    // The folder may be removed: the store keeps its files open.
    SqliteStore::open_directory(directory.path()).expect("opens")
}

fn refused_and_unchanged(bytes: &[u8], expected: impl FnOnce(&StoreOpenError) -> bool) {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join(DATABASE_FILE);
    fs::write(&path, bytes).expect("writes");
    let error = SqliteStore::open_directory(directory.path()).expect_err("it is refused");
    assert!(expected(&error), "{error:?}");
    assert!(fs::read(&path).expect("reads") == bytes, "the file was changed");
    assert_eq!(file_names_in(directory.path()), ["statewright.lock", DATABASE_FILE]);
}

fn file_names_in(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).expect("reads");
    let names = entries.map(|entry| entry.expect("reads").file_name());
    let mut names: Vec<_> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
