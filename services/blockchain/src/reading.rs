//! Temperatures, and how many of them are kept in little room.

use sha2::{Digest as _, Sha256};
use time::{Duration, OffsetDateTime};

/// Bytes of a packed reading: seconds since the first, hundredths of a degree.
const SIZE: usize = 6;

/// What a sensor told at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// To the second.
    pub time: OffsetDateTime,
    /// Hundredths of a degree Celsius.
    pub centi: i16,
}

/// What a sensor told of a lot in one go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    pub sensor_id: String,
    pub first_time: OffsetDateTime,
    pub packed: Vec<u8>,
}

impl Batch {
    /// Readings whose times rise, within a lifetime of each other.
    pub fn pack(sensor_id: String, readings: &[Reading]) -> Self {
        let first_time = readings
            .first()
            .map_or(OffsetDateTime::UNIX_EPOCH, |reading| reading.time);
        let mut packed = Vec::with_capacity(readings.len() * SIZE);
        for reading in readings {
            let seconds = (reading.time - first_time).whole_seconds();
            packed.extend(u32::try_from(seconds).unwrap_or(u32::MAX).to_be_bytes());
            packed.extend(reading.centi.to_be_bytes());
        }
        Self {
            sensor_id,
            first_time,
            packed,
        }
    }

    pub fn readings(&self) -> impl Iterator<Item = Reading> + '_ {
        self.packed.chunks_exact(SIZE).map(|bytes| {
            let seconds = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
            Reading {
                time: self.first_time + Duration::seconds(i64::from(seconds)),
                centi: i16::from_be_bytes([bytes[4], bytes[5]]),
            }
        })
    }

    /// Only what was told until this time.
    pub fn until(self, time: OffsetDateTime) -> Self {
        let readings: Vec<Reading> = self.readings().filter(|reading| reading.time <= time).collect();
        Self::pack(self.sensor_id, &readings)
    }

    /// By which an event names exactly these readings: the first time in seconds since
    /// 1970 and the packed ones, SHA-256.
    pub fn digest(&self) -> [u8; 32] {
        let first = self.first_time.unix_timestamp().to_be_bytes();
        Sha256::new()
            .chain_update(first)
            .chain_update(&self.packed)
            .finalize()
            .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn readings_come_back_as_they_were(steps in prop::collection::vec((1u32..100_000, -10_000i16..15_000), 1..200)) {
            let mut time = OffsetDateTime::UNIX_EPOCH;
            let mut readings = Vec::new();
            for (step, centi) in steps {
                time += Duration::seconds(i64::from(step));
                readings.push(Reading { time, centi });
            }
            let batch = Batch::pack("urn:x".into(), &readings);
            prop_assert_eq!(batch.packed.len(), readings.len() * SIZE);
            prop_assert_eq!(batch.readings().collect::<Vec<_>>(), readings);
        }
    }
}
