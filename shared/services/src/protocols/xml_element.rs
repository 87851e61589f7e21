//! An XML document as a tree of elements by their local names.

/// An element.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element<'a> {
    node: roxmltree::Node<'a, 'a>,
}

/// A document, which its elements refer to.
pub(super) struct Document<'a> {
    tree: roxmltree::Document<'a>,
}

impl Document<'_> {
    pub(super) fn root(&self) -> Element<'_> {
        Element { node: self.tree.root_element() }
    }
}

/// Reads a document.
///
/// Errors: it is not XML, or has a document type, which answers never have.
pub(super) fn read_document(body: &[u8]) -> Result<Document<'_>, String> {
    let text = std::str::from_utf8(body).map_err(|error| error.to_string())?;
    let tree = roxmltree::Document::parse(text).map_err(|error| error.to_string())?;
    Ok(Document { tree })
}

impl<'a> Element<'a> {
    pub(super) fn name(self) -> &'a str {
        self.node.tag_name().name()
    }

    /// The elements in it.
    pub(super) fn children(self) -> impl Iterator<Item = Self> {
        self.node.children().filter(roxmltree::Node::is_element).map(|node| Self { node })
    }

    /// The first element of this name in it.
    pub(super) fn child(self, name: &str) -> Option<Self> {
        self.children().find(|child| child.name() == name)
    }

    /// Its text, without that of its elements.
    pub(super) fn text(self) -> String {
        let texts = self.node.children().filter(roxmltree::Node::is_text);
        texts.filter_map(|node| node.text()).collect()
    }

    /// The value of an attribute, by the name that it has with its prefix.
    pub(super) fn attribute(self, name: &str) -> Option<&'a str> {
        let local = name.rsplit(':').next().unwrap_or(name);
        self.node.attributes().find(|found| found.name() == local).map(|found| found.value())
    }
}
