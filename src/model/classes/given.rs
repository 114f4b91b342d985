//! Scoring with parameters that were fitted before: a table `<step>_fit` is read back. Every customer gets the
//! probability that the fit gave. An impossible table is an error, as nobody would see a wrong score.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray, UInt32Array,
};
use arrow::compute::take;
use arrow::datatypes::{DataType, Schema};
use arrow::error::ArrowError;

use crate::analysis::classify::logistic::{Weight, Weights};
use crate::analysis::classify::tree::rule::{self, Condition};
use crate::analysis::classify::tree::{Fault, Groups, MOST_GROUPS};

use super::super::InputTable;
use super::super::columns::{Wants, column, numbers};
use super::super::given::Columns;
use super::learned::Learned;
use super::{CUSTOMER, Classes, LABEL, Method, PERIOD, Rows, features, may_tell};

/// The columns of the coefficients. The probabilities come from `standardised`, `mean` and `sd`. `coefficient` says the
/// same again: this reveals a missing or changed row.
pub(super) const WEIGHTS: Columns = Columns {
    needs: &[
        ("feature", Wants::Text),
        ("missing", Wants::Flags),
        ("coefficient", Wants::Numbers),
        ("standardised", Wants::Numbers),
        ("mean", Wants::Numbers),
        ("sd", Wants::Numbers),
    ],
    heeds: &[
        ("left_out", Wants::Anything),
        ("status", Wants::Anything),
        ("message", Wants::Anything),
        ("customers", Wants::Numbers),
        ("churned", Wants::Numbers),
    ],
};

/// The columns of the groups.
pub(super) const GROUPS: Columns = Columns {
    needs: &[("leaf", Wants::Numbers), ("rule", Wants::Text), ("probability", Wants::Numbers)],
    heeds: &[
        ("leaf_customers", Wants::Numbers),
        ("leaf_churned", Wants::Numbers),
        ("share", Wants::Numbers),
        ("status", Wants::Anything),
        ("message", Wants::Anything),
        ("customers", Wants::Numbers),
        ("churned", Wants::Numbers),
    ],
};

/// Endings after which there is a regression; after `separated` there may be none.
const WEIGHED: [&str; 3] = ["converged", SEPARATED, "given"];
const SEPARATED: &str = "separated";
/// Endings after which there is a tree.
const GROUPED: [&str; 4] = ["grown", "no_split", "nothing_holds", "given"];

const INTERCEPT: &str = "intercept";
/// Values that are stated twice may differ by so much, relatively.
const ROUNDING: f64 = 1e-9;

/// What a table of parameters holds.
pub(super) struct Kept {
    /// None where its fit has no model.
    scorer: Option<Scorer>,
    /// The table of the fit.
    fit: RecordBatch,
    remark: Option<String>,
}

enum Scorer {
    Weights(Weights),
    /// With the number and the probability of each group.
    Groups(Groups, Vec<(i64, f64)>),
}

impl Kept {
    /// Reads the parameters of such a model, to score a table of these columns.
    ///
    /// # Errors
    /// Parameters that lack something or contradict themselves, or are of other features than there are.
    pub(super) fn read(classes: &Classes, given: &InputTable, from: &Schema) -> Result<Self, String> {
        let table = Table { name: &given.name, rows: &given.rows };
        if table.rows.num_rows() == 0 {
            let key = classes.method.key();
            return Err(format!("`{}` has no rows: give all those of a step `model: {key}`", table.name));
        }
        let (kept, left_out) = match classes.method {
            Method::Logistic => table.weights(classes)?,
            Method::Tree => (table.groups(classes)?, Vec::new()),
        };
        kept.check_features(classes, &left_out, table.name, from)?;
        Ok(kept)
    }

    /// The features that it scores by, in its order.
    pub(super) fn features(&self) -> &[String] {
        match &self.scorer {
            Some(Scorer::Weights(weights)) => weights.features(),
            Some(Scorer::Groups(groups, _)) => groups.features(),
            None => &[],
        }
    }

    fn check_features(
        &self,
        classes: &Classes,
        left_out: &[String],
        name: &str,
        from: &Schema,
    ) -> Result<(), String> {
        let used = self.features();
        let does = match classes.method {
            Method::Logistic => "weighs",
            Method::Tree => "asks about",
        };
        if let Some(named) = classes.features.as_ref().filter(|_| self.scorer.is_some()) {
            if let Some(more) = used.iter().find(|feature| !named.contains(feature)) {
                return Err(format!(
                    "`{name}` {does} `{more}`, which `features` does not name: add it, or leave `features` out"
                ));
            }
            // A tree need not ask about all that it was grown on.
            let known = |feature: &&String| used.contains(feature) || left_out.contains(feature);
            let more = named.iter().find(|feature| classes.method == Method::Logistic && !known(feature));
            if let Some(more) = more {
                return Err(format!(
                    "`features` names `{more}`, but `{name}` has no row for it: take it out, or give parameters that \
                     were fitted with it"
                ));
            }
        }
        let there: Vec<&str> =
            from.fields().iter().filter(|field| may_tell(field)).map(|field| field.name().as_str()).collect();
        if let Some(lacking) = used.iter().find(|feature| !there.contains(&feature.as_str())) {
            let tells = |name: &&str| ![CUSTOMER, PERIOD, LABEL].contains(name);
            let there: Vec<&str> = there.into_iter().filter(tells).collect();
            let there = if there.is_empty() { "none".to_owned() } else { there.join(", ") };
            return Err(format!(
                "`{name}` {does} `{lacking}`, but the table that `from` names has no such column of numbers or \
                 truth values; it has {there}"
            ));
        }
        Ok(())
    }

    /// Gives every row its probability.
    ///
    /// # Errors
    /// Impossible features.
    pub(super) fn score(self, rows: &Rows) -> Result<Learned, String> {
        let (known, count) = (features(&rows.features), rows.period.len());
        let message = |error: crate::analysis::classify::SampleError| error.to_string();
        let (probability, leaf) = match &self.scorer {
            None => (None, None),
            Some(Scorer::Weights(weights)) => {
                (Some(weights.probabilities(&known, count).map_err(message)?), None)
            }
            Some(Scorer::Groups(groups, of)) => {
                let places = groups.group_of(&known, count).map_err(message)?;
                let (leaf, probability) =
                    places.into_iter().filter_map(|group| of.get(group).copied()).unzip();
                (Some(probability), Some(leaf))
            }
        };
        Ok(Learned { probability, leaf, fit: self.fit, remark: self.remark })
    }
}

/// A table of parameters.
struct Table<'a> {
    name: &'a str,
    rows: &'a RecordBatch,
}

impl Table<'_> {
    fn numbers(&self, name: &str) -> Result<Float64Array, String> {
        numbers(self.rows, name).map_err(|error| error.to_string())
    }

    /// The texts of a column; all NULL where there is none.
    fn texts(&self, name: &str) -> Result<StringArray, String> {
        if self.rows.column_by_name(name).is_none() {
            return Ok(StringArray::new_null(self.rows.num_rows()));
        }
        let texts = column(self.rows, name, &DataType::Utf8).map_err(|error| error.to_string())?;
        Ok(texts.as_string().clone())
    }

    /// The ending of a row's fit, unless it is one of these: after them there is a model.
    fn without_model(&self, with: &[&str]) -> Result<Option<String>, String> {
        let status = self.texts("status")?;
        let found = status.iter().flatten().find(|status| !with.contains(status));
        Ok(found.map(str::to_owned))
    }

    /// The table of the fit: these rows of this one, with these columns instead.
    fn fit(
        &self,
        classes: &Classes,
        rows: &[usize],
        status: &str,
        message: &str,
        instead: Vec<(&str, ArrayRef)>,
    ) -> Result<RecordBatch, ArrowError> {
        let text = |text: &str| -> ArrayRef { Arc::new(StringArray::from(vec![text; rows.len()])) };
        let mut known = vec![
            ("status", text(status)),
            ("message", text(message)),
            ("thin", Arc::new(BooleanArray::from(vec![false; rows.len()])) as ArrayRef),
        ];
        known.extend(instead);
        let places: UInt32Array = rows.iter().map(|row| *row as u32).collect();
        let schema = classes.fit_schema();
        for field in schema.fields() {
            let own = known.iter().any(|(name, _)| name == field.name());
            if let Some(column) = self.rows.column_by_name(field.name()).filter(|_| !own) {
                known.push((field.name().as_str(), take(column, &places, None)?));
            }
        }
        classes.fit_with(&known, rows.len())
    }

    /// The table of a fit that has no model, as it is.
    fn nothing(&self, classes: &Classes, ending: &str) -> Result<Kept, String> {
        let messages = self.texts("message")?;
        let message =
            messages.iter().flatten().next().unwrap_or("the parameters given are of a fit without a model");
        let rows: Vec<usize> = (0..self.rows.num_rows()).collect();
        let fit = self.fit(classes, &rows, ending, message, Vec::new()).map_err(|error| error.to_string())?;
        let name = self.name;
        let remark = format!("`{name}` is of a fit without a model (`{ending}`): there are no predictions");
        Ok(Kept { scorer: None, fit, remark: Some(remark) })
    }

    /// The regression, and the features that it left out.
    fn weights(&self, classes: &Classes) -> Result<(Kept, Vec<String>), String> {
        let name = self.name;
        let terms = Terms::read(self)?;
        if let Some(ending) = self.without_model(&WEIGHED)? {
            return Ok((self.nothing(classes, &ending)?, Vec::new()));
        }
        let separated = self.texts("status")?.iter().flatten().any(|status| status == SEPARATED);
        if separated && terms.standardised.null_count() == terms.standardised.len() {
            return Ok((self.nothing(classes, SEPARATED)?, Vec::new()));
        }
        let (mut intercept, mut weighed, mut left_out): (Option<usize>, Vec<usize>, Vec<usize>) =
            Default::default();
        for row in 0..self.rows.num_rows() {
            if terms.features.is_null(row) {
                return Err(format!("a row of `{name}` has no `feature`: {AS_FITTED}"));
            }
            let label = terms.label(row);
            let (out, none) = (terms.left_out.is_valid(row), terms.standardised.is_null(row));
            let (term, of_none) = (terms.missing.is_valid(row), terms.features.value(row) == INTERCEPT);
            match (term, of_none) {
                _ if out && !none => {
                    return Err(format!(
                        "{label} was left out by `{name}`, and yet has a weight: {AS_FITTED}"
                    ));
                }
                _ if out => left_out.push(row),
                (true, _) => weighed.push(row),
                (false, true) if intercept.is_some() => return Err(self.twice(&label)),
                (false, true) => intercept = Some(row),
                (false, false) if none => left_out.push(row),
                (false, false) => {
                    return Err(format!("`missing` of {label} in `{name}` is NULL: {AS_FITTED}"));
                }
            }
        }
        let Some(intercept) = intercept else {
            return Err(format!("`{name}` lacks the row `{INTERCEPT}`: {AS_FITTED}"));
        };
        let mut weights: Vec<Weight> = Vec::new();
        for &row in &weighed {
            let weight = terms.weight(row, name)?;
            let same = |known: &&Weight| known.feature == weight.feature && known.missing == weight.missing;
            if weights.iter().any(|known| same(&known)) {
                return Err(self.twice(&terms.label(row)));
            }
            weights.push(weight);
        }
        let at_means = terms.check_intercept(intercept, &weights, name)?;
        let names = |rows: &[usize]| rows.iter().map(|row| terms.features.value(*row).to_owned()).collect();
        let left_out_names = names(&left_out);
        let order: Vec<usize> = std::iter::once(intercept).chain(weighed).chain(left_out).collect();
        let is_intercept = |row: &usize| *row == intercept;
        let ratio = |row: &usize| {
            let known = terms.standardised.is_valid(*row) && !is_intercept(row);
            known.then(|| libm::exp(terms.standardised.value(*row)))
        };
        let ratios: ArrayRef = Arc::new(order.iter().map(ratio).collect::<Float64Array>());
        let instead = vec![("odds_ratio", ratios)];
        let fit = self.fit(classes, &order, "given", GIVEN, instead).map_err(|error| error.to_string())?;
        let remark = separated.then(|| {
            format!(
                "`{name}` is of a fit that was `{SEPARATED}`: a feature separates those who left from those who \
                 stayed; often it was known only afterwards"
            )
        });
        let scorer = Some(Scorer::Weights(Weights::new(at_means, &weights)));
        Ok((Kept { scorer, fit, remark }, left_out_names))
    }

    fn twice(&self, what: &str) -> String {
        format!("`{}` has more than one row of {what}: filter it to one fit", self.name)
    }

    /// The tree.
    fn groups(&self, classes: &Classes) -> Result<Kept, String> {
        let name = self.name;
        if let Some(ending) = self.without_model(&GROUPED)? {
            return self.nothing(classes, &ending);
        }
        let (leaves, rules, probabilities) =
            (self.numbers("leaf")?, self.texts("rule")?, self.numbers("probability")?);
        let (mut read, mut of): (Vec<Vec<Condition>>, Vec<(i64, f64)>) = Default::default();
        for (row, leaf) in leaves.iter().enumerate() {
            let whole = leaf.filter(|leaf| leaf.fract() == 0.0 && leaf.abs() < 1e15);
            let Some(leaf) = whole else {
                return Err(format!("`leaf` of `{name}` is {} in a row: {AS_FITTED}", shown(leaf)));
            };
            let leaf = leaf as i64;
            if of.iter().any(|(known, _)| *known == leaf) {
                return Err(self.twice(&format!("leaf {leaf}")));
            }
            let text = if rules.is_valid(row) { rules.value(row) } else { "NULL" };
            let Some(rule) = rule::read(text).filter(|_| rules.is_valid(row)) else {
                return Err(format!(
                    "the rule of leaf {leaf} in `{name}` cannot be read: {text}. Rules are written as in \
                     `<step>_fit`, such as: `recency_days` above 30.5 and at most 60 or missing and `orders` at most 2"
                ));
            };
            let probability = probabilities.is_valid(row).then(|| probabilities.value(row));
            let Some(probability) = probability.filter(|probability| (0.0..=1.0).contains(probability))
            else {
                return Err(format!(
                    "`probability` of leaf {leaf} in `{name}` is {}, not a number from 0 to 1: {AS_FITTED}",
                    shown(probability)
                ));
            };
            read.push(rule);
            of.push((leaf, probability));
        }
        let leaf = |group: usize| of.get(group).map_or(0, |(leaf, _)| *leaf);
        let groups = Groups::new(&read).map_err(|fault| match fault {
            Fault::TooMany => {
                let groups = of.len();
                format!("`{name}` has {groups} groups, but a tree has {MOST_GROUPS} at most: filter it to one fit")
            }
            Fault::Twice { group, feature } => {
                format!("the rule of leaf {} in `{name}` asks twice about `{feature}`: {AS_FITTED}", leaf(group))
            }
            Fault::Nobody { group, feature } => format!(
                "the rule of leaf {} in `{name}` holds for no customer: no number is in its range of `{feature}`",
                leaf(group)
            ),
            Fault::Overlap(one, other) => format!(
                "the rules of leaves {} and {} in `{name}` overlap: filter it to one fit, and change none of its rules",
                leaf(one),
                leaf(other)
            ),
            Fault::Gap(of) => {
                format!("the rules in `{name}` leave a gap, {}: {AS_FITTED}", rule::written(&of))
            }
            Fault::Crossed => format!("the rules in `{name}` are not those of one tree: {AS_FITTED}"),
        })?;
        let rows: Vec<usize> = (0..of.len()).collect();
        let numbers: ArrayRef = Arc::new(of.iter().map(|(leaf, _)| *leaf).collect::<Int64Array>());
        let fit = self
            .fit(classes, &rows, "given", GIVEN, vec![("leaf", numbers)])
            .map_err(|error| error.to_string())?;
        let one = of.len() == 1;
        let remark = one.then(|| format!("`{name}` has one group: everybody is given the same probability"));
        Ok(Kept { scorer: Some(Scorer::Groups(groups, of)), fit, remark })
    }
}

/// What to do about a table that was changed.
const AS_FITTED: &str = "give all rows of `<step>_fit`, as the fit left them";
/// As for models that share the endings of their fits.
const GIVEN: &str = "the parameters were given";

fn shown(number: Option<f64>) -> String {
    number.map_or_else(|| "NULL".to_owned(), |number| number.to_string())
}

/// The columns of a regression's table.
struct Terms {
    features: StringArray,
    missing: BooleanArray,
    coefficient: Float64Array,
    standardised: Float64Array,
    mean: Float64Array,
    sd: Float64Array,
    left_out: StringArray,
}

impl Terms {
    fn read(table: &Table<'_>) -> Result<Self, String> {
        let missing = column(table.rows, "missing", &DataType::Boolean).map_err(|error| error.to_string())?;
        Ok(Self {
            features: table.texts("feature")?,
            missing: missing.as_boolean().clone(),
            coefficient: table.numbers("coefficient")?,
            standardised: table.numbers("standardised")?,
            mean: table.numbers("mean")?,
            sd: table.numbers("sd")?,
            left_out: table.texts("left_out")?,
        })
    }

    /// What a row is of.
    fn label(&self, row: usize) -> String {
        let feature = self.features.value(row);
        let missing = self.missing.is_valid(row) && self.missing.value(row);
        if missing { format!("`{feature}` being missing") } else { format!("`{feature}`") }
    }

    /// A figure that must be there.
    fn figure(&self, row: usize, column: &str, table: &str) -> Result<f64, String> {
        let figures = match column {
            "coefficient" => &self.coefficient,
            "standardised" => &self.standardised,
            "mean" => &self.mean,
            _ => &self.sd,
        };
        let figure = figures.is_valid(row).then(|| figures.value(row));
        figure.filter(|figure| figure.is_finite() && (column != "sd" || *figure > 0.0)).ok_or_else(|| {
            let must = if column == "sd" { "number above 0" } else { "finite number" };
            let label = self.label(row);
            format!("`{column}` of {label} in `{table}` is {}, not a {must}: {AS_FITTED}", shown(figure))
        })
    }

    fn weight(&self, row: usize, table: &str) -> Result<Weight, String> {
        let [coefficient, standardised, mean, sd] =
            ["coefficient", "standardised", "mean", "sd"].map(|column| self.figure(row, column, table));
        let (coefficient, standardised, mean, sd) = (coefficient?, standardised?, mean?, sd?);
        let said = standardised / sd;
        if (coefficient - said).abs() > ROUNDING * coefficient.abs().max(said.abs()) {
            let label = self.label(row);
            return Err(format!(
                "`coefficient` of {label} in `{table}` is {coefficient}, but `standardised` / `sd` is {said}: {AS_FITTED}"
            ));
        }
        let feature = self.features.value(row).to_owned();
        Ok(Weight { feature, missing: self.missing.value(row), mean, sd, standardised })
    }

    /// The log odds at the means. The table also has those at 0. They must differ by the sum of weight times mean.
    fn check_intercept(&self, row: usize, weights: &[Weight], table: &str) -> Result<f64, String> {
        let at_zero = self.figure(row, "coefficient", table)?;
        let at_means = self.figure(row, "standardised", table)?;
        let (mut said, mut size) = (at_means, at_means.abs());
        for weight in weights {
            let share = weight.standardised / weight.sd * weight.mean;
            (said, size) = (said - share, size + share.abs());
        }
        if (at_zero - said).abs() > ROUNDING * size {
            return Err(format!(
                "`coefficient` of `{INTERCEPT}` in `{table}` is {at_zero}, but by the other rows it is {said}: one is \
                 lacking or was changed, so {AS_FITTED}"
            ));
        }
        Ok(at_means)
    }
}
