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
//!    their needs. A step is one SQL query or one [`model`], and yields one named table. The numerics are
//!    [`analysis`]'s.
//! 4. [`report`] **renders** the finished tables with the pictures of [`chart`]; the result is staged whole, then
//!    swapped in.
//!
//! What tables hold is declared once, in [`tables`].
//!
//! Around them: [`problem`], the only way to report anything to a user; [`visible`], what no text may do to its reader;
//! [`project`], the files that ship inside the binary; [`demo`], a simulated shop; [`command`], one file a verb.
//!
//! # Invariants
//! - `analysis`, `model` and `chart` do no I/O and know nothing of DataFusion sessions or YAML.
//! - Only `pipeline::yaml` names the YAML crate; only `engine` names storage and table formats (the demo writes its
//!   own files).
//! - A report is a pure function of input data, pipeline files, as-of date and version: the same four give the same
//!   bytes of tables and pages, whatever the number of threads. Times of the clock are in the manifest alone. (The codes in
//!   masked ids depend on the project's key too.)
//! - Each number that a reader sees has its step and its query on record.
//! - Nothing a user supplies can cause a panic.

// In the order in which data pass. The blank lines keep it.

// What a user types.
pub mod cli;

pub mod command;

// Load: YAML to structs.
pub mod files;
pub(crate) mod near;

pub mod shipped;

pub mod project;

pub mod upgrade;

pub mod value;

pub mod tables;

pub mod pipeline;

// Plan: structs to an order of work.
pub mod model;

pub mod engine;

// Run: files to tables.
pub mod run;

pub mod analysis;

// Render: tables to a page.
pub mod report;

pub mod chart;

// Show: pages to a browser.
pub mod serve;

// Beside the way: what is told, and a shop to try it on.
pub mod problem;

pub mod visible;

pub mod secret;

pub mod console;

pub mod demo;
