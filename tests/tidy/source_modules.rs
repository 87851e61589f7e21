//! The modules of a crate, and which module uses which.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use regex::Regex;

use crate::workspace::repository_root;

/// The names that lead to a module: `["frames", "append"]`; empty for the crate's root.
pub(crate) type ModulePath = Vec<String>;

/// The modules of one crate with their sources; tests and comments are left out.
pub(crate) struct SourceModules {
    sources: BTreeMap<ModulePath, String>,
}

impl SourceModules {
    /// Reads the library crate in that folder of `shared`.
    pub(crate) fn of_crate(name: &str) -> Self {
        let root = repository_root().join("shared").join(name).join("src");
        let mut files = Vec::new();
        add_files(&root, &mut files);
        let sources = files.iter().filter_map(|file| Some((module_path(&root, file)?, file)));
        let sources = sources.map(|(path, file)| (path, code_of(file))).collect();
        Self { sources }
    }

    /// Every module and its source.
    pub(crate) fn sources(&self) -> impl Iterator<Item = (&ModulePath, &str)> {
        self.sources.iter().map(|(module, source)| (module, source.as_str()))
    }

    /// The modules that each module uses, found by the names in `use` and in qualified paths. A name
    /// that is re-exported counts as a use of the module that defines it.
    pub(crate) fn uses(&self) -> BTreeMap<ModulePath, BTreeSet<ModulePath>> {
        let paths = |module: &ModulePath| {
            let used = self.paths_in(module).into_iter();
            let used = used.filter_map(|path| self.definer(module, &path, 0));
            used.filter(|used| used != module).collect()
        };
        self.sources.keys().map(|module| (module.clone(), paths(module))).collect()
    }

    /// Every path that a module's source names.
    fn paths_in(&self, module: &ModulePath) -> Vec<Vec<String>> {
        let source = &self.sources[module];
        let mut paths: Vec<Vec<String>> = imports(source).into_iter().map(|it| it.path).collect();
        let body = Regex::new(r"use\s+[^;]+;").expect("valid").replace_all(source, "");
        let qualified = Regex::new(r"\b\w+(?:::\w+)+").expect("valid");
        paths.extend(qualified.find_iter(&body).map(|found| segments(found.as_str())));
        paths
    }

    /// The module that defines what a path names, as seen from a module; none if it is of another
    /// crate.
    fn definer(&self, module: &ModulePath, path: &[String], depth: usize) -> Option<ModulePath> {
        const RE_EXPORTS_MAX: usize = 8;
        let first = path.first()?;
        let mut current = module.clone();
        let mut rest = path;
        match first.as_str() {
            "crate" => current.clear(),
            "self" | "super" => {}
            name if self.is_module(module, name) => {}
            _ => return None,
        }
        if matches!(first.as_str(), "crate" | "self") {
            rest = &rest[1..];
        }
        while rest.first().is_some_and(|segment| segment == "super") {
            current.pop();
            rest = &rest[1..];
        }
        while let Some((segment, after)) = rest.split_first() {
            if self.is_module(&current, segment) {
                current.push(segment.clone());
                rest = after;
                continue;
            }
            let exports = imports(&self.sources[&current]);
            let export =
                exports.iter().find(|it| it.is_exported && it.path.last() == Some(segment));
            return match export {
                Some(export) if depth < RE_EXPORTS_MAX => {
                    let path = [export.path.as_slice(), after].concat();
                    self.definer(&current, &path, depth + 1)
                }
                Some(_) | None => Some(current),
            };
        }
        Some(current)
    }

    fn is_module(&self, parent: &[String], name: &str) -> bool {
        let path: ModulePath = parent.iter().cloned().chain([name.to_owned()]).collect();
        self.sources.contains_key(&path)
    }
}

/// Groups of modules each of which uses every other one of its group, directly or not.
pub(crate) fn cycles(
    uses: &BTreeMap<ModulePath, BTreeSet<ModulePath>>,
) -> Vec<BTreeSet<ModulePath>> {
    let reached = |from: &ModulePath| {
        let (mut reached, mut open) = (BTreeSet::new(), vec![from.clone()]);
        while let Some(module) = open.pop() {
            for used in uses.get(&module).into_iter().flatten() {
                if reached.insert(used.clone()) {
                    open.push(used.clone());
                }
            }
        }
        reached
    };
    let all: BTreeMap<_, _> = uses.keys().map(|module| (module.clone(), reached(module))).collect();
    let group = |module: &ModulePath| -> BTreeSet<ModulePath> {
        let others = all[module].iter().filter(|other| all[*other].contains(module));
        others.cloned().collect()
    };
    let groups: BTreeSet<_> = uses.keys().map(group).filter(|group| !group.is_empty()).collect();
    groups.into_iter().collect()
}

/// A module path as text: `frames/append`.
pub(crate) fn shown(module: &[String]) -> String {
    if module.is_empty() { "lib".to_owned() } else { module.join("/") }
}

struct Import {
    path: Vec<String>,
    is_exported: bool,
}

fn imports(source: &str) -> Vec<Import> {
    let import = Regex::new(r"(pub(?:\([^)]*\))?\s+)?\buse\s+([^;]+);").expect("valid");
    let found = import.captures_iter(source).flat_map(|captures| {
        let is_exported = captures.get(1).is_some();
        let paths = expanded(&captures[2]).into_iter();
        paths.map(move |path| Import { path: segments(&path), is_exported }).collect::<Vec<_>>()
    });
    found.collect()
}

/// `a::{b, c::{d, e}}` → `a::b`, `a::c::d`, `a::c::e`
fn expanded(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some((before, inside)) = tree.split_once('{') else {
        let name = tree.split(" as ").next().unwrap_or_default();
        return vec![name.trim().to_owned()];
    };
    let inside = inside.trim_end().strip_suffix('}').unwrap_or(inside);
    let (mut parts, mut depth) = (vec![String::new()], 0);
    for letter in inside.chars() {
        match letter {
            ',' if depth == 0 => parts.push(String::new()),
            _ => {
                depth += i32::from(letter == '{') - i32::from(letter == '}');
                if let Some(part) = parts.last_mut() {
                    part.push(letter);
                }
            }
        }
    }
    let parts = parts.iter().filter(|part| !part.trim().is_empty());
    parts.flat_map(|part| expanded(part)).map(|part| format!("{}{part}", before.trim())).collect()
}

fn segments(path: &str) -> Vec<String> {
    path.split("::").map(|segment| segment.trim().to_owned()).collect()
}

fn add_files(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).expect("the folder is there");
    for entry in entries {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            add_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The path of a file's module; none for one that only tests have.
fn module_path(root: &Path, file: &Path) -> Option<ModulePath> {
    const OF_TESTS: [&str; 3] = ["tests", "test_driver", "lint_false_positives"];
    let relative = file.strip_prefix(root).ok()?.with_extension("");
    let path: ModulePath =
        relative.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if path.iter().any(|part| OF_TESTS.contains(&part.as_str())) {
        return None;
    }
    Some(if path == ["lib"] { Vec::new() } else { path })
}

/// A file's code without its tests, comments and texts.
fn code_of(file: &Path) -> String {
    let text = fs::read_to_string(file).expect("sources are UTF-8");
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let noise = Regex::new(r#"//[^\n]*|"(?:\\.|[^"\\])*""#).expect("valid");
    noise.replace_all(code, "").into_owned()
}
