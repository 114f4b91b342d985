//! The maximum of a smooth function of a few variables: Newton's method inside a trust region.
//!
//! The caller gives the exact value, gradient g and Hessian H at a point θ. Each step maximises the quadratic model
//! over ‖p‖ ≤ Δ, after reversing every curvature with the wrong sign (Nocedal and Wright 2006, chapter 4): the
//! eigenvalues of −H are replaced by their magnitudes, and every step then leads uphill. Δ depends on how well the
//! model predicted the gain.
//!
//! The search ends by the expected gain of a further Newton step, ½ gᵀ(−H)⁻¹g, in units of the function itself. For a
//! log-likelihood this measures the distance to the maximum in standard errors, for any number of customers and any
//! scale of the variables. A bound on the gradient does not, as the gradient grows with the number of customers.
//!
//! A point is a maximum only if the function falls in every direction. If one direction stays flat, or a variable
//! leaves the box, the result is [`End::Edge`] with that direction, and the caller must not use θ as an estimate.

use nalgebra::{DMatrix, DVector, SMatrix, SVector};

/// A function's value, gradient and Hessian at one point: vectors V, matrices M.
#[derive(Debug, Clone, PartialEq)]
pub struct Local<V, M> {
    /// The value.
    pub value: f64,
    /// The first derivatives.
    pub gradient: V,
    /// The second derivatives (symmetric).
    pub hessian: M,
}

/// That of a function of N variables.
pub type Quadratic<const N: usize> = Local<SVector<f64, N>, SMatrix<f64, N, N>>;

/// That of a function with a number of variables known only at run time.
pub type DynQuadratic = Local<DVector<f64>, DMatrix<f64>>;

impl<const N: usize> From<Quadratic<N>> for DynQuadratic {
    fn from(of: Quadratic<N>) -> Self {
        Self {
            value: of.value,
            gradient: DVector::from_column_slice(of.gradient.as_slice()),
            hessian: DMatrix::from_column_slice(N, N, of.hessian.as_slice()),
        }
    }
}

impl DynQuadratic {
    fn is_finite(&self) -> bool {
        self.value.is_finite()
            && self.gradient.iter().all(|v| v.is_finite())
            && self.hessian.iter().all(|v| v.is_finite())
    }

    fn to_static<const N: usize>(&self) -> Quadratic<N> {
        Quadratic {
            value: self.value,
            gradient: to_static(&self.gradient),
            hessian: SMatrix::from_fn(|i, j| self.hessian[(i, j)]),
        }
    }
}

/// When to stop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// At most this many evaluations.
    pub evaluations: u32,
    /// The box: a variable beyond ± this has run away.
    pub furthest: f64,
    /// A direction is flat if the function needs more than this distance to fall by ½.
    pub flattest: f64,
}

/// Why the search ended.
#[derive(Debug, Clone, PartialEq)]
pub enum End<V> {
    /// At a maximum: the function falls in every direction.
    Maximum,
    /// The function rises, or stays level, along this unit vector as far as the search goes.
    Edge(V),
    /// The evaluations are used up, or no step rises further although the gradient says that one should.
    Stalled,
    /// The function is not finite at the start.
    Undefined,
}

/// [`End`] of a function of N variables.
pub type Stop<const N: usize> = End<SVector<f64, N>>;

/// [`End`] with a number of variables known only at run time.
pub type DynStop = End<DVector<f64>>;

/// Where the search ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Peak<V, M> {
    /// The last point.
    pub at: V,
    /// The function there.
    pub there: Local<V, M>,
    /// Why it ended there.
    pub stop: End<V>,
    /// Evaluations of the function.
    pub evaluations: u32,
}

/// [`Peak`] of a function of N variables.
pub type Summit<const N: usize> = Peak<SVector<f64, N>, SMatrix<f64, N, N>>;

/// [`Peak`] with a number of variables known only at run time.
pub type DynSummit = Peak<DVector<f64>, DMatrix<f64>>;

/// Climbs from `start` to a maximum of `function`.
///
/// The function may be undefined (not finite) away from the start: such a step is refused and a shorter one is tried.
pub fn maximise<const N: usize>(
    function: impl Fn(&SVector<f64, N>) -> Quadratic<N>,
    start: SVector<f64, N>,
    limits: Limits,
) -> Summit<N> {
    let start = DVector::from_column_slice(start.as_slice());
    let found = maximise_dyn(|at| function(&to_static(at)).into(), start, limits);
    let stop = match found.stop {
        End::Maximum => End::Maximum,
        End::Edge(direction) => End::Edge(to_static(&direction)),
        End::Stalled => End::Stalled,
        End::Undefined => End::Undefined,
    };
    Summit { at: to_static(&found.at), there: found.there.to_static(), stop, evaluations: found.evaluations }
}

/// [`maximise`] with as many variables as `start` has.
pub fn maximise_dyn(
    function: impl Fn(&DVector<f64>) -> DynQuadratic,
    start: DVector<f64>,
    limits: Limits,
) -> DynSummit {
    let mut at = start;
    let mut here = function(&at);
    let mut evaluations = 1;
    let mut radius = 1.0;
    let ended = |at, here, stop, evaluations| DynSummit { at, there: here, stop, evaluations };
    if !here.is_finite() {
        return ended(at, here, DynStop::Undefined, evaluations);
    }
    loop {
        let shape = Shape::of(&here);
        if let Some(stop) = shape.ending(&at, &here, limits) {
            return ended(at, here, stop, evaluations);
        }
        if evaluations >= limits.evaluations || radius < 1e-12 {
            let stop =
                if shape.is_flat(limits) { DynStop::Edge(shape.flattest(&at)) } else { DynStop::Stalled };
            return ended(at, here, stop, evaluations);
        }
        let step = shape.step(radius);
        let foretold = shape.gain(&step);
        let length = step.norm();
        let next = &at + &step;
        let there = function(&next);
        evaluations += 1;
        let gain = there.value - here.value;
        // Rounding hides gains below this: there the model is trusted.
        let noise = 64.0 * f64::EPSILON * here.value.abs();
        let agreement = if foretold <= noise && gain.abs() <= noise { 1.0 } else { gain / foretold };
        let good = there.is_finite() && agreement > 1e-3;
        if good {
            at = next;
            here = there;
        }
        radius = if !good || agreement < 0.25 {
            0.25 * length
        } else if agreement > 0.75 && length > 0.8 * radius {
            (2.0 * radius).min(4.0)
        } else {
            radius
        };
    }
}

/// The local quadratic model in the eigenvectors of the curvature −H.
struct Shape {
    vectors: DMatrix<f64>,
    curvatures: DVector<f64>,
    slopes: DVector<f64>,
}

impl Shape {
    fn of(here: &DynQuadratic) -> Self {
        let size = here.gradient.len();
        let mean = |i, j| -0.5 * (here.hessian[(i, j)] + here.hessian[(j, i)]);
        let eigen = DMatrix::from_fn(size, size, mean).symmetric_eigen();
        let slopes = eigen.eigenvectors.transpose() * &here.gradient;
        Self { vectors: eigen.eigenvectors, curvatures: eigen.eigenvalues, slopes }
    }

    /// The smallest curvature that counts compared with the largest.
    fn floor(&self) -> f64 {
        (self.curvatures.amax() * 1e-14).max(f64::MIN_POSITIVE)
    }

    /// The step of length at most `radius` with the largest gain in the model, with all curvatures made downward.
    fn step(&self, radius: f64) -> DVector<f64> {
        let floor = self.floor();
        let along = |damping: f64| {
            self.slopes
                .zip_map(&self.curvatures, |slope, curvature| slope / (curvature.abs().max(floor) + damping))
        };
        let mut low = 0.0;
        let mut high = self.slopes.norm() / radius;
        if along(0.0).norm() > radius {
            for _ in 0..60 {
                let middle = 0.5 * (low + high);
                if along(middle).norm() > radius {
                    low = middle;
                } else {
                    high = middle;
                }
            }
        } else {
            high = 0.0;
        }
        &self.vectors * along(high)
    }

    /// The gain of a step in the model with reversed curvatures.
    fn gain(&self, step: &DVector<f64>) -> f64 {
        let along = self.vectors.transpose() * step;
        let falls: f64 = along.iter().zip(self.curvatures.iter()).map(|(p, c)| p * p * c.abs()).sum();
        self.slopes.dot(&along) - 0.5 * falls
    }

    fn ending(&self, at: &DVector<f64>, here: &DynQuadratic, limits: Limits) -> Option<DynStop> {
        if at.iter().any(|v| v.abs() > limits.furthest) {
            return Some(DynStop::Edge(self.flattest(at)));
        }
        let close = 1e-9_f64.max(16.0 * f64::EPSILON * here.value.abs());
        if self.gain(&self.step(f64::MAX)) > close {
            return None;
        }
        // Level enough to stop; a maximum only if every direction falls.
        Some(if self.is_flat(limits) { DynStop::Edge(self.flattest(at)) } else { DynStop::Maximum })
    }

    /// Whether the function stays level in some direction within the distance of the limits.
    fn is_flat(&self, limits: Limits) -> bool {
        self.curvatures.min() < 1.0 / (limits.flattest * limits.flattest)
    }

    /// The direction of least curvature, pointing uphill, or outwards where there is no slope.
    fn flattest(&self, at: &DVector<f64>) -> DVector<f64> {
        let column = self.curvatures.imin();
        let direction = self.vectors.column(column).into_owned();
        let uphill = self.slopes[column];
        let forward = if uphill == 0.0 { direction.dot(at) >= 0.0 } else { uphill > 0.0 };
        if forward { direction } else { -direction }
    }
}

fn to_static<const N: usize>(vector: &DVector<f64>) -> SVector<f64, N> {
    SVector::from_fn(|i, _| vector[i])
}

#[cfg(test)]
mod tests {
    use nalgebra::{Matrix2, Vector2};

    use super::*;

    const LIMITS: Limits = Limits { evaluations: 500, furthest: 14.0, flattest: 3.0 };

    fn rosenbrock(at: &Vector2<f64>) -> Quadratic<2> {
        let (x, y) = (at[0], at[1]);
        let u = y - x * x;
        Quadratic {
            value: -(100.0 * u * u + (1.0 - x).powi(2)),
            gradient: Vector2::new(400.0 * x * u + 2.0 * (1.0 - x), -200.0 * u),
            hessian: Matrix2::new(400.0 * u - 800.0 * x * x - 2.0, 400.0 * x, 400.0 * x, -200.0),
        }
    }

    #[test]
    fn finds_the_end_of_a_curved_valley() {
        let summit = maximise(rosenbrock, Vector2::new(-1.2, 1.0), LIMITS);
        assert_eq!(summit.stop, Stop::Maximum);
        assert!((summit.at - Vector2::new(1.0, 1.0)).norm() < 1e-6, "{}", summit.at);
        assert!(summit.evaluations < 60, "{}", summit.evaluations);
    }

    #[test]
    fn any_number_of_variables_will_do() {
        // −½ Σ i (xᵢ − i)² with coupled neighbours: one Newton step from anywhere, if there were no radius.
        let size = 9;
        let curvature = DMatrix::from_fn(size, size, |i, j| match i.abs_diff(j) {
            0 => 2.0 + i as f64,
            1 => 0.5,
            _ => 0.0,
        });
        let centre = DVector::from_fn(size, |i, _| i as f64 - 3.0);
        let function = |at: &DVector<f64>| {
            let away = at - &centre;
            let slope = &curvature * &away;
            DynQuadratic { value: -0.5 * away.dot(&slope), gradient: -slope, hessian: -&curvature }
        };
        let summit = maximise_dyn(function, DVector::zeros(size), LIMITS);
        assert_eq!(summit.stop, DynStop::Maximum);
        assert!((summit.at - centre).norm() < 1e-6);
    }

    #[test]
    fn climbs_away_from_a_saddle() {
        // −(x² − 1)² − y² has its saddle at the origin and its maxima at (±1, 0).
        let function = |at: &Vector2<f64>| {
            let (x, y) = (at[0], at[1]);
            Quadratic {
                value: -(x * x - 1.0).powi(2) - y * y,
                gradient: Vector2::new(-4.0 * x * (x * x - 1.0), -2.0 * y),
                hessian: Matrix2::new(4.0 - 12.0 * x * x, 0.0, 0.0, -2.0),
            }
        };
        let summit = maximise(function, Vector2::new(0.01, 0.5), LIMITS);
        assert_eq!(summit.stop, Stop::Maximum);
        assert!((summit.at - Vector2::new(1.0, 0.0)).norm() < 1e-6, "{}", summit.at);
    }

    #[test]
    fn names_the_direction_in_which_a_function_never_stops_rising() {
        // −e⁻ˣ − y² rises towards x = ∞ for ever.
        let function = |at: &Vector2<f64>| {
            let e = (-at[0]).exp();
            Quadratic {
                value: -e - at[1] * at[1],
                gradient: Vector2::new(e, -2.0 * at[1]),
                hessian: Matrix2::new(-e, 0.0, 0.0, -2.0),
            }
        };
        let summit = maximise(function, Vector2::new(0.0, 1.0), LIMITS);
        let Stop::Edge(direction) = summit.stop else { panic!("{:?}", summit.stop) };
        assert!((direction - Vector2::new(1.0, 0.0)).norm() < 1e-6, "{direction}");
    }

    #[test]
    fn refuses_a_start_where_the_function_is_undefined() {
        let function = |_: &Vector2<f64>| Quadratic {
            value: f64::NAN,
            gradient: Vector2::zeros(),
            hessian: Matrix2::zeros(),
        };
        assert_eq!(maximise(function, Vector2::zeros(), LIMITS).stop, Stop::Undefined);
    }

    #[test]
    fn backs_off_from_undefined_ground() {
        // ln x − x from x = 0.01: Newton's full step leads below zero, where the logarithm is undefined.
        let function = |at: &Vector2<f64>| Quadratic {
            value: at[0].ln() - at[0] - at[1] * at[1],
            gradient: Vector2::new(1.0 / at[0] - 1.0, -2.0 * at[1]),
            hessian: Matrix2::new(-1.0 / (at[0] * at[0]), 0.0, 0.0, -2.0),
        };
        let summit = maximise(function, Vector2::new(3.0, 1.0), LIMITS);
        assert_eq!(summit.stop, Stop::Maximum);
        assert!((summit.at - Vector2::new(1.0, 0.0)).norm() < 1e-5, "{}", summit.at);
    }
}
