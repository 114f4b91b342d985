//! Customers' ids as a report may show them: the same from night to night, and not to be found out by trying ids.
//!
//! A masked id is the end of the id and a code, `••67·k7f3m2`. The code is made with the project's key (HMAC, RFC 2104,
//! with SHA-256), and nobody without the key can test a guessed id.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, StringArray, UInt64Array, make_comparator};
use arrow::compute::{SortOptions, take_record_batch};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use sha2::{Digest, Sha256};

/// Letters and digits of codes: none that is taken for another.
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Letters of a code, unless two ids would then be the same: 30 bits.
const SHORT: usize = 6;

/// What is left of ids.
#[derive(Debug, Default)]
pub struct Masks(BTreeMap<String, String>);

impl Masks {
    /// The masks of some ids. No two are the same; each depends on the key and the id, and is longer than others where
    /// another of these ids would be the same.
    pub fn new(key: &[u8], ids: BTreeSet<String>) -> Self {
        let codes: Vec<(String, String, String)> = ids
            .into_iter()
            .map(|id| {
                let (end, code) = (end(&id), code(key, &id));
                (id, end, code)
            })
            .collect();
        let mut masks = BTreeMap::new();
        let mut open: Vec<usize> = (0..codes.len()).collect();
        let mut length = SHORT;
        while !open.is_empty() {
            let mut same: BTreeMap<String, Vec<usize>> = BTreeMap::new();
            for at in open {
                if let Some((_, end, code)) = codes.get(at) {
                    let shown = format!("••{end}·{}", code.get(..length).unwrap_or(code));
                    same.entry(shown).or_default().push(at);
                }
            }
            open = Vec::new();
            for (shown, group) in same {
                match group.as_slice() {
                    [at] => {
                        if let Some((id, ..)) = codes.get(*at) {
                            masks.insert(id.clone(), shown);
                        }
                    }
                    _ => open.extend(group),
                }
            }
            length += 2;
        }
        Self(masks)
    }

    /// The masks of some of the ids alone.
    #[must_use]
    pub fn only(&self, ids: &BTreeSet<String>) -> Self {
        Self(
            self.0
                .iter()
                .filter(|(id, _)| ids.contains(*id))
                .map(|(id, mask)| (id.clone(), mask.clone()))
                .collect(),
        )
    }

    /// The mask of an id, if it is one of those.
    pub fn get(&self, id: &str) -> Option<&str> {
        self.0.get(id).map(String::as_str)
    }
}

/// The last two characters of an id, one of an id of four or five, none of a shorter one: it would tell too much. Nothing
/// but letters and digits, which are as harmless on a page as in a spreadsheet.
fn end(id: &str) -> String {
    let letters: Vec<char> = id.chars().collect();
    let kept = match letters.len() {
        0..=3 => 0,
        4..=5 => 1,
        _ => 2,
    };
    letters.iter().skip(letters.len() - kept).filter(|letter| letter.is_alphanumeric()).collect()
}

fn code(key: &[u8], id: &str) -> String {
    let mut code = String::new();
    let (mut bits, mut held) = (0_u32, 0);
    for byte in hmac(key, id.as_bytes()) {
        bits = (bits << 8) | u32::from(byte);
        held += 8;
        while held >= 5 {
            held -= 5;
            let letter = LETTERS.get((bits >> held) as usize & 31).copied().unwrap_or(b'0');
            code.push(char::from(letter));
        }
        bits &= (1 << held) - 1;
    }
    code
}

fn hmac(key: &[u8], text: &[u8]) -> [u8; 32] {
    const BLOCK: usize = 64;
    let mut block = [0_u8; BLOCK];
    if key.len() > BLOCK {
        block.iter_mut().zip(Sha256::digest(key)).for_each(|(to, from)| *to = from);
    } else {
        block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    }
    let pad = |with: u8| block.map(|byte| byte ^ with);
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(text).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().into()
}

/// The values of a column as text, as a download has them.
///
/// # Errors
/// A type without a text form.
pub fn texts(array: &dyn Array) -> Result<Vec<Option<String>>, ArrowError> {
    let options = FormatOptions::new().with_null("");
    let written = ArrayFormatter::try_new(array, &options)?;
    Ok((0..array.len()).map(|row| array.is_valid(row).then(|| written.value(row).to_string())).collect())
}

/// A table with masks in the place of the ids of some columns; a value without a mask stays. Rows in the order of one
/// of these columns would reveal ids to anybody with a list of customers: they then come in the order of its masks.
///
/// # Errors
/// A column of a type without a text form.
pub fn masked(batch: &RecordBatch, columns: &[usize], masks: &Masks) -> Result<RecordBatch, ArrowError> {
    let (mut fields, mut arrays) = (Vec::new(), Vec::<ArrayRef>::new());
    let mut order: Option<Vec<u64>> = None;
    for (at, (field, array)) in batch.schema().fields().iter().zip(batch.columns()).enumerate() {
        if columns.contains(&at) {
            let cells = texts(array)?.into_iter();
            let cells = cells.map(|cell| cell.map(|id| masks.get(&id).map(str::to_owned).unwrap_or(id)));
            let cells: Vec<Option<String>> = cells.collect();
            if order.is_none() && in_order(array) {
                let mut rows: Vec<(&Option<String>, u64)> = cells.iter().zip(0..).collect();
                rows.sort();
                order = Some(rows.into_iter().map(|(_, row)| row).collect());
            }
            arrays.push(Arc::new(cells.into_iter().collect::<StringArray>()));
            fields.push(Arc::new(Field::new(field.name(), DataType::Utf8, true)));
        } else {
            arrays.push(Arc::clone(array));
            fields.push(Arc::clone(field));
        }
    }
    let rows = arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    let masked = RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &rows)?;
    match order {
        Some(order) => take_record_batch(&masked, &UInt64Array::from(order)),
        None => Ok(masked),
    }
}

/// Whether values rise from row to row, or fall.
fn in_order(array: &dyn Array) -> bool {
    let Ok(compare) = make_comparator(array, array, SortOptions::default()) else { return false };
    let steps: Vec<Ordering> = (1..array.len()).map(|row| compare(row - 1, row)).collect();
    let never = |step: Ordering| !steps.contains(&step);
    steps.iter().any(|step| step.is_ne()) && (never(Ordering::Greater) || never(Ordering::Less))
}

#[cfg(test)]
mod tests {
    use arrow::array::Int64Array;

    use super::*;

    fn masks(key: &[u8], ids: impl IntoIterator<Item = String>) -> Masks {
        Masks::new(key, ids.into_iter().collect())
    }

    /// RFC 4231, cases 1, 2 and 6.
    #[test]
    fn the_code_is_hmac_with_sha_256() {
        let hex = |bytes: [u8; 32]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(
            hex(hmac(&[0x0b; 20], b"Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
        assert_eq!(
            hex(hmac(b"Jefe", b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(
            hex(hmac(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    #[test]
    fn only_the_end_of_an_id_is_left() {
        let ids = ["1234567", "12345", "C-1", "客户一二三四", "a@b.com", "\u{202e}abc=1", "abcd\u{202e}="];
        let masks = masks(b"key", ids.map(str::to_owned));
        let ends = ids.map(|id| {
            let shown = masks.get(id).expect("a mask");
            let (end, code) = shown.split_once('·').expect("two parts");
            assert_eq!(code.len(), SHORT, "{shown}");
            end.to_owned()
        });
        assert_eq!(ends, ["••67", "••5", "••", "••三四", "••om", "••1", "••"]);
    }

    #[test]
    fn a_mask_is_of_key_and_id_alone() {
        let id = || "customer-0001".to_owned();
        let alone = masks(b"key", [id()]);
        let among = masks(b"key", (0..200).map(|n| format!("customer-{n:04}")));
        assert_eq!(alone.get(&id()), among.get(&id()));
        assert_ne!(alone.get(&id()), masks(b"other", [id()]).get(&id()));
        assert_eq!(alone.get("customer-0002"), None);
    }

    /// With codes of 30 bits, some of 200,000 ids of one end must meet: these get longer codes, and nobody else does.
    #[test]
    fn no_two_masks_are_the_same() {
        let ids: Vec<String> = (0..200_000).map(|n| format!("{n:06}00")).collect();
        let masks = masks(b"key", ids.iter().cloned());
        let shown: BTreeSet<&str> = ids.iter().filter_map(|id| masks.get(id)).collect();
        assert_eq!(shown.len(), ids.len());
        let longer =
            shown.iter().filter(|shown| shown.chars().count() > "••00·".chars().count() + SHORT).count();
        assert!((2..200).contains(&longer), "{longer}");
        assert!(longer.is_multiple_of(2));
    }

    /// Else anybody with all ids would know them by their places.
    #[test]
    fn rows_in_the_order_of_ids_come_in_the_order_of_masks() {
        let ids: Vec<i64> = (9..109).collect();
        let masks = masks(b"key", ids.iter().map(i64::to_string));
        let orders: ArrayRef = Arc::new(Int64Array::from(ids.clone()));
        let shown = |ids: Vec<i64>| {
            let ids: ArrayRef = Arc::new(Int64Array::from(ids));
            let batch = RecordBatch::try_from_iter([("id", ids), ("orders", Arc::clone(&orders))]);
            let batch = masked(&batch.expect("a batch"), &[0], &masks).expect("masked");
            (texts(batch.column(0)).expect("texts"), texts(batch.column(1)).expect("texts"))
        };
        let by_mask = |ids: &[i64]| {
            let mut rows: Vec<_> =
                ids.iter().zip(9..).map(|(id, orders)| (masks.get(&id.to_string()), orders)).collect();
            rows.sort_by_key(|(mask, _)| *mask);
            rows
        };
        let down: Vec<i64> = ids.iter().rev().copied().collect();
        for ids in [ids.clone(), down] {
            let (masks, orders) = shown(ids.clone());
            let expected = by_mask(&ids);
            assert!(masks.iter().map(Option::as_deref).eq(expected.iter().map(|(mask, _)| *mask)));
            assert!(
                orders.into_iter().flatten().eq(expected.iter().map(|(_, orders)| i32::to_string(orders)))
            );
        }
        // Another order is what the query wants.
        let mut other = ids;
        other.swap(0, 50);
        let (shown, _) = shown(other.clone());
        assert!(shown.iter().map(Option::as_deref).eq(other.iter().map(|id| masks.get(&id.to_string()))));
    }

    #[test]
    fn columns_of_any_type_are_masked() {
        let batch = RecordBatch::try_from_iter_with_nullable([
            ("id", Arc::new(Int64Array::from(vec![Some(1_234_567), None, Some(99)])) as ArrayRef, true),
            ("orders", Arc::new(Int64Array::from(vec![3, 4, 5])) as ArrayRef, false),
        ])
        .expect("a batch");
        let masks = masks(b"key", ["1234567".to_owned()]);
        let masked = masked(&batch, &[0], &masks).expect("masked");
        let cells = texts(masked.column(0)).expect("texts");
        // What has no mask stays.
        assert_eq!(cells, [masks.get("1234567").map(str::to_owned), None, Some("99".to_owned())]);
        let orders: Vec<String> = texts(masked.column(1)).expect("texts").into_iter().flatten().collect();
        assert_eq!(orders, ["3", "4", "5"]);
    }
}
