//! The texts that `$replace` puts in place of matches.

use super::{matches::Match, push_limited};
use crate::{
    datum::{Datum, count_of, number_text, parse_float_prefix},
    thrown::Evaluated,
};

/// A replacement with `$0`, `$1` and so on replaced by what was matched.
pub(super) fn substitute(template: &str, matched: &Match<'_>) -> Evaluated<String> {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('$') {
        push_limited(&mut text, before)?;
        rest = after;
        if let Some(after) = rest.strip_prefix('$') {
            text.push('$');
            rest = after;
        } else if let Some(after) = rest.strip_prefix('0') {
            push_limited(&mut text, matched.matched.as_text().unwrap_or_default())?;
            rest = after;
        } else {
            let number = group_number(rest, matched.groups.len());
            if number.is_nan() {
                text.push('$');
                continue;
            }
            let group = count_of(number).checked_sub(1).and_then(|i| matched.groups.get(i));
            if let Some(Datum::Text(group)) = group {
                push_limited(&mut text, group)?;
            }
            rest = rest.get(number_text(number).len()..).unwrap_or_default();
        }
    }
    push_limited(&mut text, rest)?;
    Ok(text)
}

/// The number of the group that a text starts with: as many digits as the highest number has.
fn group_number(text: &str, groups: usize) -> f64 {
    let digits_max = if groups == 0 { 1 } else { groups.to_string().len() };
    let number = |count: usize| parse_float_prefix(&text.chars().take(count).collect::<String>());
    let all = number(digits_max);
    if digits_max > 1 && all > crate::datum::double_of(groups) {
        return number(digits_max - 1);
    }
    all
}
