//! `preview`: the pages over HTTP, and in a real browser.

mod accessibility;
mod browser;
mod export;
mod injection;
mod keeping;
mod live;
mod pages;
mod rough;
mod server;
mod using;
