//! Workers static assets: a folder of files behind `env.ASSETS`, and in front of the user Worker.
//!
//! # Wire contract
//!
//! `env.ASSETS.fetch(request)` is the user's own request, as workerd has parsed its URL: dot segments are
//! gone, and what has to be escaped is. Only method, path, query, `Host` and a few headers matter.
//!
//! | step | answer |
//! |---|---|
//! | a rule of `_redirects` matches | its status and `Location`; with status 200 the request goes on with another path |
//! | HTML handling ([`HtmlHandling`]) finds no file | 404 without a body, or as [`NotFoundHandling`] says |
//! | the method is neither `GET` nor `HEAD` | 405 |
//! | the path is not the canonical one of the file | 307 there, with the query |
//! | `If-None-Match` is exactly the file's `ETag`, strong or weak | 304, also for a 404 page |
//! | else | 200 (404 for a 404 page) and the file |
//!
//! - A path is decoded segment by segment, and a segment that cannot be decoded is taken literally. Runs of
//!   slashes count as one. The canonical path is what encoding that again yields.
//! - A file comes with `ETag`, `Content-Type` where the name has one, `CF-Cache-Status: HIT`, and
//!   `Cache-Control: public, max-age=0, must-revalidate` unless the request has `Authorization` or `Range`.
//!   Ranges and lists of entity tags are not understood.
//! - Rules of `_headers` apply to every answer, by the path that was asked for. Those that would break the
//!   message, such as `Content-Length`, or that HTTP cannot carry, do not.
//!
//! [`NotFoundHandling::Pages`] serves as Cloudflare Pages does, which redirects with 308, checks the method
//! first, and adds headers of its own.
//!
//! # What is a file
//!
//! Only what is below the directory, by exact name: a path with `..`, an empty name or NUL in it finds
//! nothing, however it was escaped. Symbolic links are followed, also out of the directory: whoever deploys
//! uploads what they lead to, and only the user can have made them. `_headers`, `_redirects`, `_worker.js`
//! and `.assetsignore` at the top are never served, nor what `.assetsignore` matches, nor what is larger than
//! Cloudflare accepts.
//!
//! Invariant: nothing is remembered between requests. A test may write a file, or a rule, and ask for it.
//!
//! # Where production is followed and not Miniflare
//!
//! An `ETag` depends on the content alone; `_worker.js` is not served, since deploying it is an error; there
//! are no more than 100 rules of headers; header names that HTTP does not allow are left out rather than
//! answered with 500; leading slashes in the target of a redirect never make another host of it; and two
//! placeholders of a rule may have names that begin alike.

mod config;
mod content_type;
mod files;
mod headers;
mod html;
mod ignore;
mod paths;
mod pattern;
mod redirects;
mod routing;
mod site;
mod wire;

pub use config::{AssetsConfig, HtmlHandling, NotFoundHandling, RunWorkerFirst};
pub use routing::{InvalidRoute, Routes, RoutesError, Routing};
pub use wire::{Assets, PlainAnswer, PlainError};

#[cfg(test)]
mod tests;
