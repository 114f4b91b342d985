//! Customer-value reports from a company's transactions, every night, from one binary.
//!
//! # The tour
//! ```text
//! pipelines/x.yaml ──load──> Pipeline ──plan──> Plan ──run──> tables ──render──> published report
//!       (places)               (all problems)    (order)    (Parquet)          (atomic swap)
//! ```
//! 1. [`pipeline`] **loads** YAML into typed structs. Every value knows its place.
//! 2. [`engine`] **plans**: files, columns, SQL, types, cycles; all problems are reported at once.
//! 3. [`run`] **runs**: sources become canonical tables (mapping, quarantine, checks), then steps run in the order of
//!    their needs. A step is one SQL query or one model of [`analysis`], and yields one named table.
//! 4. [`report`] **renders** the finished tables with the pictures of [`chart`]; the result is staged whole, then
//!    swapped in.
//!
//! What tables hold is declared once, in [`tables`].
//!
//! Around them: [`problem`], the only way to report anything to a user; [`visible`], what no text may do to its reader;
//! [`project`], the files that ship inside the binary; [`demo`], a simulated shop; [`command`], one file a verb.
//!
//! # Invariants
//! - `analysis` and `chart` do no I/O and know nothing of DataFusion sessions or YAML.
//! - Only `pipeline::yaml` names the YAML crate; only `engine` names storage and table formats (the demo writes its
//!   own files).
//! - A report is a pure function of input data, pipeline files, as-of date and version: the same four give the same
//!   bytes of tables and pages, whatever the number of threads. Times of the clock are in the manifest alone. (The codes in
//!   masked ids depend on the project's key too.)
//! - Each number that a reader sees has its step and its query on record.
//! - Nothing a user supplies can cause a panic.

pub mod analysis;
pub mod chart;
pub mod cli;
pub mod command;
pub mod console;
pub mod demo;
pub mod engine;
pub mod files;
pub mod pipeline;
pub mod problem;
pub mod project;
pub mod report;
pub mod run;
pub mod secret;
pub mod shipped;
pub mod tables;
pub mod visible;
