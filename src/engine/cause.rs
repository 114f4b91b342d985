//! The causes of an engine's error: it may wrap errors of others several times.

use std::error::Error;
use std::io;

/// The first error of a type among an error and its causes; also inside the system's I/O errors.
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
