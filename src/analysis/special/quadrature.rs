//! Integrals of positive functions by Gauss and Legendre's rule on panels (Abramowitz and Stegun 1964, 25.4.29).
//!
//! The integrands of the purchase models are powers of (c + τ). In the variable y = ln(c + τ) they have no singularity
//! within π of the real axis, and their logarithms are concave. For such functions, the length of a panel and the
//! decrease of the logarithm along it determine how many nodes are enough ([`Rule::for_panel`]).

/// When a function has fallen by this, as a logarithm, the rest is neglected (10⁻²⁰).
pub(crate) const NEGLIGIBLE: f64 = 46.0;

/// A rule of n nodes on \[−1, 1\], exact for polynomials of degree 2n − 1.
#[derive(Debug)]
pub(crate) struct Rule {
    /// The nodes above 0 with their weights; those below mirror them.
    half: &'static [(f64, f64)],
    /// The longest panel for this rule, if the nearest singularity is π away.
    longest: f64,
    /// The greatest decrease of the function's logarithm along a panel.
    steepest: f64,
}

/// Nodes and weights computed with 60 digits (mpmath). Within its limits each rule is exact to 10⁻¹³.
static RULES: [Rule; 3] = [
    Rule {
        half: &[
            (0.339_981_043_584_856_26, 0.652_145_154_862_546_1),
            (0.861_136_311_594_052_6, 0.347_854_845_137_453_85),
        ],
        longest: 0.1,
        steepest: 0.25,
    },
    Rule {
        half: &[
            (0.183_434_642_495_649_8, 0.362_683_783_378_362),
            (0.525_532_409_916_329, 0.313_706_645_877_887_27),
            (0.796_666_477_413_626_7, 0.222_381_034_453_374_48),
            (0.960_289_856_497_536_3, 0.101_228_536_290_376_25),
        ],
        longest: 1.0,
        steepest: 1.2,
    },
    Rule {
        half: &[
            (0.095_012_509_837_637_44, 0.189_450_610_455_068_5),
            (0.281_603_550_779_258_9, 0.182_603_415_044_923_58),
            (0.458_016_777_657_227_37, 0.169_156_519_395_002_54),
            (0.617_876_244_402_643_8, 0.149_595_988_816_576_74),
            (0.755_404_408_355_003, 0.124_628_971_255_533_88),
            (0.865_631_202_387_831_8, 0.095_158_511_682_492_79),
            (0.944_575_023_073_232_6, 0.062_253_523_938_647_894),
            (0.989_400_934_991_649_9, 0.027_152_459_411_754_096),
        ],
        longest: 2.0,
        steepest: 8.0,
    },
];

impl Rule {
    /// The longest panel for any rule.
    pub const LONGEST: f64 = 2.0;

    /// The greatest decrease of a function's logarithm along a panel.
    pub const STEEPEST: f64 = 8.0;

    /// The shortest rule for a panel of this length and this decrease of the function's logarithm.
    ///
    /// The curvature of that logarithm must nowhere exceed its slope, unlike at the top of a narrow peak.
    pub fn for_panel(length: f64, fall: f64) -> &'static Self {
        let [short, middle, long] = &RULES;
        [short, middle]
            .into_iter()
            .find(|rule| length <= rule.longest && fall <= rule.steepest)
            .unwrap_or(long)
    }

    /// The nodes on \[from, from + length\] with their weights.
    pub fn on(&self, from: f64, length: f64) -> impl Iterator<Item = (f64, f64)> {
        let half = 0.5 * length;
        let place = move |node: f64, weight: f64| (from + half * (1.0 + node), half * weight);
        self.half.iter().flat_map(move |(node, weight)| [place(-node, *weight), place(*node, *weight)])
    }
}

/// ln ∫ exp φ(y) dy over \[from, to\] for a concave φ without singularity within π of the real axis.
///
/// `peak`, within the range, is about where φ is greatest. Either end may be infinite if φ falls without bound towards
/// it. The relative error of the integral is about 10⁻¹³, or the effect of rounding in φ; NaN if φ is not finite.
pub(crate) fn ln_integral(phi: impl Fn(f64) -> f64, [from, to]: [f64; 2], peak: f64) -> f64 {
    let highest = phi(peak);
    let right = one_side(|way| phi(peak + way) - highest, to - peak);
    let left = one_side(|way| phi(peak - way) - highest, peak - from);
    highest + libm::log(left + right)
}

/// ∫ exp ψ over \[0, reach\] for a ψ that is about 0 at 0 and falls from there.
fn one_side(psi: impl Fn(f64) -> f64, reach: f64) -> f64 {
    let (mut at, mut here, mut longest, mut sum) = (0.0, psi(0.0), Rule::LONGEST, 0.0);
    while at < reach && here > -NEGLIGIBLE {
        let mut length = longest.min(reach - at);
        let mut there = psi(at + length);
        while (here - there).abs() > Rule::STEEPEST {
            length *= 0.5;
            there = psi(at + length);
        }
        if here.is_nan() || there.is_nan() || at + length <= at {
            return f64::NAN;
        }
        // No shorter rule: its nodes are too sparse for a narrow peak.
        let [.., long] = &RULES;
        sum += long.on(at, length).map(|(y, weight)| weight * libm::exp(psi(y))).sum::<f64>();
        (at, here) = (at + length, there);
        longest = (2.0 * length).min(Rule::LONGEST);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_of_n_nodes_is_exact_to_degree_2n_less_1() {
        for rule in &RULES {
            let nodes = 2 * i32::try_from(rule.half.len()).unwrap();
            for degree in 0..2 * nodes {
                let found: f64 = rule.on(0.0, 1.0).map(|(y, weight)| weight * y.powi(degree)).sum();
                assert!((found * f64::from(degree + 1) - 1.0).abs() < 1e-14, "{nodes} {degree}: {found}");
            }
            let first_missed: f64 = rule.on(-1.0, 2.0).map(|(y, weight)| weight * y.powi(2 * nodes)).sum();
            assert!((first_missed * f64::from(2 * nodes + 1) / 2.0 - 1.0).abs() > 1e-10);
        }
    }

    #[test]
    fn within_its_limits_a_rule_is_exact() {
        // ((1 + e^(y₀+y)) / (1 + e^y₀))^−m, with its singularity π away from the axis, compared with the longest rule
        // on short panels.
        for rule in &RULES {
            for m in [0.1, 1.0, 3.0, 40.0, 1000.0] {
                for start in -40..20 {
                    let share = 1.0 / (1.0 + libm::exp(-0.2 * f64::from(start)));
                    let phi = |y: f64| -m * libm::log1p(share * libm::expm1(y));
                    let mut length = rule.longest;
                    while -phi(length) > rule.steepest {
                        length *= 0.9;
                    }
                    // Alone, and with the square of a share that rises from 0 to 1.
                    for power in [0, 2] {
                        let share = |y: f64| 1.0 / (1.0 + libm::exp(-0.2 * f64::from(start) - y));
                        let integrate = |rule: &Rule, from: f64, length: f64| -> f64 {
                            let nodes = rule.on(from, length);
                            nodes.map(|(y, weight)| weight * libm::exp(phi(y)) * share(y).powi(power)).sum()
                        };
                        let found = integrate(rule, 0.0, length);
                        let part = length / 8.0;
                        let expected: f64 =
                            (0..8).map(|i| integrate(&RULES[2], part * f64::from(i), part)).sum();
                        let error = (found / expected - 1.0).abs();
                        assert!(error < 1e-13, "{length} {m} {start} {power}: {found} {expected}");
                    }
                }
            }
        }
    }

    #[test]
    fn known_integrals() {
        let close = |found: f64, expected: f64| {
            assert!((found - expected).abs() < 1e-13 * expected.abs().max(1.0), "{found} {expected}");
        };
        // ∫ e^−y²/2 = √(2π), for narrow peaks and with a guess beside the peak.
        let gauss = 0.5 * (2.0 * core::f64::consts::PI).ln();
        close(ln_integral(|y| -0.5 * y * y, [f64::NEG_INFINITY, f64::INFINITY], 0.0), gauss);
        close(ln_integral(|y| -0.5 * y * y, [f64::NEG_INFINITY, f64::INFINITY], 0.7), gauss);
        let narrow = |y: f64| -0.5 * (y * 1e6).powi(2);
        close(ln_integral(narrow, [f64::NEG_INFINITY, f64::INFINITY], 0.0), gauss - 1e6_f64.ln());
        // Γ(a) = ∫ exp(a y − e^y) dy.
        for a in [0.01, 1.0, 50.0, 1e5] {
            let phi = |y: f64| a * y - libm::exp(y);
            close(
                ln_integral(phi, [f64::NEG_INFINITY, f64::INFINITY], a.ln()),
                crate::analysis::special::ln_gamma(a),
            );
        }
        // A part of half a peak, computed with 40 digits (mpmath).
        let parts =
            [(0.01, -4.606_835_741_896_557), (0.07, -2.738_301_380_916_644), (0.1, -2.458_508_886_651_444)];
        for (reach, expected) in parts {
            close(ln_integral(|y| -50.0 * y * y, [0.0, reach], 0.0), expected);
        }
        // An exponential, however steep, over a range however short.
        for slope in [1e-9, 1.0, 1e3, 1e15_f64] {
            for reach in [1e-12, 1.0, 30.0] {
                let expected = (-(-slope * reach).exp_m1() / slope).ln();
                close(ln_integral(|y| -slope * y, [0.0, reach], 0.0), expected);
            }
        }
        assert!(ln_integral(|y| -y, [2.0, 2.0], 2.0).is_infinite());
        assert!(ln_integral(|_| f64::NAN, [0.0, 1.0], 0.0).is_nan());
    }
}
