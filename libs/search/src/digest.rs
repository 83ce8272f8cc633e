//! Telling whether two indexes hold the same products.

use uuid::Uuid;

use crate::index::Index;
use crate::view::View;

/// How many buckets products are put in.
pub const BUCKETS: usize = 256;

/// What a bucket holds: equal digests mean equal products in equal versions, but for a
/// chance of one in 2^64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digest {
    /// How many products.
    pub products: u64,
    /// Sum, without carry out of 64 bits, of the hash of each id and version.
    pub sum: u64,
}

impl Digest {
    /// Adds a product.
    pub fn add(&mut self, id: Uuid, version: u64) {
        self.products += 1;
        self.sum = self.sum.wrapping_add(hash(id, version));
    }
}

/// The bucket of a product: by the last byte of its id, which is random in UUIDv7.
pub fn bucket(id: Uuid) -> usize {
    usize::from(id.as_bytes()[15]) % BUCKETS
}

/// Mixes id and version by the finalizer of SplitMix64 (Steele, Lea and Flood, 2014).
fn hash(id: Uuid, version: u64) -> u64 {
    let (high, low) = id.as_u64_pair();
    mix(mix(mix(high) ^ low) ^ version)
}

fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ value >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ value >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ value >> 31
}

impl Index {
    /// The digest of each bucket, from the last commit; about 20 ms a million products.
    pub fn digests(&self) -> Vec<Digest> {
        let mut digests = vec![Digest::default(); BUCKETS];
        versions(&self.view(), |id, version| digests[bucket(id)].add(id, version));
        digests
    }

    /// Ids and versions of the products of a bucket, by id.
    pub fn versions(&self, of: usize) -> Vec<(Uuid, u64)> {
        let mut found = Vec::new();
        versions(&self.view(), |id, version| {
            if bucket(id) == of {
                found.push((id, version));
            }
        });
        found.sort_unstable();
        found
    }
}

fn versions(view: &View, mut each: impl FnMut(Uuid, u64)) {
    for segment in view.segments() {
        for doc in segment.reader.doc_ids_alive() {
            each(
                Uuid::from_u128(segment.columns.id(doc)),
                segment.columns.version(doc),
            );
        }
    }
}
