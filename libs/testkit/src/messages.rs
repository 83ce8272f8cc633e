use async_nats::{HeaderMap, jetstream};
use prost::{Message as _, Name};
use prost_types::Any;
use uuid::Uuid;
use xlcfi_contracts::saga::v1::command_reply::Outcome;
use xlcfi_contracts::saga::v1::{Command, CommandReply, Direction, Refusal};
use xlcfi_events::{Message, Stream};

use crate::{Harness, eventually};

impl Harness {
    /// Publishes an event of another service: the `version`-th (from 1) of `key`.
    /// Gives its id; [`Harness::redeliver`] sends the same one again.
    ///
    /// # Panics
    /// NATS does not take it.
    pub async fn deliver<E: prost::Message + Name>(
        &self,
        service: &str,
        key: Uuid,
        version: i64,
        event: &E,
    ) -> Uuid {
        let id = Uuid::now_v7();
        self.redeliver(service, id, key, version, event).await;
        id
    }

    /// Publishes an event under a given id.
    ///
    /// # Panics
    /// NATS does not take it.
    pub async fn redeliver<E: prost::Message + Name>(
        &self,
        service: &str,
        id: Uuid,
        key: Uuid,
        version: i64,
        event: &E,
    ) {
        let subject = format!("evt.{service}.{}.{key}", E::NAME);
        self.publish(
            Stream::events(service),
            &subject,
            id,
            &E::full_name(),
            key,
            version,
            event.encode_to_vec(),
        )
        .await;
    }

    /// Sends a saga's command to the service, as the service `from` would, and
    /// waits for the reply.
    ///
    /// # Panics
    /// No reply comes within 10 seconds.
    pub async fn command<M: prost::Message + Name>(
        &self,
        from: &str,
        saga_id: Uuid,
        step: &str,
        direction: Direction,
        body: &M,
    ) -> CommandReply {
        let command = self.command_of(from, saga_id, step, direction, body);
        let before = self.replies(saga_id).await.len();
        self.send_command(saga_id, &command).await;
        eventually(async || self.replies(saga_id).await.into_iter().nth(before)).await
    }

    /// A command as the service `from` would write it.
    pub fn command_of<M: prost::Message + Name>(
        &self,
        from: &str,
        saga_id: Uuid,
        step: &str,
        direction: Direction,
        body: &M,
    ) -> Command {
        let key = |direction: Direction| {
            Uuid::new_v5(&saga_id, format!("{step}/{}", direction.as_str_name()).as_bytes()).to_string()
        };
        Command {
            saga_id: saga_id.to_string(),
            step: step.to_owned(),
            direction: direction.into(),
            attempt: 1,
            effect_key: key(direction),
            do_effect_key: key(Direction::Do),
            reply_to: from.to_owned(),
            body: Some(Any {
                type_url: M::type_url(),
                value: body.encode_to_vec(),
            }),
        }
    }

    /// Sends a command and does not wait.
    ///
    /// # Panics
    /// NATS does not take it.
    pub async fn send_command(&self, saga_id: Uuid, command: &Command) {
        let service = self.base.service.name;
        let subject = format!("cmd.{service}.Command.{saga_id}");
        let (name, body) = (Command::full_name(), command.encode_to_vec());
        self.publish(
            Stream::commands(service),
            &subject,
            Uuid::now_v7(),
            &name,
            saga_id,
            0,
            body,
        )
        .await;
    }

    /// Sends a message in no order to the service, as another service would.
    ///
    /// # Panics
    /// NATS does not take it.
    pub async fn send<M: prost::Message + Name>(&self, message: &M) {
        let (service, key) = (self.base.service.name, Uuid::now_v7());
        let subject = format!("cmd.{service}.{}.{key}", M::NAME);
        let body = message.encode_to_vec();
        self.publish(
            Stream::commands(service),
            &subject,
            key,
            &M::full_name(),
            key,
            0,
            body,
        )
        .await;
    }

    /// Answers a command of the service's sagas, as its participant would.
    ///
    /// # Panics
    /// NATS does not take it.
    pub async fn reply(&self, command: &Command, outcome: Outcome) {
        let reply = CommandReply {
            saga_id: command.saga_id.clone(),
            step: command.step.clone(),
            direction: command.direction,
            attempt: command.attempt,
            outcome: Some(outcome),
        };
        let subject = format!("cmd.{}.CommandReply.{}", command.reply_to, command.saga_id);
        let (name, body) = (CommandReply::full_name(), reply.encode_to_vec());
        self.publish(
            Stream::commands(&command.reply_to),
            &subject,
            Uuid::now_v7(),
            &name,
            command.saga_id.parse().unwrap(),
            0,
            body,
        )
        .await;
    }

    /// Waits until the consumer of a stream has taken in all that was sent so far,
    /// also what was still in the service's outbox.
    ///
    /// # Panics
    /// NATS does not answer, or messages are left after 10 seconds.
    pub async fn taken_in(&self, stream: Stream, consumer: &str) {
        let unsent = "select count(*) from events.outbox where send_time is null";
        eventually(async || {
            let left: i64 = sqlx::query_scalar(unsent).fetch_one(self.pool()).await.unwrap();
            (left == 0).then_some(())
        })
        .await;
        let bus = &self.base.bus;
        let name = bus.ensure(&stream).await.unwrap().config.name;
        let stream = jetstream::new(bus.client().clone())
            .get_stream(name)
            .await
            .unwrap();
        let look = async || -> Option<()> {
            let info = stream.consumer_info(consumer).await.ok()?;
            (info.num_pending == 0 && info.num_ack_pending == 0).then_some(())
        };
        eventually(look).await;
    }

    /// The commands the service has sent for a saga so far, oldest first.
    ///
    /// # Panics
    /// One cannot be read.
    pub async fn commands(&self, saga_id: Uuid) -> Vec<Command> {
        let commands = self.published::<Command>().await;
        commands
            .into_iter()
            .filter(|command| command.saga_id == saga_id.to_string())
            .collect()
    }

    /// The events of type `E` the service has published so far, oldest first.
    ///
    /// # Panics
    /// One cannot be read.
    pub async fn published<E: prost::Message + Name + Default>(&self) -> Vec<E> {
        let rows =
            sqlx::query_scalar::<_, Vec<u8>>("select body from events.outbox where type = $1 order by seq")
                .bind(E::full_name())
                .fetch_all(self.pool())
                .await
                .unwrap();
        rows.into_iter()
            .map(|body| E::decode(body.as_slice()).unwrap())
            .collect()
    }

    /// The replies the service has given to a saga so far, oldest first.
    ///
    /// # Panics
    /// One cannot be read.
    pub async fn replies(&self, saga_id: Uuid) -> Vec<CommandReply> {
        let replies = self.published::<CommandReply>().await;
        replies
            .into_iter()
            .filter(|reply| reply.saga_id == saga_id.to_string())
            .collect()
    }

    /// The messages the service has parked, as (type, error).
    ///
    /// # Panics
    /// The database is away.
    pub async fn parked(&self) -> Vec<(String, String)> {
        sqlx::query_as::<_, (String, String)>("select type, error from events.dead_letter order by park_time")
            .fetch_all(self.pool())
            .await
            .unwrap()
    }

    #[allow(clippy::too_many_arguments)]
    async fn publish(
        &self,
        stream: Stream,
        subject: &str,
        id: Uuid,
        type_name: &str,
        key: Uuid,
        version: i64,
        body: Vec<u8>,
    ) {
        let message = Message {
            id,
            subject: subject.to_owned(),
            type_name: type_name.to_owned(),
            key,
            version,
            body: body.into(),
            traceparent: None,
        };
        let mut headers = HeaderMap::new();
        for (name, value) in message.header_fields() {
            // The server would drop a redelivery under the same id; the inbox shall.
            if name != "Nats-Msg-Id" {
                headers.insert(name, value);
            }
        }
        self.base.bus.ensure(&stream).await.unwrap();
        let ack = self
            .jetstream
            .publish_with_headers(self.subject(subject), headers, message.body)
            .await
            .unwrap();
        ack.await.unwrap();
    }
}

/// A participant's answer that the step is done, with an empty result.
pub fn done() -> Outcome {
    Outcome::Done(Any::default())
}

/// A participant's answer that the step is refused for good.
pub fn refused(reason: &str) -> Outcome {
    Outcome::Refused(Refusal {
        reason: reason.to_owned(),
        ..Default::default()
    })
}
