use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use reqwest::Method;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{STOCK, Story, Teller};
use crate::people::{self, eventually, text};

/// What checks a proof without the mesh.
#[derive(Debug)]
pub struct Verifier {
    /// The program.
    pub program: PathBuf,
    /// Folder for the proofs.
    pub folder: PathBuf,
}

impl Verifier {
    fn keep(&self, name: &str, proof: &[u8]) -> anyhow::Result<PathBuf> {
        std::fs::create_dir_all(&self.folder)?;
        let file = self.folder.join(name);
        std::fs::write(&file, proof)?;
        Ok(file)
    }
}

/// A proof file, and the hash of the block it is anchored in.
struct Proof {
    text: Vec<u8>,
    block: Option<String>,
}

/// What the harvest weighs, in grams: what is in the boxes.
const HARVEST: i64 = STOCK * 10_000;

impl<T: Teller> Story<'_, T> {
    /// A lot's way from the field to a kitchen is recorded, signed, anchored and proven;
    /// a forged proof is refused.
    ///
    /// # Errors
    /// A step does not do what it should.
    pub async fn prove_where_it_comes_from(&self, verifier: &Verifier) -> anyhow::Result<()> {
        self.teller
            .chapter("The seller tells what happened to the lot before it came here");
        let lot_id = self.lot().await?;
        let harvest_id = self.harvest().await?;
        self.certify(&harvest_id).await?;
        let packing_id = self.pack(&harvest_id, &lot_id).await?;
        self.tell_temperatures(&lot_id).await?;

        self.teller.chapter("Boxes of the lot are ordered and arrive");
        people::add_address(self.edge, &self.buyer).await?;
        let order_id = self.five_boxes_arrive().await?;

        self.teller.chapter("The buyer reads the lot's story");
        self.read_story(&lot_id, &order_id).await?;

        self.teller
            .chapter("The buyer takes the proof and checks it without us");
        let proof = self.proof(&packing_id).await?;
        let key = self.get("/api/v1/blockchain/log/key").await?;
        let key = text(&key["verifierKey"])?;
        let mut check = vec!["--key", &key, "--lang", "ko"];
        if let Some(block) = &proof.block {
            check.extend(["--block", block]);
        }
        let file = verifier.keep(&format!("{packing_id}.json"), &proof.text)?;
        self.teller.step("file", &file.display().to_string());
        ensure!(self.check(verifier, &file, &check)?, "the proof is refused");

        self.teller.chapter("Somebody changes one byte of it");
        let file = verifier.keep(&format!("{packing_id}-forged.json"), &forged(&proof.text)?)?;
        self.teller.step("file", &file.display().to_string());
        ensure!(
            !self.check(verifier, &file, &check)?,
            "the forged proof is believed"
        );
        Ok(())
    }

    async fn lot(&self) -> anyhow::Result<String> {
        let path = format!("/api/v1/products/{}/lots", self.product_id);
        let lots = self.seller_asks(Method::GET, &path, None).await?;
        let lot_id = text(&lots["lots"][0]["lotId"])?;
        // What product told of it may come after the seller.
        let path = format!("/api/v1/blockchain/lots/{lot_id}/story");
        let known = async || self.edge.rest(Method::GET, &path, "", None).await.ok();
        eventually(known)
            .await
            .context("the receipt is not in the lot's story")?;
        Ok(lot_id)
    }

    async fn harvest(&self) -> anyhow::Result<String> {
        let lot_id = Uuid::now_v7().to_string();
        let harvest = json!({
            "requestId": Uuid::now_v7().to_string(),
            "eventTime": ago(Duration::days(2))?,
            "bizStep": "BIZ_STEP_COMMISSIONING",
            "bizLocation": "https://example.com/fields/pyeongchang-7",
            "object": {"action": "TRACE_ACTION_ADD", "newLots": [{
                "lotId": lot_id, "name": "수미감자 2026년산", "lotNumber": "H-7",
                "quantity": HARVEST.to_string(), "unit": "UNIT_GRAM", "origin": "국내산 강원 평창",
            }]},
        });
        self.seller_asks(Method::POST, "/api/v1/blockchain/events", Some(harvest))
            .await?;
        self.teller.step("REST", "harvested in Pyeongchang: 1,000 kg");
        Ok(lot_id)
    }

    async fn pack(&self, harvest_id: &str, lot_id: &str) -> anyhow::Result<String> {
        let packing = json!({
            "requestId": Uuid::now_v7().to_string(),
            "eventTime": ago(Duration::ZERO)?,
            "bizStep": "BIZ_STEP_PACKING",
            "transformation": {
                "inputs": [{"lotId": harvest_id, "quantity": HARVEST.to_string(), "unit": "UNIT_GRAM"}],
                "outputs": [{"lotId": lot_id, "quantity": STOCK.to_string(), "unit": "UNIT_PIECE"}],
            },
        });
        let packed = self
            .seller_asks(Method::POST, "/api/v1/blockchain/events", Some(packing))
            .await?;
        self.teller.step("REST", &format!("packed into {STOCK} boxes"));
        text(&packed["event"]["eventId"])
    }

    async fn certify(&self, lot_id: &str) -> anyhow::Result<()> {
        let certificate = json!({
            "requestId": Uuid::now_v7().to_string(),
            "certificate": {"kind": "유기농산물", "number": "10-1-1234", "issuer": "국립농산물품질관리원"},
        });
        let path = format!("/api/v1/blockchain/lots/{lot_id}/certificates");
        self.seller_asks(Method::POST, &path, Some(certificate)).await?;
        self.teller
            .step("REST", "certificate of organic farming recorded");
        Ok(())
    }

    /// A reading every ten minutes of the last day; for three hours it was too warm.
    async fn tell_temperatures(&self, lot_id: &str) -> anyhow::Result<()> {
        let mut readings = Vec::new();
        for number in (0..144).rev() {
            let warm = (60..78).contains(&number);
            let centi_celsius = if warm { 3_800 } else { 1_400 };
            readings
                .push(json!({"time": ago(Duration::minutes(10) * number)?, "centiCelsius": centi_celsius}));
        }
        let told = json!({
            "requestId": Uuid::now_v7().to_string(),
            "sensorId": "https://example.com/sensors/truck-3",
            "readings": readings,
        });
        let path = format!("/api/v1/blockchain/lots/{lot_id}/readings");
        let answer = self.seller_asks(Method::POST, &path, Some(told)).await?;
        let warm = answer["coldChain"]["excursionMinutes"]
            .as_f64()
            .unwrap_or_default();
        ensure!(
            (170.0..200.0).contains(&warm),
            "{warm} minutes too warm: {answer}"
        );
        self.teller.step(
            "REST",
            &format!("144 temperatures recorded; too warm for {warm:.0} minutes"),
        );
        Ok(())
    }

    async fn read_story(&self, lot_id: &str, order_id: &str) -> anyhow::Result<()> {
        let path = format!("/api/v1/blockchain/lots/{lot_id}/story?pageSize=100");
        let story = eventually(async || {
            let story = self.rest(Method::GET, &path, None).await.ok()?;
            let events = story["events"].as_array()?;
            let arrived = events
                .iter()
                .any(|event| event["orderId"] == order_id && event["bizStep"] == "BIZ_STEP_ARRIVING");
            arrived.then(|| events.clone())
        });
        for event in story.await.context("the story does not tell of the arrival")? {
            let step = text(&event["bizStep"])?;
            let step = step.trim_start_matches("BIZ_STEP_").to_lowercase();
            self.teller
                .step("REST", &format!("{} {step}", text(&event["eventTime"])?));
        }
        Ok(())
    }

    /// The event's proof: where there is a chain, once its block stays.
    async fn proof(&self, event_id: &str) -> anyhow::Result<Proof> {
        let chains = self.get("/api/v1/blockchain/chains").await?;
        let anchors = chains["chains"]
            .as_array()
            .is_some_and(|chains| !chains.is_empty());
        let path = format!("/api/v1/blockchain/proofs/{event_id}");
        let proof = eventually(async || {
            let text = self.edge.download(&path).await.ok()?;
            let told: Value = serde_json::from_slice(&text).ok()?;
            (told["anchor"].is_object() || !anchors).then_some((text, told))
        });
        let (proof, told) = proof.await.context("no proof that is anchored")?;
        if !anchors {
            self.teller
                .step("REST", "signed; not anchored yet, as no chain is set up");
            return Ok(Proof {
                text: proof,
                block: None,
            });
        }
        let path = format!("/api/v1/blockchain/entries/{}/anchor", told["index"]);
        let anchor = &self.get(&path).await?["anchor"];
        let block = BASE64.decode(text(&anchor["block"]["hash"])?)?;
        let block = format!("0x{}", hex::encode(block));
        let (number, gas) = (&anchor["block"]["number"], &anchor["block"]["gasUsed"]);
        let (number, gas) = (text(number)?, text(gas)?);
        self.teller.step(
            "REST",
            &format!("anchored in block {number} for {gas} gas; its hash is {block}"),
        );
        Ok(Proof {
            text: proof,
            block: Some(block),
        })
    }

    /// Tells what the verifier says; whether it believes the file.
    fn check(&self, verifier: &Verifier, file: &Path, options: &[&str]) -> anyhow::Result<bool> {
        let checked = Command::new(&verifier.program).arg(file).args(options).output();
        let checked = checked.with_context(|| format!("cannot run {}", verifier.program.display()))?;
        for line in String::from_utf8_lossy(&checked.stdout).lines() {
            self.teller.step("verify", line);
        }
        match checked.status.code() {
            Some(0) => Ok(true),
            Some(1) => Ok(false),
            _ => anyhow::bail!(
                "it cannot be checked: {}",
                String::from_utf8_lossy(&checked.stderr)
            ),
        }
    }

    async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.edge.rest(Method::GET, path, "", None).await
    }

    async fn seller_asks(&self, method: Method, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        self.edge.rest(method, path, &self.seller.token, body).await
    }
}

fn ago(time: Duration) -> anyhow::Result<String> {
    Ok((OffsetDateTime::now_utc() - time).format(&Rfc3339)?)
}

/// The proof with 900 boxes in place of 100.
fn forged(proof: &[u8]) -> anyhow::Result<Vec<u8>> {
    let proof = std::str::from_utf8(proof)?;
    let told = format!(r#""quantity":{STOCK}"#);
    ensure!(proof.contains(&told), "the proof does not tell how many boxes");
    Ok(proof.replacen(&told, r#""quantity":900"#, 1).into_bytes())
}
