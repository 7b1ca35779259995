//! Workers KV.
//!
//! # Wire contract
//!
//! workerd turns the methods of a KV binding into these requests; the namespace is not in them.
//!
//! | call | request |
//! |---|---|
//! | `get(key)`, `getWithMetadata(key)` | `GET /<key>?urlencoded=true[&cache_ttl=<int>]` |
//! | `get([keys])`, `getWithMetadata([keys])` | `POST /bulk/get`, JSON body |
//! | `list()` | `GET /[?key_count_limit=<int>][&prefix=…][&cursor=…]` |
//! | `put(key, value)` | `PUT /<key>?urlencoded=true[&expiration=<int>][&expiration_ttl=<int>]` |
//! | `delete(key)` | `DELETE /<key>?urlencoded=true` |
//!
//! - A key is one path segment, percent-encoded. `delete` escapes more characters than `get` does,
//!   so one key has two spellings: only the decoded key counts. A `+` in the path is a `+`, and
//!   `..%2Fx` is the key `../x`. The key `bulk/get` arrives as `bulk%2Fget`.
//! - The query is form-encoded: there a `+` is a space.
//! - Metadata is JSON in the header `CF-KV-Metadata`, both ways, as raw UTF-8 bytes.
//! - `get` answers 404 for an absent key. `put` and `delete` answer 200 and nothing.
//! - `list` answers `{"keys":[{"name","expiration"?,"metadata"?}],"list_complete","cursor"?,
//!   "cacheStatus":null}`. The metadata is JSON text in a JSON string, since workerd parses it.
//! - Bulk `get` answers an object from key to value or `null`. workerd loses keys that look like
//!   array indices (`"1"`) while it reads that; a bug of the runtime that we do not hide.
//! - An error is a status and a reason phrase, which the user sees as
//!   `KV <OP> failed: <status> <reason phrase>`.
//!
//! # Semantics
//!
//! Reads see earlier writes at once; eventual consistency is not simulated, so `cacheTtl` is
//! checked and otherwise ignored. Keys are ordered by their UTF-8 bytes. `put` replaces value,
//! expiry and metadata together.
//!
//! All namespaces of a runtime share one database. Values of any size are in rows.

mod limits;
mod namespace;
mod rows;
mod wire;

pub(super) use wire::{Access, BODY_LIMIT, serve};

#[cfg(test)]
mod tests;
