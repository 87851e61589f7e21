//! Who acts in the console.

use std::env;

/// The user who started this process, as causes in histories tell it: `ada at the console`.
pub(crate) fn console_operator() -> String {
    let named = ["USER", "LOGNAME"].into_iter().find_map(|name| env::var(name).ok());
    let user = named.filter(|user| !user.is_empty()).unwrap_or_else(|| "somebody".to_owned());
    format!("{user} at the console")
}
