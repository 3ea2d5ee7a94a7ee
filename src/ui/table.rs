//! Tables at a given width.

use comfy_table::{ContentArrangement, Table, presets};

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
    table.lines().map(|l| format!("{}\n", l.trim_end())).collect()
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
}
