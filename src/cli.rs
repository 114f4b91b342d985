//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use jiff::civil::Date;

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
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<Date>,
    /// A parameter of the pipeline's `params`, or `returns=net|gross`; may be repeated
    #[arg(long = "param", value_name = "KEY=VALUE", value_parser = key_value)]
    pub params: Vec<(String, String)>,
}

fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write it as KEY=VALUE".into()),
    }
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
