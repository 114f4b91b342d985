//! The program under attack, as one command: `cargo test --test all attack::`.
//!
//! - `files_corrupt`: Parquet files that are damaged, or say of themselves what is not so
//! - `limits`: what is too deep, too long or too large
//! - `hostile_text`: text that does more than say something
//! - `interruption`: runs that are told to end
//! - `publication_together`, `publication_failures`: many runs at once; full disks and folders that are in the way
//! - `cache_damage`: a cache that is damaged, full or not to be had
//! - `by_chance`: files, moments, limits and names that chance chooses
//!
//! Chance chooses a few by default, the same ones each time. `REGULARS_ATTACK=50` has it choose fifty times as many, and
//! `REGULARS_ATTACK_SEED=7` others. A failure says which seed it was.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

mod by_chance;
mod cache_damage;
mod files_corrupt;
mod hostile_text;
mod interruption;
mod limits;
mod publication_failures;
mod publication_together;

/// A whole number from the environment.
fn setting(name: &str, usual: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} is `{text}`, and must be a whole number")),
        Err(_) => usual,
    }
}

/// How many rounds of something there are, of which a few are usual.
fn rounds(few: u64) -> u64 {
    few * setting("REGULARS_ATTACK", 1)
}

/// The chance of one round.
fn chance(round: u64) -> ChaCha8Rng {
    let mut chance = ChaCha8Rng::seed_from_u64(setting("REGULARS_ATTACK_SEED", 1));
    chance.set_stream(round);
    chance
}

/// Does each round with its own chance; a round that fails says how it is had again.
fn by_rounds(few: u64, mut round: impl FnMut(u64, &mut ChaCha8Rng)) {
    for number in 0..rounds(few) {
        let again = Again(number);
        round(number, &mut chance(number));
        std::mem::forget(again);
    }
}

/// Dropped by a panic alone.
struct Again(u64);

impl Drop for Again {
    fn drop(&mut self) {
        let seed = setting("REGULARS_ATTACK_SEED", 1);
        eprintln!("round {} of REGULARS_ATTACK_SEED={seed}", self.0);
    }
}
