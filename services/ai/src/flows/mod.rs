//! Every write. What an event asks for happens in the transaction that books the event.

pub mod opinions;
pub mod sales;
