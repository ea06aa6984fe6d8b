//! The command `sip`: a SIP user agent and a small SIP server in a terminal.

mod account;
mod bindings;
mod call;
mod excerpt;
mod exit;
mod input;
mod interruption;
mod lint;
mod listen;
mod load;
mod options;
mod output;
mod parse;
mod prompt;
mod request;
mod sdp;
mod serve;
mod server;
mod uri;

use clap::Parser;
use options::{Command, Options};
use std::process::ExitCode;

fn main() -> ExitCode {
    let options = Options::parse();
    // Diagnostics of the libraries go to standard error; RUST_LOG chooses them.
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("sip: the runtime did not start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(options)) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("sip: {failure}");
            failure.code()
        }
    }
}

async fn run(options: Options) -> Result<ExitCode, exit::Failure> {
    match options.command {
        Command::Parse(parse) => return parse::run(&parse),
        Command::Lint(lint) => return lint::run(&lint),
        Command::Uri(uri) => return uri::run(&uri),
        Command::UriEq { a, b } => return uri::compare(&a, &b),
        Command::Serve(serve) => serve::run(serve).await,
        Command::Register { account, once: _, fetch: true, .. } => bindings::fetch(&account).await,
        Command::Register { account, remove_all: true, .. } => bindings::remove_all(&account).await,
        Command::Register { account, once, remove, .. } if remove.is_empty() => {
            request::register(&account, once).await
        }
        Command::Register { account, remove, .. } => bindings::remove(&account, &remove).await,
        Command::Message { account, target, text } => request::message(&account, &target, &text).await,
        Command::Options { account, target } => request::options(&account, &target).await,
        Command::Listen(listen) => listen::run(listen).await,
        Command::Call(call) => call::run(call).await,
        Command::Load(load) => load::run(load).await,
    }?;
    Ok(ExitCode::SUCCESS)
}
