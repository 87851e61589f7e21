//! The token of a task that waits, as it stands in what it was scheduled with.

use serde_json::Value;

/// No token is shorter.
const TOKEN_CHARS_MIN: usize = 40;
/// The token in the context object, in each query language.
const TOKEN_PATHS: [&str; 2] = ["$$.Task.Token", "$states.context.Task.Token"];
/// How a template names the context object.
const CONTEXT: [&str; 2] = ["$$", "$states.context"];

/// Finds the token in what an expression has become.
type TokenOf = fn(&str, &Value) -> Option<String>;

/// The token in the parameters of a task, found where the state's definition puts it; else what looks like
/// one where an expression may have put it.
pub(super) fn find_task_token(state: &Value, parameters: &Value) -> Option<String> {
    let ways: [TokenOf; 2] = [token_itself, token_within];
    ways.into_iter().find_map(|token_of| {
        let template = ["Parameters", "Arguments"].map(|member| &state[member]);
        template.into_iter().find_map(|template| find_in(template, parameters, token_of))
    })
}

fn find_in(template: &Value, value: &Value, token_of: TokenOf) -> Option<String> {
    match template {
        Value::Object(members) => {
            members.iter().find_map(|(name, template)| match (name.strip_suffix(".$"), template) {
                (Some(name), Value::String(expression)) => {
                    token_of(expression.trim(), &value[name])
                }
                _ => find_in(template, &value[name], token_of),
            })
        }
        Value::Array(elements) => elements
            .iter()
            .enumerate()
            .find_map(|(index, template)| find_in(template, &value[index], token_of)),
        Value::String(expression) => {
            let expression = expression.strip_prefix("{%")?.strip_suffix("%}")?;
            token_of(expression.trim(), value)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// The token that an expression is.
fn token_itself(expression: &str, value: &Value) -> Option<String> {
    let text = value.as_str().filter(|_| TOKEN_PATHS.contains(&expression))?;
    Some(text.to_owned())
}

/// The token in what an expression makes of the context object, or of its task.
fn token_within(expression: &str, value: &Value) -> Option<String> {
    let reads_task = CONTEXT.iter().any(|context| {
        let mut readings = expression.split(context).skip(1);
        readings.any(|rest| !rest.starts_with('.') || rest.starts_with(".Task"))
    });
    if reads_task { longest_token(value) } else { None }
}

/// The longest text that may be a token, wherever in a value it is.
fn longest_token(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => {
            let is_of_token = |it: char| it.is_ascii_alphanumeric() || "+/-_=".contains(it);
            // Padding is at the end of a token, and in front of one is the name of a field.
            let words = text.split(|it| !is_of_token(it)).filter_map(|word| {
                let bare = word.trim_end_matches('=');
                let start = bare.rfind('=').map_or(0, |at| at + 1);
                Some(&word[start..]).filter(|word| word.len() >= TOKEN_CHARS_MIN)
            });
            words.max_by_key(|word| word.len()).map(str::to_owned)
        }
        Value::Array(elements) => elements.iter().filter_map(longest_token).max_by_key(String::len),
        Value::Object(members) => {
            members.values().filter_map(longest_token).max_by_key(String::len)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TOKEN: &str = "b3JkZXI6MQovCjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJj";

    #[test]
    fn a_token_is_where_the_template_puts_it() {
        let state = json!({"Parameters": {"QueueUrl": "q", "id.$": "$.id",
            "MessageBody": {"more": [{}, {"token.$": "$$.Task.Token"}]}}});
        let sent = json!({"id": TOKEN, "MessageBody": {"more": [{}, {"token": "short"}]}});
        assert_eq!(find_task_token(&state, &sent).as_deref(), Some("short"));
        let state =
            json!({"Arguments": {"Payload": {"token": "{% $states.context.Task.Token %}"}}});
        let sent = json!({"Payload": {"token": "t"}});
        assert_eq!(find_task_token(&state, &sent).as_deref(), Some("t"));
        assert_eq!(find_task_token(&state, &json!({"Payload": 1})), None);
        assert_eq!(find_task_token(&json!({}), &sent), None);
    }

    #[test]
    fn a_token_is_found_inside_of_a_text() {
        let state = json!({"Parameters": {"Url.$": "States.Format('x?t={}&a=b', $$.Task.Token)"}});
        for text in [format!("x?t={TOKEN}&a=b"), format!("{{\"token\":\"{TOKEN}\"}}")] {
            assert_eq!(find_task_token(&state, &json!({"Url": text})).as_deref(), Some(TOKEN));
        }
        let padded = format!("{TOKEN}==");
        let sent = json!({"Url": format!("x?t={padded}")});
        assert_eq!(find_task_token(&state, &sent), Some(padded));
        let state = json!({"Arguments": "{% {'a': $states.context.Task} %}"});
        let sent = json!({"a": {"Token": TOKEN, "other": "short"}});
        assert_eq!(find_task_token(&state, &sent).as_deref(), Some(TOKEN));
    }

    #[test]
    fn another_long_text_of_the_context_is_no_token() {
        let name = "order-2026-11-30-7f9b1a5e-4c1e-4b77-9c36-b8a2f6f2d0ab";
        let state = json!({"Parameters": {"Input": {
            "exec.$": "$$.Execution.Id", "text.$": "States.Format('{}', $$.Execution.Name)", "token.$": "$$.Task.Token"}}});
        let sent = json!({"Input": {"exec": name, "text": name, "token": TOKEN}});
        assert_eq!(find_task_token(&state, &sent).as_deref(), Some(TOKEN));
        let state = json!({"Arguments": {
            "name": "{% $states.context.Execution.Name & '!' %}",
            "url": "{% 'x?t=' & $states.context.Task.Token %}"}});
        let sent = json!({"name": format!("{name}!"), "url": format!("x?t={TOKEN}")});
        assert_eq!(find_task_token(&state, &sent).as_deref(), Some(TOKEN));
        assert_eq!(find_task_token(&state, &json!({"name": name})), None);
    }
}
