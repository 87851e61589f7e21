//! Roles: what each function of a deployment may do. A use case asks for a role, and a role is a
//! set of ports. In the cloud a role is an IAM policy in `template.yaml`; `tests/tidy` compares the
//! two.

use crate::ports::{
    ActivityStore, ActivityTaskQueue, CallSlots, Clock, ComputePool, DeadLetterQueue, DeathCounter,
    ExecutionLogs, ExecutionObserver, ExecutionStore, FanInStore, GateStore, HistoryReader,
    JobIndex, MessageQueue, RandomSource, RecordLog, StateMachineStore, TaskCaller,
};

/// A role by its name, with the names of its ports.
#[derive(Clone, Copy, Debug)]
pub struct RolePorts {
    /// The name of the trait.
    pub role: &'static str,
    /// The names of the port traits.
    pub ports: &'static [&'static str],
}

/// Defines roles as traits that every type with their ports implements, and lists them in
/// [`ROLES`].
macro_rules! roles {
    ($($(#[$doc:meta])* $role:ident: $($port:ident)+;)+) => {
        $(
            $(#[$doc])*
            pub trait $role: $($port +)+ Sync {}

            impl<P> $role for P where P: $($port +)+ Sync {}
        )+

        /// All roles.
        pub const ROLES: &[RolePorts] =
            &[$(RolePorts { role: stringify!($role), ports: &[$(stringify!($port)),+] }),+];
    };
}

roles! {
    /// The function `start`: starts executions, and does nothing else.
    StartRole: StateMachineStore ExecutionStore MessageQueue ExecutionObserver Clock RandomSource;

    /// The function `timer`: sends messages that are due soon, and goes on with the deletions that
    /// `DeleteStateMachine` has begun.
    TimerRole: ExecutionStore StateMachineStore MessageQueue Clock;

    /// The command `rewake`, and the start of one machine: finds the heads of running executions
    /// and wakes them.
    RewakeRole: RecordLog GateStore FanInStore ExecutionStore StateMachineStore MessageQueue;

    /// The function `step`: advances frames through states that call nothing outside.
    StepRole: RecordLog GateStore FanInStore ExecutionStore StateMachineStore MessageQueue
        DeadLetterQueue DeathCounter ExecutionObserver Clock RandomSource ComputePool CallSlots
        ActivityTaskQueue;

    /// The function `task`: does the same for Task states, and makes their calls. It logs
    /// executions that have ended.
    TaskRole: RecordLog GateStore FanInStore ExecutionStore StateMachineStore MessageQueue
        DeadLetterQueue DeathCounter ExecutionObserver Clock RandomSource ComputePool CallSlots TaskCaller
        ActivityTaskQueue ActivityStore JobIndex HistoryReader ExecutionLogs;

    /// The function `job_event`: wakes the tasks that wait for jobs of services, and passes on the answers
    /// of functions.
    JobEventRole: JobIndex RecordLog GateStore MessageQueue;

    /// The function `api`: serves every operation of the API. `TestState` makes calls.
    ApiRole: RecordLog GateStore FanInStore ExecutionStore StateMachineStore MessageQueue
        DeadLetterQueue DeathCounter ExecutionObserver Clock RandomSource ComputePool CallSlots TaskCaller
        ActivityTaskQueue ActivityStore JobIndex HistoryReader ExecutionLogs;
}
