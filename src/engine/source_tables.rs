//! A plan's sources in sessions: reading them, and making their tables known. The plan itself is data.

use datafusion::logical_expr::{col, lit};
use datafusion::prelude::DataFrame;
use datafusion::scalar::ScalarValue;

use crate::pipeline::{Source, TRANSACTIONS};
use crate::problem::Problem;
use crate::tables::days;

use super::mapper::{Mapped, Mapper};
use super::plan::{Plan, PlannedSource};
use super::session::{Sessions, Time};
use super::transactions::DAY;
use super::wanted::row_day;

impl Plan {
    /// What is needed to read a source in a session.
    pub fn mapper<'a>(&'a self, sessions: &'a Sessions, source: &'a Source) -> Mapper<'a> {
        let planned = self.planned(&source.name.value);
        Mapper {
            context: sessions.at(Time::Current),
            files: planned.map(|planned| &planned.files),
            pipeline: &self.pipeline,
            source,
            parameters: &self.parameters,
            as_of: self.dates.as_of,
            partners: self.partners(sessions, source),
        }
    }

    /// A source's rows with the columns of its table, before rules.
    ///
    /// # Errors
    /// What cannot be planned.
    pub fn mapped(
        &self,
        sessions: &Sessions,
        planned: &PlannedSource,
        source: &Source,
    ) -> Result<Mapped, Vec<Problem>> {
        self.mapper(sessions, source).read(&planned.files, &planned.schema)
    }

    /// Registers a source's table at each time: its used rows, up to that time's as-of date.
    ///
    /// # Errors
    /// Those of the engine.
    pub fn register_source(
        &self,
        sessions: &Sessions,
        source: &Source,
        used: &DataFrame,
    ) -> datafusion::error::Result<()> {
        for time in Time::ALL {
            let mut frame = used.clone();
            if source.name.value == TRANSACTIONS && time != Time::Current {
                let as_of = ScalarValue::Date32(Some(days(self.dates_at(time).as_of)));
                frame = frame.filter(col(DAY).lt_eq(lit(as_of)))?;
            } else if let Some(by_day) = source.by_day.as_ref().filter(|_| time != Time::Current)
                && let Ok(field) = frame.schema().field_with_unqualified_name(&by_day.value)
                && let Some(day) = row_day(&by_day.value, field.data_type())
            {
                let as_of = ScalarValue::Date32(Some(days(self.dates_at(time).as_of)));
                // A row without a day is not known to be later.
                frame = frame.filter(day.clone().lt_eq(lit(as_of)).or(day.is_null()))?;
            }
            sessions.register(time, &source.name.value, frame.into_view())?;
        }
        Ok(())
    }
}
