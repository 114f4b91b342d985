//! Work on bytes from outside, whose panics are answers.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Does work that may panic on damaged bytes. A panic is an error, and nothing of it reaches the terminal.
///
/// # Errors
/// That it panicked.
pub(super) fn quietly<T>(work: impl FnOnce() -> T) -> std::thread::Result<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !QUIET.get() {
                usual(panic);
            }
        }));
    });
    let before = QUIET.replace(true);
    // Nothing that the work has touched is used after a panic.
    let done = catch_unwind(AssertUnwindSafe(work));
    QUIET.set(before);
    done
}
