//! The command line.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, CommandFactory, Parser, Subcommand};
use jiff::civil::Date;

use crate::pipeline::date_meant;
use crate::problem::{Problem, closest};

/// Customer-value reports from transactions: RFM, 80/20 concentration, lifetime value, churn.
///
/// Exit codes: 0 done, 1 a data check failed and nothing was published, 2 usage or configuration, 3 the run failed,
/// 5 another run holds the lock, 129, 130 or 143 interrupted.
#[derive(Debug, Parser)]
#[command(name = "regulars", version, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Write a working project: a pipeline to start from
    Init(Init),
    /// Make a demo shop's transactions and report on them
    Demo(Demo),
    /// List the modules that a pipeline can switch on, or describe one
    Modules(Modules),
    /// Copy a shipped file into a project, where it takes the place of the shipped one
    Eject(Eject),
    /// Find everything that is wrong with a pipeline, without running it
    Check(Check),
    /// Say what a run would read and compute, and why, without running it
    Plan(Plan),
    /// Run a pipeline and publish its report
    Run(Run),
    /// Show the published reports in a browser on this machine, or a draft that follows what you edit
    Serve(Serve),
    /// Show the tables that a run left, or what a query makes of them
    Show(Show),
    /// Bring a project that an earlier version made up to date
    Upgrade(Upgrade),
}

/// `init`
#[derive(Debug, Args)]
pub struct Init {
    /// The project's folder
    #[arg(default_value = ".")]
    pub dir: PathBuf,
}

/// `demo`
#[derive(Debug, Args)]
pub struct Demo {
    /// The project's folder
    #[arg(default_value = "regulars-demo")]
    pub dir: PathBuf,
    /// Customers who ever buy
    #[arg(long, value_name = "N")]
    pub customers: Option<u64>,
    /// Days of history
    #[arg(long, value_name = "N")]
    pub days: Option<u32>,
    /// The seed: the same seed gives the same shop
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Mean number of lines in an order; 1 gives one row an order
    #[arg(long, value_name = "N")]
    pub lines: Option<f64>,
    /// Make the data, do not run the pipeline
    #[arg(long)]
    pub data_only: bool,
    /// The report's language: en or zh-CN
    #[arg(long, value_name = "LOCALE", value_parser = ["en", "zh-CN"])]
    pub locale: Option<String>,
}

/// `modules`
#[derive(Debug, Args)]
pub struct Modules {
    /// The module to describe
    pub name: Option<String>,
    /// The project's folder; its own modules are listed too
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub project: PathBuf,
}

/// `eject`
#[derive(Debug, Args)]
pub struct Eject {
    /// The file or folder, such as sql/churn.sql or reports
    pub path: String,
    /// The project's folder
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub project: PathBuf,
}

/// `check`
#[derive(Debug, Args)]
pub struct Check {
    /// The pipeline's YAML file
    pub pipeline: PathBuf,
    #[command(flatten)]
    /// What overrides the file.
    pub overrides: Overrides,
}

/// `plan`
#[derive(Debug, Args)]
pub struct Plan {
    /// The pipeline's YAML file
    pub pipeline: PathBuf,
    #[command(flatten)]
    /// What overrides the file.
    pub overrides: Overrides,
    /// Tell changed input files by their content, not by size and time
    #[arg(long)]
    pub verify_inputs: bool,
}

/// `run`
#[derive(Debug, Args)]
pub struct Run {
    /// The pipeline's YAML file
    pub pipeline: PathBuf,
    #[command(flatten)]
    /// What overrides the file.
    pub overrides: Overrides,
    /// Threads that queries use; the results do not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Publish nothing: leave the report in drafts/ for its maker
    #[arg(long)]
    pub draft: bool,
    /// Read everything, and leave nothing for later runs
    #[arg(long)]
    pub no_cache: bool,
    /// Tell changed input files by their content, not by size and time
    #[arg(long)]
    pub verify_inputs: bool,
}

/// `serve`
#[derive(Debug, Args)]
pub struct Serve {
    /// The project's folder
    #[arg(default_value = ".", conflicts_with = "watch")]
    pub project: PathBuf,
    /// The port on this machine; 0 takes one that is free
    #[arg(long, value_name = "N", default_value_t = 8377)]
    pub port: u16,
    /// Make a draft of this pipeline's report whenever a file changes, and show it with what is wrong; publishes nothing
    #[arg(long, value_name = "PIPELINE")]
    pub watch: Option<PathBuf>,
    #[command(flatten)]
    /// What overrides the file.
    pub overrides: Overrides,
}

/// What overrides the pipeline file.
#[derive(Debug, Args)]
pub struct Overrides {
    /// The business date to report on, YYYY-MM-DD
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub as_of: Option<Date>,
    /// A parameter of `params`, a setting of a module, or `returns=net|gross`; may be repeated
    #[arg(long = "param", value_name = "KEY=VALUE", value_parser = key_value)]
    pub params: Vec<(String, String)>,
}

fn date(text: &str) -> Result<Date, String> {
    let whole = text.len() == 10 && text.as_bytes().get(4) == Some(&b'-');
    match (text.parse::<Date>(), date_meant(text)) {
        (Ok(day), _) if whole => Ok(day),
        (_, Some(day)) => Err(format!("write {day}")),
        _ => Err("write a day of the calendar as year-month-day, such as 2024-01-31; `yesterday` and `today` can stand under \
                  `as_of` in the pipeline"
            .to_owned()),
    }
}

/// A line that cannot be understood, as any other problem; none where help or the version was asked for.
pub fn problem(error: &clap::Error) -> Option<Problem> {
    let text = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => texts.first().cloned(),
        _ => None,
    };
    let argument = text(ContextKind::InvalidArg).unwrap_or_default();
    // `--as-of <DATE>`
    let option = argument.split(' ').next().unwrap_or_default().to_owned();
    let value = text(ContextKind::InvalidValue).unwrap_or_default();
    let (what, help) = match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            return None;
        }
        ErrorKind::InvalidSubcommand => {
            let verb = text(ContextKind::InvalidSubcommand).unwrap_or_default();
            let help = match text(ContextKind::SuggestedSubcommand) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None if Path::new(&verb).extension().is_some_and(|ending| ending == "yaml") => {
                    format!("say what to do with it: `regulars run {verb}`")
                }
                None => "`regulars --help` lists the commands".to_owned(),
            };
            (format!("there is no command `{verb}` (the first argument)"), help)
        }
        ErrorKind::UnknownArgument if argument.starts_with('-') => {
            let command = Cli::command();
            let arguments = command.get_subcommands().flat_map(clap::Command::get_arguments);
            let known: BTreeSet<String> =
                arguments.filter_map(clap::Arg::get_long).map(|name| format!("--{name}")).collect();
            let written = argument.replace('_', "-");
            let written_long = format!("--{}", written.trim_start_matches('-'));
            let near = closest(&written_long, known.iter().map(String::as_str));
            let short = written.starts_with("-a") && !written.starts_with("--");
            let help = match text(ContextKind::SuggestedArg).or(near.map(str::to_owned)) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None if short => "options have two dashes: `--as-of 2024-01-31`".to_owned(),
                None => "`--help` behind the command lists its options".to_owned(),
            };
            (format!("there is no option `{argument}`; options begin with `--`"), help)
        }
        ErrorKind::UnknownArgument => {
            let help = "a command takes one pipeline or folder; options begin with `--`".to_owned();
            (format!("`{argument}` is one argument too many"), help)
        }
        ErrorKind::MissingRequiredArgument => {
            let help =
                "name it behind the command; of a pipeline its file, such as pipelines/demo.yaml".to_owned();
            (format!("{argument} is missing"), help)
        }
        ErrorKind::ArgumentConflict => (
            format!("`{option}` stands there twice, or beside one that excludes it"),
            "give it once".to_owned(),
        ),
        ErrorKind::InvalidValue if value.is_empty() => {
            let example = match option.as_str() {
                "--as-of" => "--as-of 2024-01-31".to_owned(),
                "--param" => "--param days=30".to_owned(),
                _ => argument.clone(),
            };
            (format!("`{option}` has no value"), format!("write `{example}`"))
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let why = std::error::Error::source(error).map(ToString::to_string);
            let whole = || match option.as_str() {
                "--port" => "write a whole number up to 65535",
                "--threads" => "write a whole number from 1 to 1024",
                _ => "write a whole number of 1 or more",
            };
            let help = match (why, error.get(ContextKind::ValidValue)) {
                (_, Some(ContextValue::Strings(values))) => format!("write one of {}", values.join(", ")),
                (Some(why), _) if why.starts_with("write") => why,
                _ => whole().to_owned(),
            };
            (format!("`{value}` is not a value of {option}"), help)
        }
        _ => {
            let text = error.to_string();
            let first = text.lines().next().unwrap_or_default();
            let what = first.strip_prefix("error: ").unwrap_or(first).to_owned();
            (what, "`--help` behind the command lists what it takes".to_owned())
        }
    };
    Some(Problem::new(what).help(help))
}

fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write it as KEY=VALUE".into()),
    }
}

/// `show`
#[derive(Debug, Args)]
pub struct Show {
    /// The pipeline's YAML file
    pub pipeline: PathBuf,
    /// The table; without it, all tables are listed
    #[arg(conflicts_with = "sql")]
    pub table: Option<String>,
    /// A query over the tables, which may name `$as_of`
    #[arg(long, value_name = "SQL")]
    pub sql: Option<String>,
    /// The run of this business date; the last one if absent
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub as_of: Option<Date>,
    /// The tables of this variant
    #[arg(long, value_name = "NAME")]
    pub variant: Option<String>,
    /// The most rows; 0 shows all. 20 in a table if absent
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// How rows are written
    #[arg(long, value_enum, default_value_t = Form::Table)]
    pub format: Form,
    /// A parameter of the pipeline's `params`, where its name takes one
    #[arg(long = "param", value_name = "KEY=VALUE", value_parser = key_value)]
    pub params: Vec<(String, String)>,
}

/// How `show` writes rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// Columns side by side, for a terminal
    Table,
    /// RFC 4180
    Csv,
    /// A list of objects; decimals as texts, with all digits
    Json,
}

/// `upgrade`
#[derive(Debug, Args)]
pub struct Upgrade {
    /// The project's folder
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub project: PathBuf,
    /// Say what would be done, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}
