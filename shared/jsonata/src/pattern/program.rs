//! The program of a pattern.

use super::char_set::{CharSet, canonicalize};

/// The program of a pattern: instructions that a machine runs.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) instructions: Vec<Instruction>,
    pub(super) sets: Vec<CharSet>,
    pub(super) captures: usize,
    pub(super) counters: usize,
    pub(super) ignores_case: bool,
    pub(super) is_multiline: bool,
}

/// Which way a part of a pattern reads the text: lookbehinds read it backward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Forward,
    Backward,
}

/// What matches a single character.
#[derive(Debug, Clone, Copy)]
pub(super) enum SingleChar {
    /// This character; if case does not matter, the one that stands for it.
    Char(char),
    /// A character of the set with this number.
    Set(usize),
}

/// An instruction. Targets are the numbers of instructions.
#[derive(Debug, Clone, Copy)]
pub(super) enum Instruction {
    Single {
        single: SingleChar,
        direction: Direction,
    },
    /// Repeats a single character.
    Run {
        single: SingleChar,
        min: u32,
        max: u32,
        is_greedy: bool,
        direction: Direction,
    },
    /// Goes on at the first target, and at the second one if that fails.
    Split {
        first: usize,
        second: usize,
    },
    Jump(usize),
    /// Stores the position as a border of a group.
    Save(usize),
    Start,
    End,
    WordBoundary {
        is_negated: bool,
    },
    BackReference {
        group: usize,
        direction: Direction,
    },
    /// Runs the instructions that follow, up to `Found`, and goes on at the target.
    Look {
        is_negated: bool,
        target: usize,
    },
    Found,
    /// Sets a counter to zero.
    StartRepeat(usize),
    /// Decides whether the repeated part, which follows, runs again.
    Repeat(RepeatInstruction),
    /// Ends the repeated part of the repetition at the target.
    EndRepeat {
        counter: usize,
        min: u32,
        target: usize,
    },
}

#[derive(Debug, Clone, Copy)]
pub(super) struct RepeatInstruction {
    pub(super) counter: usize,
    pub(super) min: u32,
    pub(super) max: u32,
    pub(super) is_greedy: bool,
    /// Where the pattern goes on.
    pub(super) exit: usize,
    /// The groups inside, which every repetition starts anew: the first one, and the one after
    /// the last.
    pub(super) captures: (usize, usize),
}

impl Program {
    pub(super) fn matches_single(&self, single: SingleChar, letter: char) -> bool {
        match single {
            SingleChar::Char(expected) if self.ignores_case => canonicalize(letter) == expected,
            SingleChar::Char(expected) => letter == expected,
            SingleChar::Set(set) => self.sets.get(set).is_some_and(|set| {
                if self.ignores_case {
                    set.contains_ignoring_case(letter)
                } else {
                    set.contains(letter)
                }
            }),
        }
    }
}
