//! Which methods of the ports a use case reaches, by the names in the sources of `orchestrator`.
//!
//! A name stands for every function of that name, so more may seem to be reached than is, and never
//! less. The names there are long enough that this makes no difference.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use crate::source_modules::SourceModules;

/// The functions of `orchestrator` and the methods of its ports.
pub(crate) struct PortUse {
    /// The names in the body of each function, by the function's name.
    functions: BTreeMap<String, BTreeSet<String>>,
    /// The methods of each port.
    ports: BTreeMap<String, BTreeSet<String>>,
    /// The use cases in `api`.
    api: BTreeSet<String>,
}

impl PortUse {
    /// Reads the sources.
    pub(crate) fn of_orchestrator() -> Self {
        let mut found =
            Self { functions: BTreeMap::new(), ports: BTreeMap::new(), api: BTreeSet::new() };
        let modules = SourceModules::of_crate("orchestrator");
        for (module, source) in modules.sources() {
            match module.first().map(String::as_str) {
                // It only passes calls on.
                Some("ports") if module.ends_with(&["composed_ports".to_owned()]) => {}
                Some("ports") => found.ports.extend(port_methods(source)),
                room => {
                    if room == Some("api") {
                        found.api.extend(names_after(source, "pub async fn"));
                    }
                    found.add_functions(source);
                }
            }
        }
        found
    }

    /// The use cases that serve one operation of the API each.
    pub(crate) fn api_use_cases(&self) -> impl Iterator<Item = &str> {
        self.api.iter().map(String::as_str)
    }

    /// The methods of a port.
    pub(crate) fn methods_of(&self, port: &str) -> &BTreeSet<String> {
        self.ports.get(port).unwrap_or_else(|| panic!("there is no port {port}"))
    }

    /// The methods of these ports that these use cases reach.
    pub(crate) fn reached_methods<'a>(
        &'a self,
        use_cases: impl IntoIterator<Item = &'a str>,
        ports: &[&str],
    ) -> BTreeSet<&'a str> {
        let (mut named, mut open) = (BTreeSet::new(), Vec::new());
        for use_case in use_cases {
            assert!(self.functions.contains_key(use_case), "there is no use case {use_case}");
            open.push(use_case);
        }
        while let Some(function) = open.pop() {
            for name in self.functions.get(function).into_iter().flatten() {
                if named.insert(name.as_str()) {
                    open.push(name);
                }
            }
        }
        let methods = ports.iter().flat_map(|port| self.methods_of(port));
        methods.map(String::as_str).filter(|method| named.contains(method)).collect()
    }

    fn add_functions(&mut self, source: &str) {
        let word = Regex::new(r"\b[a-z]\w+\b").expect("valid");
        let bodies = Regex::new(r"\bfn ").expect("valid");
        for function in bodies.split(source).skip(1) {
            let mut words = word.find_iter(function).map(|found| found.as_str().to_owned());
            let Some(name) = words.next() else { continue };
            self.functions.entry(name).or_default().extend(words);
        }
    }
}

fn port_methods(source: &str) -> Vec<(String, BTreeSet<String>)> {
    let port = Regex::new(r"(?s)pub trait (\w+)[^{]*\{(.*?)\n\}").expect("valid");
    let methods = |captures: regex::Captures<'_>| {
        (captures[1].to_owned(), names_after(&captures[2], "fn").collect())
    };
    port.captures_iter(source).map(methods).collect()
}

fn names_after(source: &str, keyword: &str) -> impl Iterator<Item = String> {
    let name = Regex::new(&format!(r"\b{keyword} (\w+)")).expect("valid");
    let found: Vec<String> =
        name.captures_iter(source).map(|captures| captures[1].to_owned()).collect();
    found.into_iter()
}
