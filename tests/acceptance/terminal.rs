//! A pseudo terminal that stands for the user's.

use std::{
    fs::{File, OpenOptions},
    io::Read,
    os::unix::ffi::OsStrExt,
    path::Path,
    process::Stdio,
};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

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
    pub(crate) fn read_until(&mut self, text: &str) -> String {
        let mut seen = Vec::new();
        loop {
            let mut bytes = [0; 1024];
            let count = self.master.read(&mut bytes).expect("the terminal is open");
            seen.extend_from_slice(&bytes[..count]);
            let shown = String::from_utf8_lossy(&seen);
            if shown.contains(text) {
                return shown.into_owned();
            }
        }
    }
}
