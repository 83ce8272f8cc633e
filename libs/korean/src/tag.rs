//! Parts of speech, as mecab-ko-dic names them.

/// A part of speech of mecab-ko-dic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Tag {
    /// Connective ending.
    Ec,
    /// Final ending.
    Ef,
    /// Pre-final ending.
    Ep,
    /// Ending that makes a modifier.
    Etm,
    /// Ending that makes a noun.
    Etn,
    /// Interjection.
    Ic,
    /// Conjunctive particle.
    Jc,
    /// Adverbial particle.
    Jkb,
    /// Complement particle.
    Jkc,
    /// Possessive particle.
    Jkg,
    /// Object particle.
    Jko,
    /// Quotation particle.
    Jkq,
    /// Subject particle.
    Jks,
    /// Vocative particle.
    Jkv,
    /// Auxiliary particle.
    Jx,
    /// Adverb.
    Mag,
    /// Conjunctive adverb.
    Maj,
    /// Determiner.
    Mm,
    /// Dependent noun.
    Nnb,
    /// Dependent noun that counts.
    Nnbc,
    /// Common noun.
    Nng,
    /// Proper noun.
    Nnp,
    /// Pronoun.
    Np,
    /// Numeral.
    Nr,
    /// Separator.
    Sc,
    /// Ellipsis.
    Se,
    /// Sentence end.
    Sf,
    /// Hanja.
    Sh,
    /// Foreign word.
    Sl,
    /// Number.
    Sn,
    /// Closing bracket.
    Ssc,
    /// Opening bracket.
    Sso,
    /// Other symbol.
    Sy,
    /// Analysis failed.
    Na,
    /// Unknown word.
    Unknown,
    /// Adjective.
    Va,
    /// Negative designator.
    Vcn,
    /// Positive designator.
    Vcp,
    /// Verb of unclear form (nori stops it).
    Vsv,
    /// Verb.
    Vv,
    /// Auxiliary verb.
    Vx,
    /// Prefix of nouns.
    Xpn,
    /// Root.
    Xr,
    /// Suffix making adjectives.
    Xsa,
    /// Suffix of nouns.
    Xsn,
    /// Suffix making verbs.
    Xsv,
}

const NAMES: [(&str, Tag); 46] = [
    ("EC", Tag::Ec),
    ("EF", Tag::Ef),
    ("EP", Tag::Ep),
    ("ETM", Tag::Etm),
    ("ETN", Tag::Etn),
    ("IC", Tag::Ic),
    ("JC", Tag::Jc),
    ("JKB", Tag::Jkb),
    ("JKC", Tag::Jkc),
    ("JKG", Tag::Jkg),
    ("JKO", Tag::Jko),
    ("JKQ", Tag::Jkq),
    ("JKS", Tag::Jks),
    ("JKV", Tag::Jkv),
    ("JX", Tag::Jx),
    ("MAG", Tag::Mag),
    ("MAJ", Tag::Maj),
    ("MM", Tag::Mm),
    ("NNB", Tag::Nnb),
    ("NNBC", Tag::Nnbc),
    ("NNG", Tag::Nng),
    ("NNP", Tag::Nnp),
    ("NP", Tag::Np),
    ("NR", Tag::Nr),
    ("SC", Tag::Sc),
    ("SE", Tag::Se),
    ("SF", Tag::Sf),
    ("SH", Tag::Sh),
    ("SL", Tag::Sl),
    ("SN", Tag::Sn),
    ("SSC", Tag::Ssc),
    ("SSO", Tag::Sso),
    ("SY", Tag::Sy),
    ("NA", Tag::Na),
    ("UNKNOWN", Tag::Unknown),
    ("VA", Tag::Va),
    ("VCN", Tag::Vcn),
    ("VCP", Tag::Vcp),
    ("VSV", Tag::Vsv),
    ("VV", Tag::Vv),
    ("VX", Tag::Vx),
    ("XPN", Tag::Xpn),
    ("XR", Tag::Xr),
    ("XSA", Tag::Xsa),
    ("XSN", Tag::Xsn),
    ("XSV", Tag::Xsv),
];

impl Tag {
    /// The tag of a dictionary's first part-of-speech field (`VV+ETM` is `VV`).
    pub fn parse(field: &str) -> Option<Self> {
        let first = field.split('+').next()?;
        let first = if first == "UNA" { "NA" } else { first };
        NAMES.iter().find(|(name, _)| *name == first).map(|&(_, tag)| tag)
    }

    /// The name mecab-ko-dic gives it.
    pub fn name(self) -> &'static str {
        NAMES[self as usize].0
    }

    pub(crate) fn from_byte(byte: u8) -> Self {
        NAMES
            .get(usize::from(byte))
            .map_or(Self::Unknown, |&(_, tag)| tag)
    }

    /// Whether it is a noun that can stand in the dictionary of words.
    pub(crate) fn is_noun(self) -> bool {
        matches!(self, Self::Nng | Self::Nnp)
    }
}

/// A set of parts of speech.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tags(u64);

impl Tags {
    /// None at all.
    pub const EMPTY: Self = Self(0);

    /// What the search index leaves out: endings, particles, interjections, adverbs, determiners, punctuation
    /// and suffixes of verbs and nouns, as Lucene's nori does. Unlike nori it keeps prefixes (`XPN`): 햇감자
    /// is not any 감자.
    pub const DEFAULT_STOP: Self = Self::of(&[
        Tag::Ec,
        Tag::Ef,
        Tag::Ep,
        Tag::Etm,
        Tag::Etn,
        Tag::Ic,
        Tag::Jc,
        Tag::Jkb,
        Tag::Jkc,
        Tag::Jkg,
        Tag::Jko,
        Tag::Jkq,
        Tag::Jks,
        Tag::Jkv,
        Tag::Jx,
        Tag::Mag,
        Tag::Maj,
        Tag::Mm,
        Tag::Sc,
        Tag::Se,
        Tag::Ssc,
        Tag::Sso,
        Tag::Na,
        Tag::Vsv,
        Tag::Xsa,
        Tag::Xsn,
        Tag::Xsv,
    ]);

    /// The set of these.
    pub const fn of(tags: &[Tag]) -> Self {
        let mut bits = 0;
        let mut at = 0;
        while at < tags.len() {
            bits |= 1 << tags[at] as u8;
            at += 1;
        }
        Self(bits)
    }

    /// This set and `tag`.
    pub const fn with(self, tag: Tag) -> Self {
        Self(self.0 | 1 << tag as u8)
    }

    /// Whether `tag` is in it.
    pub const fn contains(self, tag: Tag) -> bool {
        self.0 >> tag as u8 & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::{NAMES, Tag, Tags};

    #[test]
    fn every_tag_stands_at_its_own_place_in_the_table() {
        for (place, (name, tag)) in NAMES.iter().enumerate() {
            assert_eq!(*tag as usize, place);
            assert_eq!(Tag::parse(name), Some(*tag));
            assert_eq!(Tag::from_byte(place as u8).name(), *name);
        }
    }

    #[test]
    fn a_joined_tag_is_known_by_its_first() {
        assert_eq!(Tag::parse("VV+ETM"), Some(Tag::Vv));
        assert_eq!(Tag::parse("nothing"), None);
        assert_eq!(Tag::from_byte(200), Tag::Unknown);
    }

    #[test]
    fn prefixes_stay_and_particles_go() {
        assert!(!Tags::DEFAULT_STOP.contains(Tag::Xpn));
        assert!(Tags::DEFAULT_STOP.contains(Tag::Jks));
        assert!(Tags::DEFAULT_STOP.with(Tag::Xpn).contains(Tag::Xpn));
        assert!(!Tags::EMPTY.contains(Tag::Nng));
    }
}
