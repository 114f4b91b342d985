//! What the parts cost, each beside the other ways of doing the same: `cargo bench`.
//!
//! Times are of one machine at one time; what counts is how the rows of a group compare. `cargo bench -- sorting` runs one
//! group.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark may stop at what is not as it should be"
)]

use std::time::Duration;

mod functions;
mod intake;
mod models;
mod pages;
mod shop;
mod stored;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    // Most of these take some milliseconds, so a sample is one of them.
    let bench = divan::Divan::default().sample_size(1).sample_count(25).max_time(Duration::from_secs(2));
    bench.config_with_args().main();
}
