//! Where a request comes from.

use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use http::HeaderMap;

/// Networks of proxies that say truly whom they forward for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks(Vec<(IpAddr, u8)>);

impl FromStr for Networks {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let networks = text
            .split(',')
            .map(str::trim)
            .filter(|network| !network.is_empty());
        let read = networks.map(|network| {
            let bad = || format!("`{network}` is no address or network, such as 10.0.0.0/8");
            let (address, bits) = network
                .split_once('/')
                .map_or((network, None), |(address, bits)| (address, Some(bits)));
            let address: IpAddr = address.parse().map_err(|_| bad())?;
            let most = if address.is_ipv4() { 32 } else { 128 };
            let bits = bits.map_or(Ok(most), str::parse).map_err(|_| bad())?;
            if bits > most {
                Err(bad())
            } else {
                Ok((address, bits))
            }
        });
        read.collect::<Result<_, _>>().map(Self)
    }
}

impl Networks {
    fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|(network, bits)| match (*network, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => prefix(
                u128::from(u32::from(network)),
                u128::from(u32::from(address)),
                32,
                *bits,
            ),
            (IpAddr::V6(network), IpAddr::V6(address)) => prefix(network.into(), address.into(), 128, *bits),
            _ => false,
        })
    }

    /// Who sent the request: the peer, or whom a trusted peer names. Of a chain
    /// the last address that is not ours counts; the ones before anybody can write.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        let chain: Vec<&str> = headers
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .collect();
        for hop in chain.into_iter().rev() {
            let Some(before) = self
                .contain(client)
                .then(|| hop.trim().parse::<IpAddr>().ok())
                .flatten()
            else {
                break;
            };
            client = before.to_canonical();
        }
        client
    }
}

fn prefix(network: u128, address: u128, width: u8, bits: u8) -> bool {
    bits == 0 || (network ^ address) >> (width - bits) == 0
}

/// What an address is counted under: one customer has a whole /64 of IPv6.
pub fn key(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let half = u128::from(address) >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from(half))
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(trusted: &str, peer: &str, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", value.parse().expect("a header value"));
        }
        let networks: Networks = trusted.parse().expect("networks");
        networks
            .client(peer.parse().expect("an address"), &headers)
            .to_string()
    }

    #[test]
    fn only_trusted_proxies_say_who_the_client_is() {
        assert_eq!(client("", "198.51.100.1", &["1.1.1.1"]), "198.51.100.1");
        assert_eq!(client("10.0.0.0/8", "198.51.100.1", &["1.1.1.1"]), "198.51.100.1");
        assert_eq!(
            client("10.0.0.0/8", "10.1.2.3", &["1.1.1.1, 203.0.113.7"]),
            "203.0.113.7"
        );
        assert_eq!(
            client("10.0.0.0/8", "10.1.2.3", &["1.1.1.1", "203.0.113.7, 10.9.9.9"]),
            "203.0.113.7"
        );
        assert_eq!(
            client("10.0.0.0/8", "::ffff:10.1.2.3", &["203.0.113.7"]),
            "203.0.113.7"
        );
        assert_eq!(client("10.0.0.0/8", "10.1.2.3", &["nonsense"]), "10.1.2.3");
        assert_eq!(client("fd00::/8,::1", "::1", &["2001:db8::5"]), "2001:db8::5");
    }

    #[test]
    fn networks_that_are_none_are_told() {
        for text in ["10.0.0.0/33", "apple", "10.0.0.0/-1", "::/129"] {
            assert!(text.parse::<Networks>().is_err(), "{text}");
        }
        assert!(
            "0.0.0.0/0"
                .parse::<Networks>()
                .expect("all")
                .contain("8.8.8.8".parse().expect("an address"))
        );
    }

    #[test]
    fn a_customer_has_one_key_for_all_of_its_ipv6_addresses() {
        let key = |text: &str| super::key(text.parse().expect("an address"));
        assert_eq!(key("2001:db8:1:2:aaaa::1"), key("2001:db8:1:2:bbbb::2"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("::ffff:203.0.113.7"), key("203.0.113.7"));
    }
}
