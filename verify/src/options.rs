use std::ffi::OsString;
use std::path::PathBuf;

use xlcfi_proof::Language;

pub const HELP: &str = "\
xlcfi-verify FILE --key KEY [--block HASH] [--lang ko|en] [--json] [--event]
  Checks a proof file of the log, without a network.
  기록장의 증명 파일을 인터넷 없이 확인합니다.

  FILE         the proof, JSON or text; - reads standard input
  --key KEY    the log's public key, or a file that holds it
  --block HASH hash of the Ethereum block it was anchored in, from a source of your own
  --lang ko|en Korean or English
  --json       the verdict as JSON
  --event      only the event, when it is proven

  Exit code: 0 proven, 1 refused, 2 not tried.
";

/// What is to be done.
#[derive(Debug)]
pub enum Asked {
    Help,
    Check(Options),
}

/// How a file is to be checked.
#[derive(Debug)]
pub struct Options {
    pub file: PathBuf,
    pub key: String,
    /// Hash of a block that is trusted.
    pub block: Option<[u8; 32]>,
    pub language: Language,
    pub form: Form,
}

/// What is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Words,
    Json,
    Event,
}

/// Reads the command line.
///
/// # Errors
/// What is wrong with it.
pub fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Asked, lexopt::Error> {
    use lexopt::prelude::{Long, Short, Value, ValueExt as _};

    let mut parser = lexopt::Parser::from_iter(arguments);
    let (mut file, mut key, mut block) = (None, None, None);
    let (mut language, mut form) = (usual(), Form::Words);
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Asked::Help),
            Long("key") => key = Some(parser.value()?.string()?),
            Long("block") => block = Some(hash(&parser.value()?.string()?)?),
            Long("lang") => {
                language = match parser.value()?.string()?.as_str() {
                    "ko" => Language::Korean,
                    "en" => Language::English,
                    _ => return Err("--lang is ko or en".into()),
                }
            }
            Long("json") => form = Form::Json,
            Long("event") => form = Form::Event,
            Value(path) if file.is_none() => file = Some(PathBuf::from(path)),
            other => return Err(other.unexpected()),
        }
    }
    let file = file.ok_or("which file? xlcfi-verify --help")?;
    let key = key.ok_or("--key is needed: the log's public key. xlcfi-verify --help")?;
    Ok(Asked::Check(Options {
        file,
        key,
        block,
        language,
        form,
    }))
}

/// 32 bytes in hexadecimal, with or without 0x.
fn hash(text: &str) -> Result<[u8; 32], lexopt::Error> {
    let bytes = hex::decode(text.strip_prefix("0x").unwrap_or(text)).unwrap_or_default();
    <[u8; 32]>::try_from(bytes).map_err(|_| "--block is a hash: 0x and 64 hexadecimal digits".into())
}

/// The language of whoever sits here.
fn usual() -> Language {
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    match set.is_some_and(|value| value.starts_with("ko")) {
        true => Language::Korean,
        false => Language::English,
    }
}
