//! Keys and numbers handed out. Those that grant something are random; the rest only have to be unique.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

pub(crate) fn payment_key() -> String {
    format!("sandbox_{}", random(24))
}

pub(crate) fn transaction_key() -> String {
    format!("{:X}", Uuid::now_v7().simple())
}

/// Shared with the shop only; a deposit webhook proves itself by it.
pub(crate) fn secret() -> String {
    format!("ps_{}", random(21))
}

pub(crate) fn auth_key() -> String {
    format!("bln_{}", random(24))
}

pub(crate) fn billing_key() -> String {
    random(32)
}

/// Accounts of the test environment begin with an X: nobody can pay into them by mistake.
pub(crate) fn account_number() -> String {
    format!("X{:013}", rand::random::<u64>() % 10_000_000_000_000)
}

pub(crate) fn transmission_id() -> String {
    format!("whtrans_{}", Uuid::now_v7().simple())
}

fn random(bytes: usize) -> String {
    let bytes: Vec<u8> = (0..bytes).map(|_| rand::random::<u8>()).collect();
    URL_SAFE_NO_PAD.encode(bytes)
}
