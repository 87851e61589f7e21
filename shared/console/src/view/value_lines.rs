//! The lines at which the values of a JSON text begin.

use std::collections::BTreeMap;

use super::json_source::token_end;

/// An object or a list that the reader is inside of.
enum Container {
    /// The key that was read last.
    Object(Option<String>),
    /// The index of the element.
    List(usize),
}

/// The line, from 1, of each value by its location in AWS's notation, such as `/States/A/Choices[0]`. A
/// member begins with its key. Of a text that is no JSON, values up to the mistake have one.
pub(crate) fn value_lines(text: &str) -> BTreeMap<String, usize> {
    let mut lines = BTreeMap::new();
    let mut inside: Vec<Container> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let mut rest = line;
        while !rest.is_empty() {
            let end = match rest.as_bytes()[0] {
                b'{' | b'}' | b'[' | b']' | b',' | b':' => 1,
                byte if byte.is_ascii_whitespace() => 1,
                _ => token_end(rest),
            };
            let (token, after) = rest.split_at(end);
            rest = after;
            if token.trim().is_empty() || token == ":" {
                continue;
            }
            read_token(token, &mut inside);
            if token != "}" && token != "]" && token != "," {
                lines.entry(location_of(&inside, token)).or_insert(index + 1);
            }
            match token {
                "{" => inside.push(Container::Object(None)),
                "[" => inside.push(Container::List(0)),
                _ => {}
            }
        }
    }
    lines
}

fn read_token(token: &str, inside: &mut Vec<Container>) {
    match (token, inside.last_mut()) {
        ("}" | "]", _) => drop(inside.pop()),
        (",", Some(Container::List(index))) => *index += 1,
        (",", Some(Container::Object(key))) => *key = None,
        (_, Some(Container::Object(key @ None))) => {
            *key = serde_json::from_str(token).ok();
        }
        _ => {}
    }
}

fn location_of(inside: &[Container], token: &str) -> String {
    if inside.is_empty() && !token.is_empty() {
        return "/".to_owned();
    }
    inside.iter().fold(String::new(), |location, container| match container {
        Container::Object(key) => format!("{location}/{}", key.as_deref().unwrap_or_default()),
        Container::List(index) => format!("{location}[{index}]"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_the_line_of_its_beginning() {
        let text = "{\n\"StartAt\": \"A\",\n\"States\": {\n\"A \\\"b\": {\"Type\":\n \"Choice\",\n\
                    \"Choices\": [\n{},\n{\"Next\": \"x:,{\"}]}}}";
        let lines = value_lines(text);
        let expected = [
            ("/", 1),
            ("/StartAt", 2),
            ("/States", 3),
            ("/States/A \"b", 4),
            ("/States/A \"b/Choices", 6),
            ("/States/A \"b/Choices[0]", 7),
            ("/States/A \"b/Choices[1]", 8),
            ("/States/A \"b/Choices[1]/Next", 8),
            ("/States/A \"b/Type", 4),
        ];
        let found: Vec<(&str, usize)> =
            lines.iter().map(|(at, line)| (at.as_str(), *line)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn broken_text_is_read_as_far_as_it_goes() {
        for text in ["", "}", "]]", "{\"a\": [1, {\"b", "{,,}", "\"\\"] {
            drop(value_lines(text));
        }
        assert_eq!(value_lines("{\"a\": [1, {\"b").get("/a[0]"), Some(&1));
    }
}
