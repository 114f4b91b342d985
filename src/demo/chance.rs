//! Random numbers that are the same on every machine.
//!
//! Logarithms and similar functions come from the `libm` crate, which computes them in plain Rust. The platform's own
//! mathematics library may differ in the last bit, and this sometimes takes another branch.

use rand::RngCore;

/// Draws from the distributions that the shop needs, for any source of random bits.
pub(super) trait Chance: RngCore {
    /// Uniform on [0, 1), with 53 random bits.
    fn uniform(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// True with the given probability.
    fn happens(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// Uniform on `0..n`; the bias of at most n / 2³² does not matter here.
    fn below(&mut self, n: u32) -> u32 {
        ((u64::from(self.next_u32()) * u64::from(n)) >> 32) as u32
    }

    /// Exponential with mean 1.
    fn exponential(&mut self) -> f64 {
        -libm::log(1.0 - self.uniform())
    }

    /// Normal with mean 0 and variance 1: Marsaglia's polar method.
    fn normal(&mut self) -> f64 {
        loop {
            let (x, y) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let s = x * x + y * y;
            if s > 0.0 && s < 1.0 {
                return x * (-2.0 * libm::log(s) / s).sqrt();
            }
        }
    }

    /// Gamma with the given shape (> 0) and scale 1: Marsaglia and Tsang, "A simple method for generating gamma
    /// variables", ACM Transactions on Mathematical Software 26 (2000), with their step for shapes below 1.
    fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let boost = libm::pow(1.0 - self.uniform(), 1.0 / shape);
            return self.gamma(shape + 1.0) * boost;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let t = 1.0 + c * x;
            let v = t * t * t;
            if v > 0.0 && libm::log(1.0 - self.uniform()) < 0.5 * x * x + d - d * v + d * libm::log(v) {
                return d * v;
            }
        }
    }

    /// Beta with the given shapes (> 0).
    fn beta(&mut self, a: f64, b: f64) -> f64 {
        let x = self.gamma(a);
        let y = self.gamma(b);
        x / (x + y)
    }
}

impl<R: RngCore> Chance for R {}

/// `SplitMix64` (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014): a stream from a
/// 64-bit seed at no cost, for the details of one order or one person.
pub(super) struct Mix(u64);

impl Mix {
    /// The stream that belongs to `key`; `salt` keeps the uses of one key apart.
    pub(super) fn new(key: u64, salt: u64) -> Self {
        let mut mix = Self(key ^ salt.wrapping_mul(0xD1B5_4A32_D192_ED03));
        Self(mix.next_u64())
    }
}

impl RngCore for Mix {
    fn next_u32(&mut self) -> u32 {
        (self.next_u64() >> 32) as u32
    }

    fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let word = self.next_u64().to_le_bytes();
            for (byte, random) in chunk.iter_mut().zip(word) {
                *byte = random;
            }
        }
    }
}

/// A choice among weighted items in constant time: Walker's alias method.
pub(super) struct Choice {
    /// Per item: the chance of keeping it, and the item taken instead.
    cells: Vec<(f64, u32)>,
}

impl Choice {
    /// A choice with probabilities in proportion to `weights` (positive, at least one).
    pub(super) fn new(weights: &[f64]) -> Self {
        let scale = weights.len() as f64 / weights.iter().sum::<f64>();
        let mut cells: Vec<(f64, u32)> =
            weights.iter().zip(0..).map(|(weight, item)| (weight * scale, item)).collect();
        let (mut small, mut large): (Vec<usize>, Vec<usize>) =
            (0..cells.len()).partition(|&item| cells[item].0 < 1.0);
        while let (Some(low), Some(&high)) = (small.pop(), large.last()) {
            cells[low].1 = high as u32;
            cells[high].0 -= 1.0 - cells[low].0;
            if cells[high].0 < 1.0 {
                large.pop();
                small.push(high);
            }
        }
        Self { cells }
    }

    /// One item's position.
    pub(super) fn draw(&self, rng: &mut impl RngCore) -> usize {
        let item = rng.below(self.cells.len() as u32) as usize;
        match self.cells.get(item) {
            Some(&(keep, other)) if rng.uniform() >= keep => other as usize,
            _ => item,
        }
    }
}

/// One of some words, with chances in proportion to their weights.
pub(super) fn word(words: &[(&'static str, f64)], rng: &mut Mix) -> &'static str {
    let mut left = rng.uniform() * words.iter().map(|(_, weight)| weight).sum::<f64>();
    for (word, weight) in words {
        left -= weight;
        if left < 0.0 {
            return word;
        }
    }
    words.last().map_or("", |(word, _)| word)
}

/// A whole number from `least` to `most`, each equally likely.
pub(super) fn between(least: i32, most: i32, rng: &mut Mix) -> i32 {
    least + (rng.uniform() * f64::from((most - least).max(0) + 1)) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(mut draw: impl FnMut(&mut Mix) -> f64) -> (f64, f64) {
        let mut rng = Mix::new(7, 0);
        let n = 40_000;
        let values: Vec<f64> = (0..n).map(|_| draw(&mut rng)).collect();
        let mean = values.iter().sum::<f64>() / f64::from(n);
        (mean, values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / f64::from(n))
    }

    #[test]
    fn distributions_have_their_mean_and_variance() {
        let near = |(mean, variance): (f64, f64), m: f64, v: f64| {
            assert!((mean - m).abs() < 0.03 * (1.0 + m), "mean {mean}, expected {m}");
            assert!((variance - v).abs() < 0.06 * (1.0 + v), "variance {variance}, expected {v}");
        };
        near(moments(Chance::exponential), 1.0, 1.0);
        near(moments(Chance::normal), 0.0, 1.0);
        near(moments(|r| r.gamma(0.4)), 0.4, 0.4);
        near(moments(|r| r.gamma(5.0)), 5.0, 5.0);
        near(moments(|r| r.beta(1.0, 3.0)), 0.25, 3.0 / 80.0);
    }

    #[test]
    fn choice_follows_the_weights() {
        let choice = Choice::new(&[1.0, 6.0, 3.0]);
        let mut rng = Mix::new(1, 1);
        let mut hits = [0_u32; 3];
        for _ in 0..30_000 {
            hits[choice.draw(&mut rng)] += 1;
        }
        for (hit, share) in hits.iter().zip([0.1, 0.6, 0.3]) {
            assert!((f64::from(*hit) / 30_000.0 - share).abs() < 0.01, "{hits:?}");
        }
    }
}
