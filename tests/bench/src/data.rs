//! The page that is measured: rows of five slots.

use std::fmt::Write;

/// JSON text of a page of `rows` rows; `version` changes one cell in the middle.
pub fn page(rows: usize, version: usize) -> String {
    let mut out = String::from("{\"Title\": \"Stock & prices\", \"Rows\": [");
    for i in 0..rows {
        let comma = if i == 0 { "" } else { "," };
        let stock = if i == rows / 2 { version } else { i % 97 };
        // Every tenth name has characters to escape.
        let name = if i % 10 == 0 { "Nuts & <bolts>" } else { "Washers, steel" };
        _ = write!(
            out,
            "{comma}\n{{\"ID\": \"r{i}\", \"Name\": \"{name} {i}\", \"Price\": {}.25, \"Stock\": {stock}, \"Note\": \"shelf {}\"}}",
            i % 50,
            i % 13
        );
    }
    out.push_str("]}");
    out
}

/// A JSON Patch that changes one cell.
pub fn patch(row: usize, version: usize) -> String {
    format!("[{{\"op\": \"replace\", \"path\": \"/Rows/{row}/Stock\", \"value\": {version}}}]")
}
