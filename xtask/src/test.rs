//! `cargo xtask test`: all checks in a row, each a step with a name; the first that fails ends the run.

mod deny;
mod features;
mod report;
mod snapshots;
mod step;

use report::Report;
use std::path::Path;
use std::process::ExitCode;
use step::Step;

/// Runs the steps that `arguments` name, or all; the last line printed counts them.
pub(crate) fn run(root: &Path, arguments: &[String]) -> ExitCode {
    if arguments.iter().any(|argument| argument == "--list") {
        for step in Step::ALL {
            println!("{:<12} {}", step.name(), step.about());
        }
        return ExitCode::SUCCESS;
    }
    let steps = match selected(arguments) {
        Ok(steps) => steps,
        Err(unknown) => {
            eprintln!("error: `{unknown}` is no step; `cargo xtask test --list` names them");
            return ExitCode::from(crate::USAGE);
        }
    };
    let report = run_steps(root, &steps);
    print!("\n{report}");
    report.exit_code()
}

/// The named steps, in the order in which they run; all when none is named.
fn selected(names: &[String]) -> Result<Vec<Step>, &String> {
    let known = |name: &String| Step::ALL.iter().any(|step| step.name() == name);
    if let Some(unknown) = names.iter().find(|name| !known(name)) {
        return Err(unknown);
    }
    let wanted = |step: &Step| names.is_empty() || names.iter().any(|name| name == step.name());
    Ok(Step::ALL.into_iter().filter(wanted).collect())
}

fn run_steps(root: &Path, steps: &[Step]) -> Report {
    let mut report = Report::new(steps);
    for step in steps {
        println!("\n=== {}: {}", step.name(), step.about());
        report.start(*step);
        if !report.finish(step.run(root)) {
            break;
        }
    }
    report
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_names_all_steps_run() {
        assert_eq!(selected(&[]).unwrap(), Step::ALL);
    }

    #[test]
    fn named_steps_run_in_their_order() {
        assert_eq!(selected(&["wasm".to_owned(), "tidy".to_owned()]).unwrap(), [Step::Tidy, Step::Wasm]);
        assert_eq!(selected(&["tidi".to_owned()]).unwrap_err(), "tidi");
    }
}
