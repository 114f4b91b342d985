//! Why a workbook cannot be made.

use rust_xlsxwriter::XlsxError;

use crate::report::ReportError;

/// The library refuses what it is given.
#[allow(clippy::needless_pass_by_value)]
pub(super) fn refused(error: XlsxError) -> ReportError {
    failed(&error.to_string())
}

/// The workbook cannot be made, for a reason that is no fault of the user's.
pub(super) fn failed(why: &str) -> ReportError {
    ReportError {
        what: format!("the workbook cannot be made: {why}"),
        help: "this is a fault of the program, please report it; `report: { formats: [csv] }` does without"
            .to_owned(),
        at: None,
    }
}
