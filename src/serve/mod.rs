//! The site by HTTP, for the person at this machine.
//!
//! ```text
//! request ─> guard: local name? read only? a path without hidden parts? ─┬─> site/          ─> files
//!                                                                       ├─> /.watch/       ─> watch: what goes on
//!                                                                       ╰─> /.watch/draft/ ─> drafts/<pipeline>/
//! ```
//! The server listens on the loopback address alone. That is not enough: a page from elsewhere, open in the same browser,
//! can have its own name point here. So only requests by a local name are answered. What names hide on the site (those
//! with a leading dot: locks, records, reports in the making) is not shown, nor is anything that a link leads out to.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::handler::HandlerWithoutStateExt;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tower_http::services::ServeDir;

use crate::problem::{Failure, Problem};

pub mod changes;
pub mod watch;

/// Names of this machine as browsers write them.
const LOCAL: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];
/// What is said of every answer: it is made for this page alone, is what it says it is, and may change at any time.
const HEADERS: [(HeaderName, &str); 5] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "SAMEORIGIN"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// A place to listen on, taken.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
}

impl Server {
    /// Takes a port of the loopback address; 0 takes one that is free.
    ///
    /// # Errors
    /// If the port cannot be had.
    pub async fn at(port: u16) -> Result<Self, Failure> {
        let taken = async {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
            let address = listener.local_addr()?;
            Ok::<_, std::io::Error>(Self { listener, address })
        };
        taken.await.map_err(|error| {
            let what = match error.kind() {
                std::io::ErrorKind::AddrInUse => format!("port {port} of this machine is taken"),
                _ => format!("port {port} of this machine cannot be had: {error}"),
            };
            let help = "end the program that listens there, or name another with --port; 0 takes a free one";
            Failure::run(Problem::new(what).help(help))
        })
    }

    /// Where the site is found.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Answers requests for what lies in the folder `site`, and those that `watch` answers, without end.
    ///
    /// # Errors
    /// Those of the system.
    pub async fn answer(self, site: PathBuf, watch: Option<Arc<watch::Board>>) -> std::io::Result<()> {
        let missing = missing.into_service();
        let mut router = Router::new().fallback_service(shown(&site, true).fallback(missing));
        if let Some(board) = watch {
            router = router.merge(watch::routes(board));
        }
        let router = router.layer(middleware::from_fn_with_state(Arc::new(site), guard));
        axum::serve(self.listener, router).await
    }
}

/// The files below a folder.
fn shown(folder: &Path, index: bool) -> ServeDir {
    ServeDir::new(folder).append_index_html_on_directories(index)
}

/// Lets pass what may be answered, and marks the answer.
async fn guard(State(site): State<Arc<PathBuf>>, request: Request, next: Next) -> Response {
    let mut response = match refused(&site, request.method(), request.uri(), request.headers()) {
        Some((status, text)) => (status, text).into_response(),
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // All texts of ours are UTF-8.
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if let Some(kind) = kind.filter(|kind| kind.starts_with("text/") && !kind.contains("charset"))
        && let Ok(kind) = HeaderValue::from_str(&format!("{kind}; charset=utf-8"))
    {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    response
}

/// Why a request is not answered.
fn refused(
    site: &Path,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
) -> Option<(StatusCode, &'static str)> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let named = (hosts.next(), hosts.next());
    let host = |text: &str| {
        let name = text.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
        let name = name.map_or(text, |(name, _)| name);
        LOCAL.iter().any(|local| local.eq_ignore_ascii_case(name))
    };
    let local = match named {
        (Some(one), None) => one.to_str().is_ok_and(host),
        _ => false,
    };
    if !local || uri.authority().is_some_and(|authority| !host(authority.as_str())) {
        let text = "This server answers to localhost and 127.0.0.1 alone.\n";
        return Some((StatusCode::FORBIDDEN, text));
    }
    if method != Method::GET && method != Method::HEAD {
        return Some((StatusCode::METHOD_NOT_ALLOWED, "This server only shows things: GET and HEAD.\n"));
    }
    let Some(parts) = parts(uri.path()) else { return Some(NOTHING) };
    let of_watch = parts.first().is_some_and(|first| first == watch::NAME);
    let (of_watch, parts) = parts.split_at(usize::from(of_watch));
    let hidden = parts.iter().any(|part| part.starts_with('.'));
    let elsewhere = if of_watch.is_empty() { leads_out(site, parts) } else { !watch::may_show(parts) };
    (hidden || elsewhere).then_some(NOTHING)
}

const NOTHING: (StatusCode, &str) =
    (StatusCode::NOT_FOUND, "There is no such page. The list of reports is at /\n");

async fn missing(uri: Uri) -> (StatusCode, &'static str) {
    if uri.path() == "/" {
        let text = "Nothing is published here yet. `regulars run pipelines/x.yaml` publishes a report.\n";
        return (StatusCode::NOT_FOUND, text);
    }
    NOTHING
}

/// The parts of a path, decoded; none if it is no plain path: an empty part, one that holds a separator, one that is no
/// text.
fn parts(path: &str) -> Option<Vec<String>> {
    let inner = path.strip_prefix('/')?;
    let inner = inner.strip_suffix('/').unwrap_or(inner);
    if inner.is_empty() {
        return (path == "/").then(Vec::new);
    }
    let part = |part: &str| {
        let text = percent_encoding::percent_decode_str(part).decode_utf8().ok()?;
        let plain = !text.is_empty() && !text.contains(['/', '\\', '\0', ':']);
        plain.then(|| text.into_owned())
    };
    inner.split('/').map(part).collect()
}

/// Whether a path leads out of the folder by way of a link.
fn leads_out(folder: &Path, parts: &[String]) -> bool {
    let path = parts.iter().fold(folder.to_path_buf(), |path, part| path.join(part));
    let (Ok(root), Ok(real)) = (folder.canonicalize(), path.canonicalize()) else { return false };
    !real.starts_with(root)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(host: &str, uri: &str) -> Option<u16> {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_str(host).unwrap());
        let refused = refused(Path::new("/nowhere"), &Method::GET, &uri.parse().unwrap(), &headers);
        refused.map(|(status, _)| status.as_u16())
    }

    #[test]
    fn only_local_names_are_answered() {
        for host in ["localhost", "localhost:8377", "127.0.0.1:1", "[::1]:8377", "[::1]", "LocalHost:80"] {
            assert_eq!(answer(host, "/shop/latest/"), None, "{host}");
        }
        for host in [
            "example.com",
            "localhost.example.com",
            "127.0.0.1.example.com:80",
            "",
            "127.0.0.2",
            "localhost:80:80",
        ] {
            assert_eq!(answer(host, "/"), Some(403), "{host}");
        }
        assert_eq!(answer("localhost", "http://example.com/"), Some(403));
    }

    #[test]
    fn only_plain_paths_are_answered() {
        for path in ["/", "/index.html", "/shop/2024-03-31/", "/%E4%B8%AD/index.html", "/.watch/"] {
            assert_eq!(answer("localhost", path), None, "{path}");
        }
        for path in [
            "/.runs/shop.json",
            "/shop/../.runs/",
            "/%2e%2e/private/",
            "/..%2fprivate",
            "/a//b",
            "//a",
            "/a%00",
            "/%ff",
            "/a\\..\\b",
            "/c:/x",
            "/shop/.x",
            "//",
            "/.watch/../x",
            "/.watch/%2e%2e/x",
        ] {
            assert_eq!(answer("localhost", path), Some(404), "{path}");
        }
    }
}
