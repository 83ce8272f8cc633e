use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::checkpoint::decimal;
use crate::hash::Hash;

const HEADER: &str = "c2sp.org/tlog-proof@v1";
/// More than a tree of 2^63 leaves needs.
const MOST_HASHES: usize = 64;

/// A proof of inclusion as text (C2SP tlog-proof).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofText {
    /// Data nobody vouches for, such as what the leaf's hash is made of.
    pub extra: Option<Vec<u8>>,
    /// Place of the leaf, from 0.
    pub index: u64,
    /// Hashes from the leaf's sibling up to the root's child.
    pub path: Vec<Hash>,
    /// The signed note the path leads to, as the log gave it.
    pub checkpoint: String,
}

/// The text is no proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofTextError {
    /// The first line is not that of a proof.
    #[error("the first line is not {HEADER}")]
    NoProof,
    /// A line is not what the format says.
    #[error("line {0} is not what the format says")]
    Line(usize),
}

impl FromStr for ProofText {
    type Err = ProofTextError;

    fn from_str(text: &str) -> Result<Self, ProofTextError> {
        let (proof, checkpoint) = text.split_once("\n\n").ok_or(ProofTextError::NoProof)?;
        let mut lines = proof.split('\n').enumerate().map(|(at, line)| (at + 1, line));
        if lines.next().is_none_or(|(_, line)| line != HEADER) {
            return Err(ProofTextError::NoProof);
        }
        let (mut at, mut line) = lines.next().ok_or(ProofTextError::Line(2))?;
        let extra = match line.strip_prefix("extra ") {
            Some(encoded) => {
                let extra = STANDARD.decode(encoded).map_err(|_| ProofTextError::Line(at))?;
                (at, line) = lines.next().ok_or(ProofTextError::Line(at + 1))?;
                Some(extra)
            }
            None => None,
        };
        let index = line.strip_prefix("index ").and_then(decimal);
        let index = index.ok_or(ProofTextError::Line(at))?;
        let mut path = Vec::new();
        for (at, line) in lines {
            if path.len() == MOST_HASHES {
                return Err(ProofTextError::Line(at));
            }
            path.push(line.parse().map_err(|_| ProofTextError::Line(at))?);
        }
        Ok(Self {
            extra,
            index,
            path,
            checkpoint: checkpoint.to_owned(),
        })
    }
}

impl fmt::Display for ProofText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", STANDARD.encode(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        for hash in &self.path {
            writeln!(f, "{hash}")?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}
