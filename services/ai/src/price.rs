//! Whether a price fits the market. Pure.

/// Half the width of what is suggested where too little is known for bands.
const WIDTH: f64 = 0.1;
/// Changes of the market below this are none.
const STILL: f64 = 0.01;

/// What the market expects of one day, in won.
#[derive(Debug, Clone, PartialEq)]
pub struct Day {
    pub date: String,
    pub price: i64,
    pub band: Option<(i64, i64)>,
}

/// What the market says.
#[derive(Debug, Clone, PartialEq)]
pub struct Market {
    pub name: String,
    pub unit: String,
    pub last: i64,
    /// At least one.
    pub days: Vec<Day>,
    pub no_better_than_naive: bool,
    pub constant: bool,
    pub coverage: Option<f64>,
}

/// Whether a price fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Fair,
    TooLow,
    TooHigh,
}

/// What is said of a price.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    pub verdict: Verdict,
    pub lower: i64,
    pub upper: i64,
    pub reasons: Vec<String>,
}

impl Verdict {
    pub fn text(self) -> &'static str {
        match self {
            Self::Fair => "적정 가격",
            Self::TooLow | Self::TooHigh => "가격 조정 필요",
        }
    }
}

/// Judges a price by the mean of what is expected, and of its bands.
pub fn judge(market: &Market, current: i64) -> Judged {
    let days = market.days.len().max(1) as f64;
    let mean = |of: &dyn Fn(&Day) -> i64| market.days.iter().map(|day| of(day) as f64).sum::<f64>() / days;
    let expected = mean(&|day| day.price);
    let banded = market.days.iter().all(|day| day.band.is_some());
    let (lower, upper) = if banded {
        let end = |day: &Day| day.band.unwrap_or((day.price, day.price));
        (mean(&|day| end(day).0), mean(&|day| end(day).1))
    } else {
        (expected * (1.0 - WIDTH), expected * (1.0 + WIDTH))
    };
    let (lower, upper) = (lower.round() as i64, upper.round() as i64);
    let verdict = match current {
        current if current < lower => Verdict::TooLow,
        current if current > upper => Verdict::TooHigh,
        _ => Verdict::Fair,
    };
    let mut reasons = vec![position(market, current, expected, verdict)];
    reasons.push(movement(market));
    if market.constant {
        reasons.push("지금까지 시세가 한 번도 변하지 않았습니다.".to_owned());
    } else if market.no_better_than_naive {
        reasons.push("마지막 시세를 그대로 쓰는 것보다 나은 예측 모형이 없습니다.".to_owned());
    }
    match market.coverage {
        Some(share) if banded => {
            reasons.push(format!(
                "과거 시세의 {:.0}%가 이런 범위 안에 있었습니다.",
                share * 100.0
            ));
        }
        _ if !banded => reasons.push("자료가 적어 예상 가격의 ±10%를 범위로 삼았습니다.".to_owned()),
        _ => {}
    }
    Judged {
        verdict,
        lower,
        upper,
        reasons,
    }
}

fn position(market: &Market, current: i64, expected: f64, verdict: Verdict) -> String {
    let off = (current as f64 / expected.max(1.0) - 1.0) * 100.0;
    let expected = expected.round();
    let (name, unit) = (&market.name, &market.unit);
    let start = format!("{name}({unit})의 예상 시세는 평균 {expected}원이고, 현재 가격 {current}원은");
    match verdict {
        Verdict::Fair => format!("{start} 제안 범위 안에 있습니다."),
        Verdict::TooLow => format!("{start} 이보다 {:.0}% 낮습니다.", -off),
        Verdict::TooHigh => format!("{start} 이보다 {off:.0}% 높습니다."),
    }
}

fn movement(market: &Market) -> String {
    let end = market.days.last().map_or(market.last, |day| day.price);
    let change = end as f64 / market.last.max(1) as f64 - 1.0;
    if change.abs() < STILL {
        return "시세는 큰 변화가 없을 것으로 보입니다.".to_owned();
    }
    let way = if change > 0.0 { "오를" } else { "내릴" };
    format!("시세는 {:.0}% {way} 것으로 보입니다.", change.abs() * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn market(band: Option<(i64, i64)>) -> Market {
        let day = |price| Day {
            date: "2026-11-23".into(),
            price,
            band,
        };
        Market {
            name: "감자".into(),
            unit: "20kg".into(),
            last: 30_000,
            days: vec![day(30_000), day(33_000)],
            no_better_than_naive: false,
            constant: false,
            coverage: Some(0.8),
        }
    }

    #[test]
    fn a_price_is_judged_by_the_bands() {
        let market = market(Some((28_000, 34_000)));
        for (price, verdict, text) in [
            (28_000, Verdict::Fair, "적정 가격"),
            (34_001, Verdict::TooHigh, "가격 조정 필요"),
            (1, Verdict::TooLow, "가격 조정 필요"),
        ] {
            let judged = judge(&market, price);
            assert_eq!((judged.verdict, judged.verdict.text()), (verdict, text));
            assert_eq!((judged.lower, judged.upper), (28_000, 34_000));
            assert_eq!(judged.reasons.len(), 3);
        }
    }

    #[test]
    fn without_bands_a_tenth_around_what_is_expected_is_suggested() {
        let judged = judge(&market(None), 31_500);
        assert_eq!(
            (judged.verdict, judged.lower, judged.upper),
            (Verdict::Fair, 28_350, 34_650)
        );
    }
}
