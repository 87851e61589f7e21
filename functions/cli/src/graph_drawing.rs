//! `statewright graph`.

use std::{
    fs,
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, anyhow, bail};
use asl::{Definition, Diagnostic};
use clap::{Args, ValueEnum};
use graph::{
    OutlineColours, StateStatuses, dot_graph, graph_definition, mermaid_flowchart,
    statuses_of_history, svg_drawing, text_outline,
};
use serde_json::{Value, json};

use crate::{
    USAGE,
    client::{
        ApiClient, Pages, TargetArguments, find_execution, find_machine, split_execution_arn,
        with_large_pages,
    },
    definition_file::DefinitionFile,
    deployed_definition::machine_name,
    text_source::{ShownName, is_standard_input, read_text},
    validate::show_diagnostics,
    view::{print_text, shows_colours, terminal_columns},
};

/// Columns of an outline that is not written to a terminal.
const COLUMNS_DEFAULT: usize = 100;
/// Columns of an outline in a terminal that is narrower.
const COLUMNS_MIN: usize = 20;

/// The arguments of `statewright graph`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    statewright graph order.asl.json\n  \
    statewright graph order.asl.json --output order.svg\n  \
    statewright graph order --last\n  \
    statewright graph order:a1b2 --format mermaid")]
pub(crate) struct GraphArguments {
    /// A definition in JSON or YAML (`-` reads standard input), a state machine (a name or an ARN), or an
    /// execution (MACHINE:EXECUTION or an ARN), by which the states are coloured.
    #[arg(value_name = "FILE|ARN")]
    named: String,

    /// Colours the states by the newest execution of the state machine.
    #[arg(long)]
    last: bool,

    /// How it is drawn: by default as the ending of --output says (.svg, .mmd, .dot), or else as an
    /// outline for the terminal, also where stdout is none.
    #[arg(long, value_enum)]
    format: Option<GraphFormat>,

    /// Writes the drawing to this file, and not to stdout.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    /// The history of an execution, by which the states are coloured: what `aws stepfunctions
    /// get-execution-history` prints; `-` reads standard input.
    #[arg(long, value_name = "FILE")]
    history: Option<PathBuf>,

    /// Replaces `${NAME}` in the definition, as SAM's `DefinitionSubstitutions` do; may repeat.
    #[arg(long, value_name = "NAME=VALUE")]
    substitute: Vec<String>,

    #[command(flatten)]
    target: TargetArguments,
}

/// The formats of a drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    Terminal,
    Svg,
    Mermaid,
    Dot,
}

/// How a state machine is drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DrawingOptions<'o> {
    /// The name of the state machine.
    pub(crate) title: &'o str,
    pub(crate) format: GraphFormat,
    /// The width of an outline.
    pub(crate) columns: usize,
    /// Whether an outline has colours.
    pub(crate) colours: OutlineColours,
}

/// A drawing, and what does not fit together in it.
#[derive(Debug)]
pub(crate) struct MachineDrawing {
    pub(crate) text: String,
    /// The states of the execution that the definition does not have: it ran on another one.
    pub(crate) unknown_states: Vec<String>,
}

/// Draws the graph of a definition, coloured by the events of an execution as `GetExecutionHistory`
/// prints them, if there are any. Fails if the definition is invalid.
pub(crate) fn draw_machine(
    definition: &str,
    events: Option<&[Value]>,
    options: DrawingOptions<'_>,
) -> Result<MachineDrawing, Vec<Diagnostic>> {
    let definition = asl::parse_definition(definition)?;
    let graph = graph_definition(&definition);
    let statuses = events.map(statuses_of_history);
    let (title, statuses) = (options.title, statuses.as_ref());
    let text = match options.format {
        GraphFormat::Terminal => text_outline(&graph, statuses, options.columns, options.colours),
        GraphFormat::Svg => svg_drawing(&graph, title, statuses),
        GraphFormat::Mermaid => mermaid_flowchart(&graph, statuses),
        GraphFormat::Dot => dot_graph(&graph, title, statuses),
    };
    let unknown_states = statuses.map(|statuses| find_unknown_states(&definition, statuses));
    Ok(MachineDrawing { text, unknown_states: unknown_states.unwrap_or_default() })
}

fn find_unknown_states(definition: &Definition, statuses: &StateStatuses) -> Vec<String> {
    let is_known = |name: &str| definition.states.keys().any(|known| known.as_str() == name);
    let entered = statuses.entered_states().map(|(name, _)| name);
    entered.filter(|name| !is_known(name)).map(str::to_owned).collect()
}

/// Draws the graph of a file's definition, or of what a target has.
pub(crate) async fn draw_graph(arguments: GraphArguments) -> anyhow::Result<ExitCode> {
    let format = match (arguments.format, &arguments.output) {
        (Some(format), _) => format,
        (None, Some(file)) => format_of_file(file)
            .with_context(|| format!("--format says what {} is to be", file.display()))?,
        (None, None) => GraphFormat::Terminal,
    };
    let named = Path::new(&arguments.named);
    if !names_a_file(named) {
        let machine = read_target(&arguments).await?;
        let events = arguments.history.as_deref().map(read_history).transpose()?;
        let options = arguments.options(&machine.name, format);
        let drawn =
            draw_machine(&machine.definition, events.or(machine.events).as_deref(), options);
        let drawing =
            drawn.map_err(|_| anyhow!("its definition is not one that this version reads"))?;
        write_drawing(&drawing, arguments.output.as_deref())?;
        return Ok(ExitCode::SUCCESS);
    }
    if arguments.last {
        bail!("{} is a file, and --last is for a state machine", ShownName(named));
    }
    let source = DefinitionFile::read_substituted(named, &arguments.substitute)?;
    let events = arguments.history.as_deref().map(read_history).transpose()?;
    let title = machine_name(named)?.to_string();
    let options = arguments.options(&title, format);
    let Ok(drawing) = draw_machine(source.json_text(), events.as_deref(), options) else {
        // What is wrong is found again, with its places in the file.
        let findings = source.parse_definition().err().unwrap_or_default();
        show_diagnostics(&mut io::stderr(), &source, &findings)?;
        return Ok(ExitCode::from(USAGE));
    };
    write_drawing(&drawing, arguments.output.as_deref())?;
    Ok(ExitCode::SUCCESS)
}

/// A state machine of a target, with the events of the execution that was named.
struct MachineOfTarget {
    name: String,
    definition: String,
    events: Option<Vec<Value>>,
}

/// Whether this is a file, or would be one: the names of state machines rarely have such endings.
fn names_a_file(named: &Path) -> bool {
    let ending = named.extension().and_then(|ending| ending.to_str());
    is_standard_input(named)
        || named.is_file()
        || matches!(ending, Some("json" | "yaml" | "yml" | "asl"))
}

async fn read_target(arguments: &GraphArguments) -> anyhow::Result<MachineOfTarget> {
    let client = arguments.target.connect().await?;
    let read = read_machine(&client, &arguments.named, arguments.last).await;
    client.close().await;
    read
}

async fn read_machine(
    client: &ApiClient,
    named: &str,
    newest_execution: bool,
) -> anyhow::Result<MachineOfTarget> {
    let names_an_execution =
        split_execution_arn(named).is_some() || (!named.starts_with("arn:") && named.contains(':'));
    let (described, events) = if names_an_execution || newest_execution {
        let execution = json!({ "executionArn": find_execution(client, named).await? });
        let events =
            Pages::new(client, "GetExecutionHistory", with_large_pages(&execution), "events");
        let events = events.collect().await?;
        (client.call("DescribeStateMachineForExecution", execution).await?, Some(events))
    } else {
        let machine = json!({ "stateMachineArn": find_machine(client, named).await? });
        (client.call("DescribeStateMachine", machine).await?, None)
    };
    let text = |member: &str| described[member].as_str().unwrap_or_default().to_owned();
    Ok(MachineOfTarget { name: text("name"), definition: text("definition"), events })
}

impl GraphArguments {
    fn options<'o>(&self, title: &'o str, format: GraphFormat) -> DrawingOptions<'o> {
        match self.output {
            None => DrawingOptions::for_stdout(title, format),
            Some(_) => DrawingOptions::for_file(title, format),
        }
    }
}

impl<'o> DrawingOptions<'o> {
    /// A drawing that is printed: as wide as the terminal and in its colours, if it is one.
    pub(crate) fn for_stdout(title: &'o str, format: GraphFormat) -> Self {
        let stdout = io::stdout();
        if !stdout.is_terminal() {
            return Self::for_file(title, format);
        }
        let columns = terminal_columns(&stdout);
        let columns = columns.unwrap_or(COLUMNS_DEFAULT).max(COLUMNS_MIN);
        let colours =
            if shows_colours(&stdout) { OutlineColours::Ansi } else { OutlineColours::Plain };
        Self { title, format, columns, colours }
    }

    /// A drawing that goes into a file or to another program.
    pub(crate) const fn for_file(title: &'o str, format: GraphFormat) -> Self {
        Self { title, format, columns: COLUMNS_DEFAULT, colours: OutlineColours::Plain }
    }
}

/// The format that a file's ending stands for.
fn format_of_file(file: &Path) -> Option<GraphFormat> {
    match file.extension()?.to_str()? {
        "svg" => Some(GraphFormat::Svg),
        "mmd" | "mermaid" => Some(GraphFormat::Mermaid),
        "dot" | "gv" => Some(GraphFormat::Dot),
        "txt" => Some(GraphFormat::Terminal),
        _ => None,
    }
}

fn read_history(file: &Path) -> anyhow::Result<Vec<Value>> {
    let text = read_text(file)?;
    let name = ShownName(file);
    let values: Result<Vec<Value>, _> =
        serde_json::Deserializer::from_str(&text).into_iter::<Value>().collect();
    let mut values = values.with_context(|| format!("{name} is not JSON"))?;
    // One event a line, as `history --json` prints them.
    if values.first().is_some_and(|first| first["id"].is_u64()) {
        return Ok(values);
    }
    let mut value = values.pop().unwrap_or_default();
    let events = if value.is_array() { value.take() } else { value["events"].take() };
    match events {
        Value::Array(events) => Ok(events),
        _ => bail!("{name} has no `events`, as get-execution-history prints them"),
    }
}

fn write_drawing(drawing: &MachineDrawing, output: Option<&Path>) -> anyhow::Result<()> {
    if !drawing.unknown_states.is_empty() {
        let states = drawing.unknown_states.join(", ");
        writeln!(io::stderr(), "warning: the definition has no such states: {states}")?;
    }
    match output {
        Some(file) => fs::write(file, &drawing.text)
            .with_context(|| format!("cannot write {}", file.display())),
        None => print_text(&drawing.text),
    }
}
