//! Instructions, counted by callgrind: this program runs a work some times and then more often, and the difference is
//! the work alone.

use crate::corpus::Sample;
use crate::peer::{Subject, Work};
use std::path::Path;
use std::process::Command;

/// The word that makes this program do nothing but a work.
pub const WORD: &str = "--only";

const FEW: usize = 5;
const MANY: usize = 25;

/// The instructions of a work of `subject` on one input, the mean; `None` without valgrind.
#[must_use]
pub fn instructions(own: &Path, work: Work, subject: &str) -> Option<f64> {
    let (few, inputs) = counted(own, work, subject, FEW)?;
    let (many, _) = counted(own, work, subject, MANY)?;
    Some((many - few) / (inputs * count(MANY - FEW)))
}

/// Does a work on all inputs `times` times, and returns how many inputs that are.
#[must_use]
pub fn only(
    subjects: &[Box<dyn Subject>],
    samples: &[Sample],
    work: &str,
    subject: &str,
    times: usize,
) -> usize {
    let mut done = 0;
    for work in Work::ALL.into_iter().filter(|known| known.name() == work) {
        for subject in subjects.iter().filter(|known| known.name() == subject) {
            for task in (0..work.inputs(samples)).filter_map(|input| subject.task(work, input, samples)) {
                task(times);
                done += 1;
            }
        }
    }
    done
}

/// All instructions of a run, and on how many inputs the work was done.
fn counted(own: &Path, work: Work, subject: &str, times: usize) -> Option<(f64, f64)> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(own)
        .args([WORD, work.name(), subject, &times.to_string()])
        .output()
        .ok()?;
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    let collected =
        log.lines().find_map(|line| line.split_once("Collected : ").map(|(_, count)| count.trim()))?;
    let inputs =
        String::from_utf8_lossy(&output.stdout).trim().parse().ok().filter(|inputs| *inputs > 0.0)?;
    Some((collected.parse().ok()?, inputs))
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn count(number: usize) -> f64 {
    number as f64
}
