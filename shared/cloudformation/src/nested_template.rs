//! The templates that a template nests: `AWS::Serverless::Application` and
//! `AWS::CloudFormation::Stack`, where their files are in the project.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::{
    TemplateContext,
    resolver::{Resolver, UnknownValues, text_of},
    template::{folder_of, read_document, stack_name_of},
};

/// How deep templates may nest. Statewright's own limit, against those that nest themselves.
pub const NESTING_MAX: usize = 4;

/// Names a template that another one nests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NestedTemplate {
    /// Its logical id in the other one.
    pub logical_id: String,
    /// Its file, which may be missing.
    pub file: PathBuf,
    /// The values of its parameters.
    pub parameters: BTreeMap<String, String>,
}

/// Lists the nested templates whose place is a path.
pub(crate) fn list_nested_templates(
    document: &Value,
    folder: &Path,
    resolver: &Resolver<'_>,
) -> Vec<NestedTemplate> {
    let resources = document["Resources"].as_object().into_iter().flatten();
    let created = resources.filter(|(_, resource)| resolver.is_created(resource));
    let nested = created.filter_map(|(id, resource)| {
        let location = match resource["Type"].as_str()? {
            "AWS::Serverless::Application" => "Location",
            "AWS::CloudFormation::Stack" => "TemplateURL",
            _ => return None,
        };
        let properties = &resource["Properties"];
        let asset = resource["Metadata"]["aws:asset:path"].as_str();
        let path = asset.or_else(|| properties[location].as_str());
        let path = path.filter(|path| !path.contains("://"))?;
        let parameters = resolver.resolve(&properties["Parameters"], &mut UnknownValues::default());
        let parameters = parameters.as_ref().and_then(Value::as_object).into_iter().flatten();
        let parameters =
            parameters.filter_map(|(name, value)| Some((name.clone(), text_of(value)?)));
        Some(NestedTemplate {
            logical_id: id.clone(),
            file: folder.join(path),
            parameters: parameters.collect(),
        })
    });
    nested.collect()
}

/// Reads what the nested templates put out, by `ID.Outputs.NAME`, as `Fn::GetAtt` has it.
pub(crate) fn read_nested_outputs(
    path: &Path,
    document: &Value,
    context: TemplateContext<'_>,
    depth: usize,
) -> BTreeMap<String, String> {
    let (folder, stack_name) = (folder_of(path), stack_name_of(path));
    let mut outputs = BTreeMap::new();
    // The second turn finds what they take from one another.
    for _ in 0..2 {
        let resolver = Resolver::new(document, &stack_name, context).with_outputs(&outputs);
        let mut found = BTreeMap::new();
        for nested in list_nested_templates(document, &folder, &resolver) {
            let context = TemplateContext { parameters: &nested.parameters, ..context };
            for (name, value) in read_outputs(&nested.file, context, depth + 1) {
                found.insert(format!("{}.Outputs.{name}", nested.logical_id), value);
            }
        }
        if found == outputs {
            break;
        }
        outputs = found;
    }
    outputs
}

fn read_outputs(
    path: &Path,
    context: TemplateContext<'_>,
    depth: usize,
) -> BTreeMap<String, String> {
    // What is wrong with a template is told where it is read.
    let Some(document) = read_document(path).ok().filter(|_| depth <= NESTING_MAX) else {
        return BTreeMap::new();
    };
    let nested = read_nested_outputs(path, &document, context, depth);
    let stack_name = stack_name_of(path);
    let resolver = Resolver::new(&document, &stack_name, context).with_outputs(&nested);
    let outputs = document["Outputs"].as_object().into_iter().flatten();
    let known = outputs.filter_map(|(name, output)| {
        Some((name.clone(), resolver.resolve_text(&output["Value"])?))
    });
    known.collect()
}
