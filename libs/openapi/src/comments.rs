//! Comments of the contracts as descriptions.

use std::collections::HashMap;

use prost_reflect::{
    DescriptorPool, EnumDescriptor, EnumValueDescriptor, FieldDescriptor, FileDescriptor, MessageDescriptor,
    MethodDescriptor, ServiceDescriptor,
};

/// The comment before each element of a pool.
#[derive(Debug, Default)]
pub struct Comments(HashMap<String, HashMap<Vec<i32>, String>>);

/// What the comment of an RPC says.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct MethodText {
    /// The first sentence, without its full stop.
    pub summary: String,
    /// All of it but the errors.
    pub description: String,
    /// The `CODE / REASON` lines below `Errors:`.
    pub errors: Vec<(String, String)>,
}

/// What the comment of a field says.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct FieldText {
    /// The comment without the markers that the schema says itself.
    pub description: String,
    /// It begins with `Output only.`.
    pub output_only: bool,
    /// The value after "for example".
    pub example: Option<String>,
}

impl Comments {
    /// Reads the comments of all files that were compiled with their source information.
    pub fn of(pool: &DescriptorPool) -> Self {
        let files = pool.files().map(|file| {
            let info = file.file_descriptor_proto().source_code_info.as_ref();
            let locations = info.map(|info| info.location.as_slice()).unwrap_or_default();
            let comments = locations
                .iter()
                .filter_map(|place| Some((place.path.clone(), place.leading_comments.clone()?)))
                .collect();
            (file.name().to_owned(), comments)
        });
        Self(files.collect())
    }

    /// What is said of a service.
    pub fn service(&self, service: &ServiceDescriptor) -> String {
        flow(self.raw(&service.parent_file(), service.path()))
    }

    /// What is said of a message.
    pub fn message(&self, message: &MessageDescriptor) -> String {
        flow(self.raw(&message.parent_file(), message.path()))
    }

    /// What is said of an enum.
    pub fn enumeration(&self, of: &EnumDescriptor) -> String {
        flow(self.raw(&of.parent_file(), of.path()))
    }

    /// What is said of a value of an enum.
    pub fn value(&self, value: &EnumValueDescriptor) -> String {
        flow(self.raw(&value.parent_enum().parent_file(), value.path()))
    }

    /// What is said of an RPC.
    pub fn method(&self, method: &MethodDescriptor) -> MethodText {
        method_text(self.raw(&method.parent_service().parent_file(), method.path()))
    }

    /// What is said of a field.
    pub fn field(&self, field: &FieldDescriptor) -> FieldText {
        field_text(self.raw(&field.parent_message().parent_file(), field.path()))
    }

    fn raw(&self, file: &FileDescriptor, path: &[i32]) -> &str {
        let comments = self.0.get(file.name());
        comments
            .and_then(|comments| comments.get(path))
            .map_or("", String::as_str)
    }
}

fn method_text(raw: &str) -> MethodText {
    let (prose, errors) = raw.split_once("Errors:").unwrap_or((raw, ""));
    let description = flow(prose);
    let end = description.find(". ").or_else(|| description.find(".\n"));
    let summary = end.map_or(description.as_str(), |end| &description[..end]);
    let errors = errors.lines().filter_map(|line| line.split_once(" / "));
    MethodText {
        summary: summary.trim_end_matches('.').to_owned(),
        errors: errors
            .map(|(code, reason)| (code.trim().to_owned(), reason.trim().to_owned()))
            .collect(),
        description,
    }
}

fn field_text(raw: &str) -> FieldText {
    let text = flow(raw);
    let mut description = text.as_str();
    let mut output_only = false;
    loop {
        if let Some(rest) = description.strip_prefix("Required.") {
            description = rest.trim_start();
        } else if let Some(rest) = description.strip_prefix("Output only.") {
            (description, output_only) = (rest.trim_start(), true);
        } else {
            break;
        }
    }
    let example = description
        .split_once("for example `")
        .and_then(|(_, rest)| rest.split_once('`'))
        .map(|(example, _)| example.to_owned());
    FieldText {
        description: description.to_owned(),
        output_only,
        example,
    }
}

/// Joins the lines of each paragraph and names fields as JSON does.
fn flow(raw: &str) -> String {
    let paragraphs = raw.split("\n\n").flat_map(|part| part.split("\n \n"));
    let flowed = paragraphs.map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "));
    let text: Vec<String> = flowed.filter(|part| !part.is_empty()).collect();
    json_names(&text.join("\n\n"))
}

/// Turns `` `next_page_token` `` into `` `nextPageToken` ``.
fn json_names(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, part) in text.split('`').enumerate() {
        if at > 0 {
            out.push('`');
        }
        let snake = part.contains('_')
            && part
                .bytes()
                .all(|byte| byte == b'_' || byte.is_ascii_lowercase() || byte.is_ascii_digit());
        if at % 2 == 1 && snake {
            out.push_str(&camel(part));
        } else {
            out.push_str(part);
        }
    }
    out
}

/// The ProtoJSON name of a field name.
pub fn camel(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut upper = false;
    for letter in name.chars() {
        match letter {
            '_' => upper = true,
            letter if std::mem::take(&mut upper) => out.extend(letter.to_uppercase()),
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_rpc_comment_is_a_summary_a_description_and_errors() {
        let text = method_text(
            " Gets it. With `page_token`, the\n next page.\n\n Twice.\n\n Errors:\n NOT_FOUND / IT_NOT_FOUND\n ABORTED / IT_CHANGED\n",
        );
        assert_eq!(text.summary, "Gets it");
        assert_eq!(
            text.description,
            "Gets it. With `pageToken`, the next page.\n\nTwice."
        );
        assert_eq!(
            text.errors,
            [
                ("NOT_FOUND".into(), "IT_NOT_FOUND".into()),
                ("ABORTED".into(), "IT_CHANGED".into())
            ]
        );
    }

    #[test]
    fn markers_that_the_schema_says_are_left_out() {
        let text = field_text(" Required. ISO 4217 code, for example `KRW`.\n");
        assert_eq!(text.description, "ISO 4217 code, for example `KRW`.");
        assert_eq!(text.example.as_deref(), Some("KRW"));
        assert!(field_text(" Output only. When.").output_only);
    }
}
