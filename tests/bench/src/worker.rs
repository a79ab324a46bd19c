//! The sides in other languages: processes driven line by line.

use crate::table::Side;
use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

/// A running worker; dropping it ends it.
pub struct Worker {
    name: String,
    process: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Worker {
    /// Starts the program with its own arguments, the template and one data file per page.
    pub fn start(
        program: &Path,
        arguments: &[&Path],
        template: &Path,
        files: &[PathBuf],
    ) -> Result<Worker, Box<dyn Error>> {
        let mut process = Command::new(program)
            .args(arguments)
            .arg(template)
            .args(files)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| format!("{}: {e}", program.display()))?;
        let commands = process.stdin.take().ok_or("no standard input")?;
        let answers = BufReader::new(process.stdout.take().ok_or("no standard output")?);
        Ok(Worker { name: program.display().to_string(), process, commands, answers })
    }

    fn ask(&mut self, command: &str) -> Result<String, Box<dyn Error>> {
        writeln!(self.commands, "{command}")?;
        self.commands.flush()?;
        let mut answer = String::new();
        if self.answers.read_line(&mut answer)? == 0 {
            return Err(format!("{} ended at {command:?}", self.name).into());
        }
        Ok(answer.trim_end().to_owned())
    }

    /// The version of what the worker measures.
    pub fn version(&mut self) -> Result<String, Box<dyn Error>> {
        self.ask("version")
    }

    /// Sees that the worker renders the same bytes.
    pub fn check(&mut self, page: usize, html: &[u8]) -> Result<(), Box<dyn Error>> {
        let theirs = self.ask(&format!("html {page}"))?;
        let ours = format!("{} {}", html.len(), fnv1a(html));
        if ours == theirs {
            Ok(())
        } else {
            Err(format!("page {page}: we render {ours} (length, hash), {} {theirs}", self.name).into())
        }
    }

    /// What one execution takes, measured over about `round`.
    pub fn render(&mut self, page: usize, round: Duration) -> Result<Side, Box<dyn Error>> {
        let answer = self.ask(&format!("render {page} {}", round.as_millis()))?;
        let mut numbers = answer.split(' ');
        let mut next = || numbers.next().ok_or("operations and nanoseconds were expected");
        let (operations, nanoseconds) = (next()?.parse::<f64>()?, next()?.parse::<f64>()?);
        let allocations = numbers.next().map(str::parse::<f64>).transpose()?;
        Ok(Side {
            ns: nanoseconds / operations,
            allocations: allocations.map(|all| (all / operations).round() as u64),
        })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have ended already.
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

/// FNV-1a, 64 bits (http://www.isthe.com/chongo/tech/comp/fnv/).
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &b| (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}
