//! Numbers as English words.

use crate::datum::{count_of, double_of};

const FEW: [&str; 20] = [
    "Zero",
    "One",
    "Two",
    "Three",
    "Four",
    "Five",
    "Six",
    "Seven",
    "Eight",
    "Nine",
    "Ten",
    "Eleven",
    "Twelve",
    "Thirteen",
    "Fourteen",
    "Fifteen",
    "Sixteen",
    "Seventeen",
    "Eighteen",
    "Nineteen",
];
const ORDINALS: [&str; 20] = [
    "Zeroth",
    "First",
    "Second",
    "Third",
    "Fourth",
    "Fifth",
    "Sixth",
    "Seventh",
    "Eighth",
    "Ninth",
    "Tenth",
    "Eleventh",
    "Twelfth",
    "Thirteenth",
    "Fourteenth",
    "Fifteenth",
    "Sixteenth",
    "Seventeenth",
    "Eighteenth",
    "Nineteenth",
];
const DECADES: [&str; 9] =
    ["Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety", "Hundred"];
const MAGNITUDES: [&str; 4] = ["Thousand", "Million", "Billion", "Trillion"];

/// Whether a number counts things or tells their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WordForm {
    Cardinal,
    Ordinal,
}

/// Where a part of a number stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WordPlace {
    First,
    Later,
}

/// A number in words, in title case.
pub(super) fn number_to_words(number: f64, form: WordForm) -> String {
    words_of(number, WordPlace::First, form)
}

fn words_of(number: f64, place: WordPlace, form: WordForm) -> String {
    let separator = |text: &'static str| if place == WordPlace::Later { text } else { "" };
    let is_ordinal = form == WordForm::Ordinal;
    let name = |names: &[&'static str], index: f64| {
        names.get(count_of(index)).copied().unwrap_or_default()
    };
    if number <= 19.0 {
        let names = if is_ordinal { &ORDINALS } else { &FEW };
        return format!("{}{}", separator(" and "), name(names, number));
    }
    if number < 100.0 {
        let (tens, rest) = ((number / 10.0).floor(), number % 10.0);
        let mut words = format!("{}{}", separator(" and "), name(&DECADES, tens - 2.0));
        if rest > 0.0 {
            words.push('-');
            words.push_str(&words_of(rest, WordPlace::First, form));
        } else if is_ordinal {
            words.pop();
            words.push_str("ieth");
        }
        return words;
    }
    let (mut words, rest) = if number < 1_000.0 {
        let hundreds = (number / 100.0).floor();
        (format!("{}{} Hundred", separator(", "), name(&FEW, hundreds)), number % 100.0)
    } else {
        let magnitude = (number.log10() / 3.0).floor().min(double_of(MAGNITUDES.len()));
        let factor = 10_f64.powf(magnitude * 3.0);
        let count = (number / factor).floor();
        let counted = words_of(count, WordPlace::First, WordForm::Cardinal);
        let words = format!("{}{counted} {}", separator(", "), name(&MAGNITUDES, magnitude - 1.0));
        (words, number - count * factor)
    };
    if rest > 0.0 {
        words.push_str(&words_of(rest, WordPlace::Later, form));
    } else if is_ordinal {
        words.push_str("th");
    }
    words
}

/// The words of numbers with their values, in lower case.
fn word_values() -> Vec<(String, f64)> {
    let mut values = Vec::new();
    for names in [&FEW, &ORDINALS] {
        values.extend(names.iter().zip(0_u32..).map(|(word, n)| (word.to_lowercase(), n.into())));
    }
    for (word, tens) in DECADES.iter().zip(2_u32..) {
        let word = word.to_lowercase();
        let ordinal = format!("{}ieth", &word[..word.len() - 1]);
        values.push((word, f64::from(10 * tens)));
        values.push((ordinal, f64::from(10 * tens)));
    }
    values.push(("hundredth".to_owned(), 100.0));
    for (word, power) in MAGNITUDES.iter().zip(1_i32..) {
        let word = word.to_lowercase();
        let value = 10_f64.powi(3 * power);
        values.push((format!("{word}th"), value));
        values.push((word, value));
    }
    values
}

/// The regular expression of numbers in words.
pub(super) fn words_pattern() -> String {
    let words: Vec<String> = word_values().into_iter().map(|(word, _)| word).collect();
    format!("(?:{}|and|[\\-, ])+", words.join("|"))
}

/// The number that words stand for; no number if a word is unknown.
pub(super) fn words_to_number(text: &str) -> f64 {
    let values = word_values();
    let mut segments = vec![0.0];
    for word in split_words(text) {
        let value = values.iter().find(|(known, _)| *known == word);
        let value = value.map_or(f64::NAN, |(_, value)| *value);
        let top: f64 = segments.pop().unwrap_or(0.0);
        if value < 100.0 {
            if top >= 1_000.0 {
                segments.push(top);
                segments.push(value);
            } else {
                segments.push(top + value);
            }
        } else {
            segments.push(top * value);
        }
    }
    segments.into_iter().sum()
}

/// Splits at commas, the word `and`, spaces and hyphens.
fn split_words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let after = &rest[letter.len_utf8()..];
        let space = |text: &str| text.chars().next().filter(|letter| letter.is_whitespace());
        let skipped = if letter == ',' && space(after).is_some() {
            space(after).map(|space| 1 + space.len_utf8())
        } else if letter.is_whitespace() {
            let and = after.strip_prefix("and").and_then(space);
            Some(letter.len_utf8() + and.map_or(0, |space| 3 + space.len_utf8()))
        } else {
            matches!(letter, '\\' | '-').then_some(1)
        };
        if let Some(length) = skipped {
            words.push(String::new());
            rest = &rest[length..];
        } else {
            if let Some(word) = words.last_mut() {
                word.push(letter);
            }
            rest = after;
        }
    }
    words
}
