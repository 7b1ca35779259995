//! Many channels over one WebSocket.
//!
//! [`envelope`] turns bytes into envelopes and back, [`mux`] puts large bodies into parts and joins
//! them again, [`socket`] is the thin shell that moves the frames. Only `socket` does I/O.

pub mod envelope;
pub mod mux;
pub mod socket;
