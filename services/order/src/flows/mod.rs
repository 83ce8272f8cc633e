//! Every write. What an RPC asks for owns its transaction; what a reply or an
//! event asks for happens in the transaction that books it.

pub(crate) mod moves;
pub(crate) mod orders;
pub(crate) mod recalls;
