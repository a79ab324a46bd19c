//! Source bytes to tokens, by the rules of Go's `text/template`.

use super::literal::quote;
use super::unicode::is_name_char;
use crate::value::is_printable;
use memchr::memmem;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The source is malformed here; [`Lexer::message`] says how.
    Error,
    Eof,
    Text,
    LeftDelim,
    RightDelim,
    LeftParen,
    RightParen,
    Space,
    Pipe,
    Assign,
    Declare,
    /// Any other printable ASCII character, for example a comma.
    Char,
    Bool,
    /// A rune constant, quotes included.
    Rune,
    Number,
    /// A number with a real and an imaginary part.
    Complex,
    String,
    RawString,
    Identifier,
    /// `.name`
    Field,
    /// `$` or `$name`
    Variable,
    Dot,
    Nil,
    Block,
    Break,
    Continue,
    Define,
    Else,
    End,
    If,
    Range,
    Template,
    With,
}

impl Kind {
    /// Whether error texts show the token as `<text>`: keywords, `nil` and the dot.
    pub(super) fn is_keyword(self) -> bool {
        matches!(
            self,
            Kind::Dot
                | Kind::Nil
                | Kind::Block
                | Kind::Break
                | Kind::Continue
                | Kind::Define
                | Kind::Else
                | Kind::End
                | Kind::If
                | Kind::Range
                | Kind::Template
                | Kind::With
        )
    }

    fn of_word(word: &[u8]) -> Kind {
        match word {
            b"block" => Kind::Block,
            b"break" => Kind::Break,
            b"continue" => Kind::Continue,
            b"define" => Kind::Define,
            b"else" => Kind::Else,
            b"end" => Kind::End,
            b"if" => Kind::If,
            b"nil" => Kind::Nil,
            b"range" => Kind::Range,
            b"template" => Kind::Template,
            b"with" => Kind::With,
            b"true" | b"false" => Kind::Bool,
            _ => Kind::Identifier,
        }
    }
}

/// A piece of the source.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub kind: Kind,
    /// Offset of its first byte.
    pub pos: u32,
    /// Line of its first byte, from 1.
    pub line: u32,
    /// The bytes it covers, trim markers left out.
    pub text: &'a [u8],
}

/// Where the lexer is.
enum State {
    /// Outside actions.
    Text,
    /// At a left delimiter.
    LeftDelim,
    /// Between delimiters.
    Action,
    /// At the end, or after an error.
    Done,
}

/// Splits a source into tokens, one at a time: the parser must see an error of the grammar before one of a later token.
pub(super) struct Lexer<'a> {
    input: &'a [u8],
    left: &'a [u8],
    right: &'a [u8],
    /// Whether `break` and `continue` are keywords: a function of that name makes them ordinary words.
    break_is_word: bool,
    continue_is_word: bool,
    state: State,
    /// Start of the token being read, and its line.
    start: usize,
    line: u32,
    /// Next byte to read.
    pos: usize,
    /// Open parentheses.
    parens: usize,
    message: String,
}

/// What may follow a word, field or variable directly, beside white space and the right delimiter.
const TERMINATORS: &[u8] = b".,|:()";

/// Bytes of a trim marker: a minus sign and the white space that must stand beside it.
const TRIM_MARKER: usize = 2;

impl<'a> Lexer<'a> {
    pub(super) fn new(
        input: &'a [u8],
        (left, right): (&'a str, &'a str),
        functions: &dyn Fn(&str) -> bool,
    ) -> Lexer<'a> {
        Lexer {
            input,
            left: if left.is_empty() { b"{{" } else { left.as_bytes() },
            right: if right.is_empty() { b"}}" } else { right.as_bytes() },
            break_is_word: functions("break"),
            continue_is_word: functions("continue"),
            state: State::Text,
            start: 0,
            line: 1,
            pos: 0,
            parens: 0,
            message: String::new(),
        }
    }

    /// What is wrong at the last error token.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// The next token. After an error or the end it is `Eof` for ever.
    pub(super) fn next(&mut self) -> Token<'a> {
        loop {
            let step = match self.state {
                State::Text => Ok(self.text()),
                State::LeftDelim => self.left_delim(),
                State::Action => self.action().map(Some),
                State::Done => Ok(Some(self.emit(Kind::Eof))),
            };
            match step {
                Ok(Some(token)) => return token,
                Ok(None) => {}
                Err(message) => {
                    self.message = message;
                    self.state = State::Done;
                    self.pos = self.start;
                    let token = self.emit(Kind::Error);
                    self.pos = self.input.len();
                    self.skip();
                    return token;
                }
            }
        }
    }

    /// The token from `start` to `pos`.
    fn emit(&mut self, kind: Kind) -> Token<'a> {
        let text = &self.input[self.start..self.pos];
        let token = Token { kind, pos: self.start as u32, line: self.line, text };
        self.skip();
        token
    }

    /// Leaves out what lies between `start` and `pos`.
    fn skip(&mut self) {
        self.line += memchr::memchr_iter(b'\n', &self.input[self.start..self.pos]).count() as u32;
        self.start = self.pos;
    }

    /// What is still to be read.
    fn rest(&self) -> &'a [u8] {
        &self.input[self.pos..]
    }

    /// The next character and its length. Bytes that are not UTF-8 are U+FFFD, one by one. `None` at the end.
    fn peek(&self) -> Option<(char, usize)> {
        let rest = self.rest();
        let first = *rest.first()?;
        if first.is_ascii() {
            return Some((char::from(first), 1));
        }
        let width = if first >= 0xf0 {
            4
        } else if first >= 0xe0 {
            3
        } else {
            2
        };
        let c = rest.get(..width).and_then(|b| std::str::from_utf8(b).ok()).and_then(|s| s.chars().next());
        Some(c.map_or((char::REPLACEMENT_CHARACTER, 1), |c| (c, width)))
    }

    fn peek_byte(&self) -> Option<u8> {
        self.input.get(self.pos).copied()
    }

    /// Text up to the next action; `None` when there is none to be seen.
    fn text(&mut self) -> Option<Token<'a>> {
        let rest = self.rest();
        let Some(length) = memmem::find(rest, self.left) else {
            self.state = State::Done;
            self.pos = self.input.len();
            return (self.pos > self.start).then(|| self.emit(Kind::Text));
        };
        self.state = State::LeftDelim;
        let delim = self.pos + length;
        let text = &rest[..length];
        let trimmed = starts_with_trim_marker(&rest[length + self.left.len()..]);
        let kept = if trimmed { length - trailing_spaces(text) } else { length };
        self.pos += kept;
        let token = (kept > 0).then(|| self.emit(Kind::Text));
        self.pos = delim;
        self.skip();
        token
    }

    /// A left delimiter, or `None` after a comment.
    fn left_delim(&mut self) -> Result<Option<Token<'a>>, String> {
        let after = self.pos + self.left.len();
        let marker = if starts_with_trim_marker(&self.input[after..]) { TRIM_MARKER } else { 0 };
        if self.input[after + marker..].starts_with(b"/*") {
            self.pos = after + marker;
            self.skip();
            self.comment()?;
            self.state = State::Text;
            return Ok(None);
        }
        self.state = State::Action;
        self.parens = 0;
        self.pos = after;
        let token = self.emit(Kind::LeftDelim);
        self.pos += marker;
        self.skip();
        Ok(Some(token))
    }

    /// Leaves out a comment and the right delimiter that must follow it.
    fn comment(&mut self) -> Result<(), String> {
        let open = b"/*".len();
        let Some(length) = memmem::find(&self.rest()[open..], b"*/") else {
            return Err("unclosed comment".into());
        };
        self.pos += open + length + b"*/".len();
        let Some(trim) = self.at_right_delim() else {
            return Err("comment ends before closing delimiter".into());
        };
        self.pos += self.right.len();
        if trim {
            self.pos += TRIM_MARKER;
            self.pos += leading_spaces(self.rest());
        }
        self.skip();
        Ok(())
    }

    /// Whether the right delimiter is next, and then whether a trim marker stands before it.
    fn at_right_delim(&self) -> Option<bool> {
        let rest = self.rest();
        if let [space, b'-', tail @ ..] = rest
            && is_space(*space)
            && tail.starts_with(self.right)
        {
            return Some(true);
        }
        rest.starts_with(self.right).then_some(false)
    }

    /// Whether a word may end here.
    fn at_terminator(&self) -> bool {
        match self.peek_byte() {
            None => true,
            Some(b) => is_space(b) || TERMINATORS.contains(&b) || self.rest().starts_with(self.right),
        }
    }

    /// A token inside an action.
    fn action(&mut self) -> Result<Token<'a>, String> {
        if let Some(trim) = self.at_right_delim() {
            if self.parens > 0 {
                return Err("unclosed left paren".into());
            }
            return Ok(self.right_delim(trim));
        }
        let Some((c, width)) = self.peek() else {
            return Err("unclosed action".into());
        };
        if c.is_ascii_digit() || c == '+' || c == '-' {
            return self.number();
        }
        self.pos += width;
        let kind = match c {
            ' ' | '\t' | '\r' | '\n' => {
                // The last space may belong to a trim marker.
                while self.peek_byte().is_some_and(is_space) && self.at_right_delim().is_none() {
                    self.pos += 1;
                }
                Kind::Space
            }
            '=' => Kind::Assign,
            ':' if self.peek_byte() == Some(b'=') => {
                self.pos += 1;
                Kind::Declare
            }
            ':' => return Err("expected :=".into()),
            '|' => Kind::Pipe,
            '"' => self.quoted(b'"', "unterminated quoted string", Kind::String)?,
            '\'' => self.quoted(b'\'', "unterminated character constant", Kind::Rune)?,
            '`' => match memchr::memchr(b'`', self.rest()) {
                Some(length) => {
                    self.pos += length + 1;
                    Kind::RawString
                }
                None => return Err("unterminated raw quoted string".into()),
            },
            '$' => self.field_or_variable(Kind::Variable)?,
            // A digit or the end of the source makes it a number, which is then reported as malformed at the end.
            '.' => match self.peek_byte() {
                Some(b) if !b.is_ascii_digit() => self.field_or_variable(Kind::Field)?,
                _ => {
                    self.pos -= width;
                    return self.number();
                }
            },
            '(' => {
                self.parens += 1;
                Kind::LeftParen
            }
            ')' if self.parens == 0 => return Err("unexpected right paren".into()),
            ')' => {
                self.parens -= 1;
                Kind::RightParen
            }
            c if is_name_char(c) => self.word()?,
            ' '..='~' => Kind::Char,
            c => return Err(format!("unrecognized character in action: {}", describe(c))),
        };
        Ok(self.emit(kind))
    }

    fn right_delim(&mut self, trim: bool) -> Token<'a> {
        if trim {
            self.pos += TRIM_MARKER;
            self.skip();
        }
        self.pos += self.right.len();
        let token = self.emit(Kind::RightDelim);
        if trim {
            self.pos += leading_spaces(self.rest());
            self.skip();
        }
        self.state = State::Text;
        token
    }

    /// The rest of a quoted constant, after its opening quote.
    fn quoted(&mut self, quote: u8, unterminated: &str, kind: Kind) -> Result<Kind, String> {
        loop {
            let mut next = self.peek_byte();
            self.pos += 1;
            if next == Some(b'\\') {
                next = self.peek_byte().filter(|&b| b != b'\n');
                self.pos += 1;
                if next.is_some() {
                    continue;
                }
            }
            match next {
                None | Some(b'\n') => return Err(unterminated.into()),
                Some(b) if b == quote => return Ok(kind),
                Some(_) => {}
            }
        }
    }

    /// Moves past the characters of a name.
    fn name(&mut self) -> Result<(), String> {
        while let Some((c, width)) = self.peek() {
            if !is_name_char(c) {
                if !self.at_terminator() {
                    return Err(format!("bad character {}", describe(c)));
                }
                break;
            }
            self.pos += width;
        }
        Ok(())
    }

    /// The rest of a word: a keyword, constant or function name.
    fn word(&mut self) -> Result<Kind, String> {
        self.name()?;
        Ok(match Kind::of_word(&self.input[self.start..self.pos]) {
            Kind::Break if self.break_is_word => Kind::Identifier,
            Kind::Continue if self.continue_is_word => Kind::Identifier,
            kind => kind,
        })
    }

    /// The rest of a field or variable, after its dot or dollar sign.
    fn field_or_variable(&mut self, kind: Kind) -> Result<Kind, String> {
        if self.at_terminator() {
            return Ok(if kind == Kind::Variable { kind } else { Kind::Dot });
        }
        self.name()?;
        Ok(kind)
    }

    /// A number. Only its extent is found here; whether its value can be had is for the parser to see.
    fn number(&mut self) -> Result<Token<'a>, String> {
        let mut valid = self.scan_number();
        let mut kind = Kind::Number;
        if valid && matches!(self.peek_byte(), Some(b'+' | b'-')) {
            valid = self.scan_number() && self.input[self.pos - 1] == b'i';
            kind = Kind::Complex;
        }
        if !valid {
            let text = quote(&self.input[self.start..self.pos]);
            return Err(format!("bad number syntax: {text}"));
        }
        Ok(self.emit(kind))
    }

    fn accept(&mut self, set: &[u8]) -> bool {
        let found = self.peek_byte().is_some_and(|b| set.contains(&b));
        self.pos += usize::from(found);
        found
    }

    fn accept_run(&mut self, set: &[u8]) {
        while self.accept(set) {}
    }

    fn scan_number(&mut self) -> bool {
        const DECIMAL: &[u8] = b"0123456789_";
        let mut digits = DECIMAL;
        let mut exponent: &[u8] = b"eE";
        self.accept(b"+-");
        if self.accept(b"0") {
            if self.accept(b"xX") {
                digits = b"0123456789abcdefABCDEF_";
                exponent = b"pP";
            } else if self.accept(b"oO") {
                digits = b"01234567_";
                exponent = b"";
            } else if self.accept(b"bB") {
                digits = b"01_";
                exponent = b"";
            }
        }
        self.accept_run(digits);
        if self.accept(b".") {
            self.accept_run(digits);
        }
        if self.accept(exponent) {
            self.accept(b"+-");
            self.accept_run(DECIMAL);
        }
        self.accept(b"i");
        match self.peek() {
            Some((c, width)) if is_name_char(c) => {
                self.pos += width;
                false
            }
            _ => true,
        }
    }
}

fn is_space(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\r' | b'\n')
}

fn leading_spaces(text: &[u8]) -> usize {
    text.iter().take_while(|&&b| is_space(b)).count()
}

fn trailing_spaces(text: &[u8]) -> usize {
    text.iter().rev().take_while(|&&b| is_space(b)).count()
}

/// Whether what follows a left delimiter starts with a minus sign and white space.
fn starts_with_trim_marker(text: &[u8]) -> bool {
    matches!(text, [b'-', space, ..] if is_space(*space))
}

/// A character as Go's `%#U` prints it.
fn describe(c: char) -> String {
    let code = u32::from(c);
    if is_printable(c) { format!("U+{code:04X} '{c}'") } else { format!("U+{code:04X}") }
}
