//! The Cache API.
//!
//! # Wire contract
//!
//! workerd turns the methods of a cache into these requests, with the target and `Host` of the URL
//! that is the key:
//!
//! | call | request | answer |
//! |---|---|---|
//! | `match(request)` | `GET`, the user's headers | found: any status with `CF-Cache-Status: HIT` |
//! | | | not found: anything else; 504 with `CF-Cache-Status: MISS` |
//! | `put(request, response)` | `PUT`, the headers of the user's *request*, a serialized response as body | stored: 204; refused: 413. The user cannot tell |
//! | `delete(request)` | `PURGE`, the user's headers | deleted: 200; nothing to delete: 404 |
//!
//! - The URL's scheme is in `x-vpw-scheme`, and the `cf` property of the request, if it
//!   has one, in `x-vpw-cf` as JSON. workerd replaces what users send under these names.
//! - A cache of `caches.open(name)` is in `CF-Cache-Namespace`, percent-encoded; `caches.default` and
//!   `caches.open('')` send none.
//! - The serialized response is a status line, headers, an empty line and the body. The body is never
//!   chunk-encoded, even when its head says `Transfer-Encoding: chunked`; it is simply the rest. Where
//!   the head has `Content-Length`, workerd has computed it, so a body of another length was cut short.
//! - A body with `Content-Encoding: gzip` arrives compressed, and leaves as it came: workerd decodes it.
//! - `put` with a method other than `GET`, a 206 or `Vary: *`, and `match` with `ignoreSearch`, fail
//!   inside workerd and send nothing.
//!
//! # Semantics
//!
//! Keys are `cf.cacheKey`, else the whole URL; each Worker, and each named cache of a Worker, has its
//! own. What is stored, and for how long, is in [`freshness`], what a `match` with conditions and
//! ranges gets in [`selection`]. Headers of the request never reach what is stored, and neither
//! `Vary` nor the `Cache-Control` of a request matters.
//!
//! A hit has the stored headers without those that concern one connection, and with `Age` and `Date`
//! of the cache's own. A response without freshness is a success that leaves nothing, not even an older
//! entry; a refusal leaves the older entry.
//!
//! Tags are an ordinary header. Production purges by `Cache-Tag` through its REST API, and nothing
//! that workerd sends does.
//!
//! # What the oracle does differently
//!
//! - It keeps no status text. Ours comes back as it was stored.
//! - Its `Age` stays what it was at the time of `put`. Ours grows, which is what the header means and
//!   what production sends.
//! - It adds `stale-while-revalidate` and `stale-if-error` to the time to live. The product's
//!   documentation says that `put` and `match` do not support them, so here they do nothing.
//! - With several ranges, its `Content-Length` is that of the entry. Ours is that of the answer.
//! - It answers 304 with the entry's `Content-Length`. hyper leaves out the header in a 304.
//! - Responses that came without a known length have none in a hit. Ours always do: see
//!   [`answer`](super::answer).
//! - It stores nothing below `/$__MINIFLARE_SITES__$/`, a prefix of its own.
//!
//! Names of directives in `Cache-Control` are case-sensitive, and `If-Modified-Since` counts even
//! beside `If-None-Match`. Both contradict the RFCs; the product documents neither, so this is what
//! the oracle does.

mod freshness;
mod head;
mod limits;
mod ranges;
mod rows;
mod selection;
mod store;
mod wire;

pub(super) use wire::{Access, BODY_LIMIT, serve};

#[cfg(test)]
mod tests;
