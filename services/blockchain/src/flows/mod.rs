//! Every write. What an RPC asks for owns its transaction; what a message asks for
//! happens in the transaction that books the message.

pub mod trace;
