//! `serve`: what it answers, to whom, and the draft that follows what is edited.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{PIPELINE, Project};

const PATIENCE: Duration = Duration::from_mins(2);

/// A server on a port of its own; it ends with the test.
struct Serving {
    child: Child,
    port: u16,
    url: String,
    /// Kept open, so that the server can speak.
    _said: ChildStderr,
}

impl Serving {
    fn of(project: &Project, arguments: &[&str]) -> Self {
        let mut command = project.command(&[&["serve", "--port", "0"], arguments].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        let said = child.stderr.take().unwrap();
        let url = url.trim_end().to_owned();
        let port = url.split(['/', ':']).nth(4).and_then(|port| port.parse().ok());
        Self { child, port: port.unwrap_or_else(|| panic!("{url:?}")), url, _said: said }
    }

    fn ask(&self, request: &str) -> TcpStream {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        stream
    }

    /// The status and the whole answer to a request for a path.
    fn get(&self, path: &str) -> (u16, String) {
        self.answer(&format!(
            "GET {path} HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\n\r\n",
            self.port
        ))
    }

    fn answer(&self, request: &str) -> (u16, String) {
        let mut answer = Vec::new();
        self.ask(request).read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
        (status.unwrap_or_else(|| panic!("{answer:?}")), answer)
    }

    /// What a page is told, one state after the other, for as long as a test may take.
    fn told(&self) -> impl Iterator<Item = Value> + use<> {
        let begun = Instant::now();
        let stream =
            self.ask(&format!("GET /.watch/events HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n", self.port));
        let lines = BufReader::new(stream).lines().map_while(Result::ok);
        // The server says something every few seconds, if only that it is there.
        let lines = lines.take_while(move |_| begun.elapsed() < PATIENCE);
        lines.filter_map(|line| Some(serde_json::from_str(line.strip_prefix("data: ")?).unwrap()))
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn shop() -> Project {
    let project = Project::shop(
        "path: data/*.csv\ncolumns:\n  transaction_id: id\n  customer_id: who\n  occurred_at: cast(day as date)\n  amount: cast(money as decimal(12, 2))",
    );
    project.write("data/a.csv", "id,who,day,money\n1,a,2024-03-01,10\n2,b,2024-03-02,20\n");
    let pipeline = project.read(PIPELINE);
    project.write(
        PIPELINE,
        format!("{pipeline}report: {{ title: Shop, sections: [{{ table: seen, title: Seen }}] }}\n"),
    );
    project
}

/// The first state that is wanted.
fn until(told: &mut impl Iterator<Item = Value>, wanted: impl Fn(&Value) -> bool) -> Value {
    told.find(|told| wanted(told)).expect("the server goes on")
}

fn idle(told: &Value) -> bool {
    told["busy"] == false
}

#[test]
fn the_site_is_shown_and_nothing_else() {
    let project = shop();
    let serving = Serving::of(&project, &[]);
    assert!(serving.get("/").1.contains("Nothing is published here yet."));
    project.ran();
    let (status, index) = serving.get("/");
    assert_eq!(status, 200);
    assert!(index.contains("<a href=\"shop/2024-03-31/index.html\""), "{index}");
    for (path, kind) in [
        ("/shop/2024-03-31/", "text/html; charset=utf-8"),
        ("/shop/latest/index.html", "text/html; charset=utf-8"),
        ("/shop/2024-03-31/downloads/seen.csv", "text/csv; charset=utf-8"),
        ("/shop/2024-03-31/summary.json", "application/json"),
        ("/feed.xml", "text/xml; charset=utf-8"),
    ] {
        let (status, answer) = serving.get(path);
        assert_eq!(status, 200, "{path}: {answer}");
        assert!(answer.contains(&format!("content-type: {kind}\r\n")), "{path}: {answer}");
        assert!(answer.contains("cache-control: no-store\r\n"), "{answer}");
        assert!(answer.contains("x-content-type-options: nosniff\r\n"), "{answer}");
    }
    for path in [
        "/shop/2024-02-29/",
        "/.runs/.site.lock",
        "/../private/.key",
        "/%2e%2e/private/.key",
        "/..%2fprivate/.key",
        "/shop/..%2f..%2fprivate/.key",
        "/../pipelines/shop.yaml",
        "//etc/passwd",
        "/.watch/",
    ] {
        let (status, answer) = serving.get(path);
        assert_eq!(status, 404, "{path}: {answer}");
        assert!(answer.ends_with("There is no such page. The list of reports is at /\n"), "{answer}");
    }
    let port = serving.port;
    for host in
        ["example.com".to_owned(), format!("127.0.0.1.example.com:{port}"), format!("10.0.0.1:{port}")]
    {
        let (status, answer) =
            serving.answer(&format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"));
        assert_eq!(status, 403, "{host}: {answer}");
        assert!(answer.ends_with("This server answers to localhost and 127.0.0.1 alone.\n"), "{answer}");
    }
    let post = format!(
        "POST / HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    );
    assert_eq!(serving.answer(&post).0, 405);
}

#[cfg(unix)]
#[test]
fn a_link_does_not_lead_out_of_the_site() {
    let project = shop();
    project.ran();
    std::os::unix::fs::symlink(project.path("private"), project.path("site/out")).unwrap();
    std::os::unix::fs::symlink(project.path(PIPELINE), project.path("site/shop.yaml")).unwrap();
    let serving = Serving::of(&project, &[]);
    for path in ["/out/.key", "/out/shop/2024-03-31/tables/seen.parquet", "/shop.yaml"] {
        assert_eq!(serving.get(path).0, 404, "{path}");
    }
}

#[test]
fn a_draft_follows_what_is_edited_and_its_page_is_told_what_is_wrong() {
    let project = shop();
    let serving = Serving::of(&project, &["--watch", PIPELINE]);
    assert!(serving.url.ends_with("/.watch/"), "{}", serving.url);
    assert!(serving.get("/.watch/").1.contains("<iframe"));
    let mut told = serving.told();
    let first = until(&mut told, |told| idle(told) && told["made"] == 1);
    assert_eq!(first["problems"], serde_json::json!([]));
    assert_eq!(first["pages"], serde_json::json!([{ "name": "shop", "path": "draft/shop/index.html" }]));
    let page = || serving.get("/.watch/draft/shop/index.html");
    assert!(page().1.contains(">Seen<"), "{}", page().1);
    assert_eq!(serving.get("/.watch/draft/shop/downloads/seen.csv").0, 200);
    for hidden in [
        "tables/seen.parquet",
        "tables/",
        "../.key",
        "%2e%2e/shop/tables/seen.parquet",
        "quarantine/a.parquet",
    ] {
        assert_eq!(serving.get(&format!("/.watch/draft/shop/{hidden}")).0, 404, "{hidden}");
    }
    // A mistake in the pipeline: the message that `check` gives, and the page as it was.
    project.replace(PIPELINE, "as_of: 2024", "as_off: 2024");
    let wrong = until(&mut told, |told| idle(told) && told["failed"] == true);
    let text = wrong["problems"][0]["text"].as_str().unwrap().to_owned();
    assert!(project.complaint().contains(text.trim()), "{text}");
    assert_eq!(wrong["made"], 1);
    assert_eq!(page().0, 200);
    // Mended; then a change of the data, by way of a file that takes its place.
    project.replace(PIPELINE, "as_off: 2024", "as_of: 2024");
    until(&mut told, |told| idle(told) && told["made"] == 2);
    project.write("data/.b.csv.part", "id,who,day,money\n3,c,2024-03-03,30\n");
    std::fs::rename(project.path("data/.b.csv.part"), project.path("data/b.csv")).unwrap();
    until(&mut told, |told| idle(told) && told["made"] == 3);
    let csv = serving.get("/.watch/draft/shop/downloads/seen.csv").1;
    assert!(csv.contains("2024-03-03"), "{csv}");
    // A query, too.
    project.replace("sql/seen.sql", "order by", "where amount > 15 order by");
    until(&mut told, |told| idle(told) && told["made"] == 4);
    let csv = serving.get("/.watch/draft/shop/downloads/seen.csv").1;
    assert!(!csv.contains("2024-03-01"), "{csv}");
    assert!(project.nothing_published());
}

#[test]
fn a_port_that_is_taken_is_said_and_so_is_a_folder_that_is_none() {
    let project = shop();
    let serving = Serving::of(&project, &[]);
    let port = serving.port.to_string();
    let outcome = project.run(&["serve", "--port", &port]);
    assert_eq!(outcome.code, Some(3));
    let said = outcome.err.replace(&port, "[PORT]");
    insta::assert_snapshot!(said, @r"
    × port [PORT] of this machine is taken
    help: end the program that listens there, or name another with --port; 0 takes a free one
    ");
    insta::assert_snapshot!(project.run(&["serve", "nowhere"]).message(), @r"
    exit code 2
      × nowhere is not a folder
      help: name a project's folder, the one with `pipelines/` in it; `regulars demo` makes one
    ");
}

/// `Ctrl-C` is how one ends it: that is no failure.
#[cfg(unix)]
#[test]
fn a_signal_ends_it_and_leaves_nothing_behind() {
    let project = shop();
    let mut serving = Serving::of(&project, &["--watch", PIPELINE]);
    until(&mut serving.told(), |told| told["busy"] == true);
    let pid = serving.child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert_eq!(serving.child.wait().unwrap().code(), Some(0));
    for folder in ["site/.runs/shop.staging", "private/.runs/shop.staging"] {
        assert!(!project.path(folder).exists(), "{folder}");
    }
}
