//! Sizes of tests, which the environment may change, and what they measure.

/// The number in an environment variable.
pub(crate) fn number_from_env(variable: &str, default: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{variable} is a number")),
        Err(_) => default,
    }
}

/// Says a figure: shown where the test fails, and with `--nocapture`.
#[expect(clippy::print_stdout, reason = "the test harness shows what it captures")]
pub(crate) fn report_figure(figure: &str) {
    println!("{figure}");
}
