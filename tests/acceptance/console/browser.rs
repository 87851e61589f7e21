//! What a browser sends, and what it would do with the answer.

use std::collections::BTreeMap;

use regex::Regex;

use crate::raw_http::answer_to;

/// More pages than these are not about a few state machines.
const PAGES_MAX: usize = 300;

/// A browser that has the pages of one address open.
pub(super) struct Browser {
    address: String,
}

/// An answer, as it came.
pub(super) struct Answered {
    pub(super) status: u16,
    head: String,
    pub(super) body: String,
}

impl Browser {
    pub(super) fn at(address: &str) -> Self {
        Self { address: address.to_owned() }
    }

    pub(super) fn get(&self, path: &str) -> Answered {
        self.read("GET", path)
    }

    pub(super) fn read(&self, method: &str, path: &str) -> Answered {
        self.send(&format!("{method} {path}"), &format!("Host: {}\r\n", self.address), "")
    }

    /// Opens a page that is there.
    pub(super) fn open(&self, path: &str) -> String {
        let page = self.get(path);
        assert_eq!(page.status, 200, "{path}: {}", page.body);
        page.body
    }

    /// Follows links and what pages fetch, from the first page on, until nothing new is found. Each page must be
    /// there.
    pub(super) fn follow_links(&self) -> BTreeMap<String, Answered> {
        let (mut pages, mut next) = (BTreeMap::new(), vec!["/".to_owned()]);
        while let Some(path) = next.pop() {
            if pages.contains_key(&path) {
                continue;
            }
            let page = self.get(&path);
            assert_eq!(page.status, 200, "{path}: {}", page.body);
            next.extend(page.links(&path));
            pages.insert(path, page);
            assert!(pages.len() < PAGES_MAX, "there is no end to them: {:?}", pages.keys());
        }
        pages
    }

    /// Sends a form as the page does that has it.
    pub(super) fn submit(&self, action: &str, fields: &[(&str, &str)]) -> Answered {
        let headers = format!(
            "Host: {address}\r\nOrigin: http://{address}\r\nSec-Fetch-Site: same-origin\r\n",
            address = self.address
        );
        self.post_form(action, &headers, fields)
    }

    /// Sends a form with these headers.
    pub(super) fn post_form(
        &self,
        action: &str,
        headers: &str,
        fields: &[(&str, &str)],
    ) -> Answered {
        let headers = format!("{headers}Content-Type: application/x-www-form-urlencoded\r\n");
        self.send(&format!("POST {action}"), &headers, &form_body(fields))
    }

    /// Sends a request of which all but the length is given.
    pub(super) fn send(&self, request: &str, headers: &str, body: &str) -> Answered {
        let length = body.len();
        let text = format!(
            "{request} HTTP/1.1\r\n{headers}Connection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        let answer = answer_to(&self.address, &text).expect("it answers");
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer has a head");
        let status = head.split(' ').nth(1).expect("a head has a status");
        Answered {
            status: status.parse().expect("a number"),
            head: head.to_owned(),
            body: body.to_owned(),
        }
    }

    /// The headers by which a request names this server.
    pub(super) fn host_header(&self) -> String {
        format!("Host: {}\r\n", self.address)
    }

    /// The token of the forms of a page.
    pub(super) fn action_token(&self, path: &str) -> String {
        field_value(&self.open(path), "action-token")
    }
}

impl Answered {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        lines.find(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Where the links of this page lead at this server, and what it fetches. The page is at a path.
    pub(super) fn links(&self, path: &str) -> Vec<String> {
        let link = Regex::new(r##"(?:<a [^<>]*href|data-fragment)="([^"#]*)"##).expect("valid");
        let links = link.captures_iter(&self.body).map(|link| link[1].replace("&amp;", "&"));
        let own = links.filter(|link| link.starts_with(['/', '?']));
        let page = path.split('?').next().unwrap_or(path);
        own.map(|link| if link.starts_with('?') { format!("{page}{link}") } else { link }).collect()
    }
}

/// The value of a field that a page hides.
pub(super) fn field_value(page: &str, name: &str) -> String {
    let field = Regex::new(&format!(r#"name="{name}" value="([^"]*)""#)).expect("valid");
    let found = field.captures(page).unwrap_or_else(|| panic!("no field {name} in {page}"));
    found[1].to_owned()
}

/// Asserts that a browser runs nothing of a page but the script of the console, and that it was told to run
/// nothing else.
///
/// The pages write `<` and `>` in data as references, so what is between the two is a tag.
pub(super) fn assert_runs_nothing(path: &str, page: &Answered) {
    let policy = page.header("content-security-policy").unwrap_or_default();
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'"),
        "{path}"
    );
    assert!(!policy.contains("unsafe"), "{path}: {policy}");
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"), "{path}");
    let tags = Regex::new("<([a-zA-Z][a-zA-Z0-9]*)([^<>]*)>").expect("valid");
    let attributes = Regex::new(r#"\s([^\s="']+)(?:="([^"]*)")?"#).expect("valid");
    let mut scripts = 0;
    for tag in tags.captures_iter(&page.body) {
        let name = tag[1].to_ascii_lowercase();
        assert!(!["style", "iframe", "object", "embed", "base"].contains(&name.as_str()), "{path}");
        for attribute in attributes.captures_iter(&tag[2]) {
            let attribute_name = attribute[1].to_ascii_lowercase();
            let value = attribute.get(2).map_or("", |value| value.as_str()).trim();
            let is_code = attribute_name.starts_with("on") || attribute_name == "style";
            assert!(!is_code, "{path}: {}", &tag[0]);
            if ["href", "src", "action", "formaction", "xlink:href"].contains(&&*attribute_name) {
                let goes_on = ["/", "?", "#", "http://127.0.0.1:"].iter();
                assert!(goes_on.clone().any(|it| value.starts_with(it)), "{path}: {}", &tag[0]);
                assert!(!value.starts_with("//"), "{path}: {}", &tag[0]);
            }
        }
        if name == "script" {
            scripts += 1;
            assert!(tag[2].contains(r#"src="/assets/"#), "{path}: {}", &tag[0]);
        }
    }
    assert_eq!(scripts, 1, "{path}");
    assert!(
        page.body.contains("</script>") && page.body.matches("</script>").count() == 1,
        "{path}"
    );
}

fn form_body(fields: &[(&str, &str)]) -> String {
    let encoded = |text: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric();
        text.bytes().fold(String::new(), |encoded, byte| {
            if plain(byte) {
                format!("{encoded}{}", char::from(byte))
            } else {
                format!("{encoded}%{byte:02X}")
            }
        })
    };
    let pairs = fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}
