//! One child process: where the executable is, what it is told, and how it lives and dies.

pub mod binary;
pub mod config;
pub mod control;
pub mod output;
pub mod process;
pub mod watchdog;
