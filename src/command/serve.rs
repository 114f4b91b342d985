//! `serve`: the site by HTTP on this machine; with `--watch`, a draft that is made anew whenever something changes.

use std::path::Path;
use std::sync::Arc;

use super::{block_on, load, overrides, planned, signal};
use crate::cli::Serve;
use crate::console::Console;
use crate::engine;
use crate::engine::plan::Ending;
use crate::pipeline::Pipeline;
use crate::problem::{Failure, FailureKind, Problem};
use crate::run::{self, Edition, Published};
use crate::serve::Server;
use crate::serve::changes::Changes;
use crate::serve::watch::{self, Board};

pub(super) fn serve(args: &Serve, console: &Arc<Console>) -> Result<(), Failure> {
    let root = match &args.watch {
        Some(pipeline) => Pipeline::root_of(pipeline),
        None => args.project.clone(),
    };
    if !root.is_dir() {
        let problem = Problem::new(format!("{} is not a folder", root.display()));
        let help = "name a project's folder, the one with `pipelines/` in it; `regulars demo` makes one";
        return Err(Failure::configuration(problem.help(help)));
    }
    block_on(async {
        let server = Server::at(args.port).await?;
        let url = server.url();
        let site = root.join("site");
        let Some(pipeline) = &args.watch else {
            console.print(&url);
            console.say("the published reports; Ctrl-C ends this");
            return tokio::select! {
                ended = server.answer(site, None) => ended.map_err(|error| lost(&error)),
                _ = signal() => Ok(()),
            };
        };
        let board = Board::new(root.join("drafts"), pipeline.display().to_string(), Arc::clone(console));
        let board = Arc::new(board);
        let mut changes = Changes::of(&root)?;
        console.print(&format!("{url}{}/", watch::NAME));
        console.say("a draft, made anew whenever something changes; Ctrl-C ends this");
        // The server answers while queries keep other threads busy.
        let server = tokio::spawn(server.answer(site, Some(Arc::clone(&board))));
        let following = follow(args, pipeline, &mut changes, &board, console);
        tokio::select! {
            ended = server => match ended {
                Ok(Err(error)) => Err(lost(&error)),
                Ok(Ok(())) | Err(_) => Ok(()),
            },
            ended = following => ended,
        }
    })
}

fn lost(error: &std::io::Error) -> Failure {
    Failure::run(Problem::new(format!("the server has ended: {error}")))
}

/// Makes a draft, and another at each change, until a signal comes. A change in the middle of it ends it: what it would
/// yield is out of date.
async fn follow(
    args: &Serve,
    pipeline: &Path,
    changes: &mut Changes,
    board: &Board,
    console: &Console,
) -> Result<(), Failure> {
    let (stop, mut stopped) = tokio::sync::watch::channel(false);
    tokio::spawn(async move {
        signal().await;
        stop.send_replace(true);
    });
    loop {
        changes.see()?;
        board.begins();
        let another = changes.another();
        let mut ended = stopped.clone();
        let interrupt = async move {
            tokio::select! { () = another => 0, _ = ended.wait_for(|ended| *ended) => 2 }
        };
        match Box::pin(draft(args, pipeline, changes, board, interrupt)).await {
            Ok(published) => {
                board.made(&published);
                for published in published {
                    console.say(&format!("the draft is {}", published.page.display()));
                }
            }
            Err(Failure { kind: FailureKind::Interrupted(0), .. }) => {
                console.say("something has changed: once more");
            }
            Err(Failure { kind: FailureKind::Interrupted(_), .. }) => return Ok(()),
            Err(failure) => {
                board.failed(&failure.problems);
                console.problems(&failure.problems);
            }
        }
        console.rest();
        tokio::select! {
            () = changes.settled() => {}
            _ = stopped.wait_for(|stopped| *stopped) => return Ok(()),
        }
    }
}

async fn draft(
    args: &Serve,
    path: &Path,
    changes: &mut Changes,
    board: &Board,
    interrupt: impl Future<Output = i32>,
) -> Result<Vec<Published>, Failure> {
    let overrides = engine::Overrides { ending: Ending::Draft, ..overrides(&args.overrides) };
    let pipeline = load(path, &overrides.params)?;
    let (plan, themes) = planned(pipeline, &overrides).await?;
    changes.learn_of(&plan)?;
    Box::pin(run::run(&Edition::all(&plan, &themes), board, interrupt)).await
}
