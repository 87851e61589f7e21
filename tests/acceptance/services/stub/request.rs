//! The requests that the double is sent.

use std::io::{self, BufRead};

use serde_json::{Map, Value};

/// A request that came.
#[derive(Clone, Debug)]
pub(crate) struct StubRequest {
    /// What it asks for, as `ServiceStub::script` names it.
    operation: String,
    /// The path with its query.
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl StubRequest {
    /// Reads the next request of a connection; none if the caller has closed it.
    pub(super) fn read(reader: &mut impl BufRead) -> io::Result<Option<Self>> {
        let Some(first) = read_line(reader)? else { return Ok(None) };
        let mut words = first.split(' ').map(str::to_owned);
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let mut headers = Vec::new();
        while let Some(line) = read_line(reader)?.filter(|line| !line.is_empty()) {
            let (name, value) = line.split_once(':').ok_or(io::ErrorKind::InvalidData)?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut request = Self { operation: String::new(), target, headers, body: Vec::new() };
        let length = request.header("content-length").and_then(|length| length.parse().ok());
        request.body = vec![0; length.unwrap_or_default()];
        reader.read_exact(&mut request.body)?;
        request.operation = request.find_operation(&method);
        Ok(Some(request))
    }

    fn find_operation(&self, method: &str) -> String {
        if let Some(target) = self.header("x-amz-target") {
            return target.to_owned();
        }
        if let Value::String(action) = &self.form()["Action"] {
            return action.clone();
        }
        let path = self.target.split('?').next().unwrap_or_default();
        match path.strip_prefix("/service/").and_then(|path| path.split_once("/operation/")) {
            Some((service, operation)) => format!("{service}/{operation}"),
            None => format!("{method} {path}"),
        }
    }

    /// Whether it asks for this operation and contains the marker.
    pub(super) fn is_of(&self, operation: &str, marker: &str) -> bool {
        let is_marked = || {
            self.target.contains(marker)
                || self.body.windows(marker.len()).any(|bytes| bytes == marker.as_bytes())
        };
        self.operation == operation && is_marked()
    }

    pub(crate) fn operation(&self) -> &str {
        &self.operation
    }

    /// The path with its query.
    pub(crate) fn target(&self) -> &str {
        &self.target
    }

    /// The value of a header by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// The body as a text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// All that it says, as a text.
    pub(crate) fn everything(&self) -> String {
        let headers: Vec<&str> = self.headers.iter().map(|(_, value)| value.as_str()).collect();
        format!("{} {} {}", self.target, headers.join(" "), self.fields())
    }

    fn is_form(&self) -> bool {
        let content_type = self.header("content-type").unwrap_or_default();
        content_type.starts_with("application/x-www-form-urlencoded")
    }

    /// The fields of a form; none of another body.
    fn form(&self) -> Value {
        let text = if self.is_form() { self.text() } else { String::new() };
        let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
        let fields = pairs.map(|(name, value)| (unescape(name), unescape(value).into()));
        Value::Object(fields.collect::<Map<String, Value>>())
    }

    /// The body as JSON: of a form its fields, of what is neither JSON nor CBOR its text.
    pub(crate) fn fields(&self) -> Value {
        if self.is_form() {
            return self.form();
        }
        if self.header("content-type") == Some("application/cbor") {
            return ciborium::from_reader(&*self.body).expect("a body in CBOR");
        }
        serde_json::from_slice(&self.body).unwrap_or_else(|_| self.text().into())
    }
}

fn read_line(reader: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    let length = reader.read_line(&mut line)?;
    Ok((length > 0).then(|| line.trim_end().to_owned()))
}

/// The text of a field of a form.
fn unescape(text: &str) -> String {
    let mut bytes = text.bytes();
    let mut plain = Vec::new();
    while let Some(byte) = bytes.next() {
        plain.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits: Vec<u8> = bytes.by_ref().take(2).collect();
                let digits = String::from_utf8_lossy(&digits);
                u8::from_str_radix(&digits, 16).expect("two hexadecimal digits")
            }
            byte => byte,
        });
    }
    String::from_utf8_lossy(&plain).into_owned()
}
