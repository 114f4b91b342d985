//! Numbered tasks on a few threads.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

use super::DemoError;

/// Runs `task` for each number below `tasks`, on `threads` threads; returns their states. `start` makes the state of
/// each thread. `tick` is called on the calling thread with the number of finished tasks.
///
/// Which thread gets which task depends on chance; the result must not depend on it.
///
/// # Errors
/// The first error of a task; the other threads stop after their current task.
pub(super) fn parallel<S: Send>(
    threads: usize,
    tasks: usize,
    start: impl Fn() -> S + Sync,
    task: impl Fn(&mut S, usize) -> Result<(), DemoError> + Sync,
    tick: &dyn Fn(usize),
) -> Result<Vec<S>, DemoError> {
    let next = AtomicUsize::new(0);
    let failed = AtomicBool::new(false);
    let (done, heard) = mpsc::channel();
    let work = |done: mpsc::Sender<()>| {
        let mut state = start();
        while !failed.load(Ordering::Relaxed) {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= tasks {
                break;
            }
            task(&mut state, number).inspect_err(|_| failed.store(true, Ordering::Relaxed))?;
            // The receiver is gone only if the caller itself is unwinding.
            let _ = done.send(());
        }
        Ok(state)
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.clamp(1, tasks.max(1)))
            .map(|_| {
                let done = done.clone();
                scope.spawn(|| work(done))
            })
            .collect();
        drop(done);
        for (count, ()) in (1..).zip(heard) {
            tick(count);
        }
        let join = |worker: std::thread::ScopedJoinHandle<'_, Result<S, DemoError>>| {
            worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        workers.into_iter().map(join).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn every_task_runs_once_and_is_heard() -> Result<(), DemoError> {
        let heard = Cell::new(0);
        let note = |seen: &mut Vec<usize>, n| {
            seen.push(n);
            Ok::<(), DemoError>(())
        };
        let states = parallel(3, 100, Vec::new, note, &|n| heard.set(n))?;
        let mut seen: Vec<usize> = states.into_iter().flatten().collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..100).collect::<Vec<_>>());
        assert_eq!(heard.get(), 100);
        Ok(())
    }

    #[test]
    fn an_error_ends_the_work() {
        let wrong = |n: usize| DemoError::Setting { name: "n", value: n.to_string(), allowed: "below 10" };
        let result =
            parallel(2, 1_000_000, || 0, |_, n| if n < 10 { Ok(()) } else { Err(wrong(n)) }, &|_| {});
        assert!(matches!(result, Err(DemoError::Setting { .. })));
    }
}
