//! Numbers with their nouns.

use std::fmt::Display;

/// `1 state`, `2 states`
pub(crate) fn counted_noun<N: Display + PartialEq + From<u8>>(count: &N, noun: &str) -> String {
    let ending = if *count == N::from(1) { "" } else { "s" };
    format!("{count} {noun}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_a_kind_is_singular() {
        let counted = [0_usize, 1, 2].map(|count| counted_noun(&count, "state"));
        assert_eq!(counted, ["0 states", "1 state", "2 states"]);
    }
}
