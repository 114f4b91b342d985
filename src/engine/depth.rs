//! How long a chain of operators or of queries may be.
//!
//! The parser limits the depth of parentheses. `a + a + ...` is as deep without any, and a plan of it is walked by
//! recursion, many times: five thousand terms took minutes, or overflowed the stack. So chains are counted before
//! parsing.

use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Span, Token, Tokenizer};

/// Most operators in sequence between two commas, keywords of clauses, or parentheses.
pub const MOST_OPERATORS: usize = 1_000;
/// Most queries that `union`, `except` and `intersect` may combine.
pub const MOST_QUERIES: usize = 500;
/// Most tables that one `from` may join.
pub const MOST_JOINS: usize = 100;

/// A chain that is too long.
pub struct TooLong {
    /// Where it exceeds its limit.
    pub span: Span,
    /// What is too long.
    pub what: String,
    /// What to write instead.
    pub help: &'static str,
}

/// What is counted within one pair of parentheses.
#[derive(Default)]
struct Level {
    operators: usize,
    queries: usize,
    joins: usize,
}

/// The first chain of a SQL text that is too long.
pub fn too_long(sql: &str) -> Option<TooLong> {
    let dialect = GenericDialect {};
    // The parser reports text that is not SQL.
    let tokens = Tokenizer::new(&dialect, sql).tokenize_with_location().ok()?;
    let mut levels = vec![Level::default()];
    for token in tokens {
        if token.token == Token::LParen {
            levels.push(Level::default());
            continue;
        }
        if token.token == Token::RParen && levels.len() > 1 {
            levels.pop();
            continue;
        }
        let Some(level) = levels.last_mut() else { continue };
        match TokenKind::of(&token.token) {
            TokenKind::Operator => level.operators += 1,
            TokenKind::Query => *level = Level { queries: level.queries + 1, ..Level::default() },
            TokenKind::Join => *level = Level { joins: level.joins + 1, operators: 0, ..*level },
            TokenKind::Select => *level = Level { queries: level.queries, ..Level::default() },
            TokenKind::Break => level.operators = 0,
            TokenKind::Other => {}
        }
        let (what, help) = if level.operators > MOST_OPERATORS {
            (
                format!("more than {MOST_OPERATORS} operators follow each other"),
                "write `column in (...)` for a chain of `or`, join a table of the values, or add up in several columns",
            )
        } else if level.queries >= MOST_QUERIES {
            (
                format!("more than {MOST_QUERIES} queries are put together"),
                "read the files by one source, or put the queries together in several steps",
            )
        } else if level.joins > MOST_JOINS {
            (format!("more than {MOST_JOINS} tables are joined"), "join them in several steps")
        } else {
            continue;
        };
        return Some(TooLong { span: token.span, what, help });
    }
    None
}

enum TokenKind {
    Operator,
    Query,
    Join,
    Select,
    Break,
    Other,
}

impl TokenKind {
    fn of(token: &Token) -> Self {
        match token {
            Token::Comma | Token::SemiColon => Self::Break,
            Token::Word(word) => match word.keyword {
                Keyword::AND | Keyword::OR | Keyword::XOR | Keyword::IS => Self::Operator,
                Keyword::UNION | Keyword::EXCEPT | Keyword::INTERSECT | Keyword::MINUS => Self::Query,
                Keyword::JOIN => Self::Join,
                Keyword::SELECT => Self::Select,
                Keyword::FROM
                | Keyword::WHERE
                | Keyword::GROUP
                | Keyword::HAVING
                | Keyword::ORDER
                | Keyword::LIMIT
                | Keyword::WHEN
                | Keyword::THEN
                | Keyword::ELSE
                | Keyword::END
                | Keyword::ON
                | Keyword::AS
                | Keyword::WITH => Self::Break,
                _ => Self::Other,
            },
            Token::Plus
            | Token::Minus
            | Token::Mul
            | Token::Div
            | Token::Mod
            | Token::StringConcat
            | Token::Eq
            | Token::DoubleEq
            | Token::Neq
            | Token::Lt
            | Token::Gt
            | Token::LtEq
            | Token::GtEq
            | Token::DoubleColon
            | Token::LBracket
            | Token::Ampersand
            | Token::Pipe
            | Token::Caret => Self::Operator,
            _ => Self::Other,
        }
    }
}
