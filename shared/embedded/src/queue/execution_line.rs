//! The messages of one execution.

use std::collections::VecDeque;

use model::{ChildStart, MessageKind};
use orchestrator::ports::MessageDelivery;

use super::turns::WaitingLine;

/// How many messages that start one child or none come before one that starts a group: more than a
/// group has children. So groups do not start faster than their children end, and no child that runs
/// for ever keeps the others from starting.
const BETWEEN_GROUPS: u32 = 256;

/// The messages of one execution, first in, first out, but those that start a group of children come
/// after the children of groups that have started. Otherwise a Map of a million iterations would fill
/// the memory with a million messages before its first iterations end.
#[derive(Debug, Default)]
pub(super) struct ExecutionLine {
    single: VecDeque<MessageDelivery>,
    groups: VecDeque<MessageDelivery>,
    since_group: u32,
}

impl WaitingLine for ExecutionLine {
    type Item = MessageDelivery;

    fn put(&mut self, delivery: MessageDelivery) {
        match delivery.message.kind {
            MessageKind::StartFrame(ChildStart::Group) => self.groups.push_back(delivery),
            _ => self.single.push_back(delivery),
        }
    }

    fn take(&mut self) -> Option<MessageDelivery> {
        self.since_group += 1;
        if self.since_group < BETWEEN_GROUPS
            && let Some(single) = self.single.pop_front()
        {
            return Some(single);
        }
        self.since_group = 0;
        self.groups.pop_front().or_else(|| self.single.pop_front())
    }

    fn is_empty(&self) -> bool {
        self.single.is_empty() && self.groups.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use model::{ExecutionId, FramePath, QueueMessage, RecordNumber, ResourceName};

    use super::*;

    fn delivery(kind: MessageKind) -> MessageDelivery {
        let name = ResourceName::parse("a").expect("a name");
        let execution = ExecutionId::from_names(&name, &name);
        let message = QueueMessage { execution, frame: FramePath::ROOT, kind };
        MessageDelivery { message, receive_count: 0 }
    }

    #[test]
    fn groups_start_when_others_are_through_and_are_not_forgotten_if_they_never_are() {
        let mut line = ExecutionLine::default();
        let group = || delivery(MessageKind::StartFrame(ChildStart::Group));
        let single = || delivery(MessageKind::AdvanceFrame(RecordNumber::FIRST));
        (0..3).for_each(|_| line.put(group()));
        (0..2 * BETWEEN_GROUPS).for_each(|_| line.put(single()));
        let mut groups_at = Vec::new();
        for place in 0.. {
            let Some(taken) = line.take() else { break };
            if taken.message == group().message {
                groups_at.push(place);
            }
        }
        let first = BETWEEN_GROUPS - 1;
        assert_eq!(groups_at, [first, first + BETWEEN_GROUPS, 2 * BETWEEN_GROUPS + 2]);
        assert!(line.is_empty());
    }
}
