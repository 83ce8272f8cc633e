//! The house's own words: foods, cultivars, brands, places and what else mecab-ko-dic lacks or parts wrongly.
//!
//! Each file of `words/` is one kind, named by it. Words are parted by spaces and line ends; `+` stands where a
//! word is joined of others (`꿀+고구마`), which its parts are then; parts are taken apart in turn. `#` begins a comment.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::compile::CompileError;
use crate::jamo;
use crate::tag::Tag;

/// How a word connects with its neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// As a common noun.
    Common,
    /// As a proper noun.
    Proper,
    /// As the name of a place.
    Place,
}

impl Shape {
    /// Ids of mecab-ko-dic 2.1.1: left; right after a vowel; right after a consonant.
    pub(crate) fn ids(self) -> (u16, u16, u16) {
        match self {
            Self::Common => (1780, 3533, 3534),
            Self::Proper => (1786, 3545, 3546),
            Self::Place => (1789, 3552, 3553),
        }
    }
}

/// A word of our own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnWord {
    /// What is written.
    pub surface: String,
    /// Part of speech: `NNG` or `NNP`.
    pub tag: Tag,
    /// How it connects.
    pub shape: Shape,
    /// What it is made of; empty where it is one morpheme.
    pub parts: Vec<String>,
}

/// Reads the words of every `.txt` file in `folder`, in the order of the names.
///
/// # Errors
/// When a file cannot be read, or a line is not a word in hangul whose parts make it up.
pub fn read_folder(folder: &Path) -> Result<Vec<OwnWord>, CompileError> {
    let at = |path: &Path, cause: String| CompileError::File {
        path: path.display().to_string(),
        cause,
    };
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .map_err(|error| at(folder, error.to_string()))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    paths.sort();
    let mut words = Vec::new();
    let mut known = HashSet::new();
    for path in paths {
        let kind = path
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
            .unwrap_or_default();
        let content = std::fs::read_to_string(&path).map_err(|error| at(&path, error.to_string()))?;
        for (number, line) in content.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default();
            for written in line.split_whitespace() {
                let word = parse(written, &kind)
                    .and_then(|word| match known.insert(word.surface.clone()) {
                        true => Ok(word),
                        false => Err(format!("{} was there before", word.surface)),
                    })
                    .map_err(|cause| CompileError::Line {
                        path: path.display().to_string(),
                        line: number as u64 + 1,
                        cause,
                    })?;
                words.push(word);
            }
        }
    }
    Ok(flatten(words))
}

/// Takes parts apart that are own words of parts themselves: 김치 is to be found in `돌산+갓김치`.
fn flatten(mut words: Vec<OwnWord>) -> Vec<OwnWord> {
    let parts: HashMap<String, Vec<String>> = words
        .iter()
        .map(|word| (word.surface.clone(), word.parts.clone()))
        .collect();
    for word in &mut words {
        while let Some((at, inner)) = word.parts.iter().enumerate().find_map(|(at, part)| {
            let inner = parts.get(part).filter(|inner| !inner.is_empty())?;
            Some((at, inner.clone()))
        }) {
            word.parts.splice(at..=at, inner);
        }
    }
    words
}

/// The word that is `written` in the file of this kind.
fn parse(written: &str, kind: &str) -> Result<OwnWord, String> {
    let pieces: Vec<String> = written.split('+').map(str::to_owned).collect();
    if !pieces
        .iter()
        .all(|piece| !piece.is_empty() && piece.chars().all(jamo::is_syllable))
    {
        return Err(format!("{written} is not written in hangul alone"));
    }
    let (tag, shape) = match kind {
        "brands" => (Tag::Nnp, Shape::Proper),
        "places" => (Tag::Nnp, Shape::Place),
        _ => (Tag::Nng, Shape::Common),
    };
    let surface = pieces.concat();
    let parts = if pieces.len() > 1 { pieces } else { Vec::new() };
    Ok(OwnWord {
        surface,
        tag,
        shape,
        parts,
    })
}

#[cfg(test)]
mod tests {
    use super::{Shape, flatten, parse};
    use crate::tag::Tag;

    #[test]
    fn a_word_is_read_with_its_parts() {
        let word = parse("꿀+고구마", "fruits").unwrap();
        assert_eq!(
            (word.surface.as_str(), word.tag, word.parts.len()),
            ("꿀고구마", Tag::Nng, 2)
        );
        assert!(parse("감자", "fruits").unwrap().parts.is_empty());
        let place = parse("세종+시", "places").unwrap();
        assert_eq!((place.tag, place.shape), (Tag::Nnp, Shape::Place));
    }

    #[test]
    fn parts_of_parts_are_parts() {
        let words: Vec<_> = ["돌산+갓김치", "갓+김치", "돌산"]
            .map(|word| parse(word, "processed").unwrap())
            .into();
        let parts: Vec<Vec<String>> = flatten(words).into_iter().map(|word| word.parts).collect();
        assert_eq!(parts, [vec!["돌산", "갓", "김치"], vec!["갓", "김치"], vec![]]);
    }

    #[test]
    fn what_is_not_hangul_is_refused() {
        for written in ["b마트", "감자+", "+", "ㄱ", "감자1"] {
            assert!(parse(written, "fruits").is_err(), "{written}");
        }
    }
}
