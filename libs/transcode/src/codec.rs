//! The codec: JSON text and protobuf bytes of any message in a descriptor pool.

use std::fmt;

use prost_reflect::DescriptorPool;

use crate::{
    compile,
    decode::{self, Printing},
    encode::{self, Reading},
    program::Program,
    refusal::{Refusal, WireError},
};

/// What may differ from one use to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Print fields that have no presence (proto3 scalars without `optional`, lists, maps) even when they have their
    /// default. Off by default.
    pub print_defaults: bool,
    /// How many levels of messages may stand inside one another, both ways; each map entry counts as one. 100 by
    /// default, which is what prost and other protobuf runtimes accept.
    pub depth: u32,
    /// Pass over JSON keys that name no field instead of refusing them. Off by default.
    pub ignore_unknown: bool,
    /// Query parameters that are passed over when a request has no field of that name.
    pub ignored_query: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            print_defaults: false,
            depth: 100,
            ignore_unknown: false,
            ignored_query: Vec::new(),
        }
    }
}

/// A message type of a [`Codec`], looked up once by name. It means nothing to another codec.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MessageId(pub(crate) u32);

/// Translates between JSON text and protobuf bytes by programs compiled from descriptors, for every message type of a
/// pool. It is immutable: share it behind an `Arc`.
pub struct Codec {
    pub(crate) program: Program,
    pub(crate) options: Options,
}

impl fmt::Debug for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Codec({} messages)", self.program.messages.len())
    }
}

impl Codec {
    /// Compiles all messages of the pool. Types inside `Any` are resolved from it too: a pool that holds
    /// `google/rpc/error_details.proto` prints the details of a `google.rpc.Status`.
    pub fn new(pool: &DescriptorPool, options: Options) -> Self {
        Self {
            program: compile::compile(pool),
            options,
        }
    }

    /// The message type of that full name, such as `google.rpc.Status`.
    pub fn message(&self, full_name: &str) -> Option<MessageId> {
        self.program.by_name.get(full_name).copied().map(MessageId)
    }

    /// The options it was made with.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Appends the protobuf bytes of the message that a JSON text stands for. An empty text is an empty message.
    ///
    /// Accepted is ProtoJSON, strictly: JSON names and proto names, 64-bit numbers as strings or exact numbers, enums
    /// by name or number, null for absent. Unknown and duplicate keys, lone surrogates, two members of one oneof and
    /// anything nested deeper than [`Options::depth`] are refused.
    ///
    /// # Errors
    /// A [`Refusal`] with every violation found; `out` then holds an unspecified tail to be thrown away.
    pub fn json_to_wire(&self, message: MessageId, json: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
        if json.is_empty() {
            return Ok(());
        }
        encode::message(self.reading(), message.0, json, out)
    }

    /// Appends the JSON text of a message.
    ///
    /// Fields are printed in the order they came in, map entries in order of their keys. A type inside `Any` that the
    /// pool lacks is printed as its base64 bytes under `value`.
    ///
    /// # Errors
    /// A [`WireError`] if the bytes are not such a message; `out` is then as it was.
    pub fn wire_to_json(&self, message: MessageId, wire: &[u8], out: &mut Vec<u8>) -> Result<(), WireError> {
        decode::message(&self.program, message.0, wire, self.printing(), out)
    }

    pub(crate) fn reading(&self) -> Reading<'_> {
        let Options {
            depth,
            ignore_unknown,
            ..
        } = self.options;
        Reading {
            program: &self.program,
            depth,
            ignore_unknown,
        }
    }

    pub(crate) fn printing(&self) -> Printing {
        Printing {
            defaults: self.options.print_defaults,
            depth: self.options.depth,
        }
    }
}
