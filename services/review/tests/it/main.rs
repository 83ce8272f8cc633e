#![allow(clippy::unwrap_used)]

mod appeals;
mod changing;
mod facts;
mod lists;
mod lots;
mod moderation;
mod opinions;
mod rules;
mod summary;
mod world;
mod writing;
