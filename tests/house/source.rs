//! Rust source as a list of tokens, enough to read imports, words and strings without a compiler.
//!
//! Owns the cutting into tokens, the marking of test code, and the resolving of `crate::` and `super::` paths. Must not
//! judge: the rules stand in `main.rs`.

use std::fs;
use std::path::{Path, PathBuf};

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// A word: identifier or keyword.
    Word(String),
    /// The inside of a string literal, escapes as written.
    Text(String),
    /// The inside of a comment.
    Comment(String),
    /// `::`.
    Path,
    /// Any other character that is not blank.
    Mark(char),
}

/// A token with its place.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    /// The token.
    pub(crate) is: Token,
    /// Line, from 1.
    pub(crate) line: usize,
    /// Inside `#[cfg(test)]`, or in a file that is a test module.
    pub(crate) in_test: bool,
}

/// One source file.
pub(crate) struct Source {
    /// Below `src`, with `/`.
    pub(crate) name: String,
    /// The module path of the file, such as `["run", "event"]`.
    pub(crate) module: Vec<String>,
    /// Its tokens.
    pub(crate) tokens: Vec<Placed>,
    /// Lines outside test code.
    pub(crate) lines: usize,
}

/// Every `.rs` file below a folder, in order of name.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Reads every file of the program. A file that another one names with `#[cfg(test)] mod …;` is test code throughout.
pub(crate) fn program() -> Vec<Source> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources: Vec<Source> = files_below(&src)
        .iter()
        .map(|path| {
            let name = path.strip_prefix(&src).unwrap().to_str().unwrap().replace('\\', "/");
            Source::read(&name, &fs::read_to_string(path).unwrap())
        })
        .collect();
    let gated: Vec<Vec<String>> = sources.iter().flat_map(Source::gated_modules).collect();
    for source in &mut sources {
        if gated.iter().any(|module| source.module.starts_with(module)) {
            source.lines = 0;
            for token in &mut source.tokens {
                token.in_test = true;
            }
        }
    }
    sources
}

impl Source {
    /// Cuts a text into tokens and marks its test code.
    pub(crate) fn read(name: &str, text: &str) -> Self {
        let mut module: Vec<String> = name.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
        if matches!(module.last().map(String::as_str), Some("mod" | "lib" | "main")) {
            module.pop();
        }
        let test_file = module.iter().any(|m| m == "tests");
        let mut tokens = cut(text);
        mark_tests(&mut tokens, test_file);
        let mut in_test: Vec<usize> = tokens.iter().filter(|t| t.in_test).map(|t| t.line).collect();
        in_test.dedup();
        let lines = match (in_test.first(), in_test.last()) {
            _ if test_file => 0,
            (Some(first), Some(last)) => text.lines().count() - (last - first + 1),
            _ => text.lines().count(),
        };
        Self { name: name.to_owned(), module, tokens, lines }
    }

    /// The words of the program itself: no comments, no test code.
    pub(crate) fn own_words(&self) -> Vec<(&str, usize)> {
        self.tokens
            .iter()
            .filter(|t| !t.in_test)
            .filter_map(|t| if let Token::Word(w) = &t.is { Some((w.as_str(), t.line)) } else { None })
            .collect()
    }

    /// Every path outside test code that begins at the crate's root, however it was written, as segments with their
    /// line: `use crate::{a::B, c}` gives `a::B` and `c`.
    pub(crate) fn rooted_paths(&self) -> Vec<(Vec<String>, usize)> {
        let mut found = Vec::new();
        // Names of `mod x { … }` blocks around the token, each with the depth of braces at which it opened.
        let mut around: Vec<(String, usize)> = Vec::new();
        let mut depth = 0;
        let mut at = 0;
        while let Some(token) = self.tokens.get(at) {
            match &token.is {
                Token::Mark('{') => depth += 1,
                Token::Mark('}') => {
                    if around.last().is_some_and(|(_, d)| *d == depth) {
                        around.pop();
                    }
                    depth -= 1;
                }
                Token::Word(w) if w == "mod" => {
                    if let (Some(Token::Word(name)), Some(Token::Mark('{'))) = (self.is(at + 1), self.is(at + 2)) {
                        around.push((name.clone(), depth + 1));
                    }
                }
                Token::Word(w) if !token.in_test && self.begins_a_path(at) => {
                    let mut base: Vec<String> = match w.as_str() {
                        "crate" | "aigov" => Vec::new(),
                        "super" | "self" => {
                            let mut here = self.module.clone();
                            here.extend(around.iter().map(|(n, _)| n.clone()));
                            if w == "super" {
                                here.pop();
                            }
                            here
                        }
                        _ => {
                            at += 1;
                            continue;
                        }
                    };
                    let mut next = at + 2;
                    while self.is(next) == Some(&Token::Word("super".to_owned()))
                        && self.is(next + 1) == Some(&Token::Path)
                    {
                        base.pop();
                        next += 2;
                    }
                    self.leaves(&mut next, &base, &mut found);
                }
                _ => {}
            }
            at += 1;
        }
        found
    }

    /// Every path that begins with one of these words (such as `std`), outside test code.
    pub(crate) fn outside_paths(&self, roots: &[&str]) -> Vec<(Vec<String>, usize)> {
        let mut found = Vec::new();
        for at in 0..self.tokens.len() {
            let Some(Token::Word(w)) = self.is(at) else { continue };
            if roots.contains(&w.as_str()) && !self.tokens[at].in_test && self.begins_a_path(at) {
                let mut next = at + 2;
                self.leaves(&mut next, std::slice::from_ref(w), &mut found);
            }
        }
        found
    }

    /// Modules in files of their own that only tests compile.
    fn gated_modules(&self) -> Vec<Vec<String>> {
        let mut found = Vec::new();
        for at in 0..self.tokens.len() {
            if let (Some(Token::Word(word)), Some(Token::Word(name)), Some(Token::Mark(';'))) =
                (self.is(at), self.is(at + 1), self.is(at + 2))
                && word == "mod"
                && self.tokens[at].in_test
            {
                let mut module = self.module.clone();
                module.push(name.clone());
                found.push(module);
            }
        }
        found
    }

    fn is(&self, at: usize) -> Option<&Token> {
        self.tokens.get(at).map(|t| &t.is)
    }

    fn begins_a_path(&self, at: usize) -> bool {
        self.is(at + 1) == Some(&Token::Path) && (at == 0 || self.is(at - 1) != Some(&Token::Path))
    }

    /// Reads a use tree from `next` on and adds each of its leaves below `base`.
    fn leaves(&self, next: &mut usize, base: &[String], found: &mut Vec<(Vec<String>, usize)>) {
        let mut path = base.to_vec();
        loop {
            let line = self.tokens.get(*next).map_or(0, |t| t.line);
            match self.is(*next) {
                Some(Token::Word(w)) => {
                    path.push(w.clone());
                    *next += 1;
                    if self.is(*next) == Some(&Token::Path) {
                        *next += 1;
                        continue;
                    }
                    found.push((path, line));
                    return;
                }
                Some(Token::Mark('{')) => {
                    *next += 1;
                    while !matches!(self.is(*next), None | Some(Token::Mark('}'))) {
                        match self.is(*next) {
                            Some(Token::Word(w)) if w == "as" => *next += 2,
                            Some(Token::Word(_) | Token::Mark('{' | '*')) => self.leaves(next, &path, found),
                            _ => *next += 1,
                        }
                    }
                    *next += 1;
                    return;
                }
                Some(Token::Mark('*')) => {
                    *next += 1;
                    found.push((path, line));
                    return;
                }
                // A generic such as `Vec::<u8>`: the path ends here.
                _ => {
                    found.push((path, line));
                    return;
                }
            }
        }
    }
}

/// Marks the item that follows each `#[cfg(test)]`, up to its closing brace or semicolon.
fn mark_tests(tokens: &mut [Placed], whole_file: bool) {
    if whole_file {
        for t in tokens.iter_mut() {
            t.in_test = true;
        }
        return;
    }
    let gate = [
        Token::Mark('#'),
        Token::Mark('['),
        Token::Word("cfg".into()),
        Token::Mark('('),
        Token::Word("test".into()),
        Token::Mark(')'),
        Token::Mark(']'),
    ];
    let mut at = 0;
    while at + gate.len() <= tokens.len() {
        if !tokens[at..at + gate.len()].iter().map(|t| &t.is).eq(gate.iter()) {
            at += 1;
            continue;
        }
        let mut depth = 0;
        let mut end = at + gate.len();
        while let Some(t) = tokens.get(end) {
            match t.is {
                Token::Mark('{' | '(' | '[') => depth += 1,
                Token::Mark(close @ ('}' | ')' | ']')) => {
                    depth -= 1;
                    if depth == 0 && close == '}' {
                        break;
                    }
                }
                Token::Mark(';') if depth == 0 => break,
                _ => {}
            }
            end += 1;
        }
        let end = (end + 1).min(tokens.len());
        for t in &mut tokens[at..end] {
            t.in_test = true;
        }
        at = end;
    }
}

fn cut(text: &str) -> Vec<Placed> {
    let chars: Vec<char> = text.chars().collect();
    let get = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let mut out = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < chars.len() {
        let (start, c) = (at, get(at));
        let is = if c == '/' && get(at + 1) == '/' {
            while at < chars.len() && get(at) != '\n' {
                at += 1;
            }
            Some(Token::Comment(chars[start..at].iter().collect()))
        } else if c == '/' && get(at + 1) == '*' {
            let mut depth = 0;
            loop {
                match (get(at), get(at + 1)) {
                    ('/', '*') => (depth, at) = (depth + 1, at + 2),
                    ('*', '/') => (depth, at) = (depth - 1, at + 2),
                    _ => at += 1,
                }
                if depth == 0 || at >= chars.len() {
                    break;
                }
            }
            Some(Token::Comment(chars[start..at.min(chars.len())].iter().collect()))
        } else if let Some(hashes) = raw_string(&chars, at) {
            at += chars[at..].iter().position(|c| *c == '"').unwrap() + 1;
            let inside = at;
            let close: String = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
            while at < chars.len() && !close.chars().enumerate().all(|(i, c)| get(at + i) == c) {
                at += 1;
            }
            let inside = chars[inside..at].iter().collect();
            at += close.len();
            Some(Token::Text(inside))
        } else if c == '"' {
            at += 1;
            while at < chars.len() && get(at) != '"' {
                at += if get(at) == '\\' { 2 } else { 1 };
            }
            at += 1;
            Some(Token::Text(chars[start + 1..(at - 1).min(chars.len())].iter().collect()))
        } else if c == '\'' && (get(at + 1) == '\\' || get(at + 2) == '\'') {
            // A character; anything else after a quote is a lifetime.
            at += if get(at + 1) == '\\' { 3 } else { 2 };
            while at < chars.len() && get(at) != '\'' {
                at += 1;
            }
            at += 1;
            Some(Token::Text(chars[start + 1..(at - 1).min(chars.len())].iter().collect()))
        } else if c.is_alphanumeric() || c == '_' {
            while get(at).is_alphanumeric() || get(at) == '_' {
                at += 1;
            }
            Some(Token::Word(chars[start..at].iter().collect()))
        } else if c == ':' && get(at + 1) == ':' {
            at += 2;
            Some(Token::Path)
        } else {
            at += 1;
            (!c.is_whitespace()).then_some(Token::Mark(c))
        };
        if let Some(is) = is {
            out.push(Placed { is, line, in_test: false });
        }
        line += chars[start..at.min(chars.len())].iter().filter(|c| **c == '\n').count();
    }
    out
}

/// The number of `#` when a raw string begins here.
fn raw_string(chars: &[char], at: usize) -> Option<usize> {
    let rest = chars.get(at..)?;
    let rest = rest.strip_prefix(&['b']).unwrap_or(rest);
    let rest = rest.strip_prefix(&['r'])?;
    let hashes = rest.iter().take_while(|c| **c == '#').count();
    let after_word = at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_');
    (rest.get(hashes) == Some(&'"') && !after_word).then_some(hashes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(name: &str, text: &str) -> Vec<String> {
        Source::read(name, text).rooted_paths().iter().map(|(p, _)| p.join("::")).collect()
    }

    #[test]
    fn every_way_of_writing_an_import_is_read() {
        assert_eq!(
            paths("run/event.rs", "use crate::{plan::{Plan, matrix as m}, text};"),
            ["plan::Plan", "plan::matrix", "text"]
        );
        assert_eq!(
            paths("run/event.rs", "use super::record::Seen; use super::super::ui;"),
            ["run::record::Seen", "ui"]
        );
        assert_eq!(paths("run/mod.rs", "use super::ui::{self, Line};"), ["ui::self", "ui::Line"]);
        assert_eq!(paths("run/mod.rs", "fn f() { crate::ui::show(x) }"), ["ui::show"]);
        assert_eq!(paths("run/event.rs", "mod inner { use super::super::super::ui; } use super::x;"), ["ui", "run::x"]);
        assert_eq!(paths("a.rs", "pub(crate) fn f() {} // crate::ui\n const X: &str = \"crate::ui\";"), [""; 0]);
    }

    #[test]
    fn test_code_and_strings_are_told_apart() {
        let source = Source::read(
            "a.rs",
            "fn a() { r#\"one \" two\"# }\n#[cfg(test)]\nmod t {\n use crate::ui;\n}\nfn b<'a>() {}",
        );
        assert!(source.rooted_paths().is_empty());
        assert_eq!(source.lines, 2);
        assert!(source.own_words().iter().any(|(w, line)| *w == "b" && *line == 6));
        assert!(source.tokens.iter().any(|t| t.is == Token::Text("one \" two".into())));
        let source = Source::read("a/mod.rs", "#[cfg(test)]\nmod samples;\nmod real;");
        assert_eq!(source.gated_modules(), [["a", "samples"]]);
    }
}
