//! A saga of three steps with two participants: a table is laid, paid and served.

use std::collections::HashMap;
use std::time::Duration;

use prost::{Message as _, Name};
use prost_types::Any;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;
use xlcfi_events::Failure;
use xlcfi_saga::{Answer, Command, Participant, Refusal, Reversal, Saga, Step, any};

/// Long enough that no timer fires in a test.
pub const PATIENT: u64 = 600_000;

/// What a participant is asked to do, and what it shall say.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Job {
    #[prost(string, tag = "1")]
    pub say: String,
}

impl Name for Job {
    const NAME: &'static str = "Job";
    const PACKAGE: &'static str = "xlcfi.test.v1";
}

/// What each step's participant shall say; `done` where nothing is said.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Meal {
    pub say: HashMap<String, String>,
    pub steps: Vec<String>,
}

impl Meal {
    pub fn saying(step: &str, word: &str) -> Self {
        Self {
            say: HashMap::from([(step.to_owned(), word.to_owned())]),
            steps: Vec::new(),
        }
    }

    fn job(&self, step: &str) -> Any {
        any(&Job {
            say: self.say.get(step).cloned().unwrap_or_else(|| "done".into()),
        })
    }
}

/// Resends after so many milliseconds, and knows the versions `OLDEST..=NEWEST`.
pub struct Toy<const RESEND: u64 = PATIENT, const OLDEST: i32 = 1, const NEWEST: i32 = 1>;

impl<const RESEND: u64, const OLDEST: i32, const NEWEST: i32> Toy<RESEND, OLDEST, NEWEST> {
    const STEPS: &'static [Step<Meal>] = &[
        Step {
            name: "lay",
            participant: "kitchen",
            applies: |_| true,
            command: |_, meal| meal.job("lay"),
            undo: Some(|_, meal, _| meal.job("clear")),
            resend_after: Duration::from_millis(RESEND),
        },
        Step {
            name: "pay",
            participant: "till",
            applies: |meal| !meal.say.contains_key("free"),
            command: |_, meal| meal.job("pay"),
            undo: Some(|_, meal, _| meal.job("refund")),
            resend_after: Duration::from_millis(RESEND),
        },
        Step {
            name: "serve",
            participant: "kitchen",
            applies: |_| true,
            command: |_, meal| meal.job("serve"),
            undo: None,
            resend_after: Duration::from_millis(RESEND),
        },
    ];
}

impl<const RESEND: u64, const OLDEST: i32, const NEWEST: i32> Saga for Toy<RESEND, OLDEST, NEWEST> {
    const KIND: &'static str = "meal";
    const VERSION: i32 = NEWEST;
    type State = Meal;

    fn steps(version: i32) -> Option<&'static [Step<Meal>]> {
        (OLDEST..=NEWEST).contains(&version).then_some(Self::STEPS)
    }

    async fn stepped(
        &self,
        _: &mut PgConnection,
        _: Uuid,
        meal: &mut Meal,
        step: &'static str,
        result: Option<&Any>,
    ) -> Result<(), Failure> {
        let said = result.map_or_else(String::new, |result| {
            Job::decode(result.value.as_slice()).map_or_else(|_| "?".into(), |job| job.say)
        });
        if said == "gift" {
            meal.say.insert("free".into(), "yes".into());
        }
        meal.steps.push(format!("{step} {said}").trim().to_owned());
        Ok(())
    }

    async fn completed(&self, conn: &mut PgConnection, id: Uuid, meal: &Meal) -> Result<(), Failure> {
        note(conn, id, &format!("completed: {}", meal.steps.join(", "))).await
    }

    async fn compensating(
        &self,
        conn: &mut PgConnection,
        id: Uuid,
        _: &Meal,
        reversal: &Reversal,
    ) -> Result<(), Failure> {
        note(conn, id, &format!("compensating: {}", reversal.reason)).await
    }

    async fn compensated(
        &self,
        conn: &mut PgConnection,
        id: Uuid,
        _: &Meal,
        reversal: &Reversal,
    ) -> Result<(), Failure> {
        note(conn, id, &format!("compensated: {}", reversal.reason)).await
    }
}

async fn note(conn: &mut PgConnection, id: Uuid, text: &str) -> Result<(), Failure> {
    sqlx::query("insert into note (saga_id, text) values ($1, $2)")
        .bind(id)
        .bind(text)
        .execute(conn)
        .await?;
    Ok(())
}

/// Does what its jobs say and writes each act down.
#[derive(Clone)]
pub struct Worker;

impl Participant for Worker {
    async fn act(&self, conn: &mut PgConnection, command: &Command, body: &Any) -> Result<Answer, Failure> {
        let job = Job::decode(body.value.as_slice())?;
        if job.say == "refuse" {
            return Ok(Answer::Refused(Refusal {
                reason: "NO_WAY".into(),
                ..Default::default()
            }));
        }
        sqlx::query("insert into act (saga_id, step, direction, command) values ($1, $2, $3, $4)")
            .bind(command.saga_id.parse::<Uuid>().map_err(Failure::poison)?)
            .bind(&command.step)
            .bind(command.direction().as_str_name())
            .bind(command.encode_to_vec())
            .execute(conn)
            .await?;
        Ok(match job.say.as_str() {
            "later" => Answer::Later,
            _ => Answer::Done(any(&job)),
        })
    }
}
