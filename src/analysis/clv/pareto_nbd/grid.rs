//! Integrals over the time of death, for all times of a grid at once.
//!
//! With g and its m = r + x from [`super::likelihood`], R(t) = ∫ g(τ)/g(t) · moments dτ from t to the latest time is
//! accumulated from the latest time to the earliest. All terms are positive and of moderate size, even if g itself is
//! not.

use std::ops::Range;

use crate::analysis::special::{NEGLIGIBLE, Rule};

#[derive(Debug, Clone, Copy)]
pub(super) struct Parameters {
    pub r: f64,
    pub alpha: f64,
    pub s: f64,
    pub beta: f64,
}

impl Parameters {
    /// ln of s/(β+t), the hazard of death.
    pub fn ln_hazard(&self, time: f64) -> f64 {
        libm::log(self.s / (self.beta + time))
    }
}

/// λ, p, μ and w at one time.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub lambda: f64,
    pub p: f64,
    pub mu: f64,
    pub w: f64,
}

/// 1, λ, p, μ, w and the products of two of these, or integrals of them. The last place only pads to a power of 2.
pub(super) type Moments = [f64; 16];

impl Place {
    pub fn of(parameters: &Parameters, time: f64) -> Self {
        let Parameters { alpha, beta, .. } = *parameters;
        Self {
            lambda: libm::log1p(time / alpha),
            p: time / (alpha + time),
            mu: libm::log1p(time / beta),
            w: time / (beta + time),
        }
    }

    #[rustfmt::skip]
    pub fn moments(self) -> Moments {
        let Self { lambda, p, mu, w } = self;
        [
            1.0, lambda, p, mu, w,
            lambda * lambda, lambda * p, lambda * mu, lambda * w,
            p * p, p * mu, p * w,
            mu * mu, mu * w,
            w * w,
            0.0,
        ]
    }
}

/// Adds `factor` times the moments to a sum.
#[inline]
pub(super) fn add(sum: &mut Moments, factor: f64, moments: &Moments) {
    for (sum, moment) in sum.iter_mut().zip(moments) {
        *sum += factor * moment;
    }
}

/// What neighbouring x share: everything except e^(−mλ) in the integrand.
pub(super) struct Grid {
    pub places: Vec<Place>,
    pub ln_hazards: Vec<f64>,
    nodes: Vec<Node>,
    steps: Vec<Step>,
}

/// One node of the integral from a time t of the grid to the next.
struct Node {
    /// λ(τ) − λ(t).
    spread: f64,
    /// The weight of the node, with the part of g(τ)/g(t) that does not depend on x.
    weight: f64,
    moments: Moments,
}

/// From one time of the grid to the next.
struct Step {
    nodes: Range<usize>,
    /// The increase of λ.
    spread: f64,
    /// The decrease of (1 + τ/β)^−(s+1), as a logarithm.
    fall: f64,
}

impl Grid {
    /// For the x from `least` to `most`.
    pub fn of(p: &Parameters, times: &[f64], [least, most]: [f64; 2]) -> Self {
        let mut nodes = Vec::new();
        let step = |pair: &[f64]| {
            let (from, length) = (pair[0], pair[1] - pair[0]);
            let start = nodes.len();
            add_nodes(&mut nodes, p, [from, length], [p.r + least, p.r + most]);
            Step {
                nodes: start..nodes.len(),
                spread: libm::log1p(length / (p.alpha + from)),
                fall: (p.s + 1.0) * libm::log1p(length / (p.beta + from)),
            }
        };
        Self {
            steps: times.windows(2).map(step).collect(),
            places: times.iter().map(|time| Place::of(p, *time)).collect(),
            ln_hazards: times.iter().map(|time| p.ln_hazard(*time)).collect(),
            nodes,
        }
    }

    /// R(t) for each time t in a range of the grid; the end of the range counts as the latest time.
    pub fn integrate(&self, m: f64, range: Range<usize>, tails: &mut [Moments]) {
        let mut tail = [0.0; 16];
        tails[range.end] = tail;
        for at in range.rev() {
            let step = &self.steps[at];
            let stay = libm::exp(-m * step.spread - step.fall);
            for moment in &mut tail {
                *moment *= stay;
            }
            for node in &self.nodes[step.nodes.clone()] {
                add(&mut tail, node.weight * libm::exp(-m * node.spread), &node.moments);
            }
            tails[at] = tail;
        }
    }
}

/// ∫ g(τ)/g(t) · moments dτ over \[t, t + length\] for one m: for a single cell a grid does not pay.
pub(super) fn integral(p: &Parameters, at: Place, [t, length]: [f64; 2], m: f64) -> Moments {
    let mut sum = [0.0; 16];
    for_nodes(p, [t, length], [m, m], |node| {
        let tau = t + node.time;
        let place = Place {
            lambda: at.lambda + node.lambda,
            p: tau / (p.alpha + tau),
            mu: at.mu + node.mu,
            w: tau / (p.beta + tau),
        };
        let factor = node.weight * libm::exp(-m * node.lambda - (p.s + 1.0) * node.mu);
        add(&mut sum, factor, &place.moments());
    });
    sum
}

/// The nodes of that integral for a grid, valid for m between two values.
fn add_nodes(nodes: &mut Vec<Node>, p: &Parameters, [t, length]: [f64; 2], between: [f64; 2]) {
    for_nodes(p, [t, length], between, |node| {
        nodes.push(Node {
            spread: node.lambda,
            weight: node.weight * libm::exp(-(p.s + 1.0) * node.mu),
            moments: Place::of(p, t + node.time).moments(),
        });
    });
}

/// A node at τ of an integral from t on.
struct Passed {
    /// τ − t.
    time: f64,
    /// λ(τ) − λ(t).
    lambda: f64,
    /// μ(τ) − μ(t).
    mu: f64,
    /// The weight of the node in an integral by τ.
    weight: f64,
}

/// Visits the nodes of ∫ g(τ)/g(t) dτ over \[t, t + length\], valid for m between two values.
///
/// The variable is η = ln((c+τ)/(c+t)), with c the smaller of α and β: no singularity is nearer than π. The logarithm
/// of the integrand, η minus the decrease of g, is concave.
fn for_nodes(p: &Parameters, [t, length]: [f64; 2], [least, most]: [f64; 2], mut each: impl FnMut(Passed)) {
    let scale = p.alpha.min(p.beta) + t;
    // τ − t, λ(τ) − λ(t) and μ(τ) − μ(t).
    let passed = |eta: f64| {
        let time = scale * libm::expm1(eta);
        if p.alpha <= p.beta {
            (time, eta, libm::log1p(time / (p.beta + t)))
        } else {
            (time, libm::log1p(time / (p.alpha + t)), eta)
        }
    };
    let fall = |m: f64, eta: f64| {
        let (_, lambda, mu) = passed(eta);
        m * lambda + (p.s + 1.0) * mu
    };
    let end = libm::log1p(length / scale);
    let (mut at, mut fallen) = (0.0, 0.0);
    while at < end && fall(least, at) - at < NEGLIGIBLE {
        let mut panel = (end - at).min(Rule::LONGEST);
        let mut next = fall(most, at + panel);
        if next - fallen > Rule::STEEPEST {
            // The decrease is convex: this part of the panel has at most this part of it.
            panel *= Rule::STEEPEST / (next - fallen);
            next = fall(most, at + panel);
        }
        if at + panel <= at {
            break;
        }
        for (eta, weight) in Rule::for_panel(panel, next - fallen).on(at, panel) {
            let (time, lambda, mu) = passed(eta);
            each(Passed { time, lambda, mu, weight: weight * (scale + time) });
        }
        (at, fallen) = (at + panel, next);
    }
}
