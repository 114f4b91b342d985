//! A tree by its rules alone: it scores customers like the tree that the rules were read from.

use super::rule::{Condition, Missing, Values};
use super::{CHUNK, DEEPEST};
use crate::analysis::classify::{Feature, SampleError, check_features, parts};
use crate::analysis::parallel;

/// No tree has more groups.
pub const MOST_GROUPS: usize = 1 << DEEPEST;

/// Groups of customers: everybody is in exactly one of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Groups {
    names: Vec<String>,
    /// For each group, its conditions with their features.
    rules: Vec<Vec<(usize, Condition)>>,
}

/// Why rules do not form a tree. Groups are counted from 0.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// There are more than [`MOST_GROUPS`].
    TooMany,
    /// A group has two conditions on this feature.
    Twice {
        /// Which group.
        group: usize,
        /// The feature.
        feature: String,
    },
    /// The range of a group contains no value of this feature.
    Nobody {
        /// Which group.
        group: usize,
        /// The feature.
        feature: String,
    },
    /// A customer could be in both of these groups.
    Overlap(usize, usize),
    /// Customers who meet these conditions are in no group.
    Gap(Vec<Condition>),
    /// The rules cannot result from splitting groups in two.
    Crossed,
}

/// The possible values of a feature: above one number, up to another, or missing.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Range {
    above: f64,
    at_most: f64,
    missing: bool,
}

impl Range {
    const ALL: Self = Self { above: f64::NEG_INFINITY, at_most: f64::INFINITY, missing: true };

    fn of(condition: &Condition) -> Self {
        let missing = condition.missing != Missing::Fails;
        match condition.values {
            None => Self::only_missing(missing),
            Some(Values { above, at_most }) => Self {
                above: above.unwrap_or(f64::NEG_INFINITY),
                at_most: at_most.unwrap_or(f64::INFINITY),
                missing,
            },
        }
    }

    fn only_missing(missing: bool) -> Self {
        Self { above: f64::INFINITY, at_most: f64::INFINITY, missing }
    }

    fn has_values(self) -> bool {
        self.above < self.at_most
    }

    fn is_empty(self) -> bool {
        !self.has_values() && !self.missing
    }

    fn with(self, other: Self) -> Self {
        Self {
            above: self.above.max(other.above),
            at_most: self.at_most.min(other.at_most),
            missing: self.missing && other.missing,
        }
    }

    /// A part of this range that is not in the other.
    fn beyond(self, other: Self) -> Option<Self> {
        let values = |above: f64, at_most: f64| Self { above, at_most, missing: false };
        let pieces = if other.has_values() {
            [
                values(self.above, self.at_most.min(other.above)),
                values(self.above.max(other.at_most), self.at_most),
            ]
        } else {
            [values(self.above, self.at_most); 2]
        };
        let missing = Self::only_missing(self.missing && !other.missing);
        pieces.into_iter().chain([missing]).find(|piece| !piece.is_empty())
    }

    fn condition(self, feature: &str) -> Condition {
        let bound = |bound: f64| bound.is_finite().then_some(bound);
        let values = Values { above: bound(self.above), at_most: bound(self.at_most) };
        let missing = if self.missing { Missing::Passes } else { Missing::Fails };
        Condition { feature: feature.to_owned(), values: self.has_values().then_some(values), missing }
    }
}

/// A cut that divides a region in two.
#[derive(Debug, Clone, Copy)]
struct Cut {
    feature: usize,
    /// Its two sides: low and high values, or present and missing values.
    sides: [Range; 2],
}

impl Groups {
    /// The groups of these rules.
    ///
    /// # Errors
    ///
    /// Rules that are not a tree: several of them, or none, could apply to a customer.
    pub fn new(rules: &[Vec<Condition>]) -> Result<Self, Fault> {
        if rules.len() > MOST_GROUPS {
            return Err(Fault::TooMany);
        }
        for (group, rule) in rules.iter().enumerate() {
            for (at, condition) in rule.iter().enumerate() {
                let feature = condition.feature.clone();
                if rule[..at].iter().any(|before| before.feature == feature) {
                    return Err(Fault::Twice { group, feature });
                }
                let no_value = condition.values.is_some() && !Range::of(condition).has_values();
                if no_value {
                    return Err(Fault::Nobody { group, feature });
                }
            }
        }
        let mut names: Vec<String> = rules.iter().flatten().map(|asked| asked.feature.clone()).collect();
        names.sort_unstable();
        names.dedup();
        let place =
            |condition: &Condition| Some((names.binary_search(&condition.feature).ok()?, condition.clone()));
        let rules: Vec<Vec<_>> = rules.iter().map(|rule| rule.iter().filter_map(place).collect()).collect();
        let groups = Self { names, rules };
        groups.check()?;
        Ok(groups)
    }

    /// The features in the rules, by name.
    pub fn features(&self) -> &[String] {
        &self.names
    }

    /// The group of each of `rows` rows, counted from 0, by [`features`](Self::features) in their order.
    ///
    /// # Errors
    ///
    /// Other features, columns of different lengths, infinite values.
    pub fn group_of(&self, features: &[Feature<'_>], rows: usize) -> Result<Vec<usize>, SampleError> {
        let asked = check_features(&self.names, features)?;
        // A tree of one leaf needs no feature.
        let rows = if self.names.is_empty() { rows } else { asked };
        let holds = |(feature, condition): &(usize, Condition), row: usize| {
            condition.passes(features[*feature].values[row])
        };
        let group = |row: usize| {
            let found = self.rules.iter().position(|rule| rule.iter().all(|asked| holds(asked, row)));
            found.unwrap_or_default()
        };
        let done = parallel::map(&parts(rows, CHUNK), |part| part.clone().map(group).collect::<Vec<_>>());
        Ok(done.concat())
    }

    fn check(&self) -> Result<(), Fault> {
        let ranges: Vec<Vec<Range>> = self
            .rules
            .iter()
            .map(|rule| {
                let mut ranges = vec![Range::ALL; self.names.len()];
                for (feature, condition) in rule {
                    ranges[*feature] = Range::of(condition);
                }
                ranges
            })
            .collect();
        for (right, other) in ranges.iter().enumerate() {
            let meets =
                |rule: &Vec<Range>| rule.iter().zip(other).all(|(one, other)| !one.with(*other).is_empty());
            if let Some(left) = ranges[..right].iter().position(meets) {
                return Err(Fault::Overlap(left, right));
            }
        }
        let all: Vec<&[Range]> = ranges.iter().map(Vec::as_slice).collect();
        self.check_region(&all, &vec![Range::ALL; self.names.len()])
    }

    /// Checks that these rules, which do not overlap, divide a region among them completely.
    fn check_region(&self, rules: &[&[Range]], region: &[Range]) -> Result<(), Fault> {
        let rule = match rules {
            [] => return Err(self.gap(region)),
            [rule] => rule,
            _ => return self.check_sides(rules, region),
        };
        for (feature, (known, asked)) in region.iter().zip(*rule).enumerate() {
            if let Some(beyond) = known.beyond(*asked) {
                return Err(self.gap(&replaced(region, feature, beyond)));
            }
        }
        Ok(())
    }

    /// The same for two rules or more: some cut must have each of them on one side.
    fn check_sides(&self, rules: &[&[Range]], region: &[Range]) -> Result<(), Fault> {
        let mut one_sided = None;
        for cut in cuts(rules, region) {
            let on = |side: Range| -> Vec<&[Range]> {
                rules.iter().copied().filter(|rule| !rule[cut.feature].with(side).is_empty()).collect()
            };
            let [low, high] = cut.sides.map(on);
            if low.len() + high.len() > rules.len() {
                continue;
            }
            if low.is_empty() || high.is_empty() {
                one_sided = Some(cut);
                continue;
            }
            for (side, rules) in cut.sides.into_iter().zip([low, high]) {
                self.check_region(&rules, &replaced(region, cut.feature, side))?;
            }
            return Ok(());
        }
        let Some(cut) = one_sided else { return Err(Fault::Crossed) };
        let nobody = |side: &Range| rules.iter().all(|rule| rule[cut.feature].with(*side).is_empty());
        let empty = cut.sides.into_iter().find(nobody);
        Err(self.gap(&empty.map_or(region.to_vec(), |side| replaced(region, cut.feature, side))))
    }

    fn gap(&self, region: &[Range]) -> Fault {
        let asked = region.iter().zip(&self.names).filter(|(range, _)| **range != Range::ALL);
        Fault::Gap(asked.map(|(range, name)| range.condition(name)).collect())
    }
}

fn replaced(region: &[Range], feature: usize, range: Range) -> Vec<Range> {
    let mut region = region.to_vec();
    region[feature] = range;
    region
}

/// The cuts of a region at bounds of rules, with missing values on either side, or between present and missing values.
fn cuts(rules: &[&[Range]], region: &[Range]) -> Vec<Cut> {
    let mut cuts = Vec::new();
    for (feature, &known) in region.iter().enumerate() {
        let asked = rules.iter().map(|rule| rule[feature]).filter(|asked| asked.has_values());
        let mut bounds: Vec<f64> = asked.flat_map(|asked| [asked.above, asked.at_most]).collect();
        bounds.sort_unstable_by(f64::total_cmp);
        bounds.dedup();
        for bound in bounds.into_iter().filter(|bound| *bound > known.above && *bound < known.at_most) {
            let places: &[bool] = if known.missing { &[true, false] } else { &[false] };
            for &missing_low in places {
                let low = Range { at_most: bound, missing: missing_low, ..known };
                let high = Range { above: bound, missing: known.missing && !missing_low, ..known };
                cuts.push(Cut { feature, sides: [low, high] });
            }
        }
        if known.missing && known.has_values() {
            let sides = [Range { missing: false, ..known }, Range::only_missing(true)];
            cuts.push(Cut { feature, sides });
        }
    }
    cuts
}
