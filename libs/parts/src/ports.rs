//! Choosing ports that stay free: below the range from which the system takes ports for outgoing connections, so
//! that a server that is restarted finds its port again.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context, Result, bail};

use crate::Part;
use crate::data_dir::random;

const RANGE: std::ops::Range<u16> = 21_000..30_000;

/// A port for a part: the one asked for, which must be free; or the last one, when it is free; or any free one.
pub(crate) fn choose(part: Part, asked: Option<u16>, last: Option<u16>) -> Result<u16> {
    if let Some(port) = asked {
        if !is_free(port) {
            bail!("port {port} for {part} is used by another program: stop that one, or choose another port");
        }
        return Ok(port);
    }
    if let Some(port) = last.filter(|port| is_free(*port)) {
        return Ok(port);
    }
    for _ in 0..1000 {
        let port = RANGE.start + u16::from_ne_bytes(random()?) % (RANGE.end - RANGE.start);
        if is_free(port) {
            return Ok(port);
        }
    }
    bail!(
        "no free port for {part} between {} and {}: stop some programs",
        RANGE.start,
        RANGE.end
    )
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .context("busy")
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_port_is_refused_when_asked_for_and_left_when_it_was_the_last() {
        let busy = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = busy.local_addr().expect("an address").port();
        let error = choose(Part::Nats, Some(port), None).expect_err("it is busy");
        assert!(
            error
                .to_string()
                .contains(&format!("port {port} for nats is used")),
            "{error}"
        );
        let other = choose(Part::Nats, None, Some(port)).expect("another port");
        assert!(RANGE.contains(&other));
        drop(busy);
        assert_eq!(choose(Part::Nats, None, Some(port)).expect("the last port"), port);
    }
}
