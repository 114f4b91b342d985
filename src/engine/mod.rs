//! DataFusion, the files, and everything between a pipeline and them. Only this module names storage formats.
//!
//! - [`storage`]: which files a source has and what they state; [`csv`]: text files; [`types`]: common types of their
//!   columns
//! - [`source`]: the mapping of files onto a table; [`mapper`]: what it is made with; [`expression`]: its SQL;
//!   [`transactions`]: the canonical columns; [`canonical`]: bringing columns to them; [`row_by_row`], [`clock`], [`exact`] and [`lost`]: what an expression may
//!   read, instants on the shop's clock, arithmetic that cannot wrap, and digits lost in casts
//! - `missing`: columns that expressions name and some files lack
//! - [`quarantine`]: the marks of rules; [`implied`]: the rules that required columns imply; [`unmatched`]: rows that
//!   found none of a joined source
//! - [`comparison`]: what can be compared with what; [`declared`]: what queries require of their parameters
//! - [`declarations`]: whether queries yield what their tables are declared to hold
//! - [`intake`]: reads a source's files once, and keeps what each contributes; [`incremental`]: steps that are merged
//!   of it
//! - [`store`]: what runs keep for later runs
//! - [`sql`]: queries with bound parameters; [`explained`]: errors that point into their text
//! - [`model`]: the model steps
//! - [`session`]: the sessions, one for each time of a run
//! - [`last_run`]: the tables that a run left, for queries
//! - [`output`]: runs a plan and keeps its rows; [`table`]: reads them again, in their order
//! - [`cause`]: the cause behind an error; [`guard`]: panics of foreign code, as errors
//! - [`lineage`]: which columns hold customers' ids; [`used`]: which tables are made of all used rows
//! - [`plan`]: checks all of this before anything runs

pub mod canonical;
pub mod cause;
mod clock;
mod comparison;
mod copies;
pub mod csv;
pub mod data_errors;
mod declarations;
mod declared;
mod depth;
mod dialects;
pub mod each;
mod exact;
mod exists;
pub mod explained;
pub mod expression;
pub mod failing;
pub mod functions;
mod gather;
pub mod guard;
mod hidden_order;
pub mod implied;
pub mod incremental;
pub mod intake;
mod joined;
mod judged;
pub mod last_run;
pub mod lineage;
mod lost;
pub mod mapper;
mod margins;
mod merges;
mod missing;
pub mod model_step;
mod nullable;
mod one_row;
mod others;
pub mod output;
pub mod plan;
mod planner;
mod pushed;
pub mod quarantine;
mod remedy;
mod reworded;
mod row_by_row;
pub mod session;
pub mod source;
mod source_tables;
mod span;
pub mod sql;
mod stand_in;
pub mod step_checks;
pub mod storage;
pub mod store;
mod suspicious;
mod syntax;
pub mod table;
mod ties;
pub mod transactions;
mod trial;
pub mod types;
pub mod unmatched;
mod unread;
pub mod used;
mod views;
mod wanted;
mod writer;

pub use plan::{ModelInput, Node, Overrides, Plan, PlannedSource, Work};
pub use session::{Sessions, Time};
