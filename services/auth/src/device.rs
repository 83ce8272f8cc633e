use std::time::Duration;

use sha2::{Digest as _, Sha256};

/// Longest name of a device, in characters.
const LONGEST_NAME: usize = 60;

/// How long a device is known that nobody uses.
pub const KNOWN: Duration = Duration::from_secs(180 * 24 * 60 * 60);

/// What browsers call themselves, those that name others too first.
const BROWSERS: [(&str, &str); 8] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Whale/", "Whale"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

/// What they say of the system they run on, in the same order.
const SYSTEMS: [(&str, &str); 6] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
];

/// Where somebody signs in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Device {
    /// What the client calls itself.
    pub user_agent: String,
    /// For people.
    pub name: String,
}

impl Device {
    /// A device by the name its owner gave it or, when that is empty, by what
    /// its client says.
    pub fn new(user_agent: String, given_name: &str) -> Self {
        let name = match given_name.trim() {
            "" => derived_name(&user_agent),
            given => given.to_owned(),
        };
        Self { user_agent, name }
    }

    /// What it is recognised by.
    pub fn mark(&self) -> [u8; 32] {
        let hash = Sha256::new().chain_update(&self.user_agent);
        hash.chain_update([0]).chain_update(&self.name).finalize().into()
    }
}

fn derived_name(user_agent: &str) -> String {
    let said = |known: &[(&str, &'static str)]| {
        let found = known.iter().find(|(mark, _)| user_agent.contains(mark));
        found.map(|(_, name)| *name)
    };
    match (said(&BROWSERS), said(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser}, {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        // Programs say their name first.
        (None, None) => {
            let first = user_agent.split(['/', ' ']).next().unwrap_or("");
            first.chars().take(LONGEST_NAME).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_named_by_its_owner_or_by_its_browser() {
        let chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36";
        let samsung = "Mozilla/5.0 (Linux; Android 15; SM-S938N) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36";
        let iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";
        let table = [
            (chrome, "", "Chrome, Windows"),
            (samsung, " ", "Samsung Internet, Android"),
            (iphone, "", "Safari, iPhone"),
            (chrome, " 가게 PC ", "가게 PC"),
            ("curl/8.14.1", "", "curl"),
            ("", "", ""),
        ];
        for (user_agent, given, name) in table {
            assert_eq!(Device::new(user_agent.into(), given).name, name);
        }
    }

    #[test]
    fn devices_are_told_apart_by_both() {
        let mark = |agent: &str, name: &str| Device::new(agent.into(), name).mark();
        assert_eq!(mark("a", "b"), mark("a", "b"));
        assert_ne!(mark("a", "b"), mark("ab", ""));
    }
}
