//! Expectations for a Pareto/NBD customer, from the given parameters of the gamma distributions.
//!
//! A customer alive at T after x purchases has λ ~ gamma(r+x, α+T) and μ ~ gamma(s, β+T), independently: like a new
//! customer with other parameters. So each function here works for new customers and for known ones.

use crate::analysis::special::{ln_beta, ln_integral};

/// ln of the odds of being dead at t against being alive: D/A of [`super::likelihood`].
///
/// Everything is relative to tₓ: neither many purchases nor a long history cost digits.
pub(super) fn ln_odds_of_death([m, alpha, s, beta]: [f64; 4], t_x: f64, t: f64) -> f64 {
    let silence = t - t_x;
    if silence <= 0.0 {
        return f64::NEG_INFINITY;
    }
    let (by_rate, by_death) = (alpha + t_x, beta + t_x);
    let scale = by_rate.min(by_death);
    // η = ln((c+τ)/(c+tₓ)) with the smaller of α and β as c; φ is concave in it.
    let ln_density = |eta: f64| {
        let passed = scale * libm::expm1(eta);
        eta - m * libm::log1p(passed / by_rate) - (s + 1.0) * libm::log1p(passed / by_death)
    };
    let end = libm::log1p(silence / scale);
    // φ′ = 0 where (α+τ)/(β+τ) = (1−m)/(1+s), if α is the smaller and m < 1.
    let ratio = (1.0 - m) / (1.0 + s);
    let rise = (ratio * by_death - by_rate) / (1.0 - ratio);
    let peak = if rise > 0.0 { libm::log1p(rise / scale).min(end) } else { 0.0 };
    libm::log(s * (scale / by_death))
        + m * libm::log1p(silence / by_rate)
        + s * libm::log1p(silence / by_death)
        + ln_integral(ln_density, [0.0, end], peak)
}

/// Expected time alive in the next t: ∫ (1 + τ/β)⁻ˢ dτ from 0 to t, β/(s−1) · [1 − (β/(β+t))^(s−1)] and its limit
/// β ln(1 + t/β) at s = 1.
pub(super) fn time_alive(s: f64, beta: f64, t: f64) -> f64 {
    let log = libm::log1p(t / beta);
    let z = (s - 1.0) * log;
    beta * log * if z.abs() < 1e-9 { 1.0 - 0.5 * z } else { -libm::expm1(-z) / z }
}

/// Discounted time alive from now on: ∫ e^(−δτ) (1 + τ/β)⁻ˢ dτ from 0 to ∞, at a continuous rate δ.
///
/// It is β z^(s−1) Ψ(s, s; z), z = δβ, with Tricomi's Ψ (Fader, Hardie and Lee 2005b). By Kummer's transformation this
/// is β Ψ(1, 2−s; z) = β ∫ e^(−zu) (1+u)⁻ˢ du, integrated here in ln(1+u).
pub(super) fn discounted_time_alive(s: f64, beta: f64, rate: f64) -> f64 {
    let z = rate * beta;
    if z.is_nan() || z < 0.0 {
        return f64::NAN;
    }
    if z == 0.0 {
        return if s > 1.0 { beta / (s - 1.0) } else { f64::INFINITY };
    }
    let phi = |y: f64| (1.0 - s) * y - z * libm::expm1(y);
    let peak = libm::log((1.0 - s) / z).max(0.0);
    beta * libm::exp(ln_integral(phi, [0.0, f64::INFINITY], peak))
}

/// P(X(t) = n): n purchases in the next t of a customer who is alive at its beginning (Fader and Hardie, "Deriving an
/// Expression for P(X(t) = x) Under the Pareto/NBD Model").
///
/// Either the customer lives through t, or dies at τ: (r)ₙ/n! times
/// pⁿ(1−p)ʳ (1 + t/β)⁻ˢ + ∫ pⁿ(1−p)ʳ s/β (1 + τ/β)^−(s+1) dτ, with p = τ/(α+τ).
pub(super) fn probability([r, alpha, s, beta]: [f64; 4], t: f64, n: u32) -> f64 {
    if t <= 0.0 {
        return if n == 0 { 1.0 } else { 0.0 };
    }
    let count = f64::from(n);
    // (r)ₙ/n! = 1 / (n B(r, n)), without the difference of large logarithms.
    let ln_ways = if n == 0 { 0.0 } else { -libm::log(count) - ln_beta(r, count) };
    let ln_purchases = |tau: f64| {
        let missed = if n == 0 { 0.0 } else { count * libm::log1p(alpha / tau) };
        ln_ways - r * libm::log1p(tau / alpha) - missed
    };
    let alive = libm::exp(ln_purchases(t) - s * libm::log1p(t / beta));
    // In z = ln τ the integrand is log-concave, with its peak where
    // (r+s) τ² − [(n−s)α + (1−r)β] τ − (n+1)αβ = 0.
    let phi = |z: f64| {
        let tau = libm::exp(z);
        z + ln_purchases(tau) - (s + 1.0) * libm::log1p(tau / beta)
    };
    let middle = (count - s) * alpha + (1.0 - r) * beta;
    let root = libm::hypot(middle, 2.0 * ((r + s) * (count + 1.0) * alpha * beta).sqrt());
    let peak = if middle > 0.0 {
        (middle + root) / (2.0 * (r + s))
    } else {
        2.0 * (count + 1.0) * alpha * beta / (root - middle)
    };
    let end = libm::log(t);
    let dead = ln_integral(phi, [f64::NEG_INFINITY, end], libm::log(peak).min(end));
    alive + libm::exp(libm::log(s / beta) + dead)
}
