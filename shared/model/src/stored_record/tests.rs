use std::sync::Arc;

use super::*;
use crate::{
    EventKind, ExecutionFacts, Frame, QueueName, RecordedEvent, RevisionId, StateName, StateType,
    Timestamp, TransitionKind, WorkflowVariables, WrittenBy,
};

fn long(letter: char) -> Payload {
    let text = letter.to_string().repeat(PAYLOAD_REFERENCE_BYTES_MIN);
    Payload::from_value(text.into())
}

/// A record of a frame that has passed on `input`, about to enter the next state.
fn pass_record(input: &Payload, variable: &Payload) -> Record {
    let (name, state) = (StateName::new("Pass"), StateType::Pass);
    let entered = EventKind::StateEntered { state, name: name.clone(), input: input.clone() };
    let exited = EventKind::StateExited {
        state,
        name: name.clone(),
        output: input.clone(),
        assigned: vec![("v".to_owned(), variable.clone())],
        transition: TransitionKind::Next,
    };
    let mut variables = WorkflowVariables::default();
    variables.assign_all([("v".to_owned(), variable.clone())]);
    Record {
        written_by: WrittenBy::StartFrame,
        written_at: Timestamp::from_milliseconds(0),
        logical_clock: 0,
        facts: Arc::new(ExecutionFacts {
            revision: RevisionId::new("revision"),
            role_arn: "role".into(),
            started_at: Timestamp::from_milliseconds(0),
            timeout_seconds: None,
            last_redrive: None,
            started_by: None,
            asynchronous_functions: false,
            version: None,
            is_logged: false,
        }),
        frame: Frame {
            state: name,
            phase: FramePhase::Ready { input: input.clone(), queue: QueueName::Steps },
            iteration: None,
            fork: None,
            variables,
            events_before: 0,
            events: 2,
        },
        events: [entered, exited].map(RecordedEvent::new_chained).into(),
        left: None,
    }
}

fn json(stored: &StoredRecord) -> String {
    serde_json::to_string(stored).expect("records print")
}

#[test]
fn a_payload_is_stored_by_the_record_in_which_it_first_appears_and_by_no_other() {
    let root = FramePath::ROOT;
    let (input, variable) = (long('i'), long('v'));
    let first = pass_record(&input, &variable);
    let stored = StoredRecord::from_record(&first);
    assert_eq!(json(&stored).matches(input.json_text()).count(), 1);
    assert_eq!(json(&stored).matches(variable.json_text()).count(), 1);
    // Until it is durable, another record must not refer to it.
    assert!(json(&StoredRecord::from_record(&first)).contains(input.json_text()));

    stored.mark_durable(&root, RecordNumber::FIRST);
    let second = pass_record(&input, &long('w'));
    let mut later = StoredRecord::from_record(&second);
    assert!(!json(&later).contains(input.json_text()));
    let addresses = later.referenced_addresses().expect("positions parse");
    assert_eq!(addresses.iter().map(ToString::to_string).collect::<Vec<_>>(), ["/0/0/0"]);
    let key = (&root, RecordNumber::new(1));
    let loaded = later.into_record(key, |address| first.find_payload(address));
    assert_eq!(loaded, Ok(second));
}

#[test]
fn a_record_survives_its_json_whatever_its_payloads_look_like() {
    for text in ["0", "\"/4/0/0\"", "null", "[1, 2]", "{\"p\": []}"] {
        let payload = Payload::parse(text).expect("valid JSON");
        let record = pass_record(&payload, &payload);
        let text = json(&StoredRecord::from_record(&record));
        let stored: StoredRecord = serde_json::from_str(&text).expect("what was stored loads");
        let loaded = stored.into_record((&FramePath::ROOT, RecordNumber::FIRST), |_| None);
        assert_eq!(loaded, Ok(record));
    }
}

#[test]
fn a_short_payload_and_one_whose_record_expires_are_stored_again() {
    let (short, expiring) = (Payload::empty_object(), long('e'));
    let record = pass_record(&short, &expiring);
    StoredRecord::from_record(&record).mark_durable(&FramePath::ROOT, RecordNumber::FIRST);
    let stored = StoredRecord::holding(&record, |_| true);
    assert!(json(&stored).contains(short.json_text()));
    assert!(json(&stored).contains(expiring.json_text()));
}

#[test]
fn a_missing_payload_is_an_error() {
    let payload = long('m');
    let record = pass_record(&payload, &payload);
    StoredRecord::from_record(&record).mark_durable(&FramePath::ROOT, RecordNumber::FIRST);
    let stored = StoredRecord::from_record(&record);
    let address = "/0/0/0".parse().expect("an address");
    let loaded = stored.into_record((&FramePath::ROOT, RecordNumber::new(1)), |_| None);
    assert_eq!(loaded, Err(StoredRecordError::Missing(address)));
}

#[test]
fn facts_that_the_store_has_are_left_out_and_filled_in_and_others_are_stored() {
    let payload = Payload::empty_object();
    let record = pass_record(&payload, &payload);
    let key = (&FramePath::ROOT, RecordNumber::FIRST);
    let mut stored = StoredRecord::from_record(&record).without_known_facts(&record.facts);
    assert!(stored.lacks_facts());
    assert_eq!(stored.clone().into_record(key, |_| None), Err(StoredRecordError::NoFacts));
    stored.fill_in_facts(&record.facts);
    let others = ExecutionFacts { role_arn: "other".into(), ..(*record.facts).clone() };
    assert!(!StoredRecord::from_record(&record).without_known_facts(&others).lacks_facts());
    assert_eq!(stored.into_record(key, |_| None), Ok(record));
}
