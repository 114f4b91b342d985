//! The delta method.
//!
//! The estimates of the parameters' logarithms are normal about the truth, with the covariance C = L·Lᵀ of the fit. So
//! a figure F(θ) has the variance ∇Fᵀ C ∇F = Σⱼ (dF/dzⱼ)², where zⱼ counts standard deviations along the j-th column of
//! L. Each dF/dzⱼ is a central difference over ± [`STEP`] of them. So the step depends on the uncertainty of the data.
//! The error of the difference is about STEP²/6 ≈ 0.2 % of the bend over a whole deviation, wherever the linear
//! approximation is valid. The rounding of forecasts (10⁻¹¹) is far below the change (10⁻⁴ of a total even for a
//! million customers). Steps along single parameters would have to be as small as the uncertainty of their product,
//! while they move large opposite parts of it.

use nalgebra::DMatrix;

/// The step of a difference, in standard deviations of the parameters.
const STEP: f64 = 0.1;

/// The standard deviations of figures due to the uncertainty of the parameters, each as a share of its `scale`; 0 if
/// that is not a normal number above 0.
///
/// `figures` gives the figures of the model with its parameters' logarithms shifted by the argument.
///
/// # Errors
/// Those of `figures`.
pub(super) fn deviations<E>(
    covariance: &DMatrix<f64>,
    scales: &[f64],
    figures: impl Fn(&[f64]) -> Result<Vec<f64>, E>,
) -> Result<Vec<f64>, E> {
    let mut squares = vec![0.0; scales.len()];
    for axis in axes(covariance) {
        let at = |side: f64| figures(&axis.iter().map(|axis| side * STEP * axis).collect::<Vec<f64>>());
        let (up, down) = (at(1.0)?, at(-1.0)?);
        for (((square, scale), up), down) in squares.iter_mut().zip(scales).zip(up).zip(down) {
            // Below the smallest normal number a step is not a number.
            if *scale > 0.0 && scale.is_normal() {
                *square += ((up - down) / (2.0 * STEP * scale)).powi(2);
            }
        }
    }
    Ok(squares.into_iter().map(f64::sqrt).collect())
}

/// The columns of a matrix L with C = L·Lᵀ.
fn axes(covariance: &DMatrix<f64>) -> Vec<Vec<f64>> {
    if let Some(factor) = covariance.clone().cholesky() {
        return factor.unpack().column_iter().map(|column| column.iter().copied().collect()).collect();
    }
    // At a limit nothing varies towards it, and C has no inverse: its own axes, without those of length zero.
    let eigen = covariance.clone().symmetric_eigen();
    let longest = eigen.eigenvalues.max();
    let long = eigen.eigenvalues.iter().zip(eigen.eigenvectors.column_iter());
    let long = long.filter(|(value, _)| **value > longest * f64::EPSILON.sqrt());
    long.map(|(value, axis)| axis.iter().map(|along| along * value.sqrt()).collect()).collect()
}
