use async_nats::jetstream::consumer::{DeliverPolicy, ReplayPolicy, pull};
use futures::{Stream as Sequence, StreamExt as _};

use crate::{Bus, BusError, Message, Stream};

/// A message and its place in the stream.
#[derive(Debug, Clone)]
pub struct Followed {
    /// Its sequence number: rises by one or more from message to message.
    pub position: u64,
    /// The message.
    pub message: Message,
}

/// What a stream holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extent {
    /// Tells the stream from another of the same name, made after it was lost:
    /// positions of the one mean nothing in the other.
    pub identity: String,
    /// Position of the oldest message; one above `last` when there is none.
    pub first: u64,
    /// Position of the newest message; 0 before the first.
    pub last: u64,
}

impl Bus {
    /// What a stream holds now; it is made when it is missing.
    ///
    /// # Errors
    /// JetStream does not answer or refuses.
    pub async fn extent(&self, stream: &Stream) -> Result<Extent, BusError> {
        let info = self.ensure(stream).await?;
        Ok(Extent {
            identity: info.created.unix_timestamp_nanos().to_string(),
            first: info.state.first_sequence,
            last: info.state.last_sequence,
        })
    }

    /// Every message of a stream after a position, in order, those to come
    /// included: for whoever builds something of its own from them and keeps the
    /// position with it. Nothing is acknowledged and nobody else gets fewer. Over
    /// reconnects it goes on where it was; messages may come again.
    ///
    /// # Errors
    /// JetStream does not answer or refuses.
    pub async fn follow(
        &self,
        stream: &Stream,
        after: u64,
    ) -> Result<impl Sequence<Item = Result<Followed, BusError>> + Send + use<>, BusError> {
        self.ensure(stream).await?;
        let config = pull::OrderedConfig {
            deliver_policy: DeliverPolicy::ByStartSequence {
                start_sequence: after + 1,
            },
            replay_policy: ReplayPolicy::Instant,
            ..pull::OrderedConfig::default()
        };
        let consumer = self
            .jetstream()
            .create_consumer_on_stream(config, self.stream_name(stream))
            .await
            .map_err(BusError::jetstream)?;
        let messages = consumer.messages().await.map_err(BusError::jetstream)?;
        Ok(messages.map(|message| {
            let message = message.map_err(BusError::jetstream)?;
            let position = message.info().map_err(BusError::jetstream)?.stream_sequence;
            let message = Message::from_nats(&message)?;
            Ok(Followed { position, message })
        }))
    }
}
