//! Numbers about customers: pure functions of plain slices and structs.
//!
//! Nothing here reads a file, waits, or uses SQL. The same input gives the same bits with any number of threads: every
//! sum runs over sorted data in a fixed order, and threads work on independent parts.
//!
//! The order of reading: [`special`] (gamma functions and related ones), [`optimise`] (Newton's method with a trust
//! region), [`clv`] (the models of repeat purchase and spend, and customer lifetime value from them), [`survival`]
//! (curves of how many had an event by when), [`classify`] (who will churn, as a yes-or-no question), [`cluster`] (groups
//! of customers that are alike).

pub mod classify;
pub mod cluster;
pub mod clv;
pub mod optimise;
pub(crate) mod parallel;
pub mod special;
pub mod survival;
