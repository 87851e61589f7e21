//! How programs reach what the pages show.

use maud::html;

use crate::{
    Console, ConsoleApi, TargetKind,
    page::{Page, PageSection},
};

impl<A: ConsoleApi> Console<A> {
    pub(crate) fn show_connect(&self, host: &str) -> Page {
        let body = html! {
            h1 { "Connect" }
            @match self.target.kind {
                TargetKind::Local => {
                    p { "This server speaks the API of AWS Step Functions at the address of these pages. Any SDK, the \
                         AWS CLI and infrastructure tools work with it unchanged:" }
                    pre.block tabindex="0" { "export AWS_ENDPOINT_URL_SFN=http://" (host) " AWS_DEFAULT_REGION=us-east-1 \\\n    \
                          AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any\naws stepfunctions list-state-machines" }
                    p { "Clients put " code { "sync-" } " before the host for TestState and StartSyncExecution. "
                        code { "AWS_DISABLE_HOST_PREFIX_INJECTION=true" } " turns that off; JavaScript does not read it, and needs "
                        code { "disableHostPrefix: true" } "." }
                    p { a href="/health" { "/health" } " says whether it works, and " a href="/metrics" { "/metrics" }
                        " counts what it does, for Prometheus." }
                }
                TargetKind::Deployment => {
                    p { "These pages show " (self.target.name) ". Clients of Step Functions reach a deployment through "
                        code { "statewright proxy --stack NAME" } ", which signs for them." }
                }
                TargetKind::StepFunctions => {
                    p { "These pages show " (self.target.name) ", signed with the credentials of whoever started them." }
                }
            }
        };
        Page { title: "Connect".to_owned(), section: PageSection::Connect, body, is_live: false }
    }
}
