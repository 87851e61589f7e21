//! A pseudo terminal that stands for the user's.

use std::{
    fs::{File, OpenOptions},
    io::Read,
    os::unix::ffi::OsStrExt,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Winsize, tcsetwinsize},
};

/// How long a program may show nothing before its test has failed.
const PATIENCE: Duration = Duration::from_mins(1);

/// Both ends of a terminal.
pub(crate) struct Terminal {
    /// What a program writes is read here.
    master: File,
    /// The end that programs see.
    slave: File,
}

impl Terminal {
    pub(crate) fn open() -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal opens");
        grantpt(&master).expect("it is ours");
        unlockpt(&master).expect("it is unlocked");
        let name = ptsname(&master, Vec::new()).expect("it has a name");
        let path = Path::new(std::ffi::OsStr::from_bytes(name.to_bytes()));
        let slave = OpenOptions::new().read(true).write(true).open(path).expect("it opens");
        Self { master: File::from(master), slave }
    }

    /// The end for a program.
    pub(crate) fn stdio(&self) -> Stdio {
        self.slave.try_clone().expect("a file can be opened twice").into()
    }

    /// Reads until this text has come, and returns all that was read.
    ///
    /// # Panics
    /// If it does not come in time.
    pub(crate) fn read_until(&mut self, text: &str) -> String {
        self.read_until_match(&|seen| seen.contains(text))
    }

    /// Sets how many columns and rows programs see.
    pub(crate) fn resize(&self, columns: u16, rows: u16) {
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&self.slave, size).expect("a terminal has a size");
    }

    /// Reads until all that was read is enough, and returns it. What follows is left to be read.
    ///
    /// # Panics
    /// If that takes too long.
    pub(crate) fn read_until_match(&mut self, is_enough: &dyn Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        let mut seen = Vec::new();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let left = Timespec::try_from(left).expect("it is a short time");
            let mut readable = [PollFd::new(&self.master, PollFlags::IN)];
            let ready = poll(&mut readable, Some(&left)).expect("the terminal is open");
            assert!(ready > 0, "this is not enough: {}", String::from_utf8_lossy(&seen));
            let mut next = [0];
            self.master.read_exact(&mut next).expect("the terminal is open");
            seen.extend(next);
            let shown = String::from_utf8_lossy(&seen);
            if is_enough(&shown) {
                return shown.into_owned();
            }
        }
    }
}
