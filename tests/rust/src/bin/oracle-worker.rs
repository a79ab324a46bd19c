//! The engine's side of `make oracle`: reads cases from stdin and answers on stdout.
//!
//! A case is `LENGTH\n` and that many bytes of a vector file (`tests/vectors/README.md`) without expectations; the answer
//! is `LENGTH\n` and that many bytes: `want 0\nHTML`, or `error 0\n` and the error's fields.

use livetemplate_tests::Case;
use std::fmt::Write as _;
use std::io::{self, BufRead, BufWriter, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

fn main() -> io::Result<()> {
    // A panic is an answer; its text goes there and not to the terminal.
    std::panic::set_hook(Box::new(|_| {}));
    let mut input = io::stdin().lock();
    let mut output = BufWriter::new(io::stdout().lock());
    let (mut line, mut file) = (String::new(), Vec::new());
    loop {
        line.clear();
        if input.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let length = line.trim_end().parse::<usize>().map_err(io::Error::other)?;
        file.resize(length, 0);
        input.read_exact(&mut file)?;
        let answer = catch_unwind(AssertUnwindSafe(|| render(&file)));
        let answer = answer.unwrap_or_else(|_| b"error 0\ncode Panic\nmessage a panic".to_vec());
        writeln!(output, "{}", answer.len())?;
        output.write_all(&answer)?;
        output.flush()?;
    }
}

fn render(file: &[u8]) -> Vec<u8> {
    let case = Case::parse("random", file, None);
    let error = match case.template().and_then(|t| t.render_json(&case.data, case.flags)) {
        Ok(html) => return [b"want 0\n", html.as_slice()].concat(),
        Err(error) => error,
    };
    let mut text = format!("error 0\ncode {}\n", error.code().name());
    // Writing to a String cannot fail.
    if let Some(template) = error.template() {
        let _ = writeln!(text, "template {template}");
    }
    if let (Some(line), Some(column)) = (error.line(), error.column()) {
        let _ = writeln!(text, "line {line}\ncolumn {column}");
    }
    let _ = write!(text, "message {}", error.message().replace('\n', "\\n"));
    text.into_bytes()
}
