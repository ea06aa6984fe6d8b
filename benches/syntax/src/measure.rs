//! All work by all subjects: times, heap allocations, instructions, and whether the results are right.

use crate::callgrind;
use crate::clock::{Effort, fastest, median};
use crate::corpus::{SAME_URIS, Sample, URIS};
use crate::peer::{Subject, Work};
use std::path::Path;
use std::process::Command;

/// One work by one subject.
#[derive(Clone, Debug)]
pub struct Row {
    /// The work.
    pub work: Work,
    /// Who does it.
    pub subject: &'static str,
    /// How many inputs there are.
    pub inputs: usize,
    /// The nanoseconds for each input that the subject accepts and gets right.
    pub times: Vec<Option<f64>>,
    /// Heap allocations for one input, the mean.
    pub allocations: Option<f64>,
    /// Instructions for one input, the mean.
    pub instructions: Option<f64>,
}

impl Row {
    /// How many inputs the subject does right.
    #[must_use]
    pub fn right(&self) -> usize {
        self.times.iter().flatten().count()
    }

    /// The mean over the inputs that it does right, in nanoseconds.
    #[must_use]
    pub fn mean(&self) -> f64 {
        mean(self.times.iter().flatten().copied())
    }

    /// How many times as long this takes as `other` does, over the inputs that both do right.
    #[must_use]
    pub fn ratio_to(&self, other: &Self) -> f64 {
        let both =
            || self.times.iter().zip(&other.times).filter_map(|(own, other)| Some(((*own)?, (*other)?)));
        mean(both().map(|(own, _)| own)) / mean(both().map(|(_, other)| other))
    }
}

/// Measures everything; what a subject gets wrong is told in the second value.
#[must_use]
pub fn measure(subjects: &[Box<dyn Subject>], samples: &[Sample], effort: Effort) -> (Vec<Row>, Vec<String>) {
    let mut notes = Vec::new();
    let mut rows = Vec::new();
    for work in Work::ALL {
        let mut jobs = Vec::new();
        for subject in subjects {
            let inputs = work.inputs(samples);
            let tasks = (0..inputs).map(|input| {
                let task = subject.task(work, input, samples)?;
                match wrong(subject.as_ref(), subjects.first()?.as_ref(), work, input, samples) {
                    None => Some(task),
                    Some(note) => {
                        notes.push(format!("{}, {}: {note}", subject.name(), work.name()));
                        None
                    }
                }
            });
            let tasks: Vec<_> = tasks.collect();
            if tasks.iter().any(Option::is_some) {
                jobs.push((subject.name(), tasks, vec![Vec::new(); inputs]));
            }
        }
        for _ in 0..effort.rounds {
            for (_, tasks, times) in &mut jobs {
                for (task, times) in tasks.iter().zip(times) {
                    times.extend(task.as_ref().map(|task| fastest(task, effort)));
                }
            }
        }
        rows.extend(jobs.into_iter().map(|(subject, _, times)| Row {
            work,
            subject,
            inputs: times.len(),
            times: times.into_iter().map(|mut t| (!t.is_empty()).then(|| median(&mut t))).collect(),
            allocations: None,
            instructions: None,
        }));
    }
    (rows, notes)
}

/// Adds what the counting programs find: `allocations` lies beside this program, callgrind may be there or not.
pub fn count(rows: &mut [Row], own: &Path, with_instructions: bool) {
    let counted = Command::new(own.with_file_name("allocations")).output();
    let counted =
        counted.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    for row in rows {
        let prefix = format!("{}\t{}\t", row.work.name(), row.subject);
        let line = counted.lines().find_map(|line| line.strip_prefix(&prefix));
        row.allocations = line.and_then(|number| number.parse().ok());
        if with_instructions {
            row.instructions = callgrind::instructions(own, row.work, row.subject);
        }
    }
}

/// What is wrong with the result of a work; ours is the measure, and is held to its own printed form.
fn wrong(
    subject: &dyn Subject,
    ours: &dyn Subject,
    work: Work,
    input: usize,
    samples: &[Sample],
) -> Option<String> {
    match work {
        Work::Index => None,
        Work::Values => {
            let sample = samples.get(input)?;
            let difference = ours.values(&sample.bytes)?.difference(&subject.values(&sample.bytes)?)?;
            Some(format!("{} differs in {difference}", sample.name))
        }
        Work::Print | Work::PrintEdited => {
            let sample = samples.get(input)?;
            let printed = subject.printed(&sample.bytes, work == Work::PrintEdited)?;
            unlike(ours, sample, &printed, work == Work::PrintEdited)
        }
        Work::Uri => {
            let text = URIS.get(input)?;
            (ours.uri(text)? != subject.uri(text)?).then(|| format!("{text} is read differently"))
        }
        Work::Equivalent => {
            let (one, other) = (URIS.get(input)?, SAME_URIS.get(input)?);
            (!subject.equivalent(one, other)?).then(|| format!("{one} and {other} are called different"))
        }
    }
}

/// How a printed message says something else than the one it was parsed from.
fn unlike(ours: &dyn Subject, sample: &Sample, printed: &[u8], edited: bool) -> Option<String> {
    let text = String::from_utf8_lossy(printed);
    let before = ours.values(&sample.bytes)?;
    let Some(after) = ours.values(&printed.to_vec().into()) else {
        return Some(format!("{} is printed so that it cannot be read", sample.name));
    };
    if edited && !text.contains("\nSubject: edited\r\n") {
        return Some(format!("{} is printed without the edit", sample.name));
    }
    before.difference(&after).map(|name| format!("{} is printed with another {name}", sample.name))
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}
