//! DataFusion, the files, and what lies between a pipeline and them. Only this module names storage formats.
//!
//! - [`storage`]: which files a source has and what they say of themselves; [`csv`] those of text; [`types`]: what their
//!   columns have in common
//! - [`source`]: the mapping of files onto a table; [`expression`]: its SQL; [`canonical`]: the columns of `transactions`
//!   and the business day; [`row_by_row`], [`clock`], [`exact`] and [`lost`]: what an expression may look at, instants on the
//!   shop's clock, arithmetic that cannot wrap, and digits that casts lose
//! - `missing`: columns that expressions name and some files lack
//! - [`quarantine`]: the marks of rules; [`implied`]: the rules that required columns imply
//! - [`comparison`]: what can be compared with what; [`declared`]: what queries say that their parameters must be
//! - [`declarations`]: whether queries yield what their tables are declared to hold
//! - [`intake`]: reading a source's files once, and keeping what each contributes
//! - [`store`]: what runs leave for later runs
//! - [`sql`]: queries with bound parameters, and errors that point into their text
//! - [`model`]: the model steps
//! - [`session`]: the sessions, one for each time that a run looks at
//! - [`output`]: running a plan and keeping its rows; [`table`]: reading them again, in their order
//! - [`cause`]: what lies behind an error; [`guard`]: panics of code that is not ours, as errors
//! - [`lineage`]: which columns hold customers' ids; [`used`]: which tables are made of all used rows
//! - [`plan`]: all of it checked before anything runs

pub mod canonical;
pub mod cause;
mod clock;
mod comparison;
mod copies;
pub mod csv;
mod declarations;
mod declared;
mod depth;
mod exact;
pub mod expression;
pub mod failing;
pub mod functions;
pub mod guard;
pub mod implied;
pub mod intake;
pub mod joined;
pub mod lineage;
mod lost;
mod margins;
mod merges;
mod missing;
pub mod model;
pub mod output;
pub mod plan;
mod planner;
pub mod quarantine;
mod remedy;
mod row_by_row;
pub mod session;
pub mod source;
pub mod sql;
mod stand_in;
pub mod step_checks;
pub mod storage;
pub mod store;
pub mod table;
mod ties;
mod trial;
pub mod types;
mod unread;
pub mod used;
mod wanted;
mod writer;

pub use plan::{ModelInput, Node, Overrides, Plan, PlannedSource, Work};
pub use session::{Sessions, Time};
