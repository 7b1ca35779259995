//! Walks through the tokens of a module and notes what [`EsmModule`] asks for.
//!
//! Whether a `/` divides depends on the token before it, and behind `)` and `}` on the token before
//! the bracket was opened. So the scanner carries one [`Before`] along, and each open bracket
//! remembers which one to go on with after it closes.
//!
//! Invariant: no recursion; nesting costs memory only.
//! Not here: the forms of `import` and `export`, which are `statements`.

use super::cursor::{Cursor, TemplateStop};
use super::{EsmError, EsmModule};

/// What the token before the current position means for the one after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
  /// A statement may start: `/` opens a regular expression and `{` a block.
  Statement,
  /// An expression must go on: `/` opens a regular expression and `{` an object.
  Operator,
  /// An expression may have ended: `/` divides and `{` opens a block.
  Value,
  /// A `.` or `?.`: the next word is a property name, even if it is spelt like a keyword.
  Dot,
  /// `=>`: a block may follow although an expression must go on.
  Arrow,
  /// `export default`: like an operator, but functions and classes are declarations.
  Default,
  /// `new`, otherwise an operator.
  New,
  /// `if`, `for`, `while` or `with`: parentheses follow, and behind them a statement.
  Control,
  /// `break` or `continue`: a label may follow on the same line.
  Jump,
  /// The parameters of a function expression: the body follows, and behind it the expression goes on.
  FunctionParameters,
}

/// An open bracket or template substitution, or the top level.
#[derive(Debug, Clone, Copy)]
struct Frame {
  /// Where it was opened.
  offset: usize,
  /// The byte that closes it.
  closing: u8,
  /// The `}` belongs to `${`, and template text goes on behind it.
  is_template: bool,
  /// What to go on with behind the closing bracket.
  after: Before,
  /// A `class` waits for its body; true if it is an expression.
  class: Option<bool>,
  /// A `function` waits for its parameters; true if it is an expression.
  function: Option<bool>,
  /// A `case` or `default` waits for its colon.
  has_case: bool,
}

impl Frame {
  fn new(offset: usize, closing: u8, after: Before) -> Self {
    Self {
      offset,
      closing,
      is_template: false,
      after,
      class: None,
      function: None,
      has_case: false,
    }
  }
}

pub(super) struct Scanner<'a> {
  pub(super) source: &'a str,
  pub(super) cursor: Cursor<'a>,
  pub(super) before: Before,
  /// The open brackets around the current one, without it.
  outer: Vec<Frame>,
  frame: Frame,
  pub(super) module: EsmModule,
}

impl<'a> Scanner<'a> {
  pub(super) fn new(source: &'a str) -> Self {
    Self {
      source,
      cursor: Cursor::new(source),
      before: Before::Statement,
      outer: Vec::new(),
      frame: Frame::new(0, 0, Before::Statement),
      module: EsmModule::default(),
    }
  }

  pub(super) fn run(mut self) -> Result<EsmModule, EsmError> {
    self.cursor.skip_hashbang();
    loop {
      let line_break = self.cursor.skip_trivia()?;
      if self.cursor.is_at_end() {
        break;
      }
      self.token(line_break)?;
    }
    if self.outer.is_empty() {
      Ok(self.module)
    } else {
      Err(EsmError::Unclosed {
        offset: self.frame.offset,
      })
    }
  }

  fn token(&mut self, line_break: bool) -> Result<(), EsmError> {
    match self.cursor.peek() {
      b'a'..=b'z' => self.word(line_break)?,
      b'A'..=b'Z' | b'_' | b'$' | b'#' | b'@' | b'\\' | 0x80.. => self.name(line_break)?,
      b'0'..=b'9' => self.number(),
      b'"' | b'\'' => {
        self.cursor.skip_string()?;
        self.before = Before::Value;
      }
      b'`' => {
        self.cursor.pos += 1;
        self.template_text()?;
      }
      b'/' => self.slash()?,
      b'(' => self.open_parenthesis(),
      b'[' => self.open(
        Frame::new(self.cursor.pos, b']', Before::Value),
        Before::Operator,
      ),
      b'{' => self.open_brace(),
      closing @ (b')' | b']' | b'}') => self.close(closing)?,
      b'.' => self.dot(),
      operator => self.operator(operator),
    }
    Ok(())
  }

  /// Goes on with template text, behind a backtick or the `}` of a substitution.
  fn template_text(&mut self) -> Result<(), EsmError> {
    let start = self.cursor.pos;
    match self.cursor.skip_template_text()? {
      TemplateStop::End => self.before = Before::Value,
      TemplateStop::Substitution => {
        let frame = Frame {
          is_template: true,
          ..Frame::new(start, b'}', Before::Value)
        };
        self.enter(frame, Before::Operator);
      }
    }
    Ok(())
  }

  fn slash(&mut self) -> Result<(), EsmError> {
    let divides = matches!(
      self.before,
      Before::Value | Before::Dot | Before::FunctionParameters
    );
    if divides {
      self.cursor.pos += 1;
      self.before = Before::Operator;
    } else {
      self.cursor.skip_regular_expression()?;
      self.before = Before::Value;
    }
    Ok(())
  }

  fn number(&mut self) {
    self.cursor.skip_number();
    self.before = Before::Value;
  }

  /// `.` before a property name, `...`, or a number such as `.5`.
  fn dot(&mut self) {
    if self.cursor.byte(self.cursor.pos + 1).is_ascii_digit() {
      self.number();
    } else if self.cursor.starts_with(b"...") {
      self.cursor.pos += 3;
      self.before = Before::Operator;
    } else {
      self.cursor.pos += 1;
      self.before = Before::Dot;
    }
  }

  fn operator(&mut self, byte: u8) {
    let repeated = self.cursor.byte(self.cursor.pos + 1) == byte;
    self.cursor.pos += 1;
    self.before = match byte {
      b';' => {
        (self.frame.class, self.frame.function, self.frame.has_case) = (None, None, false);
        Before::Statement
      }
      b':' => {
        (self.frame.class, self.frame.function) = (None, None);
        if std::mem::take(&mut self.frame.has_case) {
          Before::Statement
        } else {
          Before::Operator
        }
      }
      // Nearly always postfix where a `/` follows: no regular expression can be incremented.
      b'+' | b'-' if repeated => {
        self.cursor.pos += 1;
        Before::Value
      }
      b'=' if self.cursor.peek() == b'>' => {
        self.cursor.pos += 1;
        Before::Arrow
      }
      _ => Before::Operator,
    };
  }

  fn open_parenthesis(&mut self) {
    let after = match (self.before, self.frame.function.take()) {
      (Before::Control, _) => Before::Statement,
      (_, Some(true)) => Before::FunctionParameters,
      _ => Before::Value,
    };
    self.open(Frame::new(self.cursor.pos, b')', after), Before::Operator);
  }

  fn open_brace(&mut self) {
    let (after, inside) = match (self.frame.class.take(), self.before) {
      (Some(true), _) | (None, Before::FunctionParameters) => (Before::Value, Before::Statement),
      (None, Before::Operator | Before::New | Before::Default) => (Before::Value, Before::Operator),
      _ => (Before::Statement, Before::Statement),
    };
    self.open(Frame::new(self.cursor.pos, b'}', after), inside);
  }

  fn open(&mut self, frame: Frame, inside: Before) {
    self.cursor.pos += 1;
    self.enter(frame, inside);
  }

  fn enter(&mut self, frame: Frame, inside: Before) {
    self.outer.push(std::mem::replace(&mut self.frame, frame));
    self.before = inside;
  }

  fn close(&mut self, closing: u8) -> Result<(), EsmError> {
    let offset = self.cursor.pos;
    if self.frame.closing != closing {
      return Err(EsmError::UnexpectedClosing { offset });
    }
    let outer = self
      .outer
      .pop()
      .ok_or(EsmError::UnexpectedClosing { offset })?;
    let closed = std::mem::replace(&mut self.frame, outer);
    self.cursor.pos += 1;
    self.before = closed.after;
    if closed.is_template {
      self.template_text()
    } else {
      Ok(())
    }
  }

  /// A word that cannot be a keyword: it starts with a capital, `_`, `$`, `#`, `@` or beyond ASCII.
  fn name(&mut self, line_break: bool) -> Result<(), EsmError> {
    let start = self.cursor.pos;
    if matches!(self.cursor.peek(), b'#' | b'@') {
      self.cursor.pos += 1;
    }
    self.cursor.skip_word();
    let is_constructor = self.before == Before::New && self.text_from(start) == b"Function";
    self.plain_word(line_break);
    if is_constructor {
      let mut ahead = self.cursor;
      ahead.skip_trivia()?;
      if ahead.peek() == b'(' {
        self
          .module
          .function_constructors
          .push(start..self.cursor.pos);
      }
    }
    Ok(())
  }

  /// An identifier or property name. Behind `break` it is a label, which ends the statement.
  fn plain_word(&mut self, line_break: bool) {
    let is_label = self.before == Before::Jump && !line_break;
    self.before = if is_label {
      Before::Statement
    } else {
      Before::Value
    };
  }

  fn word(&mut self, line_break: bool) -> Result<(), EsmError> {
    let start = self.cursor.pos;
    self.cursor.skip_word();
    if self.before == Before::Dot {
      self.before = Before::Value;
      return Ok(());
    }
    self.before = match self.text_from(start) {
      b"import" => return self.import(start),
      b"export" if self.is_top_level() => return self.export(),
      b"require" => {
        self.plain_word(line_break);
        return self.require();
      }
      b"new" => Before::New,
      b"if" | b"for" | b"while" | b"with" => Before::Control,
      // `for await (` is still the head of a loop.
      b"await" if self.before == Before::Control => Before::Control,
      b"await" | b"delete" | b"in" | b"instanceof" | b"return" | b"throw" | b"typeof" | b"void"
      | b"yield" => Before::Operator,
      // As an operator it stands behind a binding; anywhere else it is a name like any other.
      b"of" if self.before == Before::Value && !line_break => Before::Operator,
      b"case" | b"default" => {
        self.frame.has_case = true;
        Before::Operator
      }
      b"do" | b"else" | b"finally" | b"try" | b"debugger" => Before::Statement,
      b"break" | b"continue" => Before::Jump,
      b"class" => {
        self.frame.class = self.declaration()?;
        Before::Value
      }
      b"function" => {
        self.frame.function = self.declaration()?;
        Before::Value
      }
      _ => {
        self.plain_word(line_break);
        return Ok(());
      }
    };
    Ok(())
  }

  /// Behind `class` or `function`: whether that is an expression; `None` for a property's name.
  fn declaration(&mut self) -> Result<Option<bool>, EsmError> {
    let is_expression = matches!(self.before, Before::Operator | Before::New | Before::Arrow);
    let mut ahead = self.cursor;
    ahead.skip_trivia()?;
    Ok((ahead.peek() != b':').then_some(is_expression))
  }

  pub(super) fn is_top_level(&self) -> bool {
    self.outer.is_empty()
  }

  fn text_from(&self, start: usize) -> &'a [u8] {
    self.cursor.slice(start, self.cursor.pos)
  }
}
