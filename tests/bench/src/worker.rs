//! The sides in other languages: processes driven line by line.

use crate::Outcome;
use crate::sides::Side;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
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
    /// Starts the program with its arguments.
    pub fn start(program: &str, arguments: &[&Path]) -> Outcome<Worker> {
        let mut process = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| format!("{program}: {e}"))?;
        let commands = process.stdin.take().ok_or("no standard input")?;
        let answers = BufReader::new(process.stdout.take().ok_or("no standard output")?);
        let name =
            [Path::new(program)].iter().chain(arguments).map(|a| a.to_string_lossy()).collect::<Vec<_>>();
        Ok(Worker { name: name.join(" "), process, commands, answers })
    }

    fn ask(&mut self, command: &str) -> Outcome<String> {
        writeln!(self.commands, "{command}")?;
        self.commands.flush()?;
        let mut answer = String::new();
        if self.answers.read_line(&mut answer)? == 0 {
            return Err(format!("{} ended at {command:?}", self.name).into());
        }
        Ok(answer.trim_end().to_owned())
    }

    /// The version of what the worker measures.
    pub fn version(&mut self) -> Outcome<String> {
        self.ask("version")
    }

    /// Makes a template with a file of data the page that it renders, and sees that it renders `html`.
    pub fn load(&mut self, template: &Path, data: &Path, html: &[u8]) -> Outcome<()> {
        let theirs = self.ask(&format!("load\t{}\t{}", template.display(), data.display()))?;
        let mut ours = format!("{} ", html.len());
        for byte in Sha256::digest(html) {
            write!(ours, "{byte:02x}")?;
        }
        if ours == theirs {
            Ok(())
        } else {
            Err(format!(
                "{} of {}: we render {ours} (length, hash), {} {theirs}",
                template.display(),
                data.display(),
                self.name
            )
            .into())
        }
    }

    /// What one execution takes, measured over about `round`.
    pub fn render(&mut self, round: Duration) -> Outcome<Side> {
        let answer = self.ask(&format!("render\t{}", round.as_millis()))?;
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
