//! Runs the programs of patterns.

use super::{
    char_set::{canonicalize, is_line_end, is_word_char},
    program::{Direction, Instruction, Program, RepeatInstruction, SingleChar},
};
use crate::{
    meter::EvaluationMeter,
    thrown::{Evaluated, Thrown},
};

/// A match. The positions are bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PatternMatch {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// The groups from the first one on; `None` for those that did not take part.
    pub(crate) groups: Vec<Option<(usize, usize)>>,
}

/// How many alternatives may be open at once. Each takes 40 bytes.
const OPEN_ALTERNATIVES_MAX: usize = 1_000_000;

/// How many instructions take as long as one step of an evaluation.
const INSTRUCTIONS_PER_STEP: usize = 16;

/// Finds the first match that starts at `from` or later.
pub(super) fn find_match(
    program: &Program,
    text: &str,
    from: usize,
    meter: &EvaluationMeter<'_>,
) -> Evaluated<Option<PatternMatch>> {
    let mut machine = Machine {
        program,
        text,
        borders: vec![None; 2 * (program.captures + 1)],
        counters: vec![Counter::default(); program.counters],
        open: Vec::new(),
        instructions: 0,
        meter,
    };
    let mut start = from;
    loop {
        if let Some(end) = machine.run(0, start)? {
            let border = |index: usize| machine.borders.get(index).copied().flatten();
            let group = |number: usize| border(2 * number).zip(border(2 * number + 1));
            let groups = (1..=program.captures).map(group).collect();
            return Ok(Some(PatternMatch { start, end, groups }));
        }
        let Some(letter) = text.get(start..).and_then(|rest| rest.chars().next()) else {
            return Ok(None);
        };
        start += letter.len_utf8();
        machine.borders.fill(None);
    }
}

/// How often a part was repeated, and where its last repetition started.
#[derive(Debug, Clone, Copy, Default)]
struct Counter {
    count: u32,
    start: usize,
}

/// What to do when the pattern does not match from here on.
#[derive(Debug, Clone, Copy)]
enum Alternative {
    /// Go on elsewhere.
    Branch { instruction: usize, position: usize },
    /// Give back a character of a greedy run, down to the limit.
    Shorter { instruction: usize, position: usize, limit: usize, direction: Direction },
    /// Let a lazy run take one more character.
    Longer { instruction: usize, position: usize, more: u32 },
    /// Restore the border of a group, and look further.
    Border { index: usize, value: Option<usize> },
    /// Restore a counter, and look further.
    Counter { index: usize, value: Counter },
}

struct Machine<'p> {
    program: &'p Program,
    text: &'p str,
    borders: Vec<Option<usize>>,
    counters: Vec<Counter>,
    open: Vec<Alternative>,
    instructions: usize,
    meter: &'p EvaluationMeter<'p>,
}

impl Machine<'_> {
    /// Runs the program from an instruction. Returns where the match ends.
    fn run(&mut self, instruction: usize, position: usize) -> Evaluated<Option<usize>> {
        let base = self.open.len();
        let (mut instruction, mut position) = (instruction, position);
        loop {
            self.count_instruction()?;
            let Some(current) = self.program.instructions.get(instruction).copied() else {
                return Ok(Some(position));
            };
            if matches!(current, Instruction::Found) {
                self.forget_branches(base);
                return Ok(Some(position));
            }
            let next = match self.execute(current, instruction, position)? {
                Some(next) => Some(next),
                None => self.backtrack(base),
            };
            match next {
                Some(next) => (instruction, position) = next,
                None => return Ok(None),
            }
        }
    }

    fn count_instruction(&mut self) -> Evaluated<()> {
        self.instructions += 1;
        if self.instructions.is_multiple_of(64 * INSTRUCTIONS_PER_STEP) {
            self.meter.count_steps(64)?;
        }
        if self.open.len() > OPEN_ALTERNATIVES_MAX {
            return Err(Thrown::too_large());
        }
        Ok(())
    }

    /// Forgets where else a part could have matched, but not what must be restored if the whole
    /// does not match.
    fn forget_branches(&mut self, base: usize) {
        let tail = self.open.split_off(base);
        self.open.extend(tail.into_iter().filter(|alternative| {
            matches!(alternative, Alternative::Border { .. } | Alternative::Counter { .. })
        }));
    }

    /// Executes an instruction. Returns the next one and its position, or `None` if the pattern
    /// does not match here.
    fn execute(
        &mut self,
        current: Instruction,
        number: usize,
        position: usize,
    ) -> Evaluated<Option<(usize, usize)>> {
        let next = number + 1;
        let if_true = |holds: bool| holds.then_some((next, position));
        Ok(match current {
            Instruction::Single { single, direction } => {
                self.step(single, position, direction).map(|position| (next, position))
            }
            Instruction::Run { single, min, max, is_greedy, direction } => {
                self.execute_run(number, position, (single, direction), (min, max), is_greedy)?
            }
            Instruction::Split { first, second } => {
                self.open.push(Alternative::Branch { instruction: second, position });
                Some((first, position))
            }
            Instruction::Jump(target) => Some((target, position)),
            Instruction::Save(index) => {
                self.set_border(index, Some(position));
                Some((next, position))
            }
            Instruction::Start => if_true(
                position == 0
                    || self.program.is_multiline
                        && self.letter_before(position).is_some_and(is_line_end),
            ),
            Instruction::End => if_true(
                position == self.text.len()
                    || self.program.is_multiline
                        && self.letter_after(position).is_some_and(is_line_end),
            ),
            Instruction::WordBoundary { is_negated } => {
                let before = self.letter_before(position).is_some_and(is_word_char);
                let after = self.letter_after(position).is_some_and(is_word_char);
                if_true((before != after) != is_negated)
            }
            Instruction::BackReference { group, direction } => {
                self.match_reference(group, position, direction)?.map(|position| (next, position))
            }
            Instruction::Look { is_negated, target } => {
                self.execute_look(next, position, is_negated)?.then_some((target, position))
            }
            Instruction::Found => None,
            Instruction::StartRepeat(counter) => {
                self.set_counter(counter, Counter::default());
                Some((next, position))
            }
            Instruction::Repeat(repeat) => Some(self.execute_repeat(repeat, number, position)),
            Instruction::EndRepeat { counter, min, target } => {
                let Counter { count, start } = self.counter(counter);
                let is_idle = count > min && start == position;
                if is_idle { None } else { Some((target, position)) }
            }
        })
    }

    /// Runs the instructions of a lookaround.
    fn execute_look(&mut self, first: usize, position: usize, is_negated: bool) -> Evaluated<bool> {
        let base = self.open.len();
        let found = self.run(first, position)?.is_some();
        if is_negated && found {
            // What the lookaround captured does not count.
            while self.backtrack(base).is_some() {}
        }
        Ok(found != is_negated)
    }

    fn execute_run(
        &mut self,
        number: usize,
        position: usize,
        (single, direction): (SingleChar, Direction),
        (min, max): (u32, u32),
        is_greedy: bool,
    ) -> Evaluated<Option<(usize, usize)>> {
        let mut end = position;
        let mut limit = position;
        let mut count = 0;
        while count < if is_greedy { max } else { min } {
            let Some(after) = self.step(single, end, direction) else { break };
            end = after;
            count += 1;
            if count <= min {
                limit = end;
            }
            self.instructions += 1;
            if count % 1024 == 0 {
                self.meter.count_steps(1024 / INSTRUCTIONS_PER_STEP)?;
            }
        }
        if count < min {
            return Ok(None);
        }
        let instruction = number + 1;
        if is_greedy && end != limit {
            self.open.push(Alternative::Shorter { instruction, position: end, limit, direction });
        } else if !is_greedy && count < max {
            let more = max - count;
            self.open.push(Alternative::Longer { instruction: number, position: end, more });
        }
        Ok(Some((instruction, end)))
    }

    fn execute_repeat(
        &mut self,
        repeat: RepeatInstruction,
        number: usize,
        position: usize,
    ) -> (usize, usize) {
        let count = self.counter(repeat.counter).count;
        let body = number + 1;
        if count >= repeat.max {
            return (repeat.exit, position);
        }
        if count >= repeat.min {
            if !repeat.is_greedy {
                // One more repetition is prepared only if the rest does not match.
                let instruction = number;
                self.open.push(Alternative::Longer { instruction, position, more: count });
                return (repeat.exit, position);
            }
            self.open.push(Alternative::Branch { instruction: repeat.exit, position });
        }
        self.start_repetition(repeat, position);
        (body, position)
    }

    fn start_repetition(&mut self, repeat: RepeatInstruction, position: usize) {
        let count = self.counter(repeat.counter).count.saturating_add(1);
        self.set_counter(repeat.counter, Counter { count, start: position });
        for group in repeat.captures.0..repeat.captures.1 {
            self.set_border(2 * group, None);
            self.set_border(2 * group + 1, None);
        }
    }

    /// Goes back to the last open alternative. `None` if none is left above the base.
    fn backtrack(&mut self, base: usize) -> Option<(usize, usize)> {
        while self.open.len() > base {
            match self.open.pop()? {
                Alternative::Branch { instruction, position } => {
                    return Some((instruction, position));
                }
                Alternative::Shorter { instruction, position, limit, direction } => {
                    let position = self.give_back(position, direction);
                    if position != limit {
                        let shorter =
                            Alternative::Shorter { instruction, position, limit, direction };
                        self.open.push(shorter);
                    }
                    return Some((instruction, position));
                }
                Alternative::Longer { instruction, position, more } => {
                    if let Some(next) = self.lengthen(instruction, position, more) {
                        return Some(next);
                    }
                }
                Alternative::Border { index, value } => {
                    if let Some(border) = self.borders.get_mut(index) {
                        *border = value;
                    }
                }
                Alternative::Counter { index, value } => {
                    if let Some(counter) = self.counters.get_mut(index) {
                        *counter = value;
                    }
                }
            }
        }
        None
    }

    /// Lets a lazy repetition go on.
    fn lengthen(
        &mut self,
        instruction: usize,
        position: usize,
        more: u32,
    ) -> Option<(usize, usize)> {
        match self.program.instructions.get(instruction).copied()? {
            Instruction::Run { single, direction, .. } => {
                let position = self.step(single, position, direction)?;
                if more > 1 {
                    let more = more - 1;
                    self.open.push(Alternative::Longer { instruction, position, more });
                }
                Some((instruction + 1, position))
            }
            Instruction::Repeat(repeat) => {
                self.start_repetition(repeat, position);
                Some((instruction + 1, position))
            }
            _ => None,
        }
    }

    fn letter_before(&self, position: usize) -> Option<char> {
        self.text.get(..position)?.chars().next_back()
    }

    fn letter_after(&self, position: usize) -> Option<char> {
        self.text.get(position..)?.chars().next()
    }

    /// The position after a character that must match.
    fn step(&self, single: SingleChar, position: usize, direction: Direction) -> Option<usize> {
        let (letter, after) = match direction {
            Direction::Forward => {
                let letter = self.letter_after(position)?;
                (letter, position + letter.len_utf8())
            }
            Direction::Backward => {
                let letter = self.letter_before(position)?;
                (letter, position - letter.len_utf8())
            }
        };
        self.program.matches_single(single, letter).then_some(after)
    }

    fn give_back(&self, position: usize, direction: Direction) -> usize {
        match direction {
            Direction::Forward => position - self.letter_before(position).map_or(0, char::len_utf8),
            Direction::Backward => position + self.letter_after(position).map_or(0, char::len_utf8),
        }
    }

    /// The position after the text of a group, which must come again.
    fn match_reference(
        &mut self,
        group: usize,
        position: usize,
        direction: Direction,
    ) -> Evaluated<Option<usize>> {
        let border = |index: usize| self.borders.get(index).copied().flatten();
        let Some((start, end)) = border(2 * group).zip(border(2 * group + 1)) else {
            return Ok(Some(position));
        };
        let text = self.text;
        let captured = text.get(start..end).unwrap_or_default();
        self.meter.count_steps(captured.len() / INSTRUCTIONS_PER_STEP)?;
        let mut here = position;
        let mut letters: Vec<char> = captured.chars().collect();
        if direction == Direction::Backward {
            letters.reverse();
        }
        for letter in letters {
            let expected = if self.program.ignores_case { canonicalize(letter) } else { letter };
            match self.step(SingleChar::Char(expected), here, direction) {
                Some(after) => here = after,
                None => return Ok(None),
            }
        }
        Ok(Some(here))
    }

    fn set_border(&mut self, index: usize, value: Option<usize>) {
        if let Some(border) = self.borders.get_mut(index) {
            let old = std::mem::replace(border, value);
            self.open.push(Alternative::Border { index, value: old });
        }
    }

    fn counter(&self, index: usize) -> Counter {
        self.counters.get(index).copied().unwrap_or_default()
    }

    fn set_counter(&mut self, index: usize, value: Counter) {
        if let Some(counter) = self.counters.get_mut(index) {
            let old = std::mem::replace(counter, value);
            self.open.push(Alternative::Counter { index, value: old });
        }
    }
}
