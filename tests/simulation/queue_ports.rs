//! The ports of a simulated worker to the queues, and to what is kept of their messages.

use model::{MessageIdentity, QueueMessage, Timestamp};
use orchestrator::{
    Fault,
    ports::{DeadLetterQueue, DeathCount, DeathCounter, MessageQueue, QueueName},
};

use crate::{
    ablations::{self, Ablation},
    faults::{OutageKind, PortCallKind},
    ports::SimulatedPorts,
};

impl MessageQueue for SimulatedPorts {
    async fn send_message(
        &self,
        message: QueueMessage,
        queue_name: QueueName,
        at: Option<Timestamp>,
    ) -> Result<(), Fault> {
        let ablation = self.lock_world().ablation;
        if ablations::is_sent_after_put(ablation, &message) {
            let unsent = (message, queue_name, at);
            self.lock_world().unsent.entry(self.worker).or_default().push(unsent);
            return Ok(());
        }
        self.put_message(message, queue_name, at).await
    }

    /// Sends in random order, so that a fault may leave any of the messages unsent.
    async fn send_messages(
        &self,
        mut messages: Vec<(QueueMessage, QueueName)>,
    ) -> Result<(), Fault> {
        while !messages.is_empty() {
            let drawn = self.lock_world().random.pick_index(messages.len());
            let (message, queue_name) = messages.swap_remove(drawn);
            self.send_message(message, queue_name, None).await?;
        }
        Ok(())
    }
}

impl DeathCounter for SimulatedPorts {
    async fn load_deaths(&self, message: &MessageIdentity) -> Result<Option<DeathCount>, Fault> {
        self.call_death_counter(format!("deaths of {message}"), PortCallKind::Read, |world| {
            world.deaths.get(message).copied()
        })
        .await
    }

    async fn put_deaths(&self, message: &MessageIdentity, count: DeathCount) -> Result<(), Fault> {
        let (call, worker) = (format!("death {} of {message}", count.deaths), self.worker);
        self.call_death_counter(call, PortCallKind::Write, |world| {
            if world.ablation != Some(Ablation::CountNoDeaths) {
                world.deaths.insert(message.clone(), count);
                world.counted.insert(worker, (message.clone(), count));
            }
        })
        .await
    }

    async fn clear_deaths(&self, message: &MessageIdentity) -> Result<(), Fault> {
        let call = format!("no death of {message}");
        self.call_death_counter(call, PortCallKind::Write, |world| {
            world.deaths.remove(message);
        })
        .await
    }
}

impl DeadLetterQueue for SimulatedPorts {
    async fn put_dead_letter(
        &self,
        message: &QueueMessage,
        _reason: &str,
        _at: Timestamp,
    ) -> Result<(), Fault> {
        let call = format!("bury {:?} of '{}'", message.kind, message.frame);
        self.port_call_of(OutageKind::Queue, call, PortCallKind::Write, |world| {
            world.dead_letters.push(message.clone());
        })
        .await
    }
}
