//! The texts of a pipeline, its own file and those of its modules, as one stretch of bytes. A range of it is a place,
//! whichever file it lies in.

use std::ops::Range;
use std::sync::Arc;

use crate::problem::{Place, SourceText};

/// Several texts, one behind the other.
#[derive(Debug, Clone)]
pub struct Texts {
    first: Arc<SourceText>,
    /// The others, each with where it begins.
    others: Vec<(usize, Arc<SourceText>)>,
}

impl Texts {
    /// One text, which begins at 0.
    pub fn new(first: Arc<SourceText>) -> Self {
        Self { first, others: Vec::new() }
    }

    /// The first text.
    pub fn first(&self) -> &Arc<SourceText> {
        &self.first
    }

    /// Adds a text, and says where it begins.
    pub fn add(&mut self, text: Arc<SourceText>) -> usize {
        let (begin, last) = self.others.last().map_or((0, &self.first), |(begin, text)| (*begin, text));
        // A point behind the last letter of a text is not in the next one.
        let begin = begin + last.text.len() + 1;
        self.others.push((begin, text));
        begin
    }

    /// The place that a range means.
    pub fn place(&self, at: &Range<usize>) -> Place {
        match self.others.iter().rev().find(|(begin, _)| at.start >= *begin) {
            Some((begin, text)) => Place::new(text, at.start - begin..at.end.saturating_sub(*begin)),
            None => Place::new(&self.first, at.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: &str, text: &str) -> Arc<SourceText> {
        Arc::new(SourceText { name: name.to_owned(), text: text.to_owned() })
    }

    #[test]
    fn a_range_knows_its_text() {
        let mut texts = Texts::new(text("a", "12345"));
        assert_eq!(texts.add(text("b", "1")), 6);
        assert_eq!(texts.add(text("c", "123")), 8);
        let place = |at: Range<usize>| {
            let place = texts.place(&at);
            (place.source.name.clone(), place.span)
        };
        assert_eq!(place(0..5), ("a".into(), 0..5));
        assert_eq!(place(5..5), ("a".into(), 5..5));
        assert_eq!(place(6..7), ("b".into(), 0..1));
        assert_eq!(place(9..11), ("c".into(), 1..3));
        assert_eq!(place(9..99), ("c".into(), 1..3));
    }
}
