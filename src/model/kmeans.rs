//! `model: kmeans`: groups of customers that are alike. Yields `<step>`, the group of each customer;
//! `<step>_centroids`, one row per group and feature; `<step>_quality`, one row per number of groups that was tried;
//! `<step>_features`, one row per feature, with what was clipped and what was missing. With the centroids of an earlier
//! fit as `parameters`, customers go to the nearest of these, and nothing is fitted.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray,
    StringViewArray,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;

use crate::analysis::cluster::{
    self, Clusters, Feature, Fit, MOST_CLUSTERS, Measured, Options, Place, Scale,
};
use crate::problem::{Problem, counted as in_words};
use crate::value::Value;

use super::columns::{
    InputColumn, Wants, column, count_field, counted, number_field, numbers, text_field, whole_numbers,
};
use super::given::Columns;
use super::setting::{Unset, names, number, written};
use super::{Fitted, InputTable, Model, ModelKind, Role, StepRun, Tables, Yielded};

/// The model as steps name it.
pub(super) fn kind() -> ModelKind {
    ModelKind {
        key: "kmeans",
        needs: &[Role::From],
        may_read: &[Role::Parameters],
        further: &["_centroids", "_quality", "_features"],
        declared: &["kmeans"],
        make: Box::new(|given| Box::new(Groups { given, ..Groups::default() })),
    }
}

/// The step's settings.
#[derive(Debug)]
struct Groups {
    /// Whether the centroids are given.
    given: bool,
    /// `features`: the columns that customers are compared by. Default: all of numbers and truth values.
    features: Option<Vec<String>>,
    /// `k_from` and `k_to`: the numbers of groups to try. Default 2 and 10.
    k: (usize, usize),
    /// `restarts`: starts for each number. Default 8.
    restarts: u32,
    /// `clip`: the share of customers that is clipped at each end of a feature. Default 0.01.
    clip: f64,
    /// `sample`: the most customers that the silhouette is taken of. Default 5,000.
    sample: usize,
    /// `seed`: of samples and starts. Default 1.
    seed: u64,
    /// `most_share`: a group with a larger share of customers is worth a warning. Default 0.8.
    most_share: f64,
}

const CUSTOMER: &str = "customer_id";

/// The settings without use where centroids are given.
const OF_FITTING: [&str; 6] = ["k_from", "k_to", "restarts", "clip", "sample", "seed"];
const KEYS: [&str; 8] = ["features", "k_from", "k_to", "restarts", "clip", "sample", "seed", "most_share"];

impl Default for Groups {
    fn default() -> Self {
        let Options { clusters, restarts, clip, sample, seed } = Options::default();
        let k = (*clusters.start(), *clusters.end());
        Self { given: false, features: None, k, restarts, clip, sample, seed, most_share: 0.8 }
    }
}

/// The columns of centroids that are given. The order is that of the fit: sums of squares must give the same bits.
const CENTROIDS: Columns = Columns {
    needs: &[
        ("cluster_no", Wants::Numbers),
        ("position", Wants::Numbers),
        ("feature", Wants::Text),
        ("standardised", Wants::Numbers),
        ("mean", Wants::Numbers),
        ("sd", Wants::Numbers),
        ("low", Wants::Numbers),
        ("high", Wants::Numbers),
    ],
    heeds: &[],
};

fn customers_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new(CUSTOMER, DataType::Utf8View, false),
        count_field("cluster_no"),
        number_field("distance"),
        count_field("next_cluster"),
        number_field("next_distance"),
    ]))
}

fn centroids_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        count_field("cluster_no"),
        count_field("position"),
        text_field("feature", false),
        count_field("customers"),
        number_field("value"),
        number_field("standardised"),
        number_field("mean"),
        number_field("sd"),
        number_field("low"),
        number_field("high"),
    ]))
}

fn quality_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        count_field("k"),
        number_field("silhouette"),
        number_field("silhouette_error"),
        count_field("sampled"),
        number_field("within"),
        number_field("largest_share"),
        count_field("iterations"),
        Field::new("settled", DataType::Boolean, true),
        Field::new("chosen", DataType::Boolean, true),
        count_field("customers"),
    ]))
}

fn features_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        count_field("position"),
        text_field("feature", false),
        count_field("known"),
        count_field("missing"),
        count_field("clipped_low"),
        count_field("clipped_high"),
        number_field("low"),
        number_field("high"),
        number_field("mean"),
        number_field("sd"),
        text_field("left_out", true),
    ]))
}

/// Whether a column can be a feature.
fn may_tell(field: &Field) -> bool {
    Wants::Flags.allows(field.data_type())
}

#[allow(clippy::needless_pass_by_value, reason = "`map_err` gives it away")]
fn message(error: ArrowError) -> String {
    error.to_string()
}

fn counts(values: impl IntoIterator<Item = usize>) -> ArrayRef {
    Arc::new(values.into_iter().map(|count| Some(counted(count))).collect::<Int64Array>())
}

fn floats(values: impl IntoIterator<Item = Option<f64>>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<Float64Array>())
}

/// The customers with their features.
struct Rows {
    ids: StringViewArray,
    names: Vec<String>,
    columns: Vec<Vec<f64>>,
}

impl Rows {
    fn read(table: &RecordBatch, names: Vec<String>) -> Result<Self, String> {
        let ids = column(table, CUSTOMER, &DataType::Utf8View).map_err(message)?;
        let ids: StringViewArray = ids.as_string_view().clone();
        if ids.null_count() > 0 {
            return Err(format!("a row has no `{CUSTOMER}`"));
        }
        // Rows come in the order of the customers.
        let twice = ids.iter().zip(ids.iter().skip(1)).find(|(one, next)| one == next);
        if let Some(id) = twice.and_then(|(id, _)| id) {
            return Err(format!("the customer `{id}` has two rows: a customer is in one group"));
        }
        let values = |name: &String| -> Result<Vec<f64>, String> {
            let values = numbers(table, name).map_err(message)?;
            Ok(values.iter().map(|value| value.unwrap_or(f64::NAN)).collect())
        };
        let columns = names.iter().map(values).collect::<Result<_, _>>()?;
        Ok(Self { ids, names, columns })
    }

    fn features(&self) -> Vec<Feature<'_>> {
        let named = self.names.iter().zip(&self.columns);
        named.map(|(name, values)| Feature { name, values }).collect()
    }
}

/// The centroids of an earlier fit; none where it has no rows, as a fit without groups has none.
///
/// # Errors
/// Rows that contradict each other or lack something.
fn kept(given: &InputTable) -> Result<Option<Clusters>, String> {
    const AS_FITTED: &str = "give all rows of a step `model: kmeans` as they were";
    let (name, rows) = (&given.name, &given.rows);
    let of = |column: &str| numbers(rows, column).map_err(message);
    let cluster = whole_numbers(rows, "cluster_no").map_err(message)?;
    let standardised = of("standardised")?;
    let (mean, sd, low, high) = (of("mean")?, of("sd")?, of("low")?, of("high")?);
    let feature = column(rows, "feature", &DataType::Utf8).map_err(message)?;
    let feature: &StringArray = feature.as_string();
    let mut features: Vec<(String, Scale)> = Vec::new();
    let mut centroids: Vec<(i64, Vec<f64>)> = Vec::new();
    for row in 0..rows.num_rows() {
        let known = [&standardised, &mean, &sd, &low, &high];
        if feature.is_null(row)
            || cluster.is_null(row)
            || known.iter().any(|column| column.is_null(row) || !column.value(row).is_finite())
        {
            return Err(format!("a row of `{name}` lacks a value: {AS_FITTED}"));
        }
        let scale =
            Scale { low: low.value(row), high: high.value(row), mean: mean.value(row), sd: sd.value(row) };
        if scale.sd <= 0.0 || scale.low > scale.high {
            let feature = feature.value(row);
            return Err(format!(
                "`{name}` has no scale for `{feature}`: `sd` must be above 0, and `low` not above `high`"
            ));
        }
        let number = cluster.value(row);
        if centroids.last().is_none_or(|(last, _)| *last != number) {
            if number != counted(centroids.len() + 1) {
                return Err(format!(
                    "`{name}` has no cluster {} before {number}: {AS_FITTED}",
                    centroids.len() + 1
                ));
            }
            centroids.push((number, Vec::new()));
        }
        let first = centroids.len() == 1;
        let Some((_, centroid)) = centroids.last_mut() else { continue };
        let own = (feature.value(row).to_owned(), scale);
        if first && features.iter().any(|(known, _)| *known == own.0) {
            return Err(format!("`{name}` has two rows of `{}` for cluster 1: {AS_FITTED}", own.0));
        }
        if first {
            features.push(own);
        } else if features.get(centroid.len()) != Some(&own) {
            return Err(format!(
                "`{name}` scales `{}` in two ways, or not in each cluster: {AS_FITTED}",
                own.0
            ));
        }
        centroid.push(standardised.value(row));
    }
    if centroids.is_empty() {
        return Ok(None);
    }
    let centroids: Vec<Vec<f64>> = centroids.into_iter().map(|(_, centroid)| centroid).collect();
    let clusters = Clusters::given(features, &centroids);
    clusters.map(Some).ok_or_else(|| {
        format!("the clusters of `{name}` have different features, or there are more than {MOST_CLUSTERS}: {AS_FITTED}")
    })
}

/// What is told of features that were scaled before.
fn measured_again(rows: &Rows, clusters: Option<&Clusters>) -> Vec<Measured> {
    let scale_of = |name: &String| {
        let features = clusters.map_or(&[][..], Clusters::features);
        features.iter().find(|(feature, _)| feature == name).map(|(_, scale)| *scale)
    };
    let of = |(name, values): (&String, &Vec<f64>)| {
        let scale = scale_of(name);
        let known = values.iter().filter(|value| !value.is_nan()).count();
        let beyond = |is: fn(f64, Scale) -> bool| {
            scale.map_or(0, |scale| values.iter().filter(|value| is(**value, scale)).count())
        };
        Measured {
            known,
            missing: values.len() - known,
            clipped_low: beyond(|value, scale| value < scale.low),
            clipped_high: beyond(|value, scale| value > scale.high),
            bounds: scale.map(|scale| (scale.low, scale.high)),
            scale,
        }
    };
    rows.names.iter().zip(&rows.columns).map(of).collect()
}

fn customers_table(rows: &Rows, places: &[Option<Place>]) -> Result<RecordBatch, ArrowError> {
    let number = |cluster: usize| counted(cluster + 1);
    let next = |place: &Option<Place>| place.and_then(|place| place.next);
    RecordBatch::try_new(
        customers_schema(),
        vec![
            Arc::new(rows.ids.clone()),
            Arc::new(
                places.iter().map(|place| place.map(|place| number(place.cluster))).collect::<Int64Array>(),
            ),
            floats(places.iter().map(|place| place.map(|place| place.distance))),
            Arc::new(
                places.iter().map(|place| next(place).map(|(next, _)| number(next))).collect::<Int64Array>(),
            ),
            floats(places.iter().map(|place| next(place).map(|(_, distance)| distance))),
        ],
    )
}

/// How many customers each cluster has.
fn sizes(clusters: &Clusters, places: &[Option<Place>]) -> Vec<usize> {
    let mut sizes = vec![0; clusters.centroids().count()];
    for place in places.iter().flatten() {
        if let Some(size) = sizes.get_mut(place.cluster) {
            *size += 1;
        }
    }
    sizes
}

fn centroids_table(
    clusters: Option<&Clusters>,
    sizes: &[usize],
    position: impl Fn(&str) -> usize,
) -> Result<RecordBatch, ArrowError> {
    let mut rows: Vec<(usize, usize, &str, Scale, f64)> = Vec::new();
    if let Some(clusters) = clusters {
        for (number, (centroid, size)) in (1..).zip(clusters.centroids().zip(sizes)) {
            for ((name, scale), value) in clusters.features().iter().zip(centroid) {
                rows.push((number, *size, name, *scale, *value));
            }
        }
    }
    let of =
        |value: fn(&Scale, f64) -> f64| floats(rows.iter().map(|(.., scale, at)| Some(value(scale, *at))));
    RecordBatch::try_new(
        centroids_schema(),
        vec![
            counts(rows.iter().map(|(cluster, ..)| *cluster)),
            counts(rows.iter().map(|(_, _, name, ..)| position(name))),
            Arc::new(rows.iter().map(|(_, _, name, ..)| Some(*name)).collect::<StringArray>()),
            counts(rows.iter().map(|(_, size, ..)| *size)),
            of(Scale::value),
            of(|_, at| at),
            of(|scale, _| scale.mean),
            of(|scale, _| scale.sd),
            of(|scale, _| scale.low),
            of(|scale, _| scale.high),
        ],
    )
}

fn quality_table(fit: Option<&Fit>) -> Result<RecordBatch, ArrowError> {
    let chosen = fit.map_or(0, Fit::chosen);
    let customers = fit.map_or(0, |fit| fit.customers);
    let rows = fit.map_or(&[][..], |fit| fit.quality.as_slice());
    RecordBatch::try_new(
        quality_schema(),
        vec![
            counts(rows.iter().map(|row| row.clusters)),
            floats(rows.iter().map(|row| Some(row.silhouette))),
            floats(rows.iter().map(|row| Some(row.silhouette_error))),
            counts(rows.iter().map(|row| row.sampled as usize)),
            floats(rows.iter().map(|row| Some(row.within))),
            floats(rows.iter().map(|row| Some(row.largest_share))),
            counts(rows.iter().map(|row| row.iterations as usize)),
            Arc::new(rows.iter().map(|row| Some(row.settled)).collect::<BooleanArray>()),
            Arc::new(rows.iter().map(|row| Some(row.clusters == chosen)).collect::<BooleanArray>()),
            counts(rows.iter().map(|_| customers)),
        ],
    )
}

fn features_table(names: &[String], measured: &[Measured]) -> Result<RecordBatch, ArrowError> {
    let count = |of: fn(&Measured) -> usize| counts(measured.iter().map(of));
    let scale = |of: fn(&Scale) -> f64| floats(measured.iter().map(|row| row.scale.as_ref().map(of)));
    RecordBatch::try_new(
        features_schema(),
        vec![
            counts(1..=names.len()),
            Arc::new(names.iter().map(Some).collect::<StringArray>()),
            count(|row| row.known),
            count(|row| row.missing),
            count(|row| row.clipped_low),
            count(|row| row.clipped_high),
            floats(measured.iter().map(|row| row.bounds.map(|(low, _)| low))),
            floats(measured.iter().map(|row| row.bounds.map(|(_, high)| high))),
            scale(|scale| scale.mean),
            scale(|scale| scale.sd),
            Arc::new(
                measured.iter().map(|row| row.left_out().map(cluster::LeftOut::key)).collect::<StringArray>(),
            ),
        ],
    )
}

impl Groups {
    /// The columns of a table to compare customers by: those named, or all of numbers and truth values.
    fn features_of(&self, table: &Schema) -> Vec<String> {
        if let Some(named) = &self.features {
            return named.clone();
        }
        let fields = table.fields().iter().filter(|field| may_tell(field) && field.name() != CUSTOMER);
        fields.map(|field| field.name().clone()).collect()
    }

    fn options(&self) -> Options {
        Options {
            clusters: self.k.0..=self.k.1.max(self.k.0),
            restarts: self.restarts,
            clip: self.clip,
            sample: self.sample,
            seed: self.seed,
        }
    }

    /// What a reader of the log should know.
    fn remarks(&self, rows: &Rows, measured: &[Measured], fit: Option<&Fit>, sizes: &[usize]) -> Vec<String> {
        let mut remarks = Vec::new();
        for (name, row) in rows.names.iter().zip(measured) {
            if let (false, Some(why)) = (self.given, row.left_out()) {
                remarks.push(format!("`{name}` tells nothing and was left out: it is {}", why.key()));
            } else if row.missing > 0 {
                let missing = in_words(row.missing as u64, "customer");
                remarks.push(format!("`{name}` is missing for {missing}, who count as the mean"));
            }
        }
        if sizes.is_empty() {
            remarks.push("there are no clusters: no feature differs between customers".to_owned());
        }
        let tried = fit.map_or(0, |fit| fit.quality.last().map_or(0, |row| row.clusters));
        if let Some(fit) = fit.filter(|_| !sizes.is_empty() && tried < self.k.1) {
            remarks.push(format!(
                "no more than {tried} clusters were tried: {} differ",
                in_words(fit.different as u64, "customer")
            ));
        }
        let all: usize = sizes.iter().sum();
        let outside = rows.ids.len() - all;
        if outside > 0 && !sizes.is_empty() {
            remarks
                .push(format!("in no cluster: {} without any feature", in_words(outside as u64, "customer")));
        }
        let largest = sizes.iter().copied().max().unwrap_or(0);
        if sizes.len() > 1 && largest as f64 > self.most_share * all as f64 {
            let share = 100.0 * largest as f64 / all as f64;
            remarks.push(format!(
                "one cluster holds {share:.1} % of customers: the others are exceptions, not segments"
            ));
        }
        remarks
    }
}

impl Model for Groups {
    fn set(&mut self, name: &str, value: &Value) -> Result<(), Unset> {
        const K: &str = "a whole number from 2 to 16";
        if self.given && OF_FITTING.contains(&name) {
            return Err(Unset::OfFitting);
        }
        let whole = |from: i64, to: i64, wanted: &'static str| match value {
            Value::Integer(value) if (from..=to).contains(value) => Ok(*value as usize),
            _ => Err(Unset::Not(wanted)),
        };
        match name {
            "features" => {
                let columns = names(value).ok_or(Unset::Not("a list of columns, each once"))?;
                self.features = Some(columns);
            }
            "k_from" => self.k.0 = whole(2, counted(MOST_CLUSTERS), K)?,
            "k_to" => self.k.1 = whole(2, counted(MOST_CLUSTERS), K)?,
            "restarts" => self.restarts = whole(1, 1000, "a whole number from 1 to 1000")? as u32,
            "clip" => match number(value) {
                Some(clip) if (0.0..=0.25).contains(&clip) => self.clip = clip,
                _ => return Err(Unset::Not("a share of customers from 0 to 0.25, such as 0.01")),
            },
            "sample" => self.sample = whole(100, 50_000, "a whole number of customers from 100 to 50000")?,
            "seed" => {
                let seed = whole(0, i64::from(u32::MAX), "a whole number from 0 to 4294967295")?;
                self.seed = seed as u64;
            }
            "most_share" => match number(value) {
                Some(share) if share > 0.0 && share <= 1.0 => self.most_share = share,
                _ => return Err(Unset::Not("a share of customers above 0 and up to 1, such as 0.8")),
            },
            _ => return Err(Unset::Unknown(&KEYS)),
        }
        Ok(())
    }

    fn settings(&self) -> Vec<(String, String)> {
        let mut settings: Vec<(String, String)> = Vec::new();
        settings.extend(self.features.iter().map(|names| ("features".to_owned(), written(names))));
        if !self.given {
            let options = self.options();
            settings.push(("k_from".into(), options.clusters.start().to_string()));
            settings.push(("k_to".into(), options.clusters.end().to_string()));
            settings.push(("restarts".into(), self.restarts.to_string()));
            settings.push(("clip".into(), self.clip.to_string()));
            settings.push(("sample".into(), self.sample.to_string()));
            settings.push(("seed".into(), self.seed.to_string()));
        }
        settings.push(("most_share".into(), self.most_share.to_string()));
        settings
    }

    fn reads(&self, table: &Schema) -> Vec<InputColumn> {
        let features = self.features_of(table).into_iter().filter(|name| name != CUSTOMER);
        let features = features.map(|name| InputColumn::new(&name, Wants::Flags));
        [InputColumn::new(CUSTOMER, Wants::Anything)].into_iter().chain(features).collect()
    }

    fn parameters(&self) -> &'static Columns {
        &CENTROIDS
    }

    fn check(&self, table: &Schema, name: &str) -> Result<(), Problem> {
        let features = self.features_of(table);
        if features.iter().any(|feature| feature == CUSTOMER) {
            return Err(Problem::new(format!(
                "`{CUSTOMER}` says who a customer is, and cannot be a feature"
            )));
        }
        if features.is_empty() {
            return Err(Problem::new(format!("`{name}` has no column of numbers to compare customers by")));
        }
        if self.features.is_some() || self.given {
            return Ok(());
        }
        // Without `features` all columns are features: one that cannot be must not be skipped silently.
        let mute = table.fields().iter().find(|field| !may_tell(field) && field.name() != CUSTOMER);
        let Some(mute) = mute else { return Ok(()) };
        let column = mute.name();
        let what =
            format!("`{column}` of `{name}` is neither a number nor true or false, and cannot be a feature");
        Err(Problem::new(what).help("name the `features`, or leave the column out in the query"))
    }

    fn order(&self) -> Vec<String> {
        vec![CUSTOMER.into()]
    }

    fn schemas(&self, step: &str) -> Vec<(String, SchemaRef)> {
        vec![
            (step.to_owned(), customers_schema()),
            (format!("{step}_centroids"), centroids_schema()),
            (format!("{step}_quality"), quality_schema()),
            (format!("{step}_features"), features_schema()),
        ]
    }

    fn run(&self, mut tables: Tables, run: &StepRun<'_>) -> Result<Fitted, String> {
        let table = tables.take_from()?;
        let before = tables.parameters().map(kept).transpose()?.flatten();
        let names = match &before {
            Some(clusters) => clusters.features().iter().map(|(name, _)| name.clone()).collect(),
            None => self.features_of(&table.schema()),
        };
        if let Some(lacking) = names.iter().find(|name| table.column_by_name(name).is_none()) {
            return Err(format!(
                "the centroids are of `{lacking}`, a column that the table of `from` does not have"
            ));
        }
        let rows = Rows::read(&table, names)?;
        drop(table);
        let features = rows.features();
        let message_of = |error: cluster::ClusterError| error.to_string();
        let fit = if self.given {
            None
        } else {
            Some(cluster::fit(&features, &self.options()).map_err(message_of)?)
        };
        let clusters = fit.as_ref().map_or(before.as_ref(), |fit| fit.clusters.as_ref());
        let places = match clusters {
            Some(clusters) => clusters.places(&features).map_err(message_of)?,
            None => vec![None; rows.ids.len()],
        };
        let measured = match &fit {
            Some(fit) => fit.measured.clone(),
            None => measured_again(&rows, clusters),
        };
        let sizes = clusters.map_or_else(Vec::new, |clusters| sizes(clusters, &places));
        let position = |name: &str| rows.names.iter().position(|known| known == name).unwrap_or(0) + 1;
        let remarks = self.remarks(&rows, &measured, fit.as_ref(), &sizes);
        let centroids = centroids_table(clusters, &sizes, position).map_err(message)?;
        let customers = customers_table(&rows, &places).map_err(message)?;
        Ok(Fitted {
            tables: vec![
                Yielded { name: run.step.to_owned(), rows: customers, order: self.order() },
                Yielded::further(run.step, "_centroids", centroids),
                Yielded::further(run.step, "_quality", quality_table(fit.as_ref()).map_err(message)?),
                Yielded::further(
                    run.step,
                    "_features",
                    features_table(&rows.names, &measured).map_err(message)?,
                ),
            ],
            remarks,
        })
    }
}
