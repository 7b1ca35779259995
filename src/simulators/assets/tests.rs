//! Assets as workerd sees them: a folder on the disk, requests in, responses out.

use std::fs;

use hyper::http::header::{CONTENT_LENGTH, HOST};
use hyper::http::request::Parts;
use hyper::http::{Method, Request, Response};
use tempfile::TempDir;

use super::*;
use crate::simulators::ResponseBody;

mod files;
mod headers;
mod html;
mod not_found;
mod properties;
mod redirects;
mod routing;

/// A site in a folder of its own, which is called `public` and has neighbours.
struct Site {
  folder: TempDir,
  config: AssetsConfig,
}

impl Site {
  fn new(files: &[(&str, &str)]) -> Self {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("public");
    let config = AssetsConfig {
      directory,
      ..AssetsConfig::default()
    };
    let site = Self { folder, config };
    for (name, text) in files {
      site.write(name, text);
    }
    site
  }

  fn html(mut self, html_handling: HtmlHandling) -> Self {
    self.config.html_handling = html_handling;
    self
  }

  fn not_found(mut self, not_found_handling: NotFoundHandling) -> Self {
    self.config.not_found_handling = not_found_handling;
    self
  }

  fn worker_first(mut self, rules: &[&str]) -> Self {
    let rules: Vec<_> = rules.iter().map(|rule| (*rule).to_owned()).collect();
    self.config.run_worker_first = RunWorkerFirst::Routes(Routes::new(&rules).unwrap());
    self
  }

  fn write(&self, name: &str, text: impl AsRef<[u8]>) {
    let path = self.config.directory.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
  }

  /// `line` is the method, `GET` if there is none, and the target.
  #[track_caller]
  fn send(&self, line: &str, headers: &[(&str, &str)]) -> Response<ResponseBody> {
    let request = request(line, headers);
    let response = Assets::new(self.config.clone()).serve(&request);
    let length = response.headers().get(CONTENT_LENGTH);
    let body = response.body().len();
    match response.status().as_u16() {
      304 => assert_eq!((length, body), (None, 0), "{line}"),
      _ if request.method == Method::HEAD => assert!(length.is_some() && body == 0, "{line}"),
      _ => assert_eq!(length.unwrap(), body.to_string().as_str(), "{line}"),
    }
    response
  }

  /// Compares the status, and the `Location` or the body.
  #[track_caller]
  fn check(&self, line: &str, expected: &str) {
    self.check_with(line, &[], expected);
  }

  #[track_caller]
  fn check_with(&self, line: &str, headers: &[(&str, &str)], expected: &str) {
    let response = self.send(line, headers);
    assert_eq!(render(&response), expected, "{line} {headers:?}");
  }

  /// Compares a header, whose values are joined; empty if there is none.
  #[track_caller]
  fn check_header(&self, line: &str, headers: &[(&str, &str)], name: &str, expected: &str) {
    let response = self.send(line, headers);
    assert_eq!(header(&response, name), expected, "{line} {name}");
  }

  #[track_caller]
  fn check_route(&self, line: &str, headers: &[(&str, &str)], expected: Routing) {
    let assets = Assets::new(self.config.clone());
    assert_eq!(assets.route(&request(line, headers)), expected, "{line}");
  }
}

fn request(line: &str, headers: &[(&str, &str)]) -> Parts {
  let (method, target) = line.split_once(' ').unwrap_or(("GET", line));
  let mut request = Request::builder().method(method).uri(target);
  request = request.header(HOST, "example.com");
  let mut parts = request.body(()).unwrap().into_parts().0;
  for (name, value) in headers {
    let name: hyper::http::HeaderName = name.parse().unwrap();
    parts.headers.insert(name, value.parse().unwrap());
  }
  parts
}

fn render(response: &Response<ResponseBody>) -> String {
  let body = response.body().read_all().unwrap();
  let body = String::from_utf8(body.to_vec()).unwrap();
  let status = response.status().as_u16();
  let location = header(response, "location");
  format!("{status} {location}{body}").trim_end().to_owned()
}

fn header(response: &Response<ResponseBody>, name: &str) -> String {
  let values = response.headers().get_all(name).iter();
  let values: Vec<_> = values
    .map(|value| String::from_utf8_lossy(value.as_bytes()))
    .collect();
  values.join(", ")
}
