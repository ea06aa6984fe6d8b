//! A `Cargo.toml` as far as the checks need it: the names of dependencies and of features, with their lines.

use std::iter;

/// A name that a manifest mentions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) line: usize,
}

/// The tables of a manifest that matter here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Manifest {
    /// What the crate itself and its build script use, on any target.
    pub(crate) dependencies: Vec<Entry>,
    /// What its tests use.
    pub(crate) dev_dependencies: Vec<Entry>,
    /// Its features, `default` included.
    pub(crate) features: Vec<Entry>,
    /// Features that switch on another one of the crate: the first of each pair the second.
    pub(crate) implied: Vec<(String, String)>,
}

impl Manifest {
    /// Reads the text of a `Cargo.toml` line by line.
    ///
    /// Cargo has judged the file before this runs, so only what cargo accepts is looked for; a dependency under
    /// another name (`package = "…"`) is known by the name it has here.
    pub(crate) fn parse(text: &str) -> Self {
        let mut manifest = Self::default();
        let mut table = Table::Other;
        let mut depth = 0_usize;
        for (line, text) in (1..).zip(text.lines()) {
            let text = text.split('#').next().unwrap_or_default().trim();
            if depth == 0 && text.starts_with('[') {
                table = manifest.open(text.trim_matches(['[', ']']), line);
                continue;
            }
            if depth == 0
                && let Some((key, _)) = text.split_once('=')
            {
                manifest.push(table, key.split('.').next().unwrap_or(key), line);
            }
            if table == Table::Features {
                manifest.imply(text);
            }
            depth =
                (depth + text.matches(['[', '{']).count()).saturating_sub(text.matches([']', '}']).count());
        }
        manifest
    }

    /// Enters the table `header`; `[dependencies.name]` is itself an entry.
    fn open(&mut self, header: &str, line: usize) -> Table {
        let parts: Vec<&str> = header.rsplitn(2, '.').collect();
        let (last, before) = (parts.first().copied().unwrap_or(header), parts.get(1).copied().unwrap_or(""));
        let table = Table::named(last);
        if table == Table::Other {
            let above = before.rsplit('.').next().unwrap_or(before);
            self.push(Table::named(above), last, line);
        }
        table
    }

    /// Notes what the last feature switches on, as far as a line says it; `dep:name` and `name/feature` are no features.
    fn imply(&mut self, line: &str) {
        let Some(feature) = self.features.last() else { return };
        let names = line.split_once('=').map_or(line, |(_, names)| names).split('"').skip(1).step_by(2);
        let ours = names.filter(|name| !name.contains([':', '/']));
        self.implied.extend(ours.map(|name| (feature.name.clone(), name.to_owned())));
    }

    fn push(&mut self, table: Table, name: &str, line: usize) {
        let entry = iter::once(Entry { name: name.trim().trim_matches('"').to_owned(), line });
        match table {
            Table::Dependencies => self.dependencies.extend(entry),
            Table::DevDependencies => self.dev_dependencies.extend(entry),
            Table::Features => self.features.extend(entry),
            Table::Other => {}
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Table {
    Dependencies,
    DevDependencies,
    Features,
    Other,
}

impl Table {
    fn named(name: &str) -> Self {
        match name {
            "dependencies" | "build-dependencies" => Self::Dependencies,
            "dev-dependencies" => Self::DevDependencies,
            "features" => Self::Features,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
[package]
name = "sip-ua" # not a dependency

[dependencies]
bytes.workspace = true
tokio = { workspace = true, features = [
    "rt", # = several lines
], optional = true }

[target.'cfg(target_arch = "wasm32")'.dependencies]
web-sys = "0.3"

[build-dependencies.cc]
version = "1"

[dev-dependencies]
insta.workspace = true

[features]
default = ["tokio"]
tokio = [
    "dep:tokio",
]

[[bin]]
name = "sip"
"#;

    fn names(entries: &[Entry]) -> Vec<&str> {
        entries.iter().map(|entry| entry.name.as_str()).collect()
    }

    #[test]
    fn dependencies_of_every_kind_are_told_apart() {
        let manifest = Manifest::parse(TEXT);
        assert_eq!(names(&manifest.dependencies), ["bytes", "tokio", "web-sys", "cc"]);
        assert_eq!(names(&manifest.dev_dependencies), ["insta"]);
        assert_eq!(names(&manifest.features), ["default", "tokio"]);
        assert_eq!(manifest.implied, [("default".to_owned(), "tokio".to_owned())]);
    }

    #[test]
    fn an_entry_knows_its_line() {
        let manifest = Manifest::parse(TEXT);
        assert_eq!(manifest.dependencies.iter().map(|entry| entry.line).collect::<Vec<_>>(), [6, 7, 12, 14]);
    }
}
