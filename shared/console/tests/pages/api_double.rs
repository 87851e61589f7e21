//! A console over an API of a few lines, which remembers what it was asked.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use console::{Console, ConsoleApi, ConsoleApiError, ConsoleTarget, TargetKind};
use futures_util::FutureExt;
use http::{Request, Response, StatusCode, header::CONTENT_TYPE};
use serde_json::Value;

type Answer = Box<dyn Fn(&str, &Value) -> Value + Send + Sync>;
type Calls = Arc<Mutex<Vec<(&'static str, Value)>>>;

struct AnsweringApi {
    answer: Answer,
    calls: Calls,
}

impl ConsoleApi for AnsweringApi {
    async fn call(
        &self,
        operation: &'static str,
        members: Value,
    ) -> Result<Value, ConsoleApiError> {
        let answer = (self.answer)(operation, &members);
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push((operation, members));
        match answer["refused"].as_str() {
            None => Ok(answer),
            Some(exception) => Err(ConsoleApiError {
                exception: Some(exception.to_owned()),
                message: "so it is".to_owned(),
            }),
        }
    }
}

/// A console of Step Functions whose operations answer so: `{"refused": EXCEPTION}` refuses.
pub(crate) struct ConsoleUnderTest {
    console: Console<AnsweringApi>,
    calls: Calls,
}

impl ConsoleUnderTest {
    pub(crate) fn new(answer: impl Fn(&str, &Value) -> Value + Send + Sync + 'static) -> Self {
        let target = ConsoleTarget {
            name: "a double".to_owned(),
            kind: TargetKind::StepFunctions,
            operator: "ada".to_owned(),
        };
        let calls = Calls::default();
        let api = AnsweringApi { answer: Box::new(answer), calls: Arc::clone(&calls) };
        let console = Console::new(api, target).expect("there are random numbers");
        Self { console, calls }
    }

    pub(crate) fn get(&self, path: &str) -> String {
        let request = Request::get(path).body(Bytes::new()).expect("a request");
        let answer = self.answer(request);
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        text_of(&answer)
    }

    /// Sends a form with the token of the page at `page`.
    pub(crate) fn post(&self, page: &str, path: &str, fields: &[(&str, &str)]) -> Response<Bytes> {
        let token = hidden_value(&self.get(page), "action-token");
        self.post_with(&token, path, fields, &[])
    }

    /// Sends a form with this token, and with these headers beside those of every form.
    pub(crate) fn post_with(
        &self,
        token: &str,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Response<Bytes> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("action-token", token).extend_pairs(fields);
        let form_type = [(CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded")];
        let request = headers.iter().chain(&form_type);
        let request = request
            .fold(Request::post(path), |request, (name, value)| request.header(*name, *value));
        self.answer(request.body(Bytes::from(form.finish())).expect("a request"))
    }

    /// How often an operation was called, and with which members last.
    pub(crate) fn calls_of(&self, operation: &str) -> (usize, Value) {
        let calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let of_it: Vec<_> = calls.iter().filter(|(called, _)| *called == operation).collect();
        (of_it.len(), of_it.last().map(|(_, members)| members.clone()).unwrap_or_default())
    }

    fn answer(&self, request: Request<Bytes>) -> Response<Bytes> {
        let answer = Box::pin(self.console.answer_request(request)).now_or_never();
        answer.expect("this API answers at once")
    }
}

pub(crate) fn text_of(answer: &Response<Bytes>) -> String {
    String::from_utf8(answer.body().to_vec()).expect("pages are UTF-8")
}

/// The value of a field that a page hides, as the page writes it.
pub(crate) fn hidden_value(page: &str, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let (_, rest) = page.split_once(&start).unwrap_or_else(|| panic!("no {name} in {page}"));
    rest.split('"').next().unwrap_or_default().to_owned()
}
