//! Hostile expressions: none may crash, block or exhaust the process.
//!
//! They run as in the executables, on a thread with 2 MiB of stack.
#![expect(clippy::disallowed_methods, reason = "how long an expression takes is the question")]

use std::{fs, thread, time::Instant};

use jsonata::{JsonataBindings, JsonataExpression, JsonataSession};
use random_stream::RandomStream;
use serde_json::{Map, Value, json};

/// The stack size of an executable's worker threads.
const STACK_BYTES: usize = 2 << 20;

/// The maximum time of an expression: its limit of one second, and what an unoptimised build on a
/// busy machine adds.
const SECONDS_MAX: f64 = 6.0;

/// The maximum peak memory of the process in kilobytes, with several of these expressions at the
/// same time.
const MEMORY_KILOBYTES_MAX: u64 = 900 << 10;

fn evaluate(source: &str, input: &Value) -> Result<Value, String> {
    let text = format!("{{% {source} %}}");
    let expression = JsonataExpression::parse(&text).map_err(|error| error.to_string())?;
    let variables = Map::new();
    let bindings = JsonataBindings {
        input,
        context: None,
        result: None,
        error_output: None,
        variables: &variables,
    };
    let session = JsonataSession::new(bindings, 1, 0);
    expression.evaluate(&session, "Output").map_err(|error| error.to_string())
}

fn on_a_small_stack(work: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().stack_size(STACK_BYTES).spawn(work);
    let finished = thread.expect("a thread starts").join();
    finished.expect("the work does not panic");
}

/// The peak memory of the process so far; `None` without `/proc`.
fn memory_kilobytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

fn input() -> Value {
    let numbers: Vec<u32> = (0..20_000).collect();
    json!({"a": numbers, "s": "x".repeat(200_000), "one": [1]})
}

/// Expressions that run or grow without end.
const ENDLESS: [&str; 58] = [
    // Recursion.
    "($f := function($n) { $f($n + 1) }; $f(1))",
    "($f := function($n) { 1 + $f($n + 1) }; $f(1))",
    "($f := function($n) { $map([1, 2], function($x) { $f($n + 1) }) }; $f(1))",
    "($f := function($n) { [$f($n), $f($n)] }; $f(1))",
    "(function($x) { $x($x) })(function($x) { $x($x) })",
    "($f := $f2 ~> $f; $f(1)) & ($f := function($x) { ($x ~> $f) & ($x ~> $f) }; $f(1))",
    // Ranges and sequences.
    "[1..9999999999]",
    "[1..9000000]",
    "$count([1..900000])",
    "$range(1, 1e9, 1)",
    "[1..1000].([1..1000].([1..1000]))",
    "[1..10000].{'a': [1..100000]}",
    "[1..100000].{'a': $reverse($$$.a)} ~> $count() & ($b := [1..100000]; [1..10000].{'a': $reverse($b)})",
    "($b := [1..100000]; [1..10000].{'a': $append($b, 1)})",
    "($b := [1..100000]; [1..10000].{'a': $sort($b)})",
    "($b := [1..100000]; [1..10000].{'a': $zip($b, $b)})",
    "$reduce([1..60], function($a, $i) { $append($a, $a) }, [1])",
    "[1..800000].{'a': $, 'b': $, 'c': $, 'd': $}",
    "$map([1..800000], function($i) { {'a': $i, 'b': [$i, $i]} })",
    "$map([1..800000], function($i) { function($x) { $i } })",
    "$map($states.input.a, function($x) { $map($states.input.a, function($y) { [$x, $y] }) })",
    "$states.input.a.($states.input.a.{'a': $})",
    "($f := function($n, $l) { $n = 0 ? $l : $f($n - 1, {'n': $l}) }; $f(1000000, 1))",
    "[1..800000].$split('a,b,c,d,e,f', ',')",
    "[1..800000].{'a': $match('aaaaaaaaaa', /a/)}",
    // Looks at every item of a long array, or at every character of a long text, many times.
    "($b := [1..800000].(0); [1..10000].($b ? 1 : 2))",
    "($b := [1..800000].(0); [1..10000].$b[[0,1]])",
    "($s := $pad('x', 6000000); [1..10000].$contains($s, 'y'))",
    "[1..3000].$formatInteger(1, $pad('0,', 4000, '0,'))",
    "$match($states.input.s, /(x+x+)+y/)",
    // Text.
    "$pad('x', 1e9)",
    "$pad('x', -1e9)",
    "('x').$pad(1e9)",
    "$map([1e9], $pad('x', ?))",
    "($p := $pad; $p('x', 1e9))",
    "1e9 ~> $pad('x', ?)",
    "[1..1000].{'a': $pad('x', 1e6)}",
    "$formatNumber(1, $pad('0', 1e6, '0'))",
    "$formatNumber(1, $pad('0', 6e6, '0'))",
    "$reduce([1..60], function($a, $i) { $a & $a }, 'xx')",
    "($f := function($s, $n) { $n = 0 ? $s : $f($s & $s, $n - 1) }; $f('x', 60))",
    "[1..100000].{'a': $states.input.s & $string($)}",
    "$reduce([1..60], function($a, $i) { $replace($a, 'x', 'xx') }, 'x')",
    "$reduce([1..60], function($a, $i) { $replace($a, /x/, '$0$0') }, 'x')",
    "$replace($states.input.s, /x/, function($m) { $states.input.s })",
    "$reduce([1..60], function($a, $i) { $join([$a, $a], $a) }, 'x')",
    "$join($map([1..100000], function($i) { $states.input.s }))",
    "$join($split($states.input.s, ''), $states.input.s)",
    "[1..100000].{'a': $uppercase($states.input.s)}",
    "[1..100000].{'a': $base64encode($states.input.s)}",
    // Values that share their parts, and so are small until something walks through them.
    "$reduce([1..60], function($a, $i) { [[$a, $a]] }, 1)",
    "$string($reduce([1..60], function($a, $i) { {'a': $a, 'b': $a} }, 1))",
    "'' & $reduce([1..60], function($a, $i) { {'a': $a, 'b': $a} }, 1)",
    "($r := $reduce([1..60], function($a, $i) { {'a': $a, 'b': $a} }, 1); $r = $reduce([1..60], function($a, $i) { {'a': $a, 'b': $a} }, 1))",
    "$count($reduce([1..60], function($a, $i) { {'a': $a, 'b': $a} }, 1).**)",
    // Joins.
    "$states.input.a@$x.$states.input.a@$y.{'x': $x}",
    "$states.input.a@$x.$states.input.a@$y.$states.input.a@$z[$x = $y and $y = $z]",
    "$states.input.a#$i.$states.input.a#$j.$states.input.a#$k.[$i, $j, $k]",
];

/// Expressions that would be slow if they compared everything with everything, or copied what they
/// can share.
const FRUGAL: [&str; 4] = [
    "$count($distinct($map([1..2000], function($i) { $states.input.a })))",
    "$merge($map([1..100000], function($i) { $states.input }) ~> $append($states.input.a.{$string($): 1}))",
    "{'o': $states.input.a.{'n': $}} ~> |o|{'b': 1}|",
    "($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(2500))",
];

#[test]
fn work_that_only_looks_endless_is_done() {
    on_a_small_stack(|| {
        for source in FRUGAL {
            let start = Instant::now();
            let outcome = evaluate(source, &input());
            let seconds = start.elapsed().as_secs_f64();
            assert!(outcome.is_ok(), "{source}: {outcome:.200?}");
            assert!(seconds < SECONDS_MAX, "{source} took {seconds} s");
        }
    });
}

#[test]
fn expressions_without_end_end_in_an_error() {
    let check = |source: &str, input: &Value| {
        let start = Instant::now();
        let outcome = evaluate(source, input);
        let seconds = start.elapsed().as_secs_f64();
        assert!(outcome.is_err(), "{source}");
        assert!(seconds < SECONDS_MAX, "{source} took {seconds} s");
        assert_eq!(evaluate("1 + 1", input), Ok(json!(2)), "after {source}");
    };
    thread::scope(|scope| {
        for share in ENDLESS.chunks(ENDLESS.len().div_ceil(3)) {
            let work = move || {
                let input = input();
                for source in share {
                    check(source, &input);
                }
            };
            let thread = thread::Builder::new().stack_size(STACK_BYTES);
            thread.spawn_scoped(scope, work).expect("a thread starts");
        }
    });
    let memory = memory_kilobytes().unwrap_or_default();
    assert!(memory < MEMORY_KILOBYTES_MAX, "the process took {memory} kB");
}

#[test]
fn deep_and_long_expressions_harm_nothing() {
    on_a_small_stack(|| {
        let deep =
            |open: &str, close: &str, times: usize| open.repeat(times) + "1" + &close.repeat(times);
        for source in [
            deep("(", ")", 100_000),
            deep("[", "]", 20_000),
            deep("[", "]", 900),
            deep("{'a':", "}", 20_000),
            deep("$f(", ")", 20_000),
            deep("-", "", 100_000),
            deep("function($x){", "}", 20_000),
            deep("a[", "]", 20_000),
            deep("1 + ", "", 50_000),
            deep("1 & ", "", 50_000),
            deep("1 ? ", " : 2", 20_000),
            deep("$x := ", "", 20_000),
            deep("$x ~> ", "", 20_000),
            deep("$states.input.", "", 10_000),
            format!("$states.input.a[{} a = 1].b", "a = 1 and ".repeat(20_000)),
            deep("$states.input.a[b = ", "]", 5_000),
            format!("$match('a', /{}/)", "(a+)+".repeat(2_000)),
            "$match('a', /((a{1000}){1000}){1000}/)".to_owned(),
            format!("$match('{}b', /(a|a)*$/)", "a".repeat(50_000)),
            "x".repeat(300_000),
        ] {
            let start = Instant::now();
            let outcome = evaluate(&source, &json!({}));
            let seconds = start.elapsed().as_secs_f64();
            let name: String = source.chars().take(20).collect();
            assert!(seconds < SECONDS_MAX, "{name} took {seconds} s: {outcome:?}");
            assert_eq!(evaluate("1 + 1", &json!({})), Ok(json!(2)), "after {name}");
        }
    });
}

#[test]
fn deep_values_harm_nothing() {
    on_a_small_stack(|| {
        for source in [
            "$reduce([1..100000], function($a, $i) { {'a': $a} }, 1)",
            "$string($reduce([1..100000], function($a, $i) { {'a': $a} }, 1))",
            "$reduce([1..50000], function($a, $i) { [[$a]] }, 1)",
            "($r := $reduce([1..50000], function($a, $i) { {'a': $a} }, 1); $r = $r)",
            "$count($reduce([1..50000], function($a, $i) { {'a': $a} }, 1).**)",
        ] {
            // Some have a value in time if the build is optimised; none may overflow the stack.
            drop(evaluate(source, &json!({})));
            assert_eq!(evaluate("1 + 1", &json!({})), Ok(json!(2)), "after {source}");
        }
    });
}

/// Pieces of expressions, which [`ExpressionGenerator`] joins in random order.
const PIECES: [&str; 64] = [
    "$states.input",
    "$states",
    ".a",
    ".b",
    ".*",
    ".**",
    ".%",
    "[0]",
    "[a = 1]",
    "[]",
    "^(a)",
    "^(>$)",
    "{a: b}",
    "@$x",
    "#$i",
    "$x",
    "$",
    "$$",
    "1",
    "0.5",
    "-",
    "'t'",
    "true",
    "null",
    "/a+/",
    "+",
    "*",
    "/",
    "%",
    "&",
    "=",
    "!=",
    "<",
    " in ",
    " and ",
    " or ",
    "..",
    "~>",
    ":=",
    "?",
    ":",
    ",",
    ";",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "function($x){",
    "$map(",
    "$filter(",
    "$reduce(",
    "$string(",
    "$sum(",
    "$pad(",
    "$match(",
    "$replace(",
    "$sort(",
    "|$|{'a': 1}|",
    "$merge(",
    "$zip(",
    "$now(",
    "$range(",
];

/// Generates expressions and values from random numbers.
struct ExpressionGenerator(RandomStream);

impl ExpressionGenerator {
    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.0.next_below(limit as u64)).expect("it is below a usize")
    }

    fn expression(&mut self) -> String {
        let mut source = String::new();
        let mut open = Vec::new();
        for _ in 0..=self.below(12) {
            let piece = PIECES[self.below(PIECES.len())];
            source.push_str(piece);
            match piece.chars().last() {
                Some('(') => open.push(')'),
                Some('[') => open.push(']'),
                Some('{') => open.push('}'),
                _ => {}
            }
        }
        // Half of them get their brackets closed, so that many are well-formed.
        if self.below(2) == 0 {
            source.extend(open.into_iter().rev());
        }
        source
    }

    fn value(&mut self, depth: usize) -> Value {
        match self.below(if depth == 0 { 5 } else { 8 }) {
            0 => Value::Null,
            1 => json!(self.below(2) == 0),
            2 => json!(self.below(100)),
            3 => json!(0.1),
            4 => json!("t".repeat(self.below(4))),
            5 | 6 => (0..self.below(4)).map(|_| self.value(depth - 1)).collect(),
            _ => json!({"a": self.value(depth - 1), "b": self.value(depth - 1)}),
        }
    }
}

#[test]
fn random_expressions_never_panic_or_hang() {
    on_a_small_stack(|| {
        let mut random = ExpressionGenerator(RandomStream::new(1));
        let mut answered = 0;
        for _ in 0..20_000 {
            let (source, input) = (random.expression(), random.value(3));
            let start = Instant::now();
            let outcome = evaluate(&source, &input);
            let seconds = start.elapsed().as_secs_f64();
            assert!(seconds < SECONDS_MAX, "{source} on {input} took {seconds} s");
            if let Err(cause) = &outcome {
                assert!(!cause.contains("internal error"), "{source} on {input} panics");
            }
            answered += usize::from(outcome.is_ok());
        }
        assert!(answered > 300, "only {answered} random expressions have values");
        assert_eq!(evaluate("1 + 1", &json!({})), Ok(json!(2)));
    });
}
