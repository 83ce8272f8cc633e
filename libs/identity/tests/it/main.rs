mod access;
mod bad_tokens;
mod calls;
mod forge;
mod programs;
