//! `model: logistic` and `model: tree`: who leaves, told by features of one period and judged on a later one.
//!
//! The table has one row a customer and period, with features, and a label where it is known who left. On the rows of the
//! period `train` the model learns, on those of `judge` it is judged, beside other probabilities and rules; all rows are
//! scored, those of further periods (such as `now`) too. Yields `<step>`, the scores; `<step>_fit`, the coefficients or the
//! groups; `<step>_judged`, one row a contender; `<step>_gains`, one row a contender and tenth of customers.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray,
    StringViewArray,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use datafusion::logical_expr::ident;

use crate::analysis::classify::judge::{Bands, Costs, Outcomes};
use crate::analysis::classify::logistic::{self, Penalty};
use crate::analysis::classify::tree::{self, DEEPEST};
use crate::analysis::classify::{Feature, Sample};
use crate::pipeline::{Models, Value};

use super::super::{Fitted, Unset, Yielded, column, number, numbers};
use super::{Kind, Read, Wants, counted, names, text, written};

/// How the probabilities come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    /// Weights of features.
    Logistic,
    /// Groups of customers.
    Tree,
}

/// The step's settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Classes {
    method: Method,
    /// `features`: the columns that tell. Default: all of numbers and truth values, but for the label and
    /// `probabilities`.
    features: Option<Vec<String>>,
    /// `probabilities`: columns that are judged beside the model, as probabilities to leave.
    probabilities: Vec<String>,
    /// `rules`: columns that are judged beside the model by the order in which they put customers, the highest first.
    rules: Vec<String>,
    /// `cost_missed`: what it costs not to contact a customer who leaves. Default 5.
    cost_missed: f64,
    /// `cost_needless`: what it costs to contact one who stays. Default 1.
    cost_needless: f64,
    /// `penalty`: of the logistic regression; none: chosen on rows held out.
    penalty: Option<f64>,
    /// `depth`: of the tree. Default 4.
    depth: usize,
    /// `smallest_leaf`: the fewest customers of a group. Default 50.
    smallest_leaf: f64,
}

const CUSTOMER: &str = "customer_id";
const PERIOD: &str = "period";
const LABEL: &str = "label";
/// The period on which the model learns.
const TRAIN: &str = "train";
/// The period on which it is judged.
const JUDGE: &str = "judge";
/// Rows are held out in so many folds.
const FOLDS: usize = 5;

const LOGISTIC_KEYS: [&str; 6] =
    ["features", "probabilities", "rules", "cost_missed", "cost_needless", "penalty"];
const TREE_KEYS: [&str; 7] =
    ["features", "probabilities", "rules", "cost_missed", "cost_needless", "depth", "smallest_leaf"];

impl Classes {
    pub(super) fn new(method: Method) -> Self {
        Self {
            method,
            features: None,
            probabilities: Vec::new(),
            rules: Vec::new(),
            cost_missed: 5.0,
            cost_needless: 1.0,
            penalty: None,
            depth: DEEPEST,
            smallest_leaf: 50.0,
        }
    }

    pub(super) fn key(&self) -> &'static str {
        match self.method {
            Method::Logistic => Models::Logistic.key(),
            Method::Tree => Models::Tree.key(),
        }
    }

    fn costs(&self) -> Costs {
        Costs { missed: self.cost_missed, needless: self.cost_needless }
    }

    /// The columns that tell, of a table: named, or all that have no other use.
    fn features_of(&self, table: &Schema) -> Vec<String> {
        if let Some(named) = &self.features {
            return named.clone();
        }
        let other = |name: &String| {
            let own = [CUSTOMER, PERIOD, LABEL].contains(&name.as_str());
            own || self.probabilities.contains(name)
        };
        let tells =
            |field: &&Arc<Field>| field.data_type().is_numeric() || *field.data_type() == DataType::Boolean;
        table
            .fields()
            .iter()
            .filter(tells)
            .map(|field| field.name().clone())
            .filter(|name| !other(name))
            .collect()
    }

    fn score_schema(&self) -> SchemaRef {
        let mut fields = vec![
            Field::new(CUSTOMER, DataType::Utf8View, false),
            text(PERIOD, false),
            super::number("probability"),
        ];
        if self.method == Method::Tree {
            fields.push(Field::new("leaf", DataType::Int64, true));
        }
        Arc::new(Schema::new(fields))
    }

    fn fit_schema(&self) -> SchemaRef {
        let of = super::number;
        let own = match self.method {
            Method::Logistic => vec![
                text("feature", true),
                Field::new("missing", DataType::Boolean, true),
                of("coefficient"),
                of("standard_error"),
                of("standardised"),
                of("standardised_error"),
                of("odds_ratio"),
                of("mean"),
                of("sd"),
                text("left_out", true),
                of("penalty"),
                of("log_likelihood"),
                of("log_likelihood_without"),
                Field::new("thin", DataType::Boolean, false),
            ],
            Method::Tree => vec![
                Field::new("leaf", DataType::Int64, true),
                text("rule", true),
                of("leaf_customers"),
                of("leaf_churned"),
                of("share"),
                of("probability"),
            ],
        };
        let shared = vec![text("status", false), text("message", false), of("customers"), of("churned")];
        Arc::new(Schema::new(own.into_iter().chain(shared).collect::<Vec<_>>()))
    }
}

fn judged_schema() -> SchemaRef {
    let of = super::number;
    let mut fields = vec![text("contender", false), text("kind", false)];
    fields.extend(
        [
            "customers",
            "churned",
            "share",
            "predicted",
            "auc",
            "auc_error",
            "brier",
            "brier_skill",
            "log_loss",
            "calibration_error",
            "threshold",
            "found",
            "needless",
            "missed",
            "left_alone",
            "precision",
            "recall",
            "cost",
        ]
        .map(of),
    );
    Arc::new(Schema::new(fields))
}

fn gains_schema() -> SchemaRef {
    let of = super::number;
    let mut fields =
        vec![text("contender", false), text("kind", false), Field::new("tenth", DataType::Int64, false)];
    let figures = [
        "customers",
        "churned",
        "lowest",
        "highest",
        "predicted",
        "observed",
        "lift",
        "lift_so_far",
        "captured",
    ];
    fields.extend(figures.map(of));
    Arc::new(Schema::new(fields))
}

/// The table's rows.
struct Rows {
    ids: ArrayRef,
    period: StringArray,
    label: Float64Array,
    features: Vec<(String, Vec<f64>)>,
}

impl Rows {
    fn read(table: &RecordBatch, features: &[String]) -> Result<Self, ArrowError> {
        let values = |name: &String| -> Result<(String, Vec<f64>), ArrowError> {
            let values = numbers(table, name)?;
            Ok((name.clone(), values.iter().map(|value| value.unwrap_or(f64::NAN)).collect()))
        };
        Ok(Self {
            ids: column(table, CUSTOMER, &DataType::Utf8View)?,
            period: column(table, PERIOD, &DataType::Utf8)?.as_string().clone(),
            label: numbers(table, LABEL)?,
            features: features.iter().map(values).collect::<Result<_, _>>()?,
        })
    }

    /// The rows of a period of which it is known who left.
    fn of(&self, period: &str) -> Vec<usize> {
        let is = |row: &usize| {
            self.period.is_valid(*row) && self.period.value(*row) == period && self.label.is_valid(*row)
        };
        (0..self.period.len()).filter(is).collect()
    }

    fn churned(&self, rows: &[usize]) -> Vec<bool> {
        rows.iter().map(|row| self.label.value(*row) != 0.0).collect()
    }

    /// Features of some rows.
    fn picked(&self, rows: &[usize]) -> Vec<(&str, Vec<f64>)> {
        let pick = |values: &Vec<f64>| rows.iter().filter_map(|row| values.get(*row).copied()).collect();
        self.features.iter().map(|(name, values)| (name.as_str(), pick(values))).collect()
    }

    fn without_label(&self) -> usize {
        let judged =
            |row: &usize| self.period.is_valid(*row) && [TRAIN, JUDGE].contains(&self.period.value(*row));
        (0..self.period.len()).filter(judged).filter(|row| self.label.is_null(*row)).count()
    }
}

fn features(columns: &[(impl AsRef<str>, Vec<f64>)]) -> Vec<Feature<'_>> {
    columns.iter().map(|(name, values)| Feature { name: name.as_ref(), values }).collect()
}

/// What came of a fit.
struct Learned {
    /// The probability of every row, and the group that it is in.
    probability: Option<Vec<f64>>,
    leaf: Option<Vec<usize>>,
    /// The table of the fit.
    fit: RecordBatch,
    /// What a reader of the log should know.
    remark: Option<String>,
}

impl Classes {
    fn learn(&self, rows: &Rows) -> Result<Learned, String> {
        let train = rows.of(TRAIN);
        let (picked, churned) = (rows.picked(&train), rows.churned(&train));
        let known = features(&picked);
        let told = |error: ArrowError| error.to_string();
        if churned.is_empty() {
            let message =
                format!("no row of the period `{TRAIN}` has a label: there is nothing to learn from");
            let fit = self.fit_of_nothing(&message).map_err(told)?;
            return Ok(Learned { probability: None, leaf: None, fit, remark: Some(message) });
        }
        let sample = Sample::new(&known, &churned, None).map_err(|error| error.to_string())?;
        let all = features(&rows.features);
        match self.method {
            Method::Logistic => {
                let penalty = self.penalty.map_or(Penalty::Chosen { folds: FOLDS }, Penalty::Fixed);
                let fit = logistic::fit(&sample, penalty);
                let probability = fit.model().map(|model| model.probabilities(&all)).transpose();
                let converged = fit.ending == logistic::Ending::Converged;
                let thin = fit.is_thin().then(|| {
                    "there are few customers for so many features: coefficients are unsure".to_owned()
                });
                Ok(Learned {
                    probability: probability.map_err(|error| error.to_string())?,
                    leaf: None,
                    remark: if converged { thin } else { Some(fit.ending.to_string()) },
                    fit: self.coefficients(&fit).map_err(told)?,
                })
            }
            Method::Tree => {
                let options = tree::Options {
                    depth: self.depth,
                    smallest_leaf: self.smallest_leaf,
                    folds: FOLDS,
                    ..tree::Options::default()
                };
                let fit = tree::fit(&sample, options);
                let probability = fit.tree().map(|tree| tree.probabilities(&all)).transpose();
                let leaf = fit.tree().map(|tree| tree.leaf_of(&all)).transpose();
                let grown = fit.ending == tree::Ending::Grown;
                let left = churned.iter().filter(|churned| **churned).count();
                Ok(Learned {
                    probability: probability.map_err(|error| error.to_string())?,
                    leaf: leaf.map_err(|error| error.to_string())?,
                    remark: (!grown).then(|| fit.ending.to_string()),
                    fit: self.groups(&fit, churned.len(), left).map_err(told)?,
                })
            }
        }
    }

    fn fit_of_nothing(&self, message: &str) -> Result<RecordBatch, ArrowError> {
        let schema = self.fit_schema();
        let columns = schema.fields().iter().map(|field| -> ArrayRef {
            match (field.name().as_str(), field.data_type()) {
                ("status", _) => Arc::new(StringArray::from(vec!["not_identified"])),
                ("message", _) => Arc::new(StringArray::from(vec![message])),
                ("customers" | "churned", _) => Arc::new(Float64Array::from(vec![0.0])),
                ("thin", _) => Arc::new(BooleanArray::from(vec![true])),
                (_, data_type) => arrow::array::new_null_array(data_type, 1),
            }
        });
        RecordBatch::try_new(Arc::clone(&schema), columns.collect())
    }

    fn coefficients(&self, fit: &logistic::Fit) -> Result<RecordBatch, ArrowError> {
        /// One row: a feature, whether of its being missing, figures, and why it was left out.
        type Row<'a> = (&'a str, Option<bool>, [Option<f64>; 7], Option<&'a str>);
        let mut rows: Vec<Row<'_>> = Vec::new();
        if let Some(model) = fit.model() {
            let [plain, scaled] = [model.intercept, model.standardised_intercept];
            let values = [plain.value, plain.standard_error, scaled.value, scaled.standard_error].map(Some);
            let [value, error, scaled, scaled_error] = values;
            rows.push(("intercept", None, [value, error, scaled, scaled_error, None, None, None], None));
            for term in &model.terms {
                let (plain, scaled) = (term.coefficient, term.standardised);
                let figures = [
                    plain.value,
                    plain.standard_error,
                    scaled.value,
                    scaled.standard_error,
                    term.odds_ratio(),
                    term.mean,
                    term.sd,
                ];
                rows.push((&term.feature, Some(term.missing), figures.map(Some), None));
            }
        }
        for (names, why) in [(&fit.constant, "constant"), (&fit.empty, "empty")] {
            rows.extend(names.iter().map(|name| (name.as_str(), None, [None; 7], Some(why))));
        }
        if rows.is_empty() {
            rows.push(("intercept", None, [None; 7], None));
        }
        let count = rows.len();
        let figure = |place: usize| -> ArrayRef {
            Arc::new(rows.iter().map(|row| row.2.get(place).copied().flatten()).collect::<Float64Array>())
        };
        let same = |value: Option<f64>| -> ArrayRef { Arc::new(Float64Array::from(vec![value; count])) };
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(rows.iter().map(|row| Some(row.0)).collect::<StringArray>()),
            Arc::new(rows.iter().map(|row| row.1).collect::<BooleanArray>()),
        ];
        columns.extend((0..7).map(figure));
        columns.push(Arc::new(rows.iter().map(|row| row.3).collect::<StringArray>()));
        columns.push(same(Some(fit.penalty)));
        columns.push(same(fit.log_likelihood));
        columns.push(same(Some(fit.log_likelihood_without_features)));
        columns.push(Arc::new(BooleanArray::from(vec![fit.is_thin(); count])));
        columns.push(Arc::new(StringArray::from(vec![fit.ending.key(); count])));
        columns.push(Arc::new(StringArray::from(vec![fit.ending.to_string(); count])));
        columns.push(same(Some(fit.customers)));
        columns.push(same(Some(fit.churned)));
        RecordBatch::try_new(self.fit_schema(), columns)
    }

    fn groups(&self, fit: &tree::Fit, customers: usize, churned: usize) -> Result<RecordBatch, ArrowError> {
        let leaves = fit.tree().map(tree::Tree::leaves).unwrap_or_default();
        let count = leaves.len().max(1);
        let rule = |leaf: &tree::Leaf| {
            let conditions: Vec<String> = leaf.conditions.iter().map(ToString::to_string).collect();
            if conditions.is_empty() { "everyone".to_owned() } else { conditions.join(" and ") }
        };
        let figure = |of: &dyn Fn(&tree::Leaf) -> f64| -> ArrayRef {
            let values = (0..count).map(|place| leaves.get(place).map(of));
            Arc::new(values.collect::<Float64Array>())
        };
        let number_of = |place: usize| leaves.get(place).map(|_| counted(place + 1));
        let same = |value: usize| -> ArrayRef { Arc::new(Float64Array::from(vec![value as f64; count])) };
        RecordBatch::try_new(
            self.fit_schema(),
            vec![
                Arc::new((0..count).map(number_of).collect::<Int64Array>()),
                Arc::new((0..count).map(|place| leaves.get(place).map(rule)).collect::<StringArray>()),
                figure(&|leaf| leaf.weight),
                figure(&|leaf| leaf.churned),
                figure(&|leaf| leaf.share),
                figure(&|leaf| leaf.probability),
                Arc::new(StringArray::from(vec![fit.ending.key(); count])),
                Arc::new(StringArray::from(vec![fit.ending.to_string(); count])),
                same(customers),
                same(churned),
            ],
        )
    }
}

/// One who says who leaves.
struct Contender {
    name: String,
    kind: &'static str,
    /// What is said of every row: a probability, or a place in the order.
    said: Vec<f64>,
    /// For a rule, the values in ascending order, of which `said` is the place as a share.
    values: Option<Vec<f64>>,
}

impl Contender {
    /// A rule: its values only put customers in order.
    fn rule(name: &str, values: &[f64]) -> Self {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
        sorted.sort_by(f64::total_cmp);
        sorted.dedup();
        let most = sorted.len().max(1) as f64;
        let place = |value: &f64| {
            if value.is_nan() {
                f64::NAN
            } else {
                sorted.partition_point(|below| below < value) as f64 / most
            }
        };
        let said = values.iter().map(place).collect();
        Self { name: name.to_owned(), kind: "rule", said, values: Some(sorted) }
    }

    /// A threshold in what the contender says: for a rule, in its values.
    fn threshold(&self, threshold: f64) -> Option<f64> {
        let Some(values) = &self.values else { return threshold.is_finite().then_some(threshold) };
        // A threshold lies between two places, an edge of a band on one.
        let place = (threshold * values.len() as f64 - 1e-6).ceil();
        if place < 0.0 { None } else { values.get(place as usize).copied() }
    }

    /// What was said of these rows, and what came; none where of one of them nothing was said.
    fn outcomes(&self, rows: &Rows, period: &str) -> Result<Option<Outcomes>, String> {
        let of = rows.of(period);
        let said: Vec<f64> = of.iter().filter_map(|row| self.said.get(*row).copied()).collect();
        if said.is_empty() || said.iter().any(|said| said.is_nan()) {
            return Ok(None);
        }
        let outcomes = Outcomes::new(&said, &rows.churned(&of), None);
        outcomes.map(Some).map_err(|error| format!("`{}`: {error}", self.name))
    }
}

/// The rows of `<step>_judged` and `<step>_gains`.
#[derive(Default)]
struct Judged {
    contenders: Vec<(String, &'static str)>,
    figures: Vec<[Option<f64>; 18]>,
    tenths: Vec<(String, &'static str, i64)>,
    gains: Vec<[Option<f64>; 9]>,
}

impl Judged {
    fn add(&mut self, contender: &Contender, judged: &Outcomes, train: Option<&Outcomes>, costs: Costs) {
        let is_rule = contender.values.is_some();
        let of_probability = |value: f64| (!is_rule).then_some(value);
        let auc = judged.auc();
        // Chosen on the period that was learned from.
        let threshold = train.map(|train| train.cheapest_threshold(costs).probability);
        let confusion = threshold.map(|threshold| judged.confusion(threshold));
        let calibration = judged.calibration(Bands::EqualWeight, 10);
        self.contenders.push((contender.name.clone(), contender.kind));
        self.figures.push([
            Some(judged.customers()),
            Some(judged.share() * judged.customers()),
            Some(judged.share()),
            of_probability(judged.predicted_share()),
            auc.map(|auc| auc.value),
            auc.and_then(|auc| auc.standard_error),
            of_probability(judged.brier()),
            judged.brier_skill().and_then(of_probability),
            of_probability(judged.log_loss()),
            of_probability(calibration.expected_error),
            threshold.and_then(|threshold| contender.threshold(threshold)),
            confusion.map(|confusion| confusion.found),
            confusion.map(|confusion| confusion.needless),
            confusion.map(|confusion| confusion.missed),
            confusion.map(|confusion| confusion.left_alone),
            confusion.and_then(|confusion| confusion.precision()),
            confusion.and_then(|confusion| confusion.recall()),
            confusion.map(|confusion| confusion.cost(costs)),
        ]);
        for (tenth, gain) in (1..).zip(judged.gains()) {
            let (lowest, highest) = gain.band.range;
            let edge = |said: f64| if is_rule { contender.threshold(said) } else { Some(said) };
            self.tenths.push((contender.name.clone(), contender.kind, tenth));
            self.gains.push([
                Some(gain.band.weight),
                Some(gain.band.churned),
                edge(lowest),
                edge(highest),
                of_probability(gain.band.predicted),
                Some(gain.band.observed),
                gain.lift,
                gain.lift_so_far,
                gain.captured,
            ]);
        }
    }

    fn tables(self) -> Result<(RecordBatch, RecordBatch), ArrowError> {
        let names: ArrayRef =
            Arc::new(self.contenders.iter().map(|(name, _)| Some(name)).collect::<StringArray>());
        let kinds: ArrayRef =
            Arc::new(self.contenders.iter().map(|(_, kind)| Some(*kind)).collect::<StringArray>());
        let columns = [names, kinds].into_iter().chain(columns(&self.figures)).collect();
        let judged = RecordBatch::try_new(judged_schema(), columns)?;
        let names: ArrayRef =
            Arc::new(self.tenths.iter().map(|(name, ..)| Some(name)).collect::<StringArray>());
        let kinds: ArrayRef =
            Arc::new(self.tenths.iter().map(|(_, kind, _)| Some(*kind)).collect::<StringArray>());
        let tenths: ArrayRef =
            Arc::new(self.tenths.iter().map(|(_, _, tenth)| *tenth).collect::<Int64Array>());
        let columns = [names, kinds, tenths].into_iter().chain(self::columns(&self.gains)).collect();
        Ok((judged, RecordBatch::try_new(gains_schema(), columns)?))
    }
}

/// Rows of figures as columns.
fn columns<const N: usize>(rows: &[[Option<f64>; N]]) -> Vec<ArrayRef> {
    let column = |place: usize| -> ArrayRef {
        // A sum of nothing is −0.
        let values = rows.iter().map(|row| row.get(place).copied().flatten().map(|value| value + 0.0));
        Arc::new(values.collect::<Float64Array>())
    };
    (0..N).map(column).collect()
}

impl Classes {
    fn judge(
        &self,
        table: &RecordBatch,
        rows: &Rows,
        learned: &Learned,
        remarks: &mut Vec<String>,
    ) -> Result<Judged, String> {
        let values = |name: &String| -> Result<Vec<f64>, String> {
            let values = numbers(table, name).map_err(|error| error.to_string())?;
            Ok(values.iter().map(|value| value.unwrap_or(f64::NAN)).collect())
        };
        let mut contenders = Vec::new();
        if let Some(probability) = &learned.probability {
            let name = self.key().to_owned();
            contenders.push(Contender { name, kind: "model", said: probability.clone(), values: None });
        }
        for name in &self.probabilities {
            let said = values(name)?;
            contenders.push(Contender { name: name.clone(), kind: "probability", said, values: None });
        }
        for name in &self.rules {
            contenders.push(Contender::rule(name, &values(name)?));
        }
        let mut judged = Judged::default();
        if rows.of(JUDGE).is_empty() {
            remarks.push(format!("no row of the period `{JUDGE}` has a label: nobody is judged"));
            return Ok(judged);
        }
        for contender in &contenders {
            match contender.outcomes(rows, JUDGE)? {
                Some(outcomes) => {
                    let train = contender.outcomes(rows, TRAIN)?;
                    judged.add(contender, &outcomes, train.as_ref(), self.costs());
                }
                None => remarks
                    .push(format!("`{}` says nothing of some customers, and is not judged", contender.name)),
            }
        }
        Ok(judged)
    }

    fn scores(&self, rows: &Rows, learned: &Learned) -> Result<RecordBatch, ArrowError> {
        let count = rows.period.len();
        let probability = |row: usize| learned.probability.as_ref()?.get(row).copied();
        let mut columns: Vec<ArrayRef> = vec![
            Arc::clone(&rows.ids),
            Arc::new(rows.period.clone()),
            Arc::new((0..count).map(probability).collect::<Float64Array>()),
        ];
        if self.method == Method::Tree {
            let leaf = |row: usize| learned.leaf.as_ref()?.get(row).map(|leaf| counted(leaf + 1));
            columns.push(Arc::new((0..count).map(leaf).collect::<Int64Array>()));
        }
        RecordBatch::try_new(self.score_schema(), columns)
    }
}

/// Every row needs a customer and a period.
fn check_keys(rows: &Rows) -> Result<(), String> {
    let ids: Option<&StringViewArray> = rows.ids.as_string_view_opt();
    if ids.is_some_and(|ids| ids.null_count() > 0) || rows.period.null_count() > 0 {
        return Err(format!("a row has no `{CUSTOMER}` or no `{PERIOD}`"));
    }
    Ok(())
}

impl Kind for Classes {
    fn set(&mut self, name: &str, value: &Value) -> Result<(), Unset> {
        let columns = || names(value).ok_or(Unset::Not("a list of columns"));
        let cost = || match number(value) {
            Some(cost) if (0.0..=1e9).contains(&cost) => Ok(cost),
            _ => Err(Unset::Not("a cost of 0 or more")),
        };
        match (self.method, name) {
            (_, "features") => self.features = Some(columns()?),
            (_, "probabilities") => self.probabilities = columns()?,
            (_, "rules") => self.rules = columns()?,
            (_, "cost_missed") => self.cost_missed = cost()?,
            (_, "cost_needless") => self.cost_needless = cost()?,
            (Method::Logistic, "penalty") => match number(value) {
                Some(penalty) if (0.0..=1e6).contains(&penalty) => self.penalty = Some(penalty),
                _ => {
                    return Err(Unset::Not(
                        "a number of 0 or more, or absent: it is then chosen on rows held out",
                    ));
                }
            },
            (Method::Tree, "depth") => match value {
                Value::Integer(depth @ 1..) if *depth <= counted(DEEPEST) => self.depth = *depth as usize,
                _ => return Err(Unset::Not("a whole number from 1 to 4")),
            },
            (Method::Tree, "smallest_leaf") => match value {
                Value::Integer(customers @ 1..) => self.smallest_leaf = *customers as f64,
                _ => return Err(Unset::Not("a whole number of customers")),
            },
            (Method::Logistic, _) => return Err(Unset::Unknown(&LOGISTIC_KEYS)),
            (Method::Tree, _) => return Err(Unset::Unknown(&TREE_KEYS)),
        }
        Ok(())
    }

    fn settings(&self) -> Vec<(String, String)> {
        let mut settings: Vec<(String, String)> = Vec::new();
        settings.extend(self.features.iter().map(|names| ("features".to_owned(), written(names))));
        for (key, names) in [("probabilities", &self.probabilities), ("rules", &self.rules)] {
            settings.push((key.to_owned(), written(names)));
        }
        settings.push(("cost_missed".into(), self.cost_missed.to_string()));
        settings.push(("cost_needless".into(), self.cost_needless.to_string()));
        match self.method {
            Method::Logistic => {
                let penalty = self.penalty.map_or("chosen".to_owned(), |penalty| penalty.to_string());
                settings.push(("penalty".into(), penalty));
            }
            Method::Tree => {
                settings.push(("depth".into(), self.depth.to_string()));
                settings.push(("smallest_leaf".into(), self.smallest_leaf.to_string()));
            }
        }
        settings
    }

    fn reads(&self, table: &Schema) -> Vec<Read> {
        let mut reads = vec![
            Read::new(CUSTOMER, Wants::Anything),
            Read::new(PERIOD, Wants::Anything),
            Read::new(LABEL, Wants::Flags),
        ];
        let mut add = |name: &str, wants: Wants| {
            if !reads.iter().any(|read| read.name == name) {
                reads.push(Read::new(name, wants));
            }
        };
        for name in self.features_of(table) {
            add(&name, Wants::Flags);
        }
        for name in self.probabilities.iter().chain(&self.rules) {
            add(name, Wants::Numbers);
        }
        reads
    }

    fn order(&self) -> Vec<String> {
        vec![CUSTOMER.into(), PERIOD.into()]
    }

    fn schemas(&self, step: &str) -> Vec<(String, SchemaRef)> {
        vec![
            (step.to_owned(), self.score_schema()),
            (format!("{step}_fit"), self.fit_schema()),
            (format!("{step}_judged"), judged_schema()),
            (format!("{step}_gains"), gains_schema()),
        ]
    }

    fn run(&self, table: &RecordBatch, step: &str) -> Result<Fitted, String> {
        let told = |error: ArrowError| error.to_string();
        let features = self.features_of(&table.schema());
        let rows = Rows::read(table, &features).map_err(told)?;
        check_keys(&rows)?;
        let learned = self.learn(&rows)?;
        let mut remarks: Vec<String> = learned.remark.iter().cloned().collect();
        let without = rows.without_label();
        if without > 0 {
            let without = crate::problem::counted(without as u64, "row");
            remarks
                .push(format!("left out: {without} of the periods `{TRAIN}` and `{JUDGE}` without a label"));
        }
        let judged = self.judge(table, &rows, &learned, &mut remarks)?;
        let (judged, gains) = judged.tables().map_err(told)?;
        let scores = self.scores(&rows, &learned).map_err(told)?;
        let order = [CUSTOMER, PERIOD].map(|name| ident(name).sort(true, false)).to_vec();
        let further = |suffix: &str, rows: RecordBatch| Yielded {
            name: format!("{step}{suffix}"),
            rows,
            order: Vec::new(),
        };
        Ok(Fitted {
            tables: vec![
                Yielded { name: step.to_owned(), rows: scores, order },
                further("_fit", learned.fit),
                further("_judged", judged),
                further("_gains", gains),
            ],
            remarks,
        })
    }
}
