//! Every write. What an RPC asks for owns its transaction; what a message asks
//! for happens in the transaction that books the message.

pub mod addresses;
pub mod benefits;
pub mod businesses;
pub mod consents;
pub mod corrections;
pub mod members;
pub mod notifications;
pub mod orders;
pub mod points;
pub mod roots;
pub mod shelf;
pub mod withdrawal;
