//! What the tests send, and a handler that keeps what it was given.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use prost::Name;
use sqlx::PgConnection;
use tokio::sync::Semaphore;
use uuid::Uuid;
use xlcfi_events::{Failure, Handler, Message};

/// Something that happened, or that somebody shall do.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Fact {
    #[prost(int64, tag = "1")]
    pub number: i64,
}

impl Name for Fact {
    const NAME: &'static str = "Fact";
    const PACKAGE: &'static str = "xlcfi.test.v1";
}

/// How the handler fails on a number.
#[derive(Debug, Clone, Copy)]
pub enum Fail {
    /// For good.
    Poison,
    /// So many times.
    Retry(u32),
}

/// Writes each fact into the table `effect`, which knows no duplicates of its own.
#[derive(Debug, Clone, Default)]
pub struct Effects {
    failing: Arc<Mutex<HashMap<i64, Fail>>>,
    gate: Option<Arc<Semaphore>>,
    /// A number that tells nothing here.
    silent: Option<i64>,
}

impl Effects {
    /// Fails on a number from now on.
    pub fn fail(&self, number: i64, how: Fail) {
        self.failing.lock().unwrap().insert(number, how);
    }

    /// Fails on nothing any more.
    pub fn mend(&self) {
        self.failing.lock().unwrap().clear();
    }

    /// Needs a permit of `gate` for each fact, after its effect is written.
    pub fn behind(gate: Arc<Semaphore>) -> Self {
        Self {
            gate: Some(gate),
            ..Self::default()
        }
    }

    /// Passes over a number.
    pub fn passing_over(number: i64) -> Self {
        Self {
            silent: Some(number),
            ..Self::default()
        }
    }

    fn failure(&self, number: i64) -> Option<Failure> {
        let mut failing = self.failing.lock().unwrap();
        match failing.get_mut(&number)? {
            Fail::Poison => Some(Failure::poison("a number nobody can stand")),
            Fail::Retry(0) => None,
            Fail::Retry(left) => {
                *left -= 1;
                Some(Failure::retry("not yet"))
            }
        }
    }
}

/// Writes facts that come in no order, several in one transaction.
#[derive(Debug, Clone, Default)]
pub struct Batched(pub Effects);

impl Handler for Batched {
    type Fact = (Uuid, Fact);
    const REPEATABLE: bool = true;
    const BATCH: usize = 16;

    fn read(&self, message: &Message) -> Result<Option<(Uuid, Fact)>, Failure> {
        self.0.read(message)
    }

    async fn apply(&self, conn: &mut PgConnection, fact: (Uuid, Fact)) -> Result<(), Failure> {
        self.0.apply(conn, fact).await
    }
}

impl Handler for Effects {
    type Fact = (Uuid, Fact);

    fn read(&self, message: &Message) -> Result<Option<(Uuid, Fact)>, Failure> {
        let fact = message.read::<Fact>()?;
        let fact = fact.filter(|fact| Some(fact.number) != self.silent);
        Ok(fact.map(|fact| (message.key, fact)))
    }

    async fn apply(&self, conn: &mut PgConnection, (key, fact): (Uuid, Fact)) -> Result<(), Failure> {
        sqlx::query("insert into effect (key, number) values ($1, $2)")
            .bind(key)
            .bind(fact.number)
            .execute(conn)
            .await?;
        if let Some(gate) = &self.gate {
            gate.acquire().await.unwrap().forget();
        }
        self.failure(fact.number).map_or(Ok(()), Err)
    }
}
