//! What covariates affect, and how a fit with them ends.

use std::fmt;

use crate::analysis::clv::fit;

/// The process that a covariate affects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Process {
    /// How often a live customer buys.
    Purchases,
    /// How soon a customer leaves.
    Dropout,
}

impl Process {
    /// Both, in the order of effects for a covariate.
    pub const ALL: [Self; 2] = [Self::Purchases, Self::Dropout];

    /// A stable word for tables.
    pub fn key(self) -> &'static str {
        match self {
            Self::Purchases => "purchases",
            Self::Dropout => "dropout",
        }
    }
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Purchases => "the purchase rate",
            Self::Dropout => "dropout",
        })
    }
}

/// How a fit with covariates ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// At a maximum of the likelihood, with every parameter and coefficient identified.
    Converged,
    /// Not fitted: the parameters were given.
    Given,
    /// No covariate differs between customers: the model without covariates is the complete result.
    NoCovariates,
    /// The model without covariates did not converge, for this reason; no other fit was tried.
    Without(fit::Ending),
    /// A parameter of the model itself did not converge together with the covariates.
    Parameters(fit::Ending),
    /// A coefficient goes to infinity: at one end of the covariate customers hardly buy again, or do not leave, or all
    /// do.
    Unbounded {
        /// The covariate.
        covariate: String,
        /// The process that it affects.
        process: Process,
        /// Whether it goes to +∞; otherwise to −∞.
        upwards: bool,
    },
    /// The data do not separate a coefficient from others.
    Unclear {
        /// The covariate.
        covariate: String,
        /// The process that it affects.
        process: Process,
    },
}

impl Ending {
    /// A stable word for tables: `converged`, `given`, `boundary`, `not_identified` or `failed`.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Converged => "converged",
            Self::Given => "given",
            Self::Unbounded { .. } => "boundary",
            Self::NoCovariates | Self::Unclear { .. } => "not_identified",
            // At a limit the model without covariates predicts, not this one.
            Self::Without(ending) | Self::Parameters(ending) if ending.predicts() => "boundary",
            Self::Without(ending) | Self::Parameters(ending) => ending.key(),
        }
    }

    /// A stable word for the reason, used to find its translation; `none` after convergence.
    pub fn reason_key(&self) -> &'static str {
        match self {
            Self::Converged | Self::Given => "none",
            Self::NoCovariates => "no_covariates",
            Self::Without(ending) | Self::Parameters(ending) => ending.reason_key(),
            Self::Unbounded { process: Process::Purchases, .. } => "unbounded_effect_on_purchases",
            Self::Unbounded { process: Process::Dropout, .. } => "unbounded_effect_on_dropout",
            Self::Unclear { .. } => "unclear_effect",
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Converged => f.write_str("the fit converged"),
            Self::Given => f.write_str("the parameters were given"),
            Self::NoCovariates => f.write_str("all customers have the same covariates"),
            Self::Without(ending) => write!(f, "the model without covariates: {ending}"),
            Self::Parameters(ending) => write!(f, "the model with covariates: {ending}"),
            Self::Unbounded { covariate, process, upwards } => {
                let found = match process {
                    Process::Purchases => "hardly a repeat purchase",
                    Process::Dropout => "no dropout, or nothing else,",
                };
                let sign = if *upwards { "+" } else { "-" };
                write!(
                    f,
                    "{found} can be seen at one end of {covariate} (its coefficient for {process} runs to {sign}infinity)"
                )
            }
            Self::Unclear { covariate, process } => {
                write!(f, "the data cannot tell the effect of {covariate} on {process} from others")
            }
        }
    }
}
