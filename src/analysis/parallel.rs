//! Work on parts, on as many threads as the machine has.
//!
//! Each part is processed alone, and results come in the order of the parts: they are the same with any number of
//! threads.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// The results of `work` for each part, in the order of the parts.
pub(crate) fn map<P: Sync, R: Send>(parts: &[P], work: impl Fn(&P) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(parts.len());
    if threads < 2 {
        return parts.iter().map(work).collect();
    }
    // Parts need different amounts of work: a thread takes the next part when it has finished one.
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        while let Some((at, part)) = {
            let at = next.fetch_add(1, Ordering::Relaxed);
            parts.get(at).map(|part| (at, part))
        } {
            done.push((at, work(part)));
        }
        done
    };
    let mut results = thread::scope(|scope| {
        // If the system has no more threads, the existing ones do the work.
        let others: Vec<_> =
            (1..threads).map_while(|_| thread::Builder::new().spawn_scoped(scope, take).ok()).collect();
        let mut results = take();
        for other in others {
            results.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        results
    });
    results.sort_unstable_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_parts() {
        let parts: Vec<u64> = (0..1000).collect();
        let squares: Vec<u64> = parts.iter().map(|part| part * part).collect();
        assert_eq!(map(&parts, |part| part * part), squares);
        assert_eq!(map(&parts[..1], |part| part + 1), [1]);
        assert_eq!(map(&[], |part: &u64| part + 1), [] as [u64; 0]);
    }
}
