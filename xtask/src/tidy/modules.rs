//! Cycles among the top-level modules of a crate.
//!
//! A module uses another when it says `crate::other`, `super::other`, or names what the crate root took from there
//! with `use`. Test code does not count.

use super::finding::{Finding, Rule};
use super::source::{Source, Word};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Which module uses which, with the place where it first does.
type Uses<'a> = BTreeMap<String, BTreeMap<String, (&'a Source, usize)>>;

/// One finding for each circle of modules in the crate made of `sources`, whose source folder is `folder`.
pub(crate) fn check(folder: &str, sources: &[Source]) -> Vec<Finding> {
    let files: Vec<(Vec<&str>, &Source)> =
        sources.iter().filter_map(|s| Some((home(folder, s)?, s))).collect();
    let modules: BTreeSet<&str> = files.iter().filter_map(|(path, _)| path.first().copied()).collect();
    let mut names: BTreeMap<String, String> =
        modules.iter().map(|name| (name.to_string(), name.to_string())).collect();
    for (_, root) in files.iter().filter(|(path, _)| path.is_empty()) {
        taken(&root.tree, &modules, &mut names);
    }
    let mut uses = Uses::new();
    for (path, source) in &files {
        let Some(own) = path.first() else { continue };
        for (name, line) in mentions(&source.code(), path.len()) {
            if let Some(other) = names.get(name).filter(|other| other != own) {
                let uses = uses.entry((*own).to_owned()).or_default();
                uses.entry(other.clone()).or_insert((source, line));
            }
        }
    }
    cycles(&uses)
}

/// The modules in which a file lies: none for the crate root, `["a", "b"]` for `a/b.rs` and `a/b/mod.rs`.
fn home<'a>(folder: &str, source: &'a Source) -> Option<Vec<&'a str>> {
    let path = source.path.strip_prefix(folder)?.strip_prefix('/')?.strip_suffix(".rs")?;
    let mut parts: Vec<&str> = path.split('/').collect();
    let is_root = matches!(*parts, ["lib" | "main"]);
    if is_root || parts.last() == Some(&"mod") {
        parts.pop();
    }
    (!source.is_test && parts.first() != Some(&"bin")).then_some(parts)
}

/// What the crate root takes from its modules with `use`, by the name it has at the root.
fn taken(root: &syn::File, modules: &BTreeSet<&str>, names: &mut BTreeMap<String, String>) {
    for item in &root.items {
        let syn::Item::Use(item) = item else { continue };
        let mut path = Vec::new();
        leaves(&item.tree, &mut path, &mut |path, name| {
            let module = path.iter().find(|part| !matches!(part.as_str(), "crate" | "self"));
            if let Some(module) = module.filter(|module| modules.contains(module.as_str())) {
                names.entry(name).or_insert_with(|| module.clone());
            }
        });
    }
}

/// Calls `found` with the path and the final name of everything that `tree` imports.
fn leaves(tree: &syn::UseTree, path: &mut Vec<String>, found: &mut impl FnMut(&[String], String)) {
    match tree {
        syn::UseTree::Path(part) => {
            path.push(part.ident.to_string());
            leaves(&part.tree, path, found);
            path.pop();
        }
        syn::UseTree::Group(group) => group.items.iter().for_each(|tree| leaves(tree, path, found)),
        syn::UseTree::Name(name) => found(path, name.ident.to_string()),
        syn::UseTree::Rename(rename) => found(path, rename.rename.to_string()),
        _ => {}
    }
}

/// The names right below the crate root that the words of a file mention, `depth` modules below the root.
fn mentions<'a>(words: &[&'a Word], depth: usize) -> Vec<(&'a str, usize)> {
    let mut found = Vec::new();
    for at in 0..words.len() {
        let rest = words.get(at..).unwrap_or_default();
        if let Some(rest) = below_root(rest, depth) {
            first_names(rest, &mut found);
        }
    }
    found
}

/// The words after `crate::` or after as many `super::` as lead to the root.
fn below_root<'a, 'b>(words: &'b [&'a Word], depth: usize) -> Option<&'b [&'a Word]> {
    let step = |words: &'b [&'a Word], keyword: &str| match words {
        [first, colon, other, rest @ ..]
            if first.text == keyword && colon.text == ":" && other.text == ":" =>
        {
            Some(rest)
        }
        _ => None,
    };
    step(words, "crate").or_else(|| (0..depth).try_fold(words, |words, _| step(words, "super")))
}

/// The name that comes first, or the first names of each part of a `{…}` group.
fn first_names<'a>(words: &[&'a Word], found: &mut Vec<(&'a str, usize)>) {
    let mut depth = 0_usize;
    let mut first = true;
    for word in words {
        match word.text.as_str() {
            "{" => depth += 1,
            "}" => depth = depth.saturating_sub(1),
            "," => first = depth == 1,
            name => {
                if first {
                    found.push((name, word.line));
                }
                first = false;
            }
        }
        if depth == 0 {
            return;
        }
    }
}

fn cycles(uses: &Uses<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut reported = BTreeSet::new();
    for start in uses.keys() {
        if reported.contains(start) {
            continue;
        }
        let Some(circle) = circle(uses, start) else { continue };
        let next = circle.get(1).unwrap_or(start);
        if let Some((source, line)) = uses.get(start).and_then(|uses| uses.get(next)) {
            let message = format!("modules use each other in a circle: {}", circle.join(" → "));
            findings.push(source.finding(*line, Rule::Cycle, message));
        }
        reported.extend(circle);
    }
    findings
}

/// The shortest way from `start` back to itself, both ends included.
fn circle(uses: &Uses<'_>, start: &String) -> Option<Vec<String>> {
    let mut queue = VecDeque::from([vec![start.clone()]]);
    let mut seen = BTreeSet::new();
    while let Some(path) = queue.pop_front() {
        for next in path.last().and_then(|last| uses.get(last)).into_iter().flat_map(BTreeMap::keys) {
            let longer = [path.as_slice(), std::slice::from_ref(next)].concat();
            if next == start {
                return Some(longer);
            }
            if seen.insert(next) {
                queue.push_back(longer);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(files: &[(&str, &str)]) -> Vec<String> {
        let source =
            |(path, text): &(&str, &str)| Source::parse(&format!("x/src/{path}"), (*text).to_owned());
        let sources: Vec<Source> = files.iter().map(|file| source(file).unwrap()).collect();
        check("x/src", &sources).iter().map(Finding::to_string).collect()
    }

    #[test]
    fn modules_that_use_each_other_are_a_circle() {
        let found = findings(&[
            ("lib.rs", "mod a; mod b; mod c;"),
            ("a.rs", "use crate::b::B;"),
            ("b.rs", "use super::c;"),
            ("c.rs", "fn c() {}\nfn d() { crate::a::A }"),
        ]);
        assert_eq!(found, ["x/src/a.rs:1: cycle: modules use each other in a circle: a → b → c → a"]);
    }

    #[test]
    fn a_name_taken_at_the_root_leads_to_its_module() {
        let root = ("lib.rs", "mod a; mod b;\npub use a::{A, deep::D as E};\npub use crate::b::B;");
        assert_eq!(findings(&[root, ("a.rs", "use crate::B;"), ("b.rs", "use crate::E;")]).len(), 1);
        assert_eq!(findings(&[root, ("a.rs", "use crate::B;"), ("b.rs", "use crate::C;")]).len(), 0);
    }

    #[test]
    fn groups_are_looked_into() {
        let found =
            findings(&[("a.rs", "use crate::{c::{b, D}, b::C};"), ("b.rs", "use crate::a;"), ("c.rs", "")]);
        assert_eq!(found.len(), 1);
        let found = findings(&[("a.rs", "use crate::{c::{b, D}};"), ("b.rs", "use crate::a;"), ("c.rs", "")]);
        assert_eq!(found.len(), 0);
    }

    #[test]
    fn submodules_and_tests_are_no_part_of_a_circle() {
        let found = findings(&[
            ("a.rs", "mod one; use self::one::One;\n#[cfg(test)]\nmod tests { use crate::b::B; }"),
            ("a/one.rs", "use super::A; use crate::a::A;"),
            ("b.rs", "use crate::a::A;"),
        ]);
        assert_eq!(found.len(), 0);
    }

    #[test]
    fn a_submodule_reaches_the_root_by_two_steps() {
        let found = findings(&[
            ("a.rs", "mod one;"),
            ("a/one.rs", "use super::super::b::B;"),
            ("b.rs", "use crate::a;"),
        ]);
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn visibility_is_no_use() {
        assert_eq!(findings(&[("a.rs", "pub(crate) fn b() {}"), ("b.rs", "use crate::a;")]).len(), 0);
    }
}
