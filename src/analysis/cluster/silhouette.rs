//! How well groups are apart: the mean silhouette.
//!
//! For a customer, a is the mean distance to the others of the own group, and b that to the group that is nearest on
//! average. The silhouette is (b − a) / max(a, b); 0 for one who is alone in a group (Rousseeuw 1987). It takes all
//! distances between customers, so it is taken of a sample. No distance is kept.

use super::points::Points;
use crate::analysis::parallel;

/// The mean silhouette of a division.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Silhouette {
    pub mean: f64,
    /// The standard error of the mean as one of all customers.
    pub error: f64,
    /// How many customers it is of.
    pub customers: f64,
}

/// Points of which one thread finds the distances at a time.
const PART: usize = 64;

/// The mean silhouette of each of several divisions of the points, which are drawn from so many customers. A division
/// says the group of each point.
pub(super) fn means(points: &Points, divisions: &[Vec<usize>], of: f64) -> Vec<Silhouette> {
    let sizes: Vec<Vec<f64>> = divisions.iter().map(|labels| weights(points, labels)).collect();
    let places: Vec<usize> = (0..points.len()).collect();
    let parts: Vec<&[usize]> = places.chunks(PART).collect();
    // For each point and division, its silhouette.
    let silhouettes: Vec<Vec<f64>> = parallel::map(&parts, |part| {
        part.iter().map(|place| of_point(points, divisions, &sizes, *place)).collect::<Vec<_>>()
    })
    .concat();
    (0..divisions.len())
        .map(|division| {
            let each = || {
                let values = silhouettes.iter().map(move |of| of.get(division).copied().unwrap_or(0.0));
                values.zip(points.each().map(|(_, weight)| weight))
            };
            let customers: f64 = points.customers();
            let mean = each().map(|(value, weight)| value * weight).sum::<f64>() / customers;
            let squares: f64 = each().map(|(value, weight)| weight * (value - mean).powi(2)).sum();
            let left = ((of - customers) / (of - 1.0).max(1.0)).max(0.0);
            let error = (squares / (customers - 1.0).max(1.0) / customers * left).sqrt();
            Silhouette { mean, error, customers }
        })
        .collect()
}

fn weights(points: &Points, labels: &[usize]) -> Vec<f64> {
    let groups = labels.iter().max().map_or(0, |most| most + 1);
    let mut weights = vec![0.0; groups];
    for (label, (_, weight)) in labels.iter().zip(points.each()) {
        if let Some(of) = weights.get_mut(*label) {
            *of += weight;
        }
    }
    weights
}

/// The silhouette of a point in each division.
fn of_point(points: &Points, divisions: &[Vec<usize>], sizes: &[Vec<f64>], place: usize) -> Vec<f64> {
    let own = points.point(place);
    let mut sums: Vec<Vec<f64>> = sizes.iter().map(|sizes| vec![0.0; sizes.len()]).collect();
    for (at, (other, weight)) in points.each().enumerate() {
        let square: f64 = own.iter().zip(other).map(|(own, other)| (own - other).powi(2)).sum();
        let distance = weight * square.sqrt();
        for (labels, sums) in divisions.iter().zip(&mut sums) {
            if let Some(sum) = labels.get(at).and_then(|label| sums.get_mut(*label)) {
                *sum += distance;
            }
        }
    }
    divisions
        .iter()
        .zip(sizes)
        .zip(&sums)
        .map(|((labels, sizes), sums)| {
            let label = labels.get(place).copied().unwrap_or_default();
            let size = sizes.get(label).copied().unwrap_or_default();
            if size <= 1.0 {
                return 0.0;
            }
            let within = sums.get(label).copied().unwrap_or_default() / (size - 1.0);
            let others = sums
                .iter()
                .zip(sizes)
                .enumerate()
                .filter(|(group, (_, size))| *group != label && **size > 0.0);
            let nearest = others.map(|(_, (sum, size))| sum / size).fold(f64::INFINITY, f64::min);
            let widest = within.max(nearest);
            if nearest.is_infinite() || widest <= 0.0 { 0.0 } else { (nearest - within) / widest }
        })
        .collect()
}
