//! What a parse gathers besides the values it returns: diagnostics, states and variables.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
};

use model::StateName;

use super::fields::QueryDialect;
use crate::{Diagnostic, DiagnosticCode, DiagnosticSeverity, StateDefinition};

/// The most diagnostics of one definition; further ones are dropped. AWS's API returns at most 100,
/// and without a limit a megabyte of mistakes would produce gigabytes of diagnostics.
pub(super) const DIAGNOSTICS_MAX: usize = 1_000;

/// What a definition is read for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum ParsePurpose {
    /// To run it.
    #[default]
    Run,
    /// To test one of its states, whose call may be mocked.
    Test,
}

/// The diagnostics and states found so far.
#[derive(Default)]
pub(super) struct ParseReport {
    purpose: ParsePurpose,
    findings: RefCell<Vec<PositionedDiagnostic>>,
    names: RefCell<BTreeSet<StateName>>,
    gathered: RefCell<ParseResults>,
    reads_execution_input: Cell<bool>,
    machine_dialect: Cell<QueryDialect>,
    /// The states that are being read, outer ones first.
    inside: RefCell<Vec<StateName>>,
}

/// What a parse gathered. It is complete if there are no diagnostics.
#[derive(Default)]
pub(super) struct ParseResults {
    /// Every state by its name.
    pub(super) states: BTreeMap<StateName, StateDefinition>,
    /// Whether some expression may read `$$.Execution.Input`.
    pub(super) reads_execution_input: bool,
    /// The variables that each state reads.
    pub(super) variable_references: BTreeMap<StateName, BTreeSet<String>>,
    /// The variables that each state assigns.
    pub(super) assigned: BTreeMap<StateName, Vec<VariableAssignment>>,
}

/// A variable that a state assigns.
pub(super) struct VariableAssignment {
    /// Its name.
    pub(super) name: String,
    /// The location of its value.
    pub(super) location: String,
}

struct PositionedDiagnostic {
    position: Vec<usize>,
    diagnostic: Diagnostic,
}

impl ParseReport {
    /// Creates the report on a definition that is read for this purpose.
    pub(super) fn for_purpose(purpose: ParsePurpose) -> Self {
        Self { purpose, ..Self::default() }
    }

    /// What the definition is read for.
    pub(super) const fn purpose(&self) -> ParsePurpose {
        self.purpose
    }

    /// Notes an error found at a position.
    pub(super) fn add_error(
        &self,
        position: &[usize],
        code: DiagnosticCode,
        message: String,
        location: &str,
    ) {
        let location = if location.is_empty() { "/" } else { location };
        let diagnostic = Diagnostic {
            severity: DiagnosticSeverity::Error,
            code,
            message,
            location: Some(location.to_owned()),
        };
        let mut findings = self.findings.borrow_mut();
        if findings.len() < DIAGNOSTICS_MAX {
            findings.push(PositionedDiagnostic { position: position.to_vec(), diagnostic });
        }
    }

    /// Notes that an expression reads the execution's input, if it does.
    pub(super) fn note_execution_input_read(&self, reads: bool) {
        self.reads_execution_input.set(self.reads_execution_input.get() || reads);
    }

    /// Sets the language of states that name none.
    pub(super) fn set_machine_dialect(&self, dialect: QueryDialect) {
        self.machine_dialect.set(dialect);
    }

    /// The language of states that name none.
    pub(super) fn machine_dialect(&self) -> QueryDialect {
        self.machine_dialect.get()
    }

    /// Makes this state the innermost state, until [`Self::leave_state`].
    pub(super) fn enter_state(&self, state: StateName) {
        self.inside.borrow_mut().push(state);
    }

    /// Leaves the innermost state, which has been read.
    pub(super) fn leave_state(&self) {
        self.inside.borrow_mut().pop();
    }

    /// Notes that the innermost state reads a variable.
    pub(super) fn note_variable_read(&self, name: &str) {
        if let Some(state) = self.inside.borrow().last() {
            let mut gathered = self.gathered.borrow_mut();
            let names = gathered.variable_references.entry(state.clone()).or_default();
            names.insert(name.to_owned());
        }
    }

    /// Notes that the innermost state assigns a variable.
    pub(super) fn note_assignment(&self, assigned: VariableAssignment) {
        if let Some(state) = self.inside.borrow().last() {
            let mut gathered = self.gathered.borrow_mut();
            gathered.assigned.entry(state.clone()).or_default().push(assigned);
        }
    }

    /// Claims a name for a state. Returns false if another state has it.
    pub(super) fn claim_name(&self, name: &StateName) -> bool {
        self.names.borrow_mut().insert(name.clone())
    }

    /// Keeps a state whose name was claimed for it.
    pub(super) fn add_state(&self, state: StateDefinition) {
        self.gathered.borrow_mut().states.insert(state.name.clone(), state);
    }

    /// Returns all diagnostics in document order, and what was gathered despite them.
    pub(super) fn into_results(self) -> (Vec<Diagnostic>, ParseResults) {
        let mut findings = self.findings.into_inner();
        findings.sort_by(|a, b| a.position.cmp(&b.position));
        let mut gathered = self.gathered.into_inner();
        gathered.reads_execution_input = self.reads_execution_input.get();
        (findings.into_iter().map(|finding| finding.diagnostic).collect(), gathered)
    }
}
