//! What the parts cost, each beside the other ways of doing the same: `cargo bench`.
//!
//! Times are of one machine at one time; what counts is how the rows of a group compare. `cargo bench -- sorting/` runs
//! one group. Each time is set beside the last one; `cargo bench --bench parts -- --save-baseline before` keeps it
//! under a name.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark may stop at what is not as it should be"
)]

use std::cell::LazyCell;
use std::hint::black_box;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{
    Bencher, BenchmarkGroup, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};

// What the fixture of the tests names by its place in the library.
use regulars::{engine, pipeline, problem, project};

mod customers;
mod functions;
mod intake;
mod models;
mod pages;
mod shop;
mod stored;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Group<'a> = BenchmarkGroup<'a, WallTime>;

/// A group whose benches work on so many rows each.
fn group<'a>(criterion: &'a mut Criterion, name: &str, rows: usize) -> Group<'a> {
    let mut group = criterion.benchmark_group(name);
    // Most of these take tens of milliseconds: too long for samples of more and more runs.
    group.sampling_mode(SamplingMode::Flat).throughput(Throughput::Elements(rows as u64));
    group
}

/// A bench of some work on what `set_up` makes. That is made once, as criterion calls a bench for every sample, and
/// only if the bench is asked for. What the work returns is dropped outside the time.
fn on<S, T>(set_up: impl FnOnce() -> S, work: impl Fn(&S) -> T) -> impl FnMut(&mut Bencher<'_>) {
    let made = LazyCell::new(set_up);
    move |bencher| {
        let made = LazyCell::force(&made);
        bencher.iter_with_large_drop(|| work(black_box(made)));
    }
}

/// All of them take some minutes.
fn config() -> Criterion {
    Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .without_plots()
}

criterion_group! {
    name = parts;
    config = config();
    targets =
        intake::sorting::benches,
        intake::keys::benches,
        intake::runs::benches,
        stored::write::benches,
        stored::read::benches,
        functions::gaps::benches,
        functions::distributions::benches,
        functions::days::benches,
        functions::scoring::benches,
        models::purchases::benches,
        models::spend::benches,
        models::counted::benches,
        models::churn::benches,
        pages::benches,
}
criterion_main!(parts);
