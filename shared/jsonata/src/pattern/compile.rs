//! Compiles patterns to programs.

use super::{
    PatternFlags,
    char_set::canonicalize,
    parse::{PatternNode, PatternTree},
    program::{Direction, Instruction, Program, RepeatInstruction, SingleChar},
};

/// Compiles a pattern.
pub(super) fn compile_pattern(tree: &PatternTree, flags: PatternFlags) -> Result<Program, String> {
    let program = Program {
        instructions: Vec::new(),
        sets: Vec::new(),
        captures: tree.captures,
        counters: 0,
        ignores_case: flags.ignores_case,
        is_multiline: flags.is_multiline,
    };
    let mut compiler = Compiler { program, names: &tree.names };
    compiler.compile(&tree.root, Direction::Forward)?;
    compiler.emit(Instruction::Found);
    Ok(compiler.program)
}

struct Compiler<'t> {
    program: Program,
    names: &'t [(String, usize)],
}

impl Compiler<'_> {
    /// Adds an instruction and returns its number.
    fn emit(&mut self, instruction: Instruction) -> usize {
        self.program.instructions.push(instruction);
        self.program.instructions.len() - 1
    }

    fn next_number(&self) -> usize {
        self.program.instructions.len()
    }

    fn replace(&mut self, number: usize, instruction: Instruction) {
        if let Some(place) = self.program.instructions.get_mut(number) {
            *place = instruction;
        }
    }

    fn compile(&mut self, node: &PatternNode, direction: Direction) -> Result<(), String> {
        match node {
            PatternNode::Empty => {}
            PatternNode::Char(_) | PatternNode::Set(_) => {
                if let Some(single) = self.single_char(node) {
                    self.emit(Instruction::Single { single, direction });
                }
            }
            PatternNode::Sequence(nodes) => match direction {
                Direction::Forward => {
                    nodes.iter().try_for_each(|node| self.compile(node, direction))?;
                }
                Direction::Backward => {
                    nodes.iter().rev().try_for_each(|node| self.compile(node, direction))?;
                }
            },
            PatternNode::Alternatives(nodes) => self.compile_alternatives(nodes, direction)?,
            PatternNode::Capture(number, node) => {
                let borders = match direction {
                    Direction::Forward => (2 * number, 2 * number + 1),
                    Direction::Backward => (2 * number + 1, 2 * number),
                };
                self.emit(Instruction::Save(borders.0));
                self.compile(node, direction)?;
                self.emit(Instruction::Save(borders.1));
            }
            PatternNode::Repeat { node, min, max, is_greedy, captures } => {
                if let Some(single) = self.single_char(node) {
                    let (min, max, is_greedy) = (*min, *max, *is_greedy);
                    self.emit(Instruction::Run { single, min, max, is_greedy, direction });
                } else {
                    let counter = self.program.counters;
                    self.program.counters += 1;
                    let (min, max, is_greedy, captures) = (*min, *max, *is_greedy, *captures);
                    let repeat =
                        RepeatInstruction { counter, min, max, is_greedy, exit: 0, captures };
                    self.compile_repeat(node, repeat, direction)?;
                }
            }
            PatternNode::Start => drop(self.emit(Instruction::Start)),
            PatternNode::End => drop(self.emit(Instruction::End)),
            PatternNode::WordBoundary { is_negated } => {
                self.emit(Instruction::WordBoundary { is_negated: *is_negated });
            }
            PatternNode::Look { node, is_behind, is_negated } => {
                let direction = if *is_behind { Direction::Backward } else { Direction::Forward };
                let look = self.emit(Instruction::Found);
                self.compile(node, direction)?;
                self.emit(Instruction::Found);
                let target = self.next_number();
                self.replace(look, Instruction::Look { is_negated: *is_negated, target });
            }
            PatternNode::BackReference(group) => {
                self.emit(Instruction::BackReference { group: *group, direction });
            }
            PatternNode::NamedReference(name) => {
                let group = self.names.iter().find(|(known, _)| known == name);
                let Some((_, group)) = group else {
                    return Err("Invalid named capture referenced".to_owned());
                };
                self.emit(Instruction::BackReference { group: *group, direction });
            }
        }
        Ok(())
    }

    /// What a node matches if it is a single character.
    fn single_char(&mut self, node: &PatternNode) -> Option<SingleChar> {
        match node {
            PatternNode::Char(letter) if self.program.ignores_case => {
                Some(SingleChar::Char(canonicalize(*letter)))
            }
            PatternNode::Char(letter) => Some(SingleChar::Char(*letter)),
            PatternNode::Set(set) => {
                self.program.sets.push(set.clone());
                Some(SingleChar::Set(self.program.sets.len() - 1))
            }
            // A group that does not capture.
            PatternNode::Sequence(nodes) => match &**nodes {
                [single] => self.single_char(single),
                _ => None,
            },
            _ => None,
        }
    }

    fn compile_alternatives(
        &mut self,
        nodes: &[PatternNode],
        direction: Direction,
    ) -> Result<(), String> {
        let mut jumps = Vec::new();
        for (i, node) in nodes.iter().enumerate() {
            if i + 1 == nodes.len() {
                self.compile(node, direction)?;
                break;
            }
            let split = self.emit(Instruction::Found);
            self.compile(node, direction)?;
            jumps.push(self.emit(Instruction::Found));
            let second = self.next_number();
            self.replace(split, Instruction::Split { first: split + 1, second });
        }
        let end = self.next_number();
        for jump in jumps {
            self.replace(jump, Instruction::Jump(end));
        }
        Ok(())
    }

    fn compile_repeat(
        &mut self,
        node: &PatternNode,
        repeat: RepeatInstruction,
        direction: Direction,
    ) -> Result<(), String> {
        let RepeatInstruction { counter, min, .. } = repeat;
        self.emit(Instruction::StartRepeat(counter));
        let target = self.emit(Instruction::Found);
        self.compile(node, direction)?;
        self.emit(Instruction::EndRepeat { counter, min, target });
        let exit = self.next_number();
        self.replace(target, Instruction::Repeat(RepeatInstruction { exit, ..repeat }));
        Ok(())
    }
}
