//! The template delivers messages as the engine counts on.

use std::fs;

use crate::workspace::repository_root;

/// A queue, and the function that takes its messages.
const QUEUES: [(&str, &str); 2] = [("Steps", "Step"), ("Tasks", "Task")];

fn read_template() -> String {
    fs::read_to_string(repository_root().join("template.yaml")).expect("there is a template")
}

/// The lines of one resource or section, which stands two spaces in.
fn template_section<'a>(template: &'a str, name: &str) -> &'a str {
    let (_, rest) = template.split_once(&format!("\n  {name}:\n")).expect("it is there");
    rest.split("\n\n").next().expect("there is a first part")
}

fn property_number(part: &str, property: &str) -> u32 {
    let (_, rest) = part.split_once(&format!(" {property}: ")).expect("it is set");
    let value = rest.lines().next().expect("there is a value");
    match value.strip_prefix("!Ref ") {
        Some(parameter) => {
            property_number(template_section(&read_template(), parameter), "Default")
        }
        None => value.parse().expect("it is a number"),
    }
}

#[test]
fn a_message_that_fails_does_not_bring_back_the_others_of_its_batch() {
    for (_, function) in QUEUES {
        let setting = "FunctionResponseTypes: [ReportBatchItemFailures]";
        assert!(template_section(&read_template(), function).contains(setting), "{function}");
    }
}

#[test]
fn a_message_stays_hidden_for_as_long_as_its_function_may_run() {
    for (queue, function) in QUEUES {
        let hidden =
            property_number(template_section(&read_template(), queue), "VisibilityTimeout");
        assert!(
            hidden >= property_number(template_section(&read_template(), function), "Timeout"),
            "{queue}"
        );
    }
}

#[test]
fn the_functions_are_told_how_long_messages_of_steps_stay_hidden() {
    let hidden = property_number(template_section(&read_template(), "Steps"), "VisibilityTimeout");
    let told = format!("STATEWRIGHT_STEPS_VISIBILITY_SECONDS: \"{hidden}\"");
    assert!(read_template().contains(&told), "{told}");
}

#[test]
fn no_message_is_dropped_before_its_time() {
    const FOURTEEN_DAYS: u32 = 14 * 24 * 60 * 60;
    for queue in ["Steps", "Tasks", "DeadLetters", "Unreadable"] {
        let kept =
            property_number(template_section(&read_template(), queue), "MessageRetentionPeriod");
        assert_eq!(kept, FOURTEEN_DAYS, "{queue}");
    }
}

/// SQS counts what Lambda throttles and what an outage fails.
#[test]
fn no_message_is_moved_away_because_it_was_received_often() {
    for (queue, _) in QUEUES {
        assert!(!template_section(&read_template(), queue).contains("RedrivePolicy"), "{queue}");
    }
}

/// Spec: SQS, `StartMessageMoveTask`: the source must be the dead-letter queue of another queue.
#[test]
fn unreadable_messages_may_be_moved_back() {
    let target = "deadLetterTargetArn: !GetAtt Unreadable.Arn";
    assert!(template_section(&read_template(), "DeadLetters").contains(target));
}

#[test]
fn a_queue_takes_the_largest_message_that_is_sent() {
    for queue in ["Steps", "Tasks", "DeadLetters"] {
        let taken =
            property_number(template_section(&read_template(), queue), "MaximumMessageSize");
        assert_eq!(usize::try_from(taken), Ok(aws::MESSAGE_BODY_BYTES_MAX), "{queue}");
    }
}

#[test]
fn an_execution_may_go_round_more_often_than_lambda_takes_for_a_mistake() {
    assert!(
        template_section(&read_template(), "Function").contains("\n    RecursiveLoop: Allow\n")
    );
}
