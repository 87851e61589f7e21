//! State machines, their revisions and their deletion.

use std::sync::Arc;

use model::{
    AliasName, AliasRouting, ChildIndex, FanInBucket, MachineVersions, RecordKey, RevisionId,
    StateMachine, StateMachineAlias, StateMachineVersion, VersionNumber,
};
use orchestrator::ports::{ExecutionFilter, MachineCreation};
use tokio::task::JoinSet;

use crate::{
    data::{
        append, child_path, execution_id, fork_shape, new_state_machine, parse_name, record_at,
        record_key, root_key, start_execution, succeeded_child,
    },
    queues::NEVER,
    stores::ContractStore,
};

pub(crate) async fn a_machine_is_created_once(store: &impl ContractStore) {
    let created = store.create_machine(new_state_machine("m", "r1")).await.expect("no fault");
    assert!(matches!(created, MachineCreation::Done));
    let created = store.create_machine(new_state_machine("m", "r2")).await.expect("no fault");
    let MachineCreation::Exists(existing) = created else { panic!("it was created twice") };
    assert_eq!(*existing, new_state_machine("m", "r1"));
    assert!(store.load_revision(&RevisionId::new("r2")).await.expect("no fault").is_none());
}

pub(crate) async fn of_many_creations_one_is_done(store: &impl ContractStore) {
    let mut creations = JoinSet::new();
    for number in 0..16 {
        let (store, own) = (store.clone(), new_state_machine("m", &format!("r{number}")));
        creations.spawn(async move { store.create_machine(own).await });
    }
    let created = creations.join_all().await;
    let kept = store.load_machine(&parse_name("m")).await.expect("no fault").expect("it is there");
    let mut done = 0;
    for created in created {
        match created.expect("no fault") {
            MachineCreation::Done => done += 1,
            MachineCreation::Exists(existing) => assert_eq!(existing, kept),
        }
    }
    assert_eq!(done, 1);
    for number in 0..16 {
        let id = RevisionId::new(&format!("r{number}"));
        let revision = store.load_revision(&id).await.expect("no fault");
        assert_eq!(revision.is_some(), id == kept.revision.id);
    }
}

pub(crate) async fn a_replaced_machine_keeps_its_revisions(store: &impl ContractStore) {
    let first = new_state_machine("m", "r1");
    store.create_machine(first.clone()).await.expect("no fault");
    let second = StateMachine { tags: vec![], ..new_state_machine("m", "r2") };
    store.put_machine(second.clone()).await.expect("no fault");
    let newest = store.load_machine(&parse_name("m")).await.expect("no fault");
    assert_eq!(newest.as_deref(), Some(&second));
    for one in [first, second] {
        let revision = store.load_revision(&one.revision.id).await.expect("no fault");
        assert_eq!(revision.as_deref(), Some(&one.revision));
    }
    assert!(store.load_machine(&parse_name("other")).await.expect("no fault").is_none());
    assert!(store.load_revision(&RevisionId::new("other")).await.expect("no fault").is_none());
}

/// For example when only its tags have changed.
pub(crate) async fn a_machine_is_replaced_under_one_revision(store: &impl ContractStore) {
    let first = new_state_machine("m", "r1");
    store.create_machine(first.clone()).await.expect("no fault");
    let tagged = StateMachine { tags: vec![("c".to_owned(), "3".to_owned())], ..first };
    store.put_machine(tagged.clone()).await.expect("no fault");
    store.put_machine(tagged.clone()).await.expect("no fault");
    assert_eq!(
        store.load_machine(&parse_name("m")).await.expect("no fault").as_deref(),
        Some(&tagged)
    );
}

/// What a machine has published after a revision was, with an alias.
fn with_version(versions: &MachineVersions, revision: &str) -> MachineVersions {
    let mut versions = versions.clone();
    let (created_at, description) = (record_at(1).written_at, Some("d".repeat(256)));
    let revision = RevisionId::new(revision);
    let version = StateMachineVersion { revision, description: description.clone(), created_at };
    let number = versions.publish_version(version).expect("not too many");
    let (routing, updated_at) = (AliasRouting::to_one(number), created_at);
    let alias = StateMachineAlias { description, routing, created_at, updated_at };
    versions.aliases.insert(AliasName::parse("live").expect("a name"), alias);
    versions.changes += 1;
    versions
}

async fn versions_of(store: &impl ContractStore, machine: &str) -> Arc<MachineVersions> {
    let machine = store.load_machine(&parse_name(machine)).await.expect("no fault");
    Arc::clone(&machine.expect("it is there").versions)
}

pub(crate) async fn a_change_of_versions_follows_the_one_before(store: &impl ContractStore) {
    let name = parse_name("m");
    let created = new_state_machine("m", "r1");
    assert!(!store.replace_versions(&name, (*created.versions).clone()).await.expect("no fault"));
    store.create_machine(created.clone()).await.expect("no fault");
    let none = versions_of(store, "m").await;
    assert_eq!(none, created.versions);
    let first = with_version(&none, "r1");
    assert!(store.replace_versions(&name, first.clone()).await.expect("no fault"));
    assert_eq!(*versions_of(store, "m").await, first);
    for outdated in [first.clone(), with_version(&none, "r2")] {
        assert!(!store.replace_versions(&name, outdated).await.expect("no fault"));
    }
    let second = with_version(&first, "r2");
    assert!(store.replace_versions(&name, second.clone()).await.expect("no fault"));
    let listed = store.list_machines(1, None).await.expect("no fault");
    assert_eq!(*listed[0].versions, second);
}

pub(crate) async fn of_many_changes_of_versions_one_is_done(store: &impl ContractStore) {
    store.create_machine(new_state_machine("m", "r1")).await.expect("no fault");
    let none = versions_of(store, "m").await;
    let mut changes = JoinSet::new();
    for number in 0..8 {
        let (store, own) = (store.clone(), with_version(&none, &format!("r{number}")));
        changes.spawn(async move { store.replace_versions(&parse_name("m"), own).await });
    }
    let done = changes.join_all().await.into_iter().map(|done| done.expect("no fault"));
    assert_eq!(done.filter(|done| *done).count(), 1);
}

pub(crate) async fn a_replaced_machine_keeps_its_versions(store: &impl ContractStore) {
    let machine = new_state_machine("m", "r1");
    store.create_machine(machine.clone()).await.expect("no fault");
    let published = with_version(&machine.versions, "r1");
    assert!(store.replace_versions(&machine.name, published.clone()).await.expect("no fault"));
    store.put_machine(new_state_machine("m", "r2")).await.expect("no fault");
    let kept = store.load_machine(&machine.name).await.expect("no fault").expect("it is there");
    assert_eq!((kept.revision.id.as_str(), &*kept.versions), ("r2", &published));
}

pub(crate) async fn a_machine_that_is_gone_is_not_replaced(store: &impl ContractStore) {
    store.put_machine(new_state_machine("m", "r1")).await.expect("no fault");
    assert!(store.load_machine(&parse_name("m")).await.expect("no fault").is_none());
    let created = new_state_machine("m", "r2");
    store.create_machine(created.clone()).await.expect("no fault");
    let published = with_version(&created.versions, "r2");
    assert!(store.replace_versions(&created.name, published).await.expect("no fault"));
    store.delete_machine(&created.name).await.expect("no fault");
    let gone = with_version(&created.versions, "r2");
    assert!(!store.replace_versions(&created.name, gone).await.expect("no fault"));
    assert!(store.sweep_deleting_machine(&created.name, NEVER).await.expect("no fault"));
    store.create_machine(created.clone()).await.expect("no fault");
    assert_eq!(versions_of(store, "m").await, created.versions);
}

pub(crate) async fn a_thousand_versions_are_kept(store: &impl ContractStore) {
    let machine = new_state_machine("m", "r1");
    store.create_machine(machine.clone()).await.expect("no fault");
    let mut versions = MachineVersions::clone(&machine.versions);
    let mut number = VersionNumber::FIRST;
    for index in 0..model::limits::VERSIONS_MAX {
        let revision = RevisionId::new(&format!("00000000-0000-4000-8000-{index:012x}"));
        let description = Some(format!("{index:04}").repeat(64));
        let created_at = record_at(1).written_at;
        let version = StateMachineVersion { revision, description, created_at };
        number = versions.publish_version(version).expect("not too many");
    }
    assert_eq!(number.to_string(), "1000");
    versions.changes += 1;
    assert!(store.replace_versions(&machine.name, versions.clone()).await.expect("no fault"));
    assert!(*versions_of(store, "m").await == versions, "they have changed");
}

/// Text of a typical definition, in the largest size that is accepted.
pub(crate) async fn the_largest_definition_is_kept(store: &impl ContractStore) {
    let mut large = new_state_machine("m", "r1");
    let state = |number: usize| format!("\"State{number}\": {{\"Type\": \"Succeed\"}},\n");
    let mut text: String = (0..).map(state).take(20_000).collect();
    text.push_str(&" ".repeat(model::limits::DEFINITION_BYTES_MAX - text.len()));
    large.revision.definition = text.into();
    store.create_machine(large.clone()).await.expect("no fault");
    let kept = store.load_machine(&parse_name("m")).await.expect("no fault");
    assert!(kept.as_deref() == Some(&large), "it has changed");
    let revision = store.load_revision(&large.revision.id).await.expect("no fault");
    assert!(revision.as_deref() == Some(&large.revision), "it has changed");
}

pub(crate) async fn machines_are_listed_by_name(store: &impl ContractStore) {
    for machine_name in ["b", "é", "a", "B", "c"] {
        store
            .create_machine(new_state_machine(machine_name, machine_name))
            .await
            .expect("no fault");
    }
    start_execution(store, "an-execution-without-a-machine", "e", 1).await;
    let names = async |limit, after: Option<&str>| {
        let after = after.map(parse_name);
        let listed = store.list_machines(limit, after.as_ref()).await.expect("no fault");
        listed.iter().map(|machine| machine.name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(2, None).await, ["B", "a"]);
    assert_eq!(names(9, Some("a")).await, ["b", "c", "é"]);
    assert_eq!(names(9, Some("aa")).await, ["b", "c", "é"]);
    assert_eq!(names(9, Some("é")).await, [""; 0]);
    let whole = store.list_machines(1, Some(&parse_name("a"))).await.expect("no fault");
    assert_eq!(*whole[0], new_state_machine("b", "b"));
}

pub(crate) async fn a_deleted_machine_takes_everything_along(store: &impl ContractStore) {
    for machine_name in ["m", "mm"] {
        store
            .create_machine(new_state_machine(machine_name, machine_name))
            .await
            .expect("no fault");
        for execution in ["e", "f"] {
            let id = start_execution(store, machine_name, execution, 1).await;
            let fork = root_key(&id, 1);
            let shape = fork_shape(40, 39);
            store.open_gate(&fork, &shape).await.expect("no fault");
            store.open_slots(&fork, &shape, 0).await.expect("no fault");
            for index in 0..40 {
                assert!(
                    append(store, &record_key(&id, &child_path(1, index), 0), record_at(2)).await
                );
                let ends = [(ChildIndex::new(index), succeeded_child())];
                store.add_child_ends(&fork, 0, &ends, 0).await.expect("no fault");
            }
        }
    }
    let ended = model::FrameOutcome::Failed(model::Failure::with_error_name("E"));
    for execution in ["e", "f"] {
        let end = (record_at(3).written_at, &ended);
        store.finish_execution(&execution_id("m", execution), None, end).await.expect("no fault");
    }
    for machine in ["m", "m", "unknown"] {
        store.delete_machine(&parse_name(machine)).await.expect("no fault");
        assert!(store.sweep_deleting_machine(&parse_name(machine), NEVER).await.expect("no fault"));
        assert!(store.list_deleting_machines(9).await.expect("no fault").is_empty());
    }

    assert!(store.load_machine(&parse_name("m")).await.expect("no fault").is_none());
    let listed = store.list_machines(9, None).await.expect("no fault");
    assert_eq!(listed.len(), 1);
    assert_executions_are_gone(store).await;
    store.create_machine(new_state_machine("m", "again")).await.expect("no fault");
    assert_executions_are_gone(store).await;
    let id = start_execution(store, "m", "e", 1).await;
    assert_fan_in_is_gone(store, &root_key(&id, 1)).await;
    assert_eq!(store.load_all_records(&id).await.expect("no fault").len(), 1);
    assert!(append(store, &root_key(&id, 1), record_at(2)).await, "its log is a new one");

    let other = execution_id("mm", "e");
    assert_eq!(store.load_all_records(&other).await.expect("no fault").len(), 41);
    let page = store
        .list_executions(&parse_name("mm"), ExecutionFilter::default(), 9, None)
        .await
        .expect("no fault");
    assert_eq!(page.executions.len(), 2);
}

async fn assert_fan_in_is_gone(store: &impl ContractStore, fork: &RecordKey) {
    assert!(store.load_gate(fork).await.expect("no fault").is_none());
    assert_eq!(store.load_slots(fork, &fork_shape(40, 39), 0..1).await.expect("no fault"), [None]);
    let buckets = store.load_buckets(fork, 0..1).await.expect("no fault");
    assert_eq!(buckets, [FanInBucket::default()]);
}

async fn assert_executions_are_gone(store: &impl ContractStore) {
    for execution in ["e", "f"] {
        let id = execution_id("m", execution);
        assert!(store.load_execution(&id).await.expect("no fault").is_none());
        assert!(store.load_record(&root_key(&id, 0)).await.expect("no fault").is_none());
        assert!(store.load_head(&id, &child_path(1, 0)).await.expect("no fault").is_none());
        assert_fan_in_is_gone(store, &root_key(&id, 1)).await;
        assert!(store.load_all_records(&id).await.expect("no fault").is_empty());
        let ended = model::FrameOutcome::Failed(model::Failure::with_error_name("E"));
        store
            .finish_execution(&id, None, (record_at(3).written_at, &ended))
            .await
            .expect("no fault");
    }
    assert!(
        store
            .list_executions(&parse_name("m"), ExecutionFilter::default(), 9, None)
            .await
            .expect("no fault")
            .executions
            .is_empty()
    );
}
