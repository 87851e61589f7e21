//! A page, and the frame around all of them.

use std::{
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration,
};

use http::StatusCode;
use maud::{DOCTYPE, Markup, html};

use crate::{ConsoleApiError, ConsoleTarget, TargetKind, assets::Assets};

/// A page without its frame.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) title: String,
    pub(crate) section: PageSection,
    pub(crate) body: Markup,
    /// Whether it shows something that goes on, and asks for news.
    pub(crate) is_live: bool,
}

/// The sections of the console, between which its navigation leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PageSection {
    Machines,
    Executions,
    Activities,
    TestState,
    DeadLetters,
    Connect,
}

/// Why a page cannot be shown, or an action was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PageError {
    /// There is no such page or thing.
    NotFound(String),
    /// What was asked for makes no sense.
    Invalid(String),
    /// The form is none of this console's pages.
    Foreign,
    /// The API gave no answer to this operation.
    Api { operation: &'static str, error: ConsoleApiError },
}

/// A page, or why there is none.
pub(crate) type PageResult = Result<Page, PageError>;

/// What a browser does once an action was taken.
#[derive(Debug)]
pub(crate) enum ActionOutcome {
    /// It reads the page at this path.
    GoTo(String),
    /// It shows this page, which has no path of its own.
    Show(Page),
    /// It shows this page, which says that nothing was done, and lets its reader try again.
    Refuse(StatusCode, Page),
}

/// What follows an action, or why it was not taken.
pub(crate) type ActionResult = Result<ActionOutcome, PageError>;

impl PageSection {
    pub(crate) const ALL: [Self; 6] = [
        Self::Machines,
        Self::Executions,
        Self::Activities,
        Self::DeadLetters,
        Self::TestState,
        Self::Connect,
    ];

    const fn path(self) -> &'static str {
        match self {
            Self::Machines => "/",
            Self::Executions => "/executions",
            Self::Activities => "/activities",
            Self::TestState => "/test-state",
            Self::DeadLetters => "/dead-letters",
            Self::Connect => "/connect",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Machines => "State machines",
            Self::Executions => "Executions",
            Self::Activities => "Activities",
            Self::TestState => "Test a state",
            Self::DeadLetters => "Dead letters",
            Self::Connect => "Connect",
        }
    }
}

impl PageError {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Api { error, .. } if error.is_not_found() => StatusCode::NOT_FOUND,
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::Foreign => StatusCode::FORBIDDEN,
            Self::Api { error, .. } if error.exception.is_some() => StatusCode::BAD_REQUEST,
            Self::Api { .. } => StatusCode::BAD_GATEWAY,
        }
    }

    /// Whether there is no such thing as was asked for.
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::Api { error, .. } if error.is_not_found())
    }

    /// Whether a token no longer leads to a page.
    pub(crate) fn is_invalid_token(&self) -> bool {
        matches!(self, Self::Api { error, .. } if error.exception.as_deref() == Some("InvalidToken"))
    }

    /// Whether the target does not have an operation, or not for this user.
    pub(crate) fn is_unavailable_operation(&self) -> bool {
        matches!(self, Self::Api { error, .. } if error.is_unavailable_operation())
    }

    /// Whether a state machine's type does not have what was asked for.
    pub(crate) fn is_refused_type(&self) -> bool {
        matches!(self, Self::Api { error, .. } if error.exception.as_deref() == Some("StateMachineTypeNotSupported"))
    }

    pub(crate) const fn title(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "Not found",
            Self::Invalid(_) => "This cannot be done",
            Self::Foreign => "This form is no longer valid",
            Self::Api { .. } => "The API refused",
        }
    }

    /// The page that tells it.
    pub(crate) fn into_page(self) -> Page {
        let body = html! {
            h1 { (self.title()) }
            p.notice.bad role="alert" { (self) }
            p { a href="/" { "All state machines" } }
        };
        let title = self.title().to_owned();
        Page { title, section: PageSection::Machines, body, is_live: false }
    }
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound(what) | Self::Invalid(what) => f.write_str(what),
            Self::Foreign => f.write_str(
                "The server has been started again since the page was opened, or the form is not one of \
                 its pages. Open the page again and repeat what you did.",
            ),
            Self::Api { operation, error } => write!(f, "{operation}: {error}"),
        }
    }
}

impl Page {
    /// The whole document, whose navigation leads to these sections.
    pub(crate) fn into_document(
        self,
        target: &ConsoleTarget,
        assets: &Assets,
        sections: &[PageSection],
    ) -> String {
        let interval = self.is_live.then(|| target.kind.refresh_interval());
        let document = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (self.title) " · Statewright" }
                    link rel="icon" type="image/svg+xml" href=(assets.icon_path());
                    link rel="stylesheet" href=(assets.style_path());
                    script src=(assets.script_path()) defer {}
                }
                body {
                    a.skip href="#main" { "Skip to content" }
                    (header(self.section, target, sections))
                    main #main tabindex="-1" data-refresh=[interval.as_ref().map(Duration::as_millis)] {
                        (self.body)
                    }
                    div #announcement .visually-hidden role="status" aria-live="polite" {}
                }
            }
        };
        document.into_string()
    }
}

fn header(current: PageSection, target: &ConsoleTarget, sections: &[PageSection]) -> Markup {
    let kind = match target.kind {
        TargetKind::Local => "local",
        TargetKind::Deployment => "deployment",
        TargetKind::StepFunctions => "step-functions",
    };
    html! {
        header.top {
            a.brand href="/" { "Statewright" }
            span.target.(kind) title="What these pages show" { (target.name) }
            nav aria-label="Sections" {
                @for &section in sections {
                    a href=(section.path()) aria-current=[(section == current).then_some("page")] {
                        (section.label())
                    }
                }
            }
        }
    }
}

/// The version of a document: another one for another text.
pub(crate) fn document_version(document: &str) -> String {
    let mut hasher = DefaultHasher::new();
    document.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
