//! The templates and definitions that paths stand for, by the names that tools give their files.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use cloudformation::parse_yaml;
use serde_json::Value;

use crate::{
    file_search::{SKIPPED_FOLDERS, list_named_files},
    validate::DEFINITIONS,
};

/// How the template of a project in SAM or CloudFormation is called, as for `sam`.
const TEMPLATE_NAMES: [&str; 3] = ["template.yaml", "template.yml", "template.json"];

/// How other templates end, those of CDK among them.
const TEMPLATE_ENDINGS: [&str; 3] = [".template.json", ".template.yaml", ".template.yml"];

/// How the templates of nested stacks of CDK end.
const NESTED_TEMPLATE_ENDING: &str = ".nested.template.json";

/// Where CDK puts what it makes.
const CDK_FOLDER: &str = "cdk.out";

/// Where the Serverless Framework puts what it makes, and its template there.
const SERVERLESS_FOLDER: &str = ".serverless";
const SERVERLESS_TEMPLATE: &str = "cloudformation-template-update-stack.json";

/// What a path stands for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ProjectPart {
    /// A file that the user names.
    Named(PathBuf),
    /// A folder with its templates, and the definitions in it and below it.
    Folder { templates: Vec<PathBuf>, definitions: Vec<PathBuf> },
    /// What cannot be read, in words.
    Unreadable(String),
}

impl ProjectPart {
    /// The files that may be templates.
    pub(super) fn templates(&self) -> &[PathBuf] {
        match self {
            Self::Named(file) => std::slice::from_ref(file),
            Self::Folder { templates, .. } => templates,
            Self::Unreadable(_) => &[],
        }
    }
}

/// Lists what the paths stand for. A folder with templates is one project; in any other, each folder
/// below it may be one.
pub(super) fn list_parts(paths: &[PathBuf]) -> Vec<ProjectPart> {
    let mut parts = Vec::new();
    for path in paths {
        if !path.is_dir() {
            parts.push(ProjectPart::Named(path.clone()));
            continue;
        }
        let before = parts.len();
        if let Err(error) = search_folder(path, &mut parts) {
            parts.push(ProjectPart::Unreadable(format!("cannot read {}: {error}", path.display())));
        }
        if parts.len() == before {
            let endings: Vec<String> =
                DEFINITIONS.endings.iter().map(|ending| format!("*{ending}")).collect();
            let (folder, hint) = (path.display(), build_hint(path));
            parts.push(ProjectPart::Unreadable(format!(
                "{folder} has no template and no definitions ({}){hint}",
                endings.join(", ")
            )));
        }
    }
    parts
}

/// What has state machines in the current folder: a template, or a folder that a tool makes.
pub(crate) fn find_project_here() -> Option<PathBuf> {
    let has_machine = |file: &PathBuf| {
        let text = fs::read_to_string(file).unwrap_or_default();
        let document = parse_yaml(&text).unwrap_or_default();
        let is_machine = |resource: &Value| {
            resource["Type"].as_str().is_some_and(|kind| kind.ends_with("::StateMachine"))
        };
        document["Resources"].as_object().is_some_and(|all| all.values().any(is_machine))
    };
    let found = find_templates(Path::new("")).into_iter().find(has_machine)?;
    // What tools make stands for the folder that they make it in.
    let folder = found.components().next()?.as_os_str().to_owned();
    Some(PathBuf::from(folder))
}

fn search_folder(folder: &Path, parts: &mut Vec<ProjectPart>) -> io::Result<()> {
    let templates = find_templates(folder);
    if !templates.is_empty() {
        let below = list_named_files(&[folder.to_owned()], &DEFINITIONS);
        let is_source = |file: &PathBuf| !file.iter().any(|part| part == CDK_FOLDER);
        let definitions = below.into_iter().flatten().filter(is_source).collect();
        parts.push(ProjectPart::Folder { templates, definitions });
        return Ok(());
    }
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    let mut definitions = Vec::new();
    for entry in entries {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        // A link to a folder is not followed, so that the search ends.
        if entry.file_type()?.is_dir() {
            if !name.starts_with('.') && !SKIPPED_FOLDERS.contains(&&*name) {
                search_folder(&entry.path(), parts)?;
            }
        } else if DEFINITIONS.endings.iter().any(|ending| name.ends_with(ending)) {
            definitions.push(entry.path());
        }
    }
    if !definitions.is_empty() {
        parts.push(ProjectPart::Folder { templates: Vec::new(), definitions });
    }
    Ok(())
}

/// The templates in a folder: its own, and those that CDK and the Serverless Framework have made of
/// it.
fn find_templates(folder: &Path) -> Vec<PathBuf> {
    let own = TEMPLATE_NAMES.iter().map(|name| folder.join(name)).find(|file| file.is_file());
    let mut templates: Vec<PathBuf> = own.into_iter().collect();
    templates.extend(list_stack_templates(folder));
    let cdk = folder.join(CDK_FOLDER);
    templates.extend(list_stack_templates(&cdk));
    templates.extend(list_stages(&cdk).iter().flat_map(|stage| list_stack_templates(stage)));
    let serverless = [folder.to_owned(), folder.join(SERVERLESS_FOLDER)];
    let serverless = serverless.iter().map(|folder| folder.join(SERVERLESS_TEMPLATE));
    templates.extend(serverless.filter(|file| file.is_file()));
    templates
}

fn list_stack_templates(folder: &Path) -> Vec<PathBuf> {
    // A nested template is read with the one that nests it.
    let is_template = |name: &str| {
        TEMPLATE_ENDINGS.iter().any(|ending| name.ends_with(ending))
            && !name.ends_with(NESTED_TEMPLATE_ENDING)
    };
    list_entries(folder, is_template)
}

/// The stages of a CDK app, each of which has a folder of its own.
fn list_stages(folder: &Path) -> Vec<PathBuf> {
    list_entries(folder, |name| name.starts_with("assembly-"))
}

fn list_entries(folder: &Path, is_wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let folder = if folder == Path::new("") { Path::new(".") } else { folder };
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let wanted = |name: &std::ffi::OsString| is_wanted(&name.to_string_lossy());
    let names = entries.flatten().map(|entry| entry.file_name()).filter(wanted);
    let mut listed: Vec<PathBuf> = names
        .map(|name| if folder == Path::new(".") { PathBuf::from(name) } else { folder.join(name) })
        .collect();
    listed.sort();
    listed
}

/// What makes the template of a project that has none yet.
fn build_hint(folder: &Path) -> &'static str {
    let has = |name: &str| folder.join(name).is_file();
    if has("cdk.json") {
        "; `cdk synth` makes them of cdk.json"
    } else if ["serverless.yml", "serverless.yaml", "serverless.ts"].iter().any(|name| has(name)) {
        "; `serverless package` makes them of serverless.yml"
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in files {
            let file = folder.path().join(name);
            fs::create_dir_all(file.parent().expect("it is in the folder")).expect("is made");
            fs::write(file, "{}").expect("is written");
        }
        folder
    }

    #[test]
    fn each_tool_has_its_templates_where_it_puts_them() {
        for (files, expected) in [
            (&["template.yml", "template.json", "a.asl.json"][..], &["template.yml"][..]),
            (
                &[
                    "cdk.json",
                    "cdk.out/B.template.json",
                    "cdk.out/A.template.json",
                    "cdk.out/assembly-Dev/C.template.json",
                    "cdk.out/manifest.json",
                    "cdk.out/D.nested.template.json",
                ],
                &[
                    "cdk.out/A.template.json",
                    "cdk.out/B.template.json",
                    "cdk.out/assembly-Dev/C.template.json",
                ],
            ),
            (
                &["serverless.yml", ".serverless/cloudformation-template-update-stack.json"],
                &[".serverless/cloudformation-template-update-stack.json"],
            ),
        ] {
            let folder = folder_with(files);
            let expected: Vec<PathBuf> =
                expected.iter().map(|name| folder.path().join(name)).collect();
            let parts = list_parts(&[folder.path().to_owned()]);
            let [ProjectPart::Folder { templates, .. }] = &parts[..] else { panic!("{parts:?}") };
            assert_eq!(templates, &expected);
        }
    }

    #[test]
    fn a_folder_of_projects_is_all_of_them() {
        let folder = folder_with(&["one/template.yaml", "one/a.asl.json", "two/b.asl.json"]);
        let here = |name: &str| folder.path().join(name);
        let expected = [
            ProjectPart::Folder {
                templates: vec![here("one/template.yaml")],
                definitions: vec![here("one/a.asl.json")],
            },
            ProjectPart::Folder {
                templates: Vec::new(),
                definitions: vec![here("two/b.asl.json")],
            },
        ];
        assert_eq!(list_parts(&[folder.path().to_owned()]), expected);
    }

    #[test]
    fn a_project_that_was_not_built_says_what_builds_it() {
        let folder = folder_with(&["cdk.json"]);
        let parts = list_parts(&[folder.path().to_owned()]);
        let [ProjectPart::Unreadable(error)] = &parts[..] else { panic!("{parts:?}") };
        let expected = "has no template and no definitions (*.asl.json, *.asl.yaml, *.asl.yml, \
                        *.asl); `cdk synth` makes them of cdk.json";
        assert!(error.ends_with(expected), "{error}");
    }
}
