//! Rate limiting.
//!
//! # Wire contract
//!
//! The client is ours (`runtime/bindings/rate-limit.ts`): `POST /` with `{"key","limit","period"}`, the period in
//! seconds, and the answer `{"success"}`. It has checked all three.
//!
//! # Semantics
//!
//! A limiter counts per namespace, key and period, in windows that begin at multiples of the period; with the
//! `limit`th call in a window it is reached. Production counts per location and is permissive; this is exact. The
//! clock is that of storage, so fake timers reach it.

mod rows;
mod wire;

pub(super) use wire::{BODY_LIMIT, serve};

#[cfg(test)]
mod tests;
