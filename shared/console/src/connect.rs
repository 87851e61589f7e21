//! How programs reach what the pages show.

use maud::{Markup, html};

use crate::{
    ClientAccess, Console, ConsoleApi, TargetKind,
    page::{Page, PageSection},
};

impl<A: ConsoleApi> Console<A> {
    pub(crate) fn show_connect(&self, host: &str) -> Page {
        let name = &self.target.name;
        let body = html! {
            h1 { "Connect" }
            @match self.api.client_access() {
                ClientAccess::Here => (self.show_endpoint(&format!("http://{host}"), "at the address of these pages")),
                ClientAccess::Endpoint(endpoint) => (self.show_endpoint(&endpoint, "at its endpoint")),
                ClientAccess::Proxy(options) => {
                    p { "These pages show " (name) ". Clients of Step Functions reach it through this command, which signs for them:" }
                    pre.block tabindex="0" { "statewright proxy " (options) }
                }
                ClientAccess::Folder(folder) => {
                    p { "These pages show " (name) ". Executions in it stand still. This command goes on with them, and serves the API, "
                        "once these pages are closed:" }
                    pre.block tabindex="0" { "statewright local --data " (folder) }
                }
                ClientAccess::StepFunctions => {
                    p { "These pages show " (name) ", signed with the credentials of whoever started them. SDKs and the AWS CLI reach it as ever." }
                }
            }
        };
        Page { title: "Connect".to_owned(), section: PageSection::Connect, body, is_live: false }
    }

    fn show_endpoint(&self, endpoint: &str, place: &str) -> Markup {
        html! {
            p { (self.target.name) " speaks the API of AWS Step Functions " (place) ". Any SDK, the AWS CLI and "
                "infrastructure tools work with it unchanged:" }
            pre.block tabindex="0" { "export AWS_ENDPOINT_URL_SFN=" (endpoint) " AWS_DEFAULT_REGION=us-east-1 \\\n    \
                  AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any\naws stepfunctions list-state-machines" }
            p { "Clients put " code { "sync-" } " before the host for TestState and StartSyncExecution. "
                code { "AWS_DISABLE_HOST_PREFIX_INJECTION=true" } " turns that off; JavaScript does not read it, and needs "
                code { "disableHostPrefix: true" } "." }
            @if self.target.kind == TargetKind::Local {
                p { a href={ (endpoint) "/health" } { "/health" } " says whether it works, and " a href={ (endpoint) "/metrics" } { "/metrics" }
                    " counts what it does, for Prometheus." }
            }
        }
    }
}
