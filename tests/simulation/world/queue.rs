//! The queue of the simulated world, which may delay, copy and deliver twice.

use model::{MessageKind, QueueMessage, Timestamp};
use orchestrator::ports::QueueName;

use super::{EPOCH, QueuedMessage, SimulatedWorld, VISIBILITY, parse_persisted};
use crate::{faults::OutageKind, safety};

impl SimulatedWorld {
    pub(crate) fn send_message(
        &mut self,
        message: &QueueMessage,
        queue_name: QueueName,
        at: Option<Timestamp>,
    ) {
        let at = at.map_or(self.now, Timestamp::as_milliseconds).max(self.now);
        let json = serde_json::to_string(message).expect("messages print");
        self.sent.insert(json.clone());
        if let MessageKind::StartFrame(_) = message.kind {
            self.started_frames.insert((message.execution.clone(), message.frame.clone()));
        }
        let delay = if self.draw_fault("late", |storm| storm.copies) {
            self.random.draw_milliseconds(60_000)
        } else {
            self.random.draw_milliseconds(20)
        };
        self.enqueue_message(json.clone(), queue_name, at + delay);
        if self.draw_fault("copied", |storm| storm.copies) {
            let delay = self.random.draw_milliseconds(90_000);
            self.enqueue_message(json, queue_name, at + delay);
        }
    }

    fn enqueue_message(&mut self, message: String, queue_name: QueueName, visible_at: i64) {
        let id = self.random.draw_u64();
        self.trace_line(&format!("    queue {message} at {}", visible_at - EPOCH));
        self.queue.push(QueuedMessage { id, message, queue_name, visible_at, receive_count: 0 });
    }

    /// Whether the message was ever in the queue.
    pub(crate) fn was_sent(&self, message: &QueueMessage) -> bool {
        self.sent.contains(&serde_json::to_string(message).expect("messages print"))
    }

    /// Receives a random one of the visible messages.
    pub(crate) fn receive_message(&mut self) -> Option<QueuedMessage> {
        let now = self.now;
        let visible: Vec<usize> =
            (0..self.queue.len()).filter(|at| self.queue[*at].visible_at <= now).collect();
        if visible.is_empty() {
            return None;
        }
        let at = visible[self.random.pick_index(visible.len())];
        // Either of two simultaneous deliveries may acknowledge the message and so remove it.
        let twice = self.draw_fault("delivered twice", |storm| storm.copies);
        let hidden = if twice { self.random.draw_milliseconds(20) } else { VISIBILITY };
        let entry = &mut self.queue[at];
        entry.receive_count += 1;
        entry.visible_at = now + hidden;
        self.handled += 1;
        Some(entry.clone())
    }

    /// Removes a message, unless the acknowledgement is lost.
    pub(crate) fn acknowledge_message(&mut self, entry: &QueuedMessage) {
        if self.plan.is_out(self.now, OutageKind::Queue) {
            self.count_faults(OutageKind::Queue.fault_name(), 1);
            self.trace_line("    acknowledgement impossible");
            return;
        }
        if self.draw_fault("delivered after deletion", |storm| storm.returns) {
            self.trace_line("    acknowledgement lost");
            return;
        }
        self.queue.retain(|other| other.id != entry.id);
        let message: QueueMessage = parse_persisted(&entry.message);
        if !self.queue.iter().any(|other| other.message == entry.message)
            && let Some(wrong) = safety::check_acknowledged(self, &message)
            // The first child of a group goes on with a message of its own.
            && !self.queue.iter().any(|other| is_of_same_identity(other, &message))
        {
            self.report_violation(wrong);
        }
    }

    pub(crate) fn hide_until(&mut self, entry: &QueuedMessage, at: i64) {
        if let Some(entry) = self.queue.iter_mut().find(|other| other.id == entry.id) {
            entry.visible_at = at;
        }
    }
}

fn is_of_same_identity(queued: &QueuedMessage, message: &QueueMessage) -> bool {
    parse_persisted::<QueueMessage>(&queued.message).identity() == message.identity()
}
