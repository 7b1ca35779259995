//! Problems as text: what happened, where, and what to do.
//!
//! A place in a file is a code frame; a place in the options is a path. Plain text on purpose: the
//! text travels through Vitest's logger, reporters and CI logs.

use std::fmt::Write as _;

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};

use super::input::Input;
use super::problem::{Location, Problem, Severity, Source};

/// All problems under one heading that names the project: the text of a failed start.
#[must_use]
pub fn render(problems: &[Problem], input: &Input<'_>) -> String {
  let mut text = format!("Invalid options for {}\n", input.project());
  let mut sorted: Vec<&Problem> = problems.iter().collect();
  sorted.sort_by_key(|problem| problem.severity());
  for problem in sorted {
    write_problem(&mut text, problem);
  }
  text
}

/// Warnings of a start that succeeds, under one heading for each place that they come from.
/// Empty when there are none.
#[must_use]
pub fn render_warnings(warnings: &[Problem], input: &Input<'_>) -> String {
  let mut text = String::new();
  let mut rest: Vec<&Problem> = warnings.iter().collect();
  while let Some(first) = rest.first() {
    let heading = heading(&first.location.source, input);
    let (same, other): (Vec<_>, Vec<_>) = rest
      .into_iter()
      .partition(|problem| self::heading(&problem.location.source, input) == heading);
    if !text.is_empty() {
      text.push('\n');
    }
    writeln!(text, "Processing {heading}:").expect("writing to a string cannot fail");
    for problem in same {
      write_problem(&mut text, problem);
    }
    rest = other;
  }
  text
}

fn heading(source: &Source, input: &Input<'_>) -> String {
  match source {
    Source::File { shown, .. } => shown.clone(),
    Source::Options | Source::Variable(_) => format!("the options of {}", input.project()),
  }
}

fn write_problem(text: &mut String, problem: &Problem) {
  let message = problem.mistake.to_string();
  let help = problem.mistake.help();
  let level = match problem.severity() {
    Severity::Error => Level::ERROR,
    Severity::Warning => Level::WARNING,
  };
  let title = level.primary_title(message.as_str());
  let Location {
    source,
    field,
    span,
  } = &problem.location;
  let group = match (&**source, span) {
    (Source::File { shown, text, .. }, Some(span)) => title.element(
      Snippet::source(text.as_str())
        .path(shown.as_str())
        .annotation(AnnotationKind::Primary.span(one_line(text, span))),
    ),
    (Source::File { shown, .. }, None) => title.element(Origin::path(shown.as_str())),
    (Source::Variable(name), _) => {
      title.element(Origin::path(format!("environment variable {name}")))
    }
    (Source::Options, _) if field.is_empty() => title.element(Origin::path("workers() options")),
    (Source::Options, _) => title.element(Origin::path(format!("workers() option {field}"))),
  };
  let report = &[group.element(Level::HELP.message(help.as_str()))];
  let rendered = Renderer::plain().render(report);
  // Lines that end in spaces come from blank rows of the frame.
  for line in rendered.lines().map(str::trim_end) {
    text.push('\n');
    text.push_str(line);
  }
  text.push('\n');
}

/// A span that a code frame can show: inside the text, on character boundaries, and on one line.
fn one_line(text: &str, span: &std::ops::Range<usize>) -> std::ops::Range<usize> {
  let start = text.floor_char_boundary(span.start);
  let end = text.floor_char_boundary(span.end).max(start);
  let end = text[start..end]
    .find(['\r', '\n'])
    .map_or(end, |line| start + line);
  start..end
}
