//! From a request to a page.

use bytes::Bytes;
use http::{
    HeaderMap, Method, Request, Response, StatusCode,
    header::{CONTENT_TYPE, HOST, IF_NONE_MATCH},
};
use serde_json::Value;

use crate::{
    ConsoleApi, ConsoleTarget,
    action_token::ActionToken,
    answers::PageAnswer,
    assets::Assets,
    execution::ReadHistories,
    form::FormFields,
    page::{
        ActionOutcome, ActionResult, Page, PageError, PageResult, PageSection, document_version,
    },
    route::{ActionRoute, PageRoute},
};

/// What `Content-Type` a browser's form has.
const FORM: &str = "application/x-www-form-urlencoded";
/// What a client of the API sends with each request, and no browser's form.
pub const OPERATION_HEADER: &str = "x-amz-target";
/// What a browser says of the page that has sent a request, and of what it is for.
///
/// Spec: Fetch Metadata Request Headers
const FETCH_SITE: &str = "sec-fetch-site";
const FETCH_MODE: &str = "sec-fetch-mode";

/// The console of one target.
#[derive(Debug)]
pub struct Console<A> {
    pub(crate) api: A,
    pub(crate) target: ConsoleTarget,
    pub(crate) action_token: ActionToken,
    pub(crate) histories: ReadHistories,
    assets: Assets,
}

impl<A: ConsoleApi> Console<A> {
    /// Makes the console of a target that this API answers for.
    ///
    /// Errors: the operating system has no random numbers.
    pub fn new(api: A, target: ConsoleTarget) -> Result<Self, getrandom::Error> {
        let action_token = ActionToken::generate()?;
        let histories = ReadHistories::default();
        Ok(Self { api, target, action_token, histories, assets: Assets::new() })
    }

    /// Answers a request for a page, or of a form. What cannot be shown or done is told in a page, too.
    ///
    /// Shape: `GET` of a page → 200 with HTML, or 304 where its `If-None-Match` is still true; `POST` of a
    /// form → 303 to a page, or 200 with one; 403 for what another site's page has sent, 404 for what is not
    /// there, 400 for what the API refused, 502 if it did not answer.
    pub async fn answer_request(&self, request: Request<Bytes>) -> Response<Bytes> {
        let is_head = request.method() == Method::HEAD;
        let mut response = match *request.method() {
            Method::GET | Method::HEAD => self.answer_read(&request).await.into_response(),
            Method::POST => self.answer_action(&request).await.into_response(),
            _ => {
                let text = "Pages are read with GET, and forms are sent with POST.";
                PageAnswer::text(StatusCode::METHOD_NOT_ALLOWED, text).into_response()
            }
        };
        if is_head {
            *response.body_mut() = Bytes::new();
        }
        response
    }

    async fn answer_read(&self, request: &Request<Bytes>) -> PageAnswer {
        if is_embedded_elsewhere(request.headers()) {
            let text = "A page of another site may lead to this one, and not read or embed it.";
            return PageAnswer::text(StatusCode::FORBIDDEN, text);
        }
        let query = FormFields::parse(request.uri().query().unwrap_or_default().as_bytes());
        let page = match PageRoute::of_path(request.uri().path()) {
            Some(PageRoute::Asset(path)) => return self.assets.answer(&path),
            Some(PageRoute::Connect) => Ok(self.show_connect(host_of(request.headers()))),
            Some(route) => self.show_page(route, &query).await,
            None => Err(PageError::NotFound("There is no such page.".to_owned())),
        };
        let (status, page) = match page {
            Ok(page) => (StatusCode::OK, page),
            Err(error) => (error.status(), error.into_page()),
        };
        let document = self.show_document(page);
        let version = document_version(&document);
        if known_version(request.headers()) == Some(version.as_str()) {
            return PageAnswer::unchanged().with_version(&version);
        }
        PageAnswer::html(status, document).with_version(&version)
    }

    async fn show_page(&self, route: PageRoute, query: &FormFields) -> PageResult {
        match route {
            PageRoute::Machines => self.show_machines(query).await,
            PageRoute::Machine(arn) => self.show_machine(&arn, query).await,
            PageRoute::Executions => self.show_executions(query).await,
            PageRoute::Execution(arn) => self.show_execution(&arn, query).await,
            PageRoute::MapRuns => self.show_map_runs(query).await,
            PageRoute::MapRun(arn) => self.show_map_run(&arn).await,
            PageRoute::Activities => self.show_activities(query).await,
            PageRoute::Activity(arn) => self.show_activity(&arn).await,
            PageRoute::TestState => self.show_test_state(query).await,
            PageRoute::DataPath => self.show_data_path(query).await,
            PageRoute::DeadLetters => self.show_dead_letters(query).await,
            PageRoute::Connect | PageRoute::Asset(_) => unreachable!("these depend on more"),
        }
    }

    fn show_document(&self, page: Page) -> String {
        page.into_document(&self.target, &self.assets, &self.sections())
    }

    /// The sections that the target has.
    fn sections(&self) -> Vec<PageSection> {
        let is_kept = |section: &PageSection| {
            *section != PageSection::DeadLetters || self.api.keeps_dead_letters()
        };
        PageSection::ALL.into_iter().filter(is_kept).collect()
    }

    async fn answer_action(&self, request: &Request<Bytes>) -> PageAnswer {
        let taken = match check_form(request) {
            Ok(form) => self.take_action(request.uri().path(), &form).await,
            Err(error) => Err(error),
        };
        match taken {
            Ok(ActionOutcome::GoTo(path)) => PageAnswer::redirect(&path),
            Ok(ActionOutcome::Show(page)) => self.answer_page(StatusCode::OK, page),
            Ok(ActionOutcome::Refuse(status, page)) => self.answer_page(status, page),
            Err(error) => self.answer_page(error.status(), error.into_page()),
        }
    }

    fn answer_page(&self, status: StatusCode, page: Page) -> PageAnswer {
        PageAnswer::html(status, self.show_document(page))
    }

    /// Does what a form asks for.
    async fn take_action(&self, path: &str, form: &FormFields) -> ActionResult {
        let route = ActionRoute::of_path(path);
        if !self.action_token.is_in(form) {
            return match route {
                Some(ActionRoute::AnswerToken) => self.refuse_foreign_answer(form),
                _ => Err(PageError::Foreign),
            };
        }
        let none = || PageError::NotFound("There is no such action.".to_owned());
        match route.ok_or_else(none)? {
            ActionRoute::StopExecution => self.stop_execution(form).await,
            ActionRoute::RedriveExecution => self.redrive_execution(form).await,
            ActionRoute::StartExecution => self.start_execution(form).await,
            ActionRoute::TestState => Ok(self.test_state(form).await),
            ActionRoute::UpdateMapRun => self.update_map_run(form).await,
            ActionRoute::TakeTask => self.take_task(form).await,
            ActionRoute::AnswerToken => self.answer_token(form).await,
            ActionRoute::ConfirmBulk(action) => self.confirm_bulk(action, form).await,
            ActionRoute::Bulk(action) => self.do_bulk(action, form).await,
            ActionRoute::MoveDeadLetterBack => self.move_dead_letter_back(form).await,
        }
    }

    /// Calls an operation.
    pub(crate) async fn call(
        &self,
        operation: &'static str,
        members: Value,
    ) -> Result<Value, PageError> {
        let answer = self.api.call(operation, members).await;
        answer.map_err(|error| PageError::Api { operation, error })
    }

    /// Calls an operation that a target need not have, or not for this user; none if it does not.
    pub(crate) async fn call_if_available(
        &self,
        operation: &'static str,
        members: Value,
    ) -> Result<Option<Value>, PageError> {
        match self.api.call(operation, members).await {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if error.is_unavailable_operation() => Ok(None),
            Err(error) => Err(PageError::Api { operation, error }),
        }
    }
}

/// Whether a request is a browser's, and not one of the API's clients.
pub fn is_console_request<B>(request: &Request<B>) -> bool {
    match *request.method() {
        Method::GET | Method::HEAD => true,
        _ => !request.headers().contains_key(OPERATION_HEADER) && is_form(request.headers()),
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    media_type.is_some_and(|value| value.split(';').next().is_some_and(|it| it.trim() == FORM))
}

/// Reads the form of a page of this console. A browser tells which page has sent it.
fn check_form(request: &Request<Bytes>) -> Result<FormFields, PageError> {
    let site = request.headers().get(FETCH_SITE).map(http::HeaderValue::as_bytes);
    let is_own = matches!(site, None | Some(b"same-origin"));
    if !is_own || !is_form(request.headers()) {
        return Err(PageError::Foreign);
    }
    Ok(FormFields::parse(request.body()))
}

/// Whether a page of another site has asked for this one without leading to it, as for a picture. It could
/// read nothing, and would still have the API asked.
fn is_embedded_elsewhere(headers: &HeaderMap) -> bool {
    let value = |name: &str| headers.get(name).map(http::HeaderValue::as_bytes);
    let is_foreign = matches!(value(FETCH_SITE), Some(b"cross-site" | b"same-site"));
    is_foreign && value(FETCH_MODE) != Some(b"navigate")
}

fn host_of(headers: &HeaderMap) -> &str {
    headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1:8083")
}

fn known_version(headers: &HeaderMap) -> Option<&str> {
    headers.get(IF_NONE_MATCH)?.to_str().ok()?.strip_prefix('"')?.strip_suffix('"')
}
