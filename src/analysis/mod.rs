//! Numbers about customers: pure functions of plain slices and structs.
//!
//! Nothing here reads a file, waits, or knows of SQL, and the same input gives the same bits whatever the
//! machine's number of threads: every sum runs over sorted data in a fixed order, and threads work on parts that do
//! not depend on each other.
//!
//! The order of reading: [`special`] (gamma functions and their kin), [`optimise`] (Newton's method with a
//! trust region), [`clv`] (the models of repeat purchase and spend, and customer lifetime value on top of
//! them), [`survival`] (curves of what has happened to how many by when), [`classify`] (who will churn, as a question
//! of yes or no).

pub mod classify;
pub mod clv;
pub mod optimise;
pub(crate) mod parallel;
pub mod special;
pub mod survival;
