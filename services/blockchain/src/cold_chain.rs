//! How cold a lot was, and what that cost of its life.
//!
//! Between two readings of a sensor the temperature is taken to change evenly; between
//! two further apart than [`GAP`] nothing is taken, and the gap is told.
//!
//! Life lost is by the Q10 rule (T. P. Labuza, Shelf-Life Dating of Foods, 1982): food
//! ages Q10 times as fast for every 10 degrees. Its last day is set for the warmest it
//! may be, so what is above that limit L costs the integral of Q10^((T - L) / 10) - 1
//! over time. The rule holds for one slow reaction some degrees around the limit. It
//! knows nothing of thawing and freezing again, of germs that begin to grow, or of the
//! food itself: it says by how much a last day is no longer to be trusted, never that
//! food is safe.

use std::collections::BTreeMap;

use time::{Date, Duration, OffsetDateTime, Time};

use crate::lot::Storage;
use crate::reading::{Batch, Reading};

/// Readings further apart tell nothing of what was between.
const GAP: Duration = Duration::minutes(30);

/// What a storage class allows, hundredths of a degree Celsius.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// `None` when nothing is too cold.
    pub minimum: Option<i32>,
    pub maximum: i32,
    /// How many times as fast food ages 10 degrees warmer: 2 for what keeps at room
    /// temperature, 3 for what has to be cold.
    pub q10: f64,
}

/// What the readings of a lot tell together.
#[derive(Debug, Clone, PartialEq)]
pub struct ColdChain {
    pub readings: i64,
    /// The first and the last reading; `None` without any.
    pub span: Option<(OffsetDateTime, OffsetDateTime)>,
    pub excursion_minutes: f64,
    /// What was furthest from the limits; `None` when nothing was beyond them.
    pub worst: Option<i32>,
    /// Oldest first.
    pub excursions: Vec<Excursion>,
    pub gaps: Vec<(OffsetDateTime, OffsetDateTime)>,
    pub life_cut_minutes: f64,
}

/// A time outside the limits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Excursion {
    pub start: OffsetDateTime,
    pub end: OffsetDateTime,
    pub worst: i32,
    pub too_warm: bool,
}

impl Storage {
    pub fn limits(self) -> Limits {
        let (minimum, maximum, q10) = match self {
            Self::Frozen => (None, -1_800, 3.0),
            Self::Refrigerated => (Some(0), 1_000, 3.0),
            Self::Room => (Some(100), 3_500, 2.0),
            Self::Ambient => (Some(1_500), 2_500, 2.0),
        };
        Limits {
            minimum,
            maximum,
            q10,
        }
    }
}

impl Limits {
    /// How far a temperature is from what is allowed.
    fn beyond(&self, centi: i32) -> i32 {
        let cold = self.minimum.map_or(0, |minimum| minimum - centi);
        (centi - self.maximum).max(cold).max(0)
    }

    fn worse(&self, left: i32, right: i32) -> i32 {
        if self.beyond(right) > self.beyond(left) {
            right
        } else {
            left
        }
    }
}

/// What the readings of a lot tell, in batches of any order; of two of one sensor and
/// one time the later batch counts.
pub fn assess(limits: Limits, batches: &[Batch]) -> ColdChain {
    let mut sensors: BTreeMap<&str, BTreeMap<OffsetDateTime, i32>> = BTreeMap::new();
    for batch in batches {
        let sensor = sensors.entry(&batch.sensor_id).or_default();
        sensor.extend(
            batch
                .readings()
                .map(|Reading { time, centi }| (time, i32::from(centi))),
        );
    }
    let mut out = ColdChain {
        readings: 0,
        span: None,
        excursion_minutes: 0.0,
        worst: None,
        excursions: Vec::new(),
        gaps: Vec::new(),
        life_cut_minutes: 0.0,
    };
    let (mut covered, mut pieces) = (Vec::new(), Vec::new());
    for readings in sensors.values() {
        let readings: Vec<(OffsetDateTime, i32)> =
            readings.iter().map(|(time, centi)| (*time, *centi)).collect();
        out.readings += i64::try_from(readings.len()).unwrap_or(i64::MAX);
        for &(time, centi) in &readings {
            let (first, last) = out.span.unwrap_or((time, time));
            out.span = Some((first.min(time), last.max(time)));
            if limits.beyond(centi) > 0 {
                out.worst = Some(out.worst.map_or(centi, |worst| limits.worse(worst, centi)));
            }
        }
        let mut cut = 0.0;
        for pair in readings.windows(2) {
            let [before, after] = [pair[0], pair[1]];
            if after.0 - before.0 <= GAP {
                covered.push((before.0, after.0));
                cut += segment(limits, before, after, &mut pieces);
            }
        }
        // Of several sensors the one that tells of the most life lost counts.
        out.life_cut_minutes = f64::max(out.life_cut_minutes, cut);
    }
    out.excursions = merged(limits, pieces);
    let outside = union(out.excursions.iter().map(|one| (one.start, one.end)).collect());
    out.excursion_minutes = outside.iter().map(|(start, end)| minutes(*end - *start)).sum();
    let covered = union(covered);
    if let Some((first, last)) = out.span {
        let starts = std::iter::once(first).chain(covered.iter().map(|(_, end)| *end));
        let ends = covered
            .iter()
            .map(|(start, _)| *start)
            .chain(std::iter::once(last));
        out.gaps = starts.zip(ends).filter(|(start, end)| start < end).collect();
    }
    out
}

/// The last day of a lot, less the life lost.
pub fn adjusted(use_by: Date, life_cut_minutes: f64) -> Date {
    let end = use_by.with_time(Time::MIDNIGHT) + Duration::DAY - Duration::SECOND;
    let cut = Duration::seconds_f64((life_cut_minutes * 60.0).clamp(0.0, 1e11));
    end.checked_sub(cut).map_or(Date::MIN, |left| left.date())
}

/// Adds what of a segment is outside the limits, and gives the life it cost, minutes.
fn segment(
    limits: Limits,
    (start, from): (OffsetDateTime, i32),
    (end, to): (OffsetDateTime, i32),
    pieces: &mut Vec<Excursion>,
) -> f64 {
    let crossing = |limit: i32| {
        let part = f64::from(limit - from) / f64::from(to - from);
        start + (end - start) * part
    };
    let mut cut = 0.0;
    if from.max(to) > limits.maximum {
        let begin = if from > limits.maximum {
            start
        } else {
            crossing(limits.maximum)
        };
        let finish = if to > limits.maximum {
            end
        } else {
            crossing(limits.maximum)
        };
        pieces.push(Excursion {
            start: begin,
            end: finish,
            worst: from.max(to),
            too_warm: true,
        });
        let above = |centi: i32| f64::from(centi.max(limits.maximum) - limits.maximum) / 1_000.0;
        cut = lost(limits.q10, above(from), above(to)) * minutes(finish - begin);
    }
    if let Some(minimum) = limits.minimum.filter(|minimum| from.min(to) < *minimum) {
        let begin = if from < minimum { start } else { crossing(minimum) };
        let finish = if to < minimum { end } else { crossing(minimum) };
        pieces.push(Excursion {
            start: begin,
            end: finish,
            worst: from.min(to),
            too_warm: false,
        });
    }
    cut
}

/// Mean of Q10^x - 1 while x, tens of degrees above the limit, changes evenly.
fn lost(q10: f64, from: f64, to: f64) -> f64 {
    if (to - from).abs() < 1e-9 {
        return q10.powf(from) - 1.0;
    }
    (q10.powf(to) - q10.powf(from)) / (q10.ln() * (to - from)) - 1.0
}

/// Pieces of one side that touch are one excursion.
fn merged(limits: Limits, mut pieces: Vec<Excursion>) -> Vec<Excursion> {
    pieces.sort_by_key(|piece| (piece.too_warm, piece.start));
    let mut out: Vec<Excursion> = Vec::new();
    for piece in pieces {
        match out.last_mut() {
            Some(last) if last.too_warm == piece.too_warm && piece.start <= last.end => {
                last.end = last.end.max(piece.end);
                last.worst = limits.worse(last.worst, piece.worst);
            }
            _ => out.push(piece),
        }
    }
    out.sort_by_key(|excursion| excursion.start);
    out
}

fn union(mut spans: Vec<(OffsetDateTime, OffsetDateTime)>) -> Vec<(OffsetDateTime, OffsetDateTime)> {
    spans.sort_unstable();
    let mut out: Vec<(OffsetDateTime, OffsetDateTime)> = Vec::new();
    for (start, end) in spans {
        match out.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => out.push((start, end)),
        }
    }
    out
}

fn minutes(span: Duration) -> f64 {
    span.as_seconds_f64() / 60.0
}

#[cfg(test)]
mod tests;
