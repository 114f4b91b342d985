//! Panics of foreign code, such as a decoder that reads damaged bytes, become errors with their text.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe};

use futures::FutureExt;

/// Runs some work; a panic becomes an error.
///
/// # Errors
/// The panic's message.
pub fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    panic::catch_unwind(AssertUnwindSafe(work)).map_err(|payload| text(payload.as_ref()))
}

/// Waits for some work; a panic becomes an error.
///
/// # Errors
/// The panic's message.
pub async fn caught_in<T>(work: impl Future<Output = T>) -> Result<T, String> {
    AssertUnwindSafe(work).catch_unwind().await.map_err(|payload| text(payload.as_ref()))
}

fn text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "it gave no reason".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_with_its_text() {
        assert_eq!(caught(|| 7), Ok(7));
        assert_eq!(caught(|| -> i32 { panic!("no") }), Err("no".into()));
        let number = 3;
        let work = async move {
            assert!(number < 3, "{number} is too many");
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        assert_eq!(runtime.block_on(caught_in(work)), Err("3 is too many".into()));
    }
}
