//! Ai, as product asks it, played by the test: it knows three words.

use std::sync::{Arc, Mutex};

use tonic::Status;
use xlcfi_contracts::ai::v1::ingredient_service_server::IngredientServiceServer;
use xlcfi_contracts::ai::v1::{
    AllergenMention, ExtractIngredientsRequest, ExtractIngredientsResponse, MentionKind, Span,
};
use xlcfi_contracts::product::v1::Allergen;
use xlcfi_testkit::Fake;

/// What ai is asked.
#[derive(Debug, Default)]
pub struct Reader {
    pub asked: Vec<String>,
    pub away: bool,
}

pub type Label = Arc<Mutex<Reader>>;

fn extracted(label: &Label, asked: ExtractIngredientsRequest) -> Result<ExtractIngredientsResponse, Status> {
    let mut reader = label.lock().unwrap();
    if reader.away {
        return Err(Status::unavailable("ai is away"));
    }
    reader.asked.push(asked.text.clone());
    let words = [
        ("우유", Allergen::Milk, MentionKind::Contains),
        ("소맥분", Allergen::Wheat, MentionKind::Contains),
        ("땅콩 혼입", Allergen::Peanut, MentionKind::MayContain),
    ];
    let mentions = words.iter().filter_map(|(word, allergen, kind)| {
        let start = asked.text[..asked.text.find(word)?].chars().count();
        let end = start + word.chars().count();
        Some(AllergenMention {
            allergen: (*allergen).into(),
            kind: (*kind).into(),
            span: Some(Span {
                start: i32::try_from(start).unwrap(),
                end: i32::try_from(end).unwrap(),
            }),
            words: (*word).into(),
        })
    });
    Ok(ExtractIngredientsResponse {
        mentions: mentions.collect(),
        text: asked.text.clone(),
        ..Default::default()
    })
}

/// Ai, with what it is asked kept.
pub async fn serve(label: &Label) -> Fake {
    let label = label.clone();
    Fake::answering::<IngredientServiceServer<()>, _, _, _>("ExtractIngredients", move |asked| {
        let answer = extracted(&label, asked);
        async move { answer }
    })
    .await
}
