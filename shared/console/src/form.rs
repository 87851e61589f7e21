//! The fields of a form, and of a query.

/// Names and values in the order in which they were sent. A name may come several times.
///
/// Spec: URL Standard § 5, `application/x-www-form-urlencoded`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FormFields(Vec<(String, String)>);

impl FormFields {
    /// Reads the fields of a body, or of the query of a URL.
    pub(crate) fn parse(encoded: &[u8]) -> Self {
        Self(form_urlencoded::parse(encoded).into_owned().collect())
    }

    /// The first value of a field. An empty one counts as none: it is what a form sends for a field that
    /// was left out.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let mut fields = self.0.iter().filter(|(field, value)| field == name && !value.is_empty());
        fields.next().map(|(_, value)| value.as_str())
    }

    /// The first value of a field as it was written, also an empty one.
    pub(crate) fn written(&self, name: &str) -> Option<&str> {
        let mut fields = self.0.iter().filter(|(field, _)| field == name);
        fields.next().map(|(_, value)| value.as_str())
    }

    /// All values of a field that are not empty, in their order.
    pub(crate) fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        let fields = self.0.iter().filter(move |(field, value)| field == name && !value.is_empty());
        fields.map(|(_, value)| value.as_str())
    }

    /// The query of a URL that has these fields, with others in place of some. A field without a value is
    /// left out.
    ///
    /// Shape: `?status=FAILED&page=2`; empty without any field.
    pub(crate) fn query_with(&self, replaced: &[(&str, &str)]) -> String {
        let kept = self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let kept = kept.filter(|(name, _)| replaced.iter().all(|(other, _)| other != name));
        let fields = kept.chain(replaced.iter().copied()).filter(|(_, value)| !value.is_empty());
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        if query.is_empty() { query } else { format!("?{query}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_keeps_the_other_fields() {
        let fields = FormFields::parse(b"status=FAILED&name=a%26b+c&token=");
        assert_eq!(fields.get("name"), Some("a&b c"));
        assert_eq!(fields.get("token"), None);
        assert_eq!(fields.query_with(&[("status", "")]), "?name=a%26b+c");
        assert_eq!(fields.query_with(&[("page", "2")]), "?status=FAILED&name=a%26b+c&page=2");
        assert_eq!(FormFields::default().query_with(&[]), "");
    }
}
