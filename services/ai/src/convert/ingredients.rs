use std::ops::Range;

use xlcfi_contracts::ai::v1::{
    AllergenMention, ExtractIngredientsResponse, MentionKind, OriginMention, Span,
};

use crate::ingredient::{Extracted, Kind};

pub fn extracted(extracted: Extracted) -> ExtractIngredientsResponse {
    let all = |kind| extracted.classes(kind).into_iter().map(i32::from).collect();
    let (allergens, may_contain) = (all(Kind::Contains), all(Kind::MayContain));
    let text = extracted.text;
    let mentions = extracted.mentions.into_iter().map(|mention| AllergenMention {
        allergen: mention.allergen.into(),
        kind: kind(mention.kind).into(),
        words: text[mention.span.clone()].to_owned(),
        span: Some(span(&text, &mention.span)),
    });
    let mentions = mentions.collect();
    let origins = extracted.origins.into_iter().map(|origin| OriginMention {
        ingredient: origin.ingredient,
        words: text[origin.span.clone()].to_owned(),
        country_code: origin.country.to_owned(),
        percent: origin.percent,
        span: Some(span(&text, &origin.span)),
    });
    ExtractIngredientsResponse {
        allergens,
        may_contain,
        mentions,
        origins: origins.collect(),
        text,
    }
}

fn kind(kind: Kind) -> MentionKind {
    match kind {
        Kind::Contains => MentionKind::Contains,
        Kind::MayContain => MentionKind::MayContain,
        Kind::Absent => MentionKind::Absent,
        Kind::Flavour => MentionKind::Flavour,
    }
}

/// Bytes of a text as characters of it.
fn span(text: &str, bytes: &Range<usize>) -> Span {
    let characters = |bytes: usize| i32::try_from(text[..bytes].chars().count()).unwrap_or(i32::MAX);
    Span {
        start: characters(bytes.start),
        end: characters(bytes.end),
    }
}
