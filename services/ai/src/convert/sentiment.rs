use std::collections::BTreeMap;

use uuid::Uuid;
use xlcfi_contracts::ai::v1::{
    self as proto, AnalyzeReviewResponse, AspectCounts, AspectOpinion, GetProductSentimentResponse,
    SentimentCounts,
};

use crate::keyword::Keyword;
use crate::opinion::Tally;
use crate::sentiment::{Analysis, Aspect, Sentiment};

pub fn analysed(said: &Analysis) -> AnalyzeReviewResponse {
    let opinions = said.aspects.iter().map(|(side, thinks)| AspectOpinion {
        aspect: aspect(*side).into(),
        sentiment: sentiment(*thinks).into(),
    });
    AnalyzeReviewResponse {
        sentiment: sentiment(said.sentiment).into(),
        probability: said.probabilities[said.sentiment as usize],
        aspects: opinions.collect(),
    }
}

pub fn product_sentiment(
    product_id: Uuid,
    tallies: &BTreeMap<Option<Aspect>, Tally>,
    keywords: Vec<Keyword>,
) -> GetProductSentimentResponse {
    let of = |side: Option<Aspect>| counts(tallies.get(&side).copied().unwrap_or_default());
    let aspects = Aspect::ALL.into_iter().map(|side| AspectCounts {
        aspect: aspect(side).into(),
        counts: Some(of(Some(side))),
    });
    let keywords = keywords.into_iter().map(|keyword| proto::Keyword {
        word: keyword.word,
        reviews: keyword.reviews,
        score: keyword.score,
        sentence: keyword.sentence,
    });
    GetProductSentimentResponse {
        product_id: product_id.to_string(),
        overall: Some(of(None)),
        aspects: aspects.collect(),
        keywords: keywords.collect(),
    }
}

fn counts(tally: Tally) -> SentimentCounts {
    SentimentCounts {
        positive: tally.positive,
        neutral: tally.neutral,
        negative: tally.negative,
    }
}

fn sentiment(sentiment: Sentiment) -> proto::Sentiment {
    match sentiment {
        Sentiment::Negative => proto::Sentiment::Negative,
        Sentiment::Neutral => proto::Sentiment::Neutral,
        Sentiment::Positive => proto::Sentiment::Positive,
    }
}

fn aspect(aspect: Aspect) -> proto::Aspect {
    match aspect {
        Aspect::Freshness => proto::Aspect::Freshness,
        Aspect::Taste => proto::Aspect::Taste,
        Aspect::Packaging => proto::Aspect::Packaging,
        Aspect::Delivery => proto::Aspect::Delivery,
        Aspect::Price => proto::Aspect::Price,
    }
}
