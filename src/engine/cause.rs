//! What lies behind an error of the engine, which wraps those of others several times.

use std::error::Error;
use std::io;

/// The first error of a kind among an error and its causes, also where the system's kind of error carries it.
pub fn behind<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        let carried = || error.downcast_ref::<io::Error>()?.get_ref()?.downcast_ref::<T>();
        if let Some(found) = error.downcast_ref::<T>().or_else(carried) {
            return Some(found);
        }
        next = error.source();
    }
    None
}
