//! Plain text for paper: 80 columns, boxes to tick, lines to write on, a form feed between pages.

use super::{Block, Part, Sheet};
use crate::report::page::{Page, wrap};

const WIDTH: usize = 80;
/// Lines of a page, head and foot included: what A4 and Letter hold at six lines an inch with a margin.
const LINES: usize = 60;
/// The head of a page: a line and an empty one. The foot likewise.
const FRAME: usize = 4;

/// Lays out a page, or several, for paper.
#[must_use]
pub fn paper(sheet: &Sheet) -> String {
    let mut chunks: Vec<Vec<String>> = Vec::new();
    let mut top = Page::new(WIDTH);
    top.para(&sheet.title.to_uppercase());
    for line in &sheet.under {
        top.para(line);
    }
    chunks.push(top.lines().to_vec());
    let mut glued = false;
    for block in &sheet.blocks {
        let chunk = of_block(block);
        // A heading stands with what follows it, and what was done with what was to be done.
        let ticks_of_step = matches!(block, Block::Ticks(t) if t.len() == 1);
        match chunks.last_mut() {
            Some(last) if glued || ticks_of_step => last.extend(chunk),
            _ => chunks.push(chunk),
        }
        glued = matches!(block, Block::Section(_));
    }
    let mut foot = Page::new(WIDTH);
    foot.para(&"-".repeat(WIDTH));
    for line in &sheet.foot {
        foot.hang("", "  ", line);
    }
    chunks.push(foot.lines().to_vec());
    paged(&sheet.title, &chunks)
}

/// Puts chunks on pages; one that fits on no page is cut.
fn paged(title: &str, chunks: &[Vec<String>]) -> String {
    let room = LINES - FRAME;
    let mut pages: Vec<Vec<String>> = vec![Vec::new()];
    for chunk in chunks {
        let space = |pages: &Vec<Vec<String>>| room.saturating_sub(pages.last().map_or(0, Vec::len));
        if chunk.len() + 1 > space(&pages) && pages.last().is_some_and(|p| !p.is_empty()) {
            pages.push(Vec::new());
        }
        for line in chunk {
            if space(&pages) == 0 {
                pages.push(Vec::new());
            }
            if let Some(page) = pages.last_mut() {
                page.push(line.clone());
            }
        }
        if let Some(page) = pages.last_mut().filter(|p| p.len() < room) {
            page.push(String::new());
        }
    }
    let count = pages.len();
    let mut out = String::new();
    for (n, page) in pages.iter().enumerate() {
        if n > 0 {
            out.push('\u{c}');
        }
        let number = format!("page {} of {count}", n + 1);
        let room = WIDTH - number.len() - 2;
        let name: String = title.chars().take(room).collect();
        out.push_str(&format!("{name:<room$}  {number}\n\n"));
        for line in page {
            out.push_str(line.trim_end());
            out.push('\n');
        }
    }
    out
}

fn of_block(block: &Block) -> Vec<String> {
    let mut page = Page::new(WIDTH);
    match block {
        Block::Section(text) => {
            page.para(text);
            page.para(&"=".repeat(text.chars().count().min(WIDTH)));
        }
        Block::Para(text) => page.para(text),
        Block::Loud(lines) => return loud(lines),
        Block::Items(items) => self::items(&mut page, items),
        Block::Ticks(lines) => {
            for (text, write) in lines {
                tick(&mut page, text, write.as_deref());
            }
        }
        Block::Bullets(lines) => {
            for text in lines {
                page.hang("  - ", "    ", text);
            }
        }
        Block::Table { head, rows } => {
            match widths(head, rows) {
                Some(widths) => table(&mut page, &widths, head, rows),
                // Nothing is cut: a row that has no room side by side stands as labelled lines.
                None => {
                    for row in rows {
                        let cells: Vec<(String, String)> = head.iter().cloned().zip(row.iter().cloned()).collect();
                        self::items(&mut page, &cells);
                        page.blank();
                    }
                }
            }
        }
        Block::Step(step) => of_step(&mut page, step),
    }
    let mut lines = page.lines().to_vec();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

/// The narrowest a column may become.
const NARROWEST: usize = 9;

/// Widths of columns that fit side by side; none when some would be too narrow to be read.
fn widths(head: &[String], rows: &[Vec<String>]) -> Option<Vec<usize>> {
    let cells = |n: usize| std::iter::once(head).chain(rows.iter().map(Vec::as_slice)).filter_map(move |r| r.get(n));
    let longest_word = |n: usize| cells(n).flat_map(|c| c.split(' ')).map(|w| w.chars().count()).max().unwrap_or(0);
    let mut widths: Vec<usize> =
        (0..head.len()).map(|n| cells(n).map(|c| c.chars().count()).max().unwrap_or(0).max(1)).collect();
    let least: Vec<usize> = (0..head.len()).map(|n| longest_word(n).max(NARROWEST)).collect();
    let room = WIDTH.checked_sub(3 * head.len() + 1)?;
    while widths.iter().sum::<usize>() > room {
        let widest =
            (0..widths.len()).filter(|n| widths.get(*n) > least.get(*n)).max_by_key(|n| widths.get(*n).copied())?;
        *widths.get_mut(widest)? -= 1;
    }
    Some(widths)
}

fn table(page: &mut Page, widths: &[usize], head: &[String], rows: &[Vec<String>]) {
    let rule: String = widths.iter().map(|w| format!("+{}", "-".repeat(w + 2))).chain(["+".to_owned()]).collect();
    page.verbatim(0, &rule);
    for row in std::iter::once(head).chain(rows.iter().map(Vec::as_slice)) {
        let cells: Vec<Vec<String>> = row.iter().zip(widths).map(|(cell, width)| wrap(cell, *width)).collect();
        for n in 0..cells.iter().map(Vec::len).max().unwrap_or(0) {
            let line: String = cells
                .iter()
                .zip(widths)
                .map(|(cell, width)| format!("| {:<width$} ", cell.get(n).map_or("", String::as_str)))
                .collect();
            page.verbatim(0, &format!("{line}|"));
        }
        page.verbatim(0, &rule);
    }
}

fn loud(lines: &[(String, Option<String>)]) -> Vec<String> {
    let edge = "#".repeat(WIDTH);
    let mut out = vec![edge.clone()];
    for (text, command) in lines {
        let mut page = Page::new(WIDTH - 4);
        page.para(text);
        if let Some(command) = command {
            page.whole(4, command);
        }
        out.extend(page.lines().iter().map(|l| {
            let pad = (WIDTH - 4).saturating_sub(l.chars().count());
            format!("# {l}{:pad$} #", "")
        }));
    }
    out.push(edge);
    out
}

fn tick(page: &mut Page, text: &str, write: Option<&str>) {
    page.hang("[ ] ", "    ", text);
    match write {
        Some("by") => page.verbatim(4, "by ________________________   at ____:____   saw ________________________"),
        Some(label) => {
            let room = WIDTH - 6 - label.chars().count().min(40);
            page.verbatim(4, &format!("{label}: {}", "_".repeat(room)));
        }
        None => {}
    }
}

fn items(page: &mut Page, items: &[(String, String)]) {
    let column = items.iter().map(|(l, _)| l.chars().count()).max().unwrap_or(0).min(18);
    for (label, text) in items {
        page.item(4, label, column, text);
    }
}

fn of_step(page: &mut Page, step: &Part) {
    page.hang(&format!("{}  ", step.number), "     ", &step.title);
    items(page, &step.items);
    if !step.requests.is_empty() {
        for line in &step.requests {
            page.whole(6, line);
        }
    }
}
