//! The product's behaviour from outside: the real binary on small projects, whole messages, published files.
//!
//! - `figures`: published figures of real data, to the digit (run where the data lies, else counted as ignored)
//! - `cache`, `cache_nights`: what a run leaves for the next, and that it changes nothing but time
//! - `sources`: every kind of file, and everything that can be wrong with one
//! - `quarantine`, `checks`: what becomes of rows, and when a run may publish
//! - `messages`, `messages_source`, `messages_sql`, `messages_incremental`: what a user reads after a mistake, caret and all
//! - `implied_rules`, `reconcile`: rows without what is required, and whether tables are made of what was used
//! - `strict`: nothing is accepted and then ignored or changed
//! - `publication`, `interruption`, `same_bytes`: what readers of the site see, and that it is the same each time
//! - `demo`, `project`: `demo` and `init`
//! - `models`, `models_given`: model steps: their tables, and parameters that are given
//! - `steps`: parameters, settled order, `previous.` and `year_ago.`
//! - `slt`: the shipped SQL, table by table
//! - `tables`: stored tables, their order and their ranges

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing
)]

mod cache;
mod cache_nights;
mod checks;
mod contest;
mod data;
mod demo;
mod figures;
mod implied_rules;
mod interruption;
mod messages;
mod messages_incremental;
mod messages_source;
mod messages_sql;

mod models;
mod models_given;
mod project;
mod publication;
mod quarantine;
mod reconcile;
mod same_bytes;
mod slt;
mod sources;
mod sources_broken;
mod steps;
mod strict;
mod support;
mod tables;
