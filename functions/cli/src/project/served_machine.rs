//! A state machine of a project, ready to be deployed here.

use std::path::{Path, PathBuf};

use anyhow::Context;
use cloudformation::{TemplateDefinition, TemplateLogging, TemplateStateMachine};
use model::StateMachineType;

use crate::{definition_file::DefinitionFile, text_source::read_text};

/// What a project says of a state machine. Two are equal unless something has to be deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServedMachine {
    pub(crate) name: String,
    /// The template or the definition that says so.
    pub(crate) origin: PathBuf,
    pub(crate) definition: DefinitionFile,
    pub(crate) machine_type: StateMachineType,
    pub(crate) logging: Option<TemplateLogging>,
    /// Keys and values.
    pub(crate) tags: Vec<(String, String)>,
}

impl ServedMachine {
    /// Reads the definition of a template's state machine, and notes its file. Substitutions of the
    /// command line win over those of the template.
    ///
    /// Errors: no such file, not YAML.
    pub(super) fn of_template(
        template: &Path,
        machine: &TemplateStateMachine,
        substitutions: &[(String, String)],
        files: &mut Vec<PathBuf>,
    ) -> anyhow::Result<Self> {
        let substitutions = [substitutions, &machine.substitutions].concat();
        let (shown, text) = match &machine.definition {
            TemplateDefinition::File(file) => {
                files.push(file.clone());
                (file.clone(), read_text(file)?)
            }
            TemplateDefinition::Text(text) => {
                let shown = format!("{}: {}", template.display(), machine.logical_id);
                (PathBuf::from(shown), text.clone())
            }
        };
        let definition = DefinitionFile::of_text(shown, text, &substitutions)
            .context("its definition cannot be read")?;
        Ok(Self {
            name: machine.name.clone(),
            origin: template.to_owned(),
            definition,
            machine_type: machine.machine_type,
            logging: machine.logging.clone(),
            tags: machine.tags.clone(),
        })
    }
}
