//! The page of `serve --watch`: a draft as it stands, what goes on, and what is wrong.
//!
//! The draft itself stays as a run leaves it, and lies in a frame of this page. What changes is sent to open pages as
//! events.

use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures::{Stream, stream};
use serde::Serialize;
use tokio::sync::watch;

use crate::console::Console;
use crate::problem::{Problem, Severity};
use crate::run::{Published, Watch};

/// The folder of these pages on the server. No pipeline's name begins with a dot.
pub const NAME: &str = ".watch";
/// The folder of drafts in it.
const DRAFT: &str = "draft";

const PAGE: &str = include_str!("watch.html");
const STYLE: &str = include_str!("watch.css");
const SCRIPT: &str = include_str!("watch.js");
/// The page needs its own files, its events, and the draft in a frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; frame-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What goes on with a draft; open pages and the terminal follow it.
pub struct Board {
    drafts: PathBuf,
    state: watch::Sender<Status>,
    console: Arc<Console>,
}

/// What a page is to know: how it stands.
#[derive(Debug, Clone, Default, Serialize)]
struct Status {
    /// The pipeline's file.
    pipeline: String,
    /// Drafts made until now: another number, another page.
    made: u64,
    /// Whether one is being made.
    busy: bool,
    /// What is done for it now.
    doing: String,
    done: usize,
    of: usize,
    /// Whether the last try came to nothing. The draft is then an older one.
    failed: bool,
    problems: Vec<Said>,
    /// The draft of each report: its path, and its name.
    pages: Vec<Draft>,
}

/// A problem as a terminal shows it.
#[derive(Debug, Clone, Serialize)]
struct Said {
    severity: &'static str,
    text: String,
}

#[derive(Debug, Clone, Serialize)]
struct Draft {
    name: String,
    path: String,
}

impl Said {
    fn of(problem: &Problem) -> Self {
        let severity = match problem.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        Self { severity, text: problem.render(false).trim_end().to_owned() }
    }
}

impl Board {
    /// A board for the drafts in a folder, of the pipeline in a file.
    pub fn new(drafts: PathBuf, pipeline: String, console: Arc<Console>) -> Self {
        let (state, _) = watch::channel(Status { pipeline, ..Status::default() });
        Self { drafts, state, console }
    }

    /// A draft is being made.
    pub fn begins(&self) {
        self.state.send_modify(|status| {
            status.busy = true;
            status.doing.clear();
            (status.done, status.of) = (0, 0);
            status.problems.clear();
        });
    }

    /// A draft was made.
    pub fn made(&self, published: &[Published]) {
        let draft = |published: &Published| {
            // `drafts/<pipeline>/index.html`. Without a page there is nothing to show but a folder of tables.
            let page = published.page.file_name()?.to_str().filter(|page| *page == "index.html")?;
            let name = published.page.parent()?.file_name()?.to_str()?;
            Some(Draft { name: name.to_owned(), path: format!("{DRAFT}/{name}/{page}") })
        };
        let pages = published.iter().filter_map(draft).collect();
        self.state.send_modify(|status| {
            status.made += 1;
            status.busy = false;
            status.failed = false;
            status.pages = pages;
        });
    }

    /// No draft could be made.
    pub fn failed(&self, problems: &[Problem]) {
        self.state.send_modify(|status| {
            status.busy = false;
            status.failed = true;
            status.problems.extend(problems.iter().map(Said::of));
        });
    }
}

impl Watch for Board {
    fn expects(&self, count: usize) {
        self.console.expects(count);
        self.state.send_modify(|status| status.of = count);
    }

    fn begins(&self, what: &str) {
        self.console.begins(what);
        self.state.send_modify(|status| what.clone_into(&mut status.doing));
    }

    fn ended(&self, what: &str, result: &str, took: Duration) {
        self.console.ended(what, result, took);
        self.state.send_modify(|status| status.done += 1);
    }

    fn tells(&self, line: &str) {
        self.console.tells(line);
    }

    fn warns(&self, problem: &Problem) {
        self.console.warns(problem);
        self.state.send_modify(|status| status.problems.push(Said::of(problem)));
    }
}

/// Whether a path below [`NAME`], in parts, may be shown. Of a draft these are its files and its downloads: the
/// folders beside them hold whole ids.
pub(super) fn may_show(parts: &[String]) -> bool {
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    matches!(parts.as_slice(), [] | [_] | [DRAFT, _, _] | [DRAFT, _, "downloads", _])
}

pub(super) fn routes(board: Arc<Board>) -> Router {
    let file = |kind: &'static str, text: &'static str| {
        get(move || async move {
            ([(header::CONTENT_TYPE, kind), (header::CONTENT_SECURITY_POLICY, POLICY)], text)
        })
    };
    let drafts = super::shown(&board.drafts, false);
    Router::new()
        .route(&format!("/{NAME}/"), file("text/html", PAGE))
        .route(&format!("/{NAME}/watch.css"), file("text/css", STYLE))
        .route(&format!("/{NAME}/watch.js"), file("text/javascript", SCRIPT))
        .route(&format!("/{NAME}/events"), get(events))
        .nest_service(&format!("/{NAME}/{DRAFT}"), drafts)
        .with_state(board)
}

/// All changes from now on: first how it stands, then each change. A page that is slow misses some of what was in
/// between, and never the last.
async fn events(State(board): State<Arc<Board>>) -> Response {
    Sse::new(changes(board.state.subscribe())).keep_alive(KeepAlive::default()).into_response()
}

fn changes(state: watch::Receiver<Status>) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold((state, true), |(mut state, first)| async move {
        if !first && state.changed().await.is_err() {
            return None;
        }
        let text = serde_json::to_string(&*state.borrow_and_update()).unwrap_or_default();
        Some((Ok(Event::default().data(text)), (state, false)))
    })
}
