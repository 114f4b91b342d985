//! Values that must not be printed: those of variables of the environment that a pipeline names under `secrets`.
//!
//! They are kept for the whole process, as any text that leaves it may contain one: messages quote paths; records and
//! pages list parameters.

use std::borrow::Cow;
use std::sync::{PoisonError, RwLock};

/// What stands in a secret's place.
pub const MASK: &str = "[secret]";

/// The secrets, the longest first: if one contains another, nothing of it is left.
static SECRETS: RwLock<Vec<String>> = RwLock::new(Vec::new());

/// A shorter text would be found in others that have nothing to do with it.
const LEAST: usize = 8;

/// Keeps a value from being printed, and says whether it can: a short one cannot be told from other texts.
pub fn keep(value: &str) -> bool {
    if value.chars().count() < LEAST {
        return false;
    }
    let mut secrets = SECRETS.write().unwrap_or_else(PoisonError::into_inner);
    if !secrets.iter().any(|known| known == value) {
        secrets.push(value.to_owned());
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    }
    true
}

/// The text with every secret masked.
pub fn without(text: &str) -> Cow<'_, str> {
    let secrets = SECRETS.read().unwrap_or_else(PoisonError::into_inner);
    let mut masked = Cow::Borrowed(text);
    for secret in secrets.iter().filter(|secret| text.contains(secret.as_str())) {
        masked = Cow::Owned(masked.replace(secret.as_str(), MASK));
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_masked_wherever_it_stands() {
        assert!(!keep("short"));
        assert!(keep("kq7-inner") && keep("kq7-inner-and-more"));
        assert_eq!(without("a kq7-inner-and-more b kq7-inner"), "a [secret] b [secret]");
        assert!(matches!(without("nothing of it"), Cow::Borrowed(_)));
    }
}
