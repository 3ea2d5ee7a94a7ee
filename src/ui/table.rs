//! Tables at a given width.

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};

/// A table without borders, its columns wrapped so that it fits `width`. The cells have been made safe already.
#[must_use]
pub fn draw<const N: usize>(header: [&str; N], rows: &[[String; N]], width: usize) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.force_no_tty();
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    table.set_header(header.map(str::to_uppercase));
    for row in rows {
        table.add_row(row.clone());
    }
    keep_words(&mut table, &header, rows, width);
    table.lines().map(|l| format!("{}\n", l.trim_end())).collect()
}

/// What stands beside a cell's text.
const PADDING: usize = 2;
/// What each column needs at least to be read.
const LEAST: usize = 12;

/// Makes each column as wide as its longest word, as far as there is room, the first ones first: an id that is broken in
/// its middle is none that could be copied.
fn keep_words<const N: usize>(table: &mut Table, header: &[&str; N], rows: &[[String; N]], width: usize) {
    let mut room = width;
    for (ix, title) in header.iter().enumerate() {
        let cells = rows.iter().filter_map(|row| row.get(ix)).map(String::as_str);
        let words = cells.chain([*title]).flat_map(str::split_whitespace);
        let longest = words.map(|word| word.chars().count()).max().unwrap_or_default() + PADDING;
        let (others, column) = ((N - 1 - ix) * LEAST, table.column_mut(ix));
        match (column, u16::try_from(longest)) {
            (Some(column), Ok(least)) if longest + others <= room => {
                column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(least)));
                room -= longest;
            }
            _ => room = room.saturating_sub(LEAST),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_fits_the_width_that_it_is_given() {
        let rows = [["stop-sending".to_owned(), "set autonomy to off ".repeat(5)], ["page".into(), "x".into()]];
        for width in [40, 72, 80] {
            let text = draw(["step", "what"], &rows, width);
            assert!(text.lines().all(|l| l.chars().count() <= width), "{text}");
            assert!(text.contains("STEP") && text.contains("stop-sending"), "{text}");
        }
    }

    #[test]
    fn an_id_is_whole_in_its_line_however_much_stands_beside_it() {
        let long = "support-replies-autonomy is set to off in production and read back where it is used ".repeat(3);
        let id = "rollback-retrieval-in-production";
        let rows = [[id.to_owned(), long.clone(), "proven; approved by lena, carl".to_owned(), "12 s".to_owned()]];
        for width in [72, 80, 100] {
            let text = draw(["step", "what", "proof", "took"], &rows, width);
            assert!(text.lines().all(|l| l.chars().count() <= width), "{text}");
            assert!(text.lines().any(|l| l.split_whitespace().any(|w| w == id)), "{text}");
        }
        let text = draw(["step", "what", "proof", "took"], &[["page".into(), long, "proven".into(), "1 s".into()]], 72);
        assert!(text.contains("support-replies-autonomy"), "{text}");
        // A word that is wider than all there is stands in parts, within the width.
        let text = draw(["step", "what"], &[["x".repeat(90), "what".to_owned()]], 72);
        assert!(text.lines().all(|l| l.chars().count() <= 72), "{text}");
    }
}
