//! The product's behaviour from outside: the real binary on small projects, whole messages, published files.
//!
//! - `figures`: published figures of real data, to the digit (run where the data lies, else counted as ignored)
//! - `audiences`: reports of some customers tell nothing of others, and what is unclear is an error
//! - `attack`: damaged files, kills, full disks, many runs at once, hostile text: a module of its own, and one command
//! - `cache`, `cache_nights`: what a run leaves for the next, and that it changes nothing but time
//! - `sources`: every kind of file, and everything that can be wrong with one; `csv_files`: CSV as shops have it
//! - `files_read`: files of any name and number, and those that change while they are read
//! - `files_found`, `files_columns`: which files a path means, and what columns they have
//! - `first_files`: what somebody new reads of names with blanks, of text and of tables that are not there
//! - `quickstart`: the page for new users, done as it says
//! - `quarantine`, `checks`: what becomes of rows, and when a run may publish
//! - `messages`, `messages_source`, `messages_sql`, `messages_incremental`: what a user reads after a mistake, caret and all
//! - `mistakes`: some hundred mistakes as data, each message held and scored by rules; `docs/messages.md` has the scores
//! - `implied_rules`, `reconcile`: rows without what is required, and whether tables are made of what was used
//! - `modules`: what ships, switched on by a line; files of a project in place of shipped ones
//! - `module_checks`, `modules_listed`: what `check` says of a project's own modules; how modules are listed
//! - `strict`: nothing is accepted and then ignored or changed
//! - `publication`, `same_bytes`: what readers of the site see, and that it is the same each time
//! - `publication_private`: who sees ids
//! - `downloads`: CSV files and the workbook, cell by cell; of large tables too
//! - `demo`, `project`: `demo` and `init`
//! - `models`, `models_given`: model steps: their tables, and parameters that are given
//! - `strange_shops`: one day, one customer, subscribers, closed months: scores, segments and sentences; one setting, one meaning
//! - `steps`: parameters, settled order, `previous.` and `year_ago.`
//! - `money`, `types`, `days`: what is exact, the types of columns, the day of a row; `row_by_row`: what an expression may
//!   look at
//! - `lacking`: sources that are not there, or have no rows
//! - `sections`: sections that are data: own charts, section files, and what is said of mistakes in them
//! - `section_texts`: the texts of sections of one's own, in both languages
//! - `serve`: what it answers, and the draft that follows what is edited
//! - `warning`: which sentences the early warning chooses, and what it shows of its models
//! - `slt`: the shipped SQL, table by table
//! - `agreements`: two places never give different figures for one thing
//! - `declared_tables`, `docs_tables`: what tables are declared to hold, in queries, on pages, in the manual; `docs_links`: its
//!   links and its map of the code; `docs_domain`: its page on what the founding documents ask for
//! - `tables`: stored tables, their order and their ranges

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing
)]

mod agreements;
mod attack;
mod audiences;
mod cache;
mod cache_nights;
mod checks;
mod contest;
mod contest_origins;
mod csv_files;
mod data;
mod days;
mod declared_tables;
mod demo;
mod docs_domain;
mod docs_links;
mod docs_tables;
mod downloads;
mod figures;
mod files_columns;
#[cfg(unix)]
mod files_found;
mod files_read;
mod first_files;
mod implied_rules;
mod joined;
mod lacking;
mod messages;
mod messages_engine;
mod messages_incremental;
mod messages_source;
mod messages_sql;
mod mistakes;

mod models;
mod models_given;
mod module_checks;
mod modules;
mod modules_listed;
mod money;
mod pages;
mod programme;
mod project;
mod publication;
mod publication_private;
mod quarantine;
mod queries;
mod quickstart;
mod reconcile;
mod rehearsal;
mod row_by_row;
mod same_bytes;
mod section_texts;
mod sections;
mod serve;
mod shop;
mod show;
mod slt;
mod sources;
mod sources_broken;
mod sources_dated;
mod step_checks;
mod steps;
mod strange_shops;
mod strict;
mod support;
mod tables;
mod types;
mod upgrade;
mod value;
mod variants;
mod warning;
