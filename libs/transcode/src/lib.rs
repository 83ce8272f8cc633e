#![doc = include_str!("../README.md")]

mod api;
mod codec;
mod compile;
mod decode;
mod encode;
mod json;
mod load;
mod mask;
mod moment;
mod names;
mod number;
mod parameters;
mod percent;
mod program;
mod query;
mod refusal;
mod request;
mod response;
mod route;
mod router;
mod rule;
mod seen;
mod template;
mod text;
mod wire;

pub use api::{Api, Match};
pub use codec::{Codec, MessageId, Options};
pub use load::LoadError;
pub use parameters::Parameter;
pub use percent::EscapeError;
pub use refusal::{Place, Refusal, Violation, WireError};
pub use request::Input;
pub use response::Content;
pub use route::{Body, Captures, Route, Variable, Verb};
pub use template::{Segment, Span, Template};
