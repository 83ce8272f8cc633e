//! The verdict, as it is printed.

use std::io;

use serde_json::{Value, json};
use xlcfi_proof::{Bundle, Language, Refused, Step, Verdict};

use crate::options::{Form, Options};

/// Why it could not be tried.
#[derive(Debug)]
pub enum Cannot {
    Key,
    File(String, io::Error),
}

impl Cannot {
    pub fn say(&self, language: Language) -> String {
        match (self, language) {
            (Self::Key, Language::Korean) => {
                "--key가 기록장의 공개 열쇠가 아닙니다. `이름+열쇠번호+열쇠` 모양이어야 합니다.\n".into()
            }
            (Self::Key, Language::English) => {
                "--key is no public key of a log: it looks like `name+key id+key`.\n".into()
            }
            (Self::File(path, error), Language::Korean) => {
                format!("{path} 파일을 읽을 수 없습니다: {error}\n")
            }
            (Self::File(path, error), Language::English) => format!("{path} cannot be read: {error}\n"),
        }
    }
}

/// What a check found, in the form that was asked for.
pub fn report(options: &Options, checked: &Result<(Bundle, Verdict), Refused>) -> String {
    let language = options.language;
    match (options.form, checked) {
        (Form::Words, Ok((bundle, verdict))) => words(language, bundle, verdict),
        (Form::Words | Form::Event, Err(refused)) => format!("✗ {}\n", refused.say(language)),
        (Form::Event, Ok((bundle, _))) => format!("{:#}\n", bundle.event),
        (Form::Json, checked) => format!("{}\n", object(language, checked)),
    }
}

/// Proven, or only said by the file.
fn mark(step: &Step) -> &'static str {
    if step.is_proven() { "✓" } else { "·" }
}

fn words(language: Language, bundle: &Bundle, verdict: &Verdict) -> String {
    let steps = verdict
        .steps
        .iter()
        .map(|step| format!("{} {}\n", mark(step), step.say(language)));
    let (log, conclusion) = match language {
        Language::Korean => ("기록장", "이 파일을 믿어도 됩니다. 기록된 내용:"),
        Language::English => ("Log", "This file can be believed. What was recorded:"),
    };
    let steps: String = steps.collect();
    let origin = &verdict.checkpoint.origin;
    format!("{steps}{log}: {origin}\n\n{conclusion}\n{:#}\n", bundle.event)
}

fn object(language: Language, checked: &Result<(Bundle, Verdict), Refused>) -> Value {
    match checked {
        Ok((bundle, verdict)) => {
            let steps = verdict.steps.iter();
            let steps: Vec<Value> = steps
                .map(|step| json!({"name": step.name(), "proven": step.is_proven(), "message": step.say(language)}))
                .collect();
            json!({
                "accepted": true,
                "steps": steps,
                "origin": verdict.checkpoint.origin,
                "size": verdict.checkpoint.size,
                "root": verdict.checkpoint.root.to_string(),
                "index": bundle.index,
                "event": bundle.event,
            })
        }
        Err(refused) => json!({
            "accepted": false,
            "refusal": refused.name(),
            "message": refused.say(language),
        }),
    }
}
