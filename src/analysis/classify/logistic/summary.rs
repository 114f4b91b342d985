//! Rows that are predicted without error, and whether chance would do as much.

/// The probability that chance alone predicts so many rows.
const BY_CHANCE: f64 = 1e-3;

/// Rows predicted without error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Summary {
    /// Rows that stayed.
    pub stayed: usize,
    /// Rows that churned.
    pub churned: usize,
}

impl Summary {
    /// Whether chance seldom predicts so many rows, if `share` of all rows churned: all rows that one of `columns`
    /// separates would have to be of their kind by chance.
    pub fn is_beyond_chance(self, share: f64, columns: usize) -> bool {
        let chance = self.churned as f64 * libm::log(share) + self.stayed as f64 * libm::log1p(-share);
        chance + libm::log(columns as f64) < libm::log(BY_CHANCE)
    }

    /// The same for a direction found among sums of columns: it can always be chosen to predict as many rows as there
    /// are columns.
    pub fn is_beyond_search(self, share: f64, columns: usize) -> bool {
        let sought = (self.stayed + self.churned).saturating_sub(columns + 1);
        sought as f64 * libm::log(share.max(1.0 - share)) < libm::log(BY_CHANCE)
    }
}
