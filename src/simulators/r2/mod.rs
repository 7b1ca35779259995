//! R2.
//!
//! # Wire contract
//!
//! workerd sends everything to `/`; the bucket is not in the request. The operation is JSON, whose
//! 64-bit integers are strings.
//!
//! | methods | request |
//! |---|---|
//! | `head`, `get`, `list` | `GET /`, the JSON in the header `CF-R2-Request`, as raw UTF-8 bytes |
//! | `put`, `delete`, uploads in parts | `PUT /`, body: JSON of `CF-R2-Metadata-Size` bytes, then the value |
//!
//! - A success is JSON, whose length is in `CF-R2-Metadata-Size`, and then for `get` the value.
//!   `delete` and `abortMultipartUpload` answer nothing. workerd does not take more than 1 MiB of
//!   JSON, so metadata is limited and pages of listings end early.
//! - An error is a status and the header `CF-R2-Error`:
//!   `{"version":1,"v4code":10007,"message":"…"}`. The user sees `<method>: <message> (<v4code>)`.
//! - 404 with code 10007 is `null` for `head` and `get`. 412 with code 10031 is `null` for `put`; for
//!   `get` it is an object without a body, so that answer carries the object's JSON after all.
//! - workerd checks types, formats of digests and keys, and part numbers before it asks us.
//!
//! # Semantics
//!
//! Keys are ordered by their UTF-8 bytes. A write is seen by every later read. `onlyIf` of `put` is
//! evaluated together with the write, after the whole value has arrived. An object is made of parts,
//! an ordinary one of one, and its value is their concatenation; nothing reads one into memory.
//!
//! All buckets of a runtime share one database.
//!
//! # What differs from the oracle
//!
//! - The storage class is kept and told. The oracle tells none.
//! - A customer's encryption key (SSE-C) is asked for again when its object is read and when a part
//!   is uploaded. Nothing is encrypted. The oracle ignores keys. How R2 words its refusals is not
//!   documented, so they are in the words of S3.
//! - Metadata that a listing was not asked to include is `undefined`, as documented, and not `{}`.
//! - HTTP metadata is limited, and pages of a listing end before workerd fails over their length.
//! - Malformed requests, which workerd does not make, are refused in R2's words.

mod bucket;
mod checksums;
mod conditions;
mod encryption;
mod limits;
mod listing;
mod multipart;
mod number;
mod object;
mod operation;
mod ranges;
mod rejection;
mod rows;
mod wire;

pub(super) use wire::{BODY_LIMIT, bug, serve};

#[cfg(test)]
mod tests;
