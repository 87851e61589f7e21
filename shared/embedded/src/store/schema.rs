//! The tables, and the numbers that identify a Statewright database file.
//!
//! Ids of executions are small integers, so that the keys of their many rows are short.
//! Payloads are stored once where that is easy: an execution's input and output are in the records
//! of its root frame, and a machine's definition is in its revision.

/// `PRAGMA application_id` of Statewright databases: the letters `SwWf`.
pub(super) const APPLICATION_ID: u32 = 0x5377_5766;
/// `PRAGMA user_version` of the tables below. A change of a table or of a stored shape raises it.
pub(super) const VERSION: u32 = 9;
/// Bytes of a page. A record mostly takes 0.2–1 KB; a commit writes whole pages.
pub(super) const PAGE_BYTES: u32 = 4096;

/// Creates the tables in an empty database.
pub(super) const CREATE: &str = "
-- closed: whether the last opening was ended by closing the store, and not by the death of its process.
CREATE TABLE opening (number INTEGER NOT NULL, closed INTEGER NOT NULL) STRICT;
INSERT INTO opening VALUES (0, 1);

-- body is the machine without its revision; null where there are executions but no machine.
-- versions: its versions and aliases; null until it has any. version_changes counts their changes.
-- An id is never used again, so what a deleted machine leaves behind is nobody's.
CREATE TABLE machines (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    revision TEXT,
    body TEXT,
    versions TEXT,
    version_changes INTEGER
) STRICT;

CREATE TABLE revisions (
    id TEXT PRIMARY KEY,
    machine INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX revisions_of_machine ON revisions (machine);

-- Machines whose rows are being removed in the background of everything else.
CREATE TABLE deleted_machines (id INTEGER PRIMARY KEY) STRICT;

-- listed_at: the start or redrive while running, the end afterwards.
-- redrives: as often as its facts say.
-- input: null where it is that of record 0 of the root.
-- version, alias: what it was started with, as its facts say.
-- outcome: null where it is that of record end_number of the root.
CREATE TABLE executions (
    id INTEGER PRIMARY KEY,
    machine INTEGER NOT NULL,
    name TEXT NOT NULL,
    status INTEGER NOT NULL,
    listed_at INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    stopped_at INTEGER,
    redrives INTEGER NOT NULL DEFAULT 0,
    facts TEXT NOT NULL,
    trace_header TEXT,
    input TEXT,
    version TEXT,
    alias TEXT,
    outcome TEXT,
    end_number INTEGER,
    UNIQUE (machine, name)
) STRICT;
CREATE INDEX executions_listed ON executions (machine, listed_at, id);
CREATE INDEX executions_listed_by_status ON executions (machine, status, listed_at, id);
CREATE INDEX executions_running ON executions (id) WHERE status = 0;

-- Rows stand in the order of their appends, beside an index: a table clustered by the key touches a
-- page per execution in each commit. Measured: 256 appenders 1.2 to 2.4, 1,024 over 3 times as fast.
-- opening: which opening of the store appended it; the leases of claims of earlier ones are over.
-- lease: until when whoever works on it counts as alive, where he has said so.
-- body: mostly without the facts of its execution, which are those of the row of that execution.
CREATE TABLE records (
    id INTEGER PRIMARY KEY,
    execution INTEGER NOT NULL,
    frame TEXT NOT NULL,
    number INTEGER NOT NULL,
    opening INTEGER NOT NULL,
    lease INTEGER,
    body TEXT NOT NULL,
    UNIQUE (execution, frame, number)
) STRICT;

-- What the fork of a record knows of its children: its gate (kind 0), its shards of slots (1) and its
-- buckets (2), the latter two by number.
CREATE TABLE fan_in_items (
    execution INTEGER NOT NULL,
    frame TEXT NOT NULL,
    number INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    part INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (execution, frame, number, kind, part)
) STRICT, WITHOUT ROWID;

-- How many processes have died of a message, which is `<frame>#<kind>`.
-- opening: which opening of the store counted the last of them.
CREATE TABLE deaths (
    execution INTEGER NOT NULL,
    message TEXT NOT NULL,
    deaths INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    opening INTEGER NOT NULL,
    PRIMARY KEY (execution, message)
) STRICT, WITHOUT ROWID;

CREATE TABLE activities (name TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- Tasks that wait for a worker of an activity, by since when. Their executions may be gone.
CREATE TABLE activity_tasks (
    activity TEXT NOT NULL,
    scheduled_at INTEGER NOT NULL,
    execution TEXT NOT NULL,
    frame TEXT NOT NULL,
    secret TEXT NOT NULL,
    PRIMARY KEY (activity, scheduled_at, execution, frame, secret)
) STRICT, WITHOUT ROWID;

-- Messages that nobody could handle.
CREATE TABLE dead_letters (
    id INTEGER PRIMARY KEY,
    buried_at INTEGER NOT NULL,
    message TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;
";
