use tonic::{Code, Status};
use xlcfi_contracts::ai::v1::ingredient_service_client::IngredientServiceClient;
use xlcfi_contracts::ai::v1::{ExtractIngredientsRequest, ExtractIngredientsResponse, MentionKind, Span};
use xlcfi_contracts::product::v1::Allergen;
use xlcfi_testkit::{Calling, Harness, assert_refused, user};

async fn extract(channel: Calling, text: &str) -> Result<ExtractIngredientsResponse, Status> {
    let request = ExtractIngredientsRequest { text: text.into() };
    let answer = IngredientServiceClient::new(channel)
        .extract_ingredients(request)
        .await?;
    Ok(answer.into_inner())
}

#[tokio::test]
async fn a_text_is_answered_with_classes_origins_and_where_they_stand() {
    let harness = Harness::start(xlcfi_ai::SERVICE, xlcfi_ai::start).await;
    let text = "설탕, 소맥분(밀: 미국산), 우유향. 땅콩을 사용한 제품과 같은 시설에서 제조";
    let answer = extract(harness.as_user(&user()), text).await.unwrap();
    assert_eq!(answer.text, text);
    assert_eq!(answer.allergens().collect::<Vec<_>>(), [Allergen::Wheat]);
    assert_eq!(answer.may_contain().collect::<Vec<_>>(), [Allergen::Peanut]);
    let first = &answer.mentions[0];
    assert_eq!((first.kind(), &*first.words), (MentionKind::Contains, "소맥"));
    assert_eq!(first.span, Some(Span { start: 4, end: 6 }));
    assert!(
        answer
            .mentions
            .iter()
            .any(|one| one.kind() == MentionKind::Flavour)
    );
    assert_eq!(answer.origins.len(), 1);
    assert_eq!(
        (&*answer.origins[0].ingredient, &*answer.origins[0].country_code),
        ("밀", "US")
    );
}

#[tokio::test]
async fn anybody_and_any_service_may_ask() {
    let harness = Harness::start(xlcfi_ai::SERVICE, xlcfi_ai::start).await;
    for channel in [harness.anonymous(), harness.as_service("product")] {
        let answer = extract(channel, "우유").await.unwrap();
        assert_eq!(answer.allergens().collect::<Vec<_>>(), [Allergen::Milk]);
    }
}

#[tokio::test]
async fn an_empty_or_endless_text_is_refused() {
    let harness = Harness::start(xlcfi_ai::SERVICE, xlcfi_ai::start).await;
    for text in [String::new(), "밀".repeat(10_001)] {
        let refused = extract(harness.as_user(&user()), &text).await;
        assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
    }
}
