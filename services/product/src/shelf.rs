use std::time::Duration;

use prost::Message;
use uuid::Uuid;
use xlcfi_events::Bus;
use xlcfi_service::Cache;
use xlcfi_types::Id;

use crate::product::Product;

/// How long an answer may be shown again; what changed without a seller's
/// doing, such as the stock, is seen after it at the latest.
const LIFE: Duration = Duration::from_secs(5);
/// Outlives every answer that was kept under an earlier generation.
const GENERATION_LIFE: Duration = Duration::from_secs(60);

/// Topic of all lists of products.
pub const LISTS: &str = "lists";

/// Topic of one product.
pub fn product_topic(id: Id<Product>) -> String {
    format!("products:{id}")
}

/// Answers kept in Redis, by topic.
///
/// Each is marked with the generation of its topic, which a write renews: an
/// answer read from the database before the write, yet kept after it, bears
/// the old mark and is never shown. Without Redis nothing is found.
#[derive(Debug, Clone)]
pub struct Shelf {
    cache: Cache,
    prefix: String,
}

/// What the shelf has.
#[derive(Debug)]
pub enum Found<M> {
    Kept(M),
    /// Nothing; the answer goes here once it is there.
    Nothing(Place),
}

/// Where an answer is kept.
#[derive(Debug)]
pub struct Place {
    cache: Cache,
    key: String,
    generation: Uuid,
}

impl Shelf {
    /// The shelf in this cache; meshes that share it are told apart as on the bus.
    pub fn new(cache: Cache, bus: &Bus) -> Self {
        Self {
            cache,
            prefix: bus.subject("product"),
        }
    }

    /// Looks for the answer `key` of a topic.
    pub async fn find<M: Message + Default>(&self, topic: &str, key: &str) -> Found<M> {
        let key = format!("{}:{topic}:{key}", self.prefix);
        let generation_key = self.generation_key(topic);
        let (generation, kept) = tokio::join!(self.cache.get(&generation_key), self.cache.get(&key));
        let generation = generation
            .and_then(|bytes| Uuid::from_slice(&bytes).ok())
            .unwrap_or_default();
        let bytes = kept
            .as_deref()
            .and_then(|kept| kept.strip_prefix(generation.as_bytes().as_slice()));
        match bytes.map(M::decode) {
            Some(Ok(message)) => Found::Kept(message),
            _ => Found::Nothing(Place {
                cache: self.cache.clone(),
                key,
                generation,
            }),
        }
    }

    /// Makes the answers about a product old, and those that list it.
    pub async fn renew_product(&self, id: Id<Product>) {
        let topic = product_topic(id);
        tokio::join!(self.renew(&topic), self.renew(LISTS));
    }

    async fn renew(&self, topic: &str) {
        self.cache
            .put(
                &self.generation_key(topic),
                Uuid::now_v7().as_bytes(),
                GENERATION_LIFE,
            )
            .await;
    }

    fn generation_key(&self, topic: &str) -> String {
        format!("{}:{topic}", self.prefix)
    }
}

impl Place {
    /// Keeps an answer.
    pub async fn keep(self, message: &impl Message) {
        let mut bytes = self.generation.as_bytes().to_vec();
        bytes.extend(message.encode_to_vec());
        self.cache.put(&self.key, &bytes, LIFE).await;
    }
}
