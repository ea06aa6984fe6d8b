//! The user agents of the interop suite: ours, with each other or with a foreign one, against a server that runs.
//!
//! `cargo xtask interop` starts the server and runs this; see `README.md`.

mod agent;
mod arguments;
mod browser;
mod call;
mod certificate;
mod evidence;
mod flows;
mod miss;
mod pair;
mod peer;
mod server;
mod sipjs;
mod survival;
mod trace;

use arguments::{Arguments, Scenario};
use evidence::Evidence;
use miss::Miss;
use std::env;
use std::path::Path;
use std::process::ExitCode;

/// The exit code for a command line that makes no sense.
const USAGE: u8 = 2;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    match words.as_slice() {
        [word, folder] if word == "certificate" => return ended(certificate::write(Path::new(folder))),
        [word, folder, program] if word == "browser" => {
            return ended(browser::play(Path::new(folder), program).await.map(came_about));
        }
        _ => {}
    }
    let arguments = match Arguments::parse(words.into_iter()) {
        Ok(arguments) => arguments,
        Err(miss) => {
            eprintln!("error: {miss}");
            return ExitCode::from(USAGE);
        }
    };
    ended(play(&arguments).await.map(came_about))
}

fn came_about(steps: usize) {
    println!("{steps} steps came about");
}

fn ended(outcome: Result<(), Miss>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(miss) => {
            println!("MISS {miss}");
            ExitCode::FAILURE
        }
    }
}

async fn play(arguments: &Arguments) -> Result<usize, Miss> {
    let mut evidence = Evidence::default();
    match &arguments.scenario {
        Scenario::Pair => pair::play(arguments, &mut evidence).await?,
        Scenario::Sipjs { script } => sipjs::play(arguments, script, &mut evidence).await?,
        Scenario::Survival { is_behind_ours: false } => survival::play(arguments, &mut evidence).await?,
        Scenario::Survival { is_behind_ours: true } => {
            survival::play_behind_ours(arguments, &mut evidence).await?
        }
        Scenario::Flows { is_behind_edge } => flows::play(arguments, *is_behind_edge, &mut evidence).await?,
    }
    Ok(evidence.steps())
}
