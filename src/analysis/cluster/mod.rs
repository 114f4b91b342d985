//! Groups of customers that are alike: k-means on standardised features, with the number of groups chosen by how well
//! they are apart.
//!
//! Lloyd, S. P. (1982), "Least Squares Quantization in PCM", IEEE Transactions on Information Theory 28, 129–137. Starts:
//! Arthur, D. and S. Vassilvitskii (2007), "k-means++: The Advantages of Careful Seeding", SODA, 1027–1035. The number of
//! groups: Rousseeuw, P. J. (1987), "Silhouettes: A Graphical Aid to the Interpretation and Validation of Cluster
//! Analysis", Journal of Computational and Applied Mathematics 20, 53–65.
//!
//! In order:
//! 1. Each feature is clipped at both ends and standardised ([`Scale`]); a missing value counts as the mean.
//! 2. Customers are put in the order of their standardised values, and equal ones become one point with a weight
//!    ([`points`]). So nothing depends on the order of rows or on ids: the same values give the same bits.
//! 3. For each number of groups, several starts are tried on a sample of at most [`SEARCHED`] customers. The best goes on
//!    over all customers until nobody changes group ([`lloyd`]).
//! 4. The mean silhouette of a sample says how many groups there are ([`silhouette`]).
//!
//! Samples and starts come from streams of `ChaCha8` by the seed. Sums run over parts of a fixed size in a fixed order.

mod lloyd;
mod points;
mod scale;
mod silhouette;
#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these values are exact")]
mod tests;

use std::fmt;
use std::ops::{Range, RangeInclusive};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use self::lloyd::{Centroids, Found};
use self::points::{Points, drawn};
use self::silhouette::Silhouette;
use super::parallel;

pub use self::scale::{LeftOut, Measured, Scale};
pub use super::classify::{Feature, LARGEST_VALUE};

/// The most groups.
pub const MOST_CLUSTERS: usize = 16;

/// From more customers than this, starts are tried on about so many.
pub const SEARCHED: usize = 20_000;

/// Rows that are worked on at a time. Fixed: sums must not depend on the number of threads.
const CHUNK: usize = 16_384;

/// How to look for groups.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The numbers of groups to try, from 2 to [`MOST_CLUSTERS`].
    pub clusters: RangeInclusive<usize>,
    /// The starts for each number of groups.
    pub restarts: u32,
    /// The share of customers that may be clipped at each end of a feature, below 0.5.
    pub clip: f64,
    /// The most customers for the silhouette.
    pub sample: usize,
    /// The seed of samples and starts.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { clusters: 2..=10, restarts: 8, clip: 0.01, sample: 5_000, seed: 1 }
    }
}

/// Why numbers cannot be clustered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClusterError {
    /// Two features have this name.
    TwiceNamed(String),
    /// This feature does not have the same number of rows as the first.
    Length(String),
    /// A value is infinite or beyond [`LARGEST_VALUE`].
    BadValue {
        /// The feature.
        feature: String,
        /// The row, counted from 0.
        row: usize,
    },
}

impl fmt::Display for ClusterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TwiceNamed(feature) => write!(f, "two features are called `{feature}`"),
            Self::Length(feature) => write!(f, "`{feature}` has another number of rows than the rest"),
            Self::BadValue { feature, row } => {
                write!(f, "`{feature}` is infinite or beyond {LARGEST_VALUE:e} in row {row}")
            }
        }
    }
}

impl std::error::Error for ClusterError {}

/// One number of groups that was tried.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quality {
    /// How many groups.
    pub clusters: usize,
    /// The mean silhouette, from −1 to 1.
    pub silhouette: f64,
    /// Its standard error from looking at a sample alone; 0 where all customers were looked at.
    pub silhouette_error: f64,
    /// How many customers the silhouette is of.
    pub sampled: f64,
    /// The sum of squared distances to the centroids, over all customers.
    pub within: f64,
    /// The share of customers in the largest group.
    pub largest_share: f64,
    /// Rounds over all customers.
    pub iterations: u32,
    /// Whether nobody changed group in the last round. Otherwise rounds stopped as the sum hardly fell.
    pub settled: bool,
}

/// The groups: how features are scaled, and where the centres are.
#[derive(Debug, Clone, PartialEq)]
pub struct Clusters {
    features: Vec<(String, Scale)>,
    centroids: Centroids,
}

/// Where a customer belongs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// The group, counted from 0.
    pub cluster: usize,
    /// The distance to its centroid.
    pub distance: f64,
    /// The next nearest group and the distance to its centroid; none where there is one group.
    pub next: Option<(usize, f64)>,
}

impl Clusters {
    /// Groups by what was found before: features with their scales, and for each group its centroid on these scales. None
    /// where the lengths differ, or there are no groups, or more than [`MOST_CLUSTERS`].
    pub fn given(features: Vec<(String, Scale)>, centroids: &[Vec<f64>]) -> Option<Self> {
        let fits = centroids.iter().all(|centroid| centroid.len() == features.len());
        let some = !features.is_empty() && (1..=MOST_CLUSTERS).contains(&centroids.len());
        (fits && some).then(|| Self { features, centroids: Centroids::of(centroids) })
    }

    /// The features that count, with their scales.
    pub fn features(&self) -> &[(String, Scale)] {
        &self.features
    }

    /// The centroids on the scales of the features, the largest group first.
    pub fn centroids(&self) -> impl Iterator<Item = &[f64]> {
        self.centroids.each()
    }

    /// Where each row belongs; none where no feature is known.
    ///
    /// # Errors
    /// Impossible values, and features other than those of the groups, which are a mistake of the caller.
    pub fn places(&self, features: &[Feature<'_>]) -> Result<Vec<Option<Place>>, ClusterError> {
        check(features)?;
        let rows = features.first().map_or(0, |feature| feature.values.len());
        let mut columns = Vec::with_capacity(self.features.len());
        for (name, scale) in &self.features {
            let Some(feature) = features.iter().find(|feature| feature.name == name) else {
                return Err(ClusterError::Length(name.clone()));
            };
            columns.push((feature.values, *scale));
        }
        let ready = self.centroids.ready();
        let of = |part: &Range<usize>| -> Vec<Option<Place>> {
            let mut point = vec![0.0; columns.len()];
            let mut places = Vec::with_capacity(part.len());
            for row in part.clone() {
                let mut known = false;
                for (cell, (values, scale)) in point.iter_mut().zip(&columns) {
                    let value = values.get(row).copied().unwrap_or(f64::NAN);
                    known |= !value.is_nan();
                    *cell = scale.standardised(value);
                }
                places.push(known.then(|| ready.nearest_two(&point)));
            }
            places
        };
        Ok(parallel::map(&parts(rows), of).concat())
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// What was measured of each feature, in their order.
    pub measured: Vec<Measured>,
    /// The groups; none where no feature differs between customers.
    pub clusters: Option<Clusters>,
    /// Each number of groups that was tried, ascending.
    pub quality: Vec<Quality>,
    /// How many customers count: at least one feature is known.
    pub customers: usize,
    /// How many of them differ from each other.
    pub different: usize,
}

/// Finds the groups.
///
/// The number of groups is the one with the highest mean silhouette, of equal ones the lower. If fewer customers differ
/// from each other than there are to be groups, there are as many groups as different customers.
///
/// # Errors
/// Features of one name, of different lengths, or with infinite values.
pub fn fit(features: &[Feature<'_>], options: &Options) -> Result<Fit, ClusterError> {
    check(features)?;
    let measured = parallel::map(features, |feature| Measured::of(feature.values, options.clip));
    let used: Vec<(&Feature<'_>, Scale)> = features
        .iter()
        .zip(&measured)
        .filter_map(|(feature, measured)| Some((feature, measured.scale?)))
        .collect();
    let points = Points::of(&used);
    let (customers, different) = (points.customers() as usize, points.len());
    let mut fit = Fit { measured, clusters: None, quality: Vec::new(), customers, different };
    if used.is_empty() || points.is_empty() {
        return Ok(fit);
    }
    let tried: Vec<usize> = {
        let (from, to) = (*options.clusters.start(), *options.clusters.end());
        let most = different.min(MOST_CLUSTERS);
        (from.clamp(1, most)..=to.clamp(1, most)).collect()
    };
    let found = search(&points, &tried, options);
    let sample = drawn(&points, options.sample.max(2), random(options.seed, u64::MAX));
    let labels: Vec<Vec<usize>> = found.iter().map(|found| found.centroids.labels(&sample)).collect();
    let silhouettes = silhouette::means(&sample, &labels, points.customers());
    fit.quality =
        found.iter().zip(&silhouettes).map(|(found, silhouette)| quality(found, silhouette)).collect();
    let mut best: Option<(&Found, f64)> = None;
    for (found, quality) in found.iter().zip(&fit.quality) {
        if best.is_none_or(|(_, silhouette)| quality.silhouette > silhouette) {
            best = Some((found, quality.silhouette));
        }
    }
    fit.clusters = best.map(|(found, _)| Clusters {
        features: used.iter().map(|(feature, scale)| (feature.name.to_owned(), *scale)).collect(),
        centroids: found.centroids.largest_first(&found.customers),
    });
    Ok(fit)
}

impl Fit {
    /// How many groups were chosen; 0 where there are none.
    pub fn chosen(&self) -> usize {
        self.clusters.as_ref().map_or(0, |clusters| clusters.centroids().count())
    }
}

fn quality(found: &Found, silhouette: &Silhouette) -> Quality {
    let all: f64 = found.customers.iter().sum();
    let largest = found.customers.iter().copied().fold(0.0, f64::max);
    Quality {
        clusters: found.customers.len(),
        silhouette: silhouette.mean,
        silhouette_error: silhouette.error,
        sampled: silhouette.customers,
        within: found.within,
        largest_share: largest / all,
        iterations: found.iterations,
        settled: found.settled,
    }
}

/// The best of several starts for each number of groups.
fn search(points: &Points, tried: &[usize], options: &Options) -> Vec<Found> {
    let sample = drawn(points, SEARCHED, random(options.seed, u64::MAX - 1));
    let restarts = options.restarts.max(1);
    let starts: Vec<(usize, u32)> =
        tried.iter().flat_map(|k| (0..restarts).map(move |restart| (*k, restart))).collect();
    let ended = parallel::map(&starts, |(k, restart)| {
        let mut random = random(options.seed, (*k as u64) << 32 | u64::from(*restart));
        lloyd::run(&sample, lloyd::start(&sample, *k, &mut random), false)
    });
    let per_count = ended.chunks(restarts as usize);
    per_count
        .filter_map(|ended| {
            let best =
                ended.iter().reduce(|best, next| if next.within < best.within { next } else { best })?;
            Some(lloyd::run(points, best.centroids.clone(), true))
        })
        .collect()
}

/// A stream of chance of its own for each use.
fn random(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(stream);
    random
}

fn check(features: &[Feature<'_>]) -> Result<(), ClusterError> {
    let rows = features.first().map_or(0, |feature| feature.values.len());
    for (at, feature) in features.iter().enumerate() {
        if features.iter().take(at).any(|before| before.name == feature.name) {
            return Err(ClusterError::TwiceNamed(feature.name.to_owned()));
        }
        if feature.values.len() != rows {
            return Err(ClusterError::Length(feature.name.to_owned()));
        }
        // NaN, a missing value, is allowed.
        if let Some(row) = feature.values.iter().position(|value| value.abs() > LARGEST_VALUE) {
            return Err(ClusterError::BadValue { feature: feature.name.to_owned(), row });
        }
    }
    Ok(())
}

/// Rows in parts of a fixed size.
fn parts(rows: usize) -> Vec<Range<usize>> {
    (0..rows).step_by(CHUNK).map(|start| start..rows.min(start + CHUNK)).collect()
}
