//! What a browser sees at the address of `local`. No client of Step Functions sends a GET.

use hyper::{
    Method, Request, Response, StatusCode,
    body::Bytes,
    header::{ALLOW, CONTENT_TYPE, HeaderValue},
};

/// What lets clients reach the two operations before whose host they put `sync-`.
pub(crate) const HOST_PREFIX_HINT: &str = "TestState and StartSyncExecution: clients put \"sync-\" before \
     the host of these two. AWS_DISABLE_HOST_PREFIX_INJECTION=true in their environment turns that \
     off (boto3 also: Config(inject_host_prefix=False)); JavaScript does not read it, and needs \
     disableHostPrefix: true";

/// Answers a GET or HEAD with a small page; none for all else, which is the API's.
pub(crate) fn answer_browser<B>(request: &Request<B>) -> Option<Response<Bytes>> {
    let is_head = match *request.method() {
        Method::GET => false,
        Method::HEAD => true,
        _ => return None,
    };
    let status = match request.uri().path() {
        "/" => StatusCode::OK,
        _ => StatusCode::NOT_FOUND,
    };
    let host = request.headers().get("host").and_then(|host| host.to_str().ok());
    let page = landing_page(status, host.unwrap_or("127.0.0.1:8083"));
    let mut response = Response::new(if is_head { Bytes::new() } else { page.into() });
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
    Some(response)
}

fn landing_page(status: StatusCode, host: &str) -> String {
    let host = escape_html(host);
    let first = if status == StatusCode::OK {
        "This is <code>statewright local</code>: the AWS Step Functions API on this machine."
    } else {
        "There is no page here: this is <code>statewright local</code>, the AWS Step Functions API \
         on this machine, and it serves <code>POST /</code>."
    };
    let hint = escape_html(HOST_PREFIX_HINT);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Statewright</title>\n\
         <p>{first}</p>\n<p>Use it with any Step Functions client:</p>\n\
         <pre>export AWS_ENDPOINT_URL_SFN=http://{host} AWS_DEFAULT_REGION=us-east-1 \
         AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any\n\
         aws stepfunctions list-state-machines</pre>\n<p>{hint}.</p>\n\
         <p><a href=\"/health\">/health</a> says whether it works, and \
         <a href=\"/metrics\">/metrics</a> counts what it does, for Prometheus.</p>\n</html>\n"
    )
}

pub(crate) fn escape_html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(method: Method, path: &str) -> Option<(u16, String)> {
        let request = Request::builder().method(method).uri(path).header("host", "h:1\"<b>");
        let response = answer_browser(&request.body(()).expect("a request"))?;
        let text = String::from_utf8(response.body().to_vec()).expect("it is text");
        Some((response.status().as_u16(), text))
    }

    #[test]
    fn a_browser_sees_how_to_use_the_address() {
        let (status, page) = answer(Method::GET, "/").expect("it is for browsers");
        assert_eq!(status, 200);
        assert!(page.contains("AWS_ENDPOINT_URL_SFN=http://h:1&quot;&lt;b&gt; "), "{page}");
        assert!(page.contains("AWS_DISABLE_HOST_PREFIX_INJECTION=true"), "{page}");
        assert!(page.contains("/health") && page.contains("/metrics"), "{page}");
        let (status, page) = answer(Method::GET, "/favicon.ico").expect("it is for browsers");
        assert_eq!((status, page.contains("There is no page here")), (404, true));
        assert_eq!(answer(Method::HEAD, "/"), Some((200, String::new())));
    }

    #[test]
    fn all_else_is_for_the_api() {
        for method in [Method::POST, Method::PUT, Method::OPTIONS] {
            assert_eq!(answer(method, "/"), None);
        }
    }
}
