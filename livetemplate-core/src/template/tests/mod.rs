//! Against files that real Go wrote (`testdata/main.go`), and what those cannot show.

mod functions;
mod parse;
