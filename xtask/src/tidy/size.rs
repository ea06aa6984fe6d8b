//! Budgets of size: lines per file and per function, depth of nesting.

use super::finding::{Finding, Rule};
use super::source::Source;
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

const FILE_LINES: usize = 500;
const FN_LINES: usize = 80;
const NESTING: usize = 4;
/// What an arm of a flat table does takes at most this many lines.
const ARM_LINES: usize = 6;
/// A flat table nests no deeper than its `match` and one `if` in an arm.
const TABLE_NESTING: usize = 2;
/// What a flat table may have around its `match`.
const AROUND_TABLE: usize = 10;

/// A function and its measures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) line: usize,
    pub(crate) lines: usize,
    pub(crate) nesting: usize,
    /// Where the nesting is deepest.
    pub(crate) deepest: usize,
    /// One `match` whose arms do little, such as the transitions of a machine: it may be as long as its subject.
    pub(crate) is_table: bool,
}

/// Holds the file and each of its functions against the budgets.
pub(crate) fn check(source: &Source) -> Vec<Finding> {
    let mut findings: Vec<Finding> = file_length(source).into_iter().collect();
    for function in functions(source) {
        let Function { name, line, lines, nesting, deepest, is_table } = &function;
        if *lines > FN_LINES && !source.excuses.cover(Rule::FnLength, *line) && !is_table {
            let message = format!("fn {name} has {lines} lines, {FN_LINES} is the most: split it");
            findings.push(source.finding(*line, Rule::FnLength, message));
        }
        if *nesting > NESTING && !source.excuses.cover(Rule::Nesting, *line) {
            let message = format!("fn {name} nests {nesting} deep (line {deepest}), {NESTING} is the most");
            findings.push(source.finding(*line, Rule::Nesting, message));
        }
    }
    findings
}

/// The functions of a file outside tests, closures and bodiless declarations not counted.
pub(crate) fn functions(source: &Source) -> Vec<Function> {
    let mut functions = Functions { found: Vec::new() };
    functions.visit_file(&source.tree);
    functions.found.retain(|function| !source.in_test(function.line));
    functions.found
}

fn file_length(source: &Source) -> Option<Finding> {
    let lines = source.lines().count();
    if source.is_test || lines <= FILE_LINES || source.excuses.cover_file(Rule::FileLength) {
        return None;
    }
    let message =
        format!("{lines} lines before tests, {FILE_LINES} is the most: split the file by what it owns");
    Some(source.finding(1, Rule::FileLength, message))
}

struct Functions {
    found: Vec<Function>,
}

impl Functions {
    fn add(&mut self, signature: &syn::Signature, body: &syn::Block) {
        let line = signature.fn_token.span.start().line;
        let lines = body.brace_token.span.close().end().line - line + 1;
        let mut depth = Depth::default();
        depth.visit_block(body);
        self.found.push(Function {
            name: signature.ident.to_string(),
            line,
            lines,
            nesting: depth.most,
            deepest: depth.deepest,
            is_table: depth.most <= TABLE_NESTING && is_table(body, lines),
        });
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.add(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.add(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(body) = &item.default {
            self.add(&item.sig, body);
        }
        visit::visit_trait_item_fn(self, item);
    }
}

fn is_table(body: &syn::Block, lines: usize) -> bool {
    let Some(syn::Stmt::Expr(syn::Expr::Match(table), _)) = body.stmts.last() else { return false };
    let short = |arm: &syn::Arm| lines_of(arm.body.span()) <= ARM_LINES;
    table.arms.iter().all(short) && lines.saturating_sub(lines_of(table.span())) <= AROUND_TABLE
}

fn lines_of(span: proc_macro2::Span) -> usize {
    span.end().line - span.start().line + 1
}

#[derive(Default)]
struct Depth {
    now: usize,
    most: usize,
    deepest: usize,
}

impl Depth {
    fn enter(&mut self, line: usize, inside: impl FnOnce(&mut Self)) {
        self.now += 1;
        if self.now > self.most {
            (self.most, self.deepest) = (self.now, line);
        }
        inside(self);
        self.now -= 1;
    }

    /// An `if` and what its `else` holds; `else if` is not one deeper.
    fn chain(&mut self, expr: &syn::ExprIf) {
        self.visit_expr(&expr.cond);
        self.visit_block(&expr.then_branch);
        match expr.else_branch.as_ref().map(|(_, other)| &**other) {
            Some(syn::Expr::If(next)) => self.chain(next),
            Some(other) => self.visit_expr(other),
            None => {}
        }
    }
}

impl<'ast> Visit<'ast> for Depth {
    fn visit_item(&mut self, _: &'ast syn::Item) {
        // A function inside a function has its own depth.
    }

    fn visit_expr_if(&mut self, expr: &'ast syn::ExprIf) {
        self.enter(expr.if_token.span.start().line, |depth| depth.chain(expr));
    }

    fn visit_expr_match(&mut self, expr: &'ast syn::ExprMatch) {
        self.enter(expr.match_token.span.start().line, |depth| visit::visit_expr_match(depth, expr));
    }

    fn visit_expr_for_loop(&mut self, expr: &'ast syn::ExprForLoop) {
        self.enter(expr.for_token.span.start().line, |depth| visit::visit_expr_for_loop(depth, expr));
    }

    fn visit_expr_while(&mut self, expr: &'ast syn::ExprWhile) {
        self.enter(expr.while_token.span.start().line, |depth| visit::visit_expr_while(depth, expr));
    }

    fn visit_expr_loop(&mut self, expr: &'ast syn::ExprLoop) {
        self.enter(expr.loop_token.span.start().line, |depth| visit::visit_expr_loop(depth, expr));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: impl Into<String>) -> Source {
        Source::parse("sip-x/src/a.rs", text.into()).unwrap()
    }

    fn rules(text: impl Into<String>) -> Vec<Rule> {
        check(&source(text)).into_iter().map(|finding| finding.rule).collect()
    }

    fn function(text: &str) -> Function {
        functions(&source(text)).remove(0)
    }

    #[test]
    fn a_file_over_budget_needs_a_reason() {
        let long = "// x\n".repeat(501);
        assert_eq!(rules(long.clone()), [Rule::FileLength]);
        assert_eq!(rules("// x\n".repeat(500)), []);
        assert_eq!(rules(format!("{long}// tidy: file-length: one table of IANA names\n")), []);
    }

    #[test]
    fn tests_do_not_count_to_the_length_of_a_file() {
        assert_eq!(
            rules(format!("fn a() {{}}\n#[cfg(test)]\nmod tests {{\n{}}}\n", "// x\n".repeat(600))),
            []
        );
    }

    #[test]
    fn a_function_over_budget_needs_a_reason() {
        let body = "a();\n".repeat(79);
        assert_eq!(rules(format!("fn a() {{\n{body}}}\n")), [Rule::FnLength]);
        assert_eq!(rules(format!("fn a() {{\n{}}}\n", "a();\n".repeat(78))), []);
        assert_eq!(rules(format!("// tidy: fn-length: reads as one recipe\nfn a() {{\n{body}}}\n")), []);
    }

    #[test]
    fn a_flat_table_may_be_long_but_logic_in_it_not() {
        let arms = "1 => 2,\n".repeat(100);
        assert_eq!(rules(format!("fn a() {{\nmatch b {{\n{arms}}}\n}}\n")), []);
        let patterns = "(a,\nb,\nc) => {\nif d { e }\nf()\n}\n".repeat(25);
        assert_eq!(rules(format!("fn a() {{\nmatch b {{\n{patterns}}}\n}}\n")), []);
        for arm in ["1 => {\na();\nb();\nc();\nd();\ne();\n}\n", "1 => if a { if b { } }\n"] {
            let logic = arm.repeat(90);
            let rules = rules(format!("fn a() {{\nmatch b {{\n{logic}}}\n}}\n"));
            assert!(rules.contains(&Rule::FnLength), "{arm}");
        }
    }

    #[test]
    fn methods_and_trait_defaults_are_functions() {
        let text = "impl A { fn a() { } }\ntrait B { fn b() { } fn c(); }\nfn d() { fn e() { } }\n";
        let names: Vec<_> = functions(&source(text)).into_iter().map(|function| function.name).collect();
        assert_eq!(names, ["a", "b", "d", "e"]);
    }

    #[test]
    fn nesting_counts_match_if_and_loops() {
        let text = "fn a() {\nfor x in y {\nwhile b {\nloop {\nmatch c {\n_ => if d { }\n}\n}\n}\n}\n}\n";
        let function = function(text);
        assert_eq!((function.nesting, function.deepest), (5, 6));
        assert_eq!(rules(text), [Rule::Nesting]);
    }

    #[test]
    fn else_if_is_not_deeper() {
        assert_eq!(function("fn a() { if b { } else if c { } else if d { } else { if e { } } }").nesting, 2);
    }

    #[test]
    fn an_inner_function_starts_again() {
        assert_eq!(function("fn a() { if b { fn c() { if d { if e { } } } } }").nesting, 1);
    }
}
