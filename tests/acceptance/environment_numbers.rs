//! Test sizes, which environment variables may change, and the figures that tests report.

/// The number in an environment variable, or a default.
pub(crate) fn number_from_env(variable: &str, default: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{variable} is a number")),
        Err(_) => default,
    }
}

/// Prints a figure. The harness shows it if the test fails, and with `--nocapture`.
#[expect(clippy::print_stdout, reason = "the test harness shows what it captures")]
pub(crate) fn report_figure(figure: &str) {
    println!("{figure}");
}
