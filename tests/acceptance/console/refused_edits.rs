//! Edits of a project that `local` cannot serve.

use std::{fs, process::Stdio};

use super::{PASS, browser::Browser};
use crate::program::{LocalProgram, local_command};

/// Asks for a page until it shows a text, or no longer does.
fn await_page(browser: &Browser, path: &str, text: &str, is_shown: bool) -> String {
    loop {
        let page = browser.open(path);
        if page.contains(text) == is_shown {
            return page;
        }
    }
}

#[test]
fn a_page_tells_that_the_files_have_something_else() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = |name: &str| folder.path().join(format!("flows/{name}.asl.json"));
    fs::create_dir(folder.path().join("flows")).expect("a folder");
    let write = |name: &str, text: &str| fs::write(file(name), text).expect("it is written");
    write("order", PASS);
    write("refund", PASS);
    let mut command = local_command(&folder.path().join("data"), &["flows"]);
    command.current_dir(folder.path()).stderr(Stdio::null());
    let local = LocalProgram::start_command(&mut command);
    let browser = Browser::at(local.client.address());
    let refused = "What the files have for order is refused";
    let arn = |name: &str| format!("arn:aws:states:us-east-1:000000000000:stateMachine:{name}");
    let page = |name: &str| format!("/machines/{}", arn(name));
    await_page(&browser, "/", ">order</a>", true);
    assert!(!browser.open("/").contains(refused));

    write("order", &PASS.replace("\"Pass\"", "\"<Passed>\""));
    let shown = await_page(&browser, "/", refused, true);
    assert!(shown.contains("flows/order.asl.json:") && shown.contains("&lt;Passed&gt;"), "{shown}");
    let shown = browser.open(&page("order"));
    assert!(shown.contains(refused), "the one before is shown, and that it is: {shown}");
    assert!(!browser.open(&page("refund")).contains(refused), "it is another's");

    write("order", PASS);
    await_page(&browser, "/", refused, false);
    assert!(!browser.open(&page("order")).contains(refused));

    write("order", "{");
    await_page(&browser, "/", refused, true);
    assert!(browser.open(&page("order")).contains(refused), "that it is not even JSON");
    // Not UTF-8, so that it cannot be read at all.
    fs::write(file("order"), b"\xff").expect("it is written");
    let shown = await_page(&browser, &page("order"), "UTF-8", true);
    assert!(shown.contains(refused), "{shown}");
    fs::remove_file(file("order")).expect("it was there");
    await_page(&browser, "/", refused, false);
}
