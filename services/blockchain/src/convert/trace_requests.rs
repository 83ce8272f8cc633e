use std::collections::HashSet;

use sha2::{Digest as _, Sha256};
use time::{Date, OffsetDateTime};
use uuid::Uuid;
use xlcfi_contracts::blockchain::v1::record_event_request::What as Told;
use xlcfi_contracts::blockchain::v1::{
    self as proto, BizTransaction, NewLot, ObjectEvent, RecordEventRequest, TemperatureReading, TraceAction,
    TraceParty, TransformationEvent,
};
use xlcfi_contracts::convert::time;
use xlcfi_contracts::types::v1::Unit as ProtoUnit;
use xlcfi_contracts::validate::Validate;
use xlcfi_errors::Invalid;
use xlcfi_errors::fields::uuid;
use xlcfi_types::Id;
use xlcfi_types::calendar::{SEOUL, parse_date};
use xlcfi_types::gtin::is_gtin;
use xlcfi_types::trace_number;

use super::trace_facts::storage;
use crate::event::{Action, Certificate, Reason, Requested, Typed};
use crate::flows::trace::record::{Wanted, What};
use crate::genealogy::Part;
use crate::lot::{TracedLot, Unit};
use crate::reading::Reading;

/// Most links one transformation makes.
const MOST_LINKS: usize = 2_000;
/// Seconds the readings of one call may span.
const SPAN: i64 = u32::MAX as i64;

/// The id of a request and what it asks for.
pub fn requested(request_id: &str, message: &impl prost::Message) -> Result<Requested, Invalid> {
    Ok(Requested {
        request_id: uuid("request_id", request_id)?,
        digest: Sha256::digest(message.encode_to_vec()).into(),
    })
}

/// What a seller says happened, with every wrong field told at once; `today` in Korea.
pub fn wanted(request: RecordEventRequest, today: Date) -> Result<Wanted, Invalid> {
    let requested = requested(&request.request_id, &request)?;
    let mut invalid = Invalid::default();
    let event_time = event_time("event_time", request.event_time, &mut invalid);
    let (biz_step, disposition) = (request.biz_step(), request.disposition());
    let certificates = request.certificates.iter().cloned();
    let certificates = certificates.map(|paper| certificate(paper, "certificates", &mut invalid));
    let certificates = certificates.collect();
    let what = match &request.what {
        None => {
            invalid.add(
                "what",
                "one of object, aggregation, transformation and transaction must be given",
            );
            What::Seen(Vec::new())
        }
        Some(Told::Object(event)) => {
            check("object", event, &mut invalid);
            of_object(event, today, &mut invalid)
        }
        Some(Told::Aggregation(event)) => {
            check("aggregation", event, &mut invalid);
            What::Held {
                action: action(event.action()),
                parent: event.parent.clone(),
                children: parts("aggregation.children", &event.children, &mut invalid),
            }
        }
        Some(Told::Transformation(event)) => {
            check("transformation", event, &mut invalid);
            of_transformation(event, today, &mut invalid)
        }
        Some(Told::Transaction(event)) => {
            check("transaction", event, &mut invalid);
            if request.biz_transactions.is_empty() {
                invalid.add("biz_transactions", "a transaction event names its papers");
            }
            let lots = parts("transaction.lots", &event.lots, &mut invalid);
            What::Traded(action(event.action()), lots)
        }
    };
    invalid.into_result()?;
    let korea = SEOUL.whole_minutes();
    Ok(Wanted {
        request: requested,
        event_time,
        offset_minutes: i16::try_from(request.offset_minutes.unwrap_or(korea.into())).unwrap_or_default(),
        biz_step: word("BIZ_STEP_", biz_step.as_str_name()),
        disposition: (disposition != proto::Disposition::Unspecified)
            .then(|| word("DISPOSITION_", disposition.as_str_name())),
        read_point: request.read_point,
        biz_location: request.biz_location,
        biz_transactions: request.biz_transactions.into_iter().map(transaction).collect(),
        sources: request.sources.into_iter().map(party).collect(),
        destinations: request.destinations.into_iter().map(party).collect(),
        certificates,
        what,
    })
}

/// The contract's rules of what stands in a choice are asked for here.
fn check(field: &str, event: &impl Validate, invalid: &mut Invalid) {
    for violation in event.violations() {
        invalid.add(format!("{field}.{}", violation.field), violation.description);
    }
}

fn of_transformation(event: &TransformationEvent, today: Date, invalid: &mut Invalid) -> What {
    let inputs = parts("transformation.inputs", &event.inputs, invalid);
    let outputs = parts("transformation.outputs", &event.outputs, invalid);
    let new = new_lots("transformation.new_outputs", &event.new_outputs, today, invalid);
    if outputs.is_empty() && new.is_empty() {
        invalid.add("transformation.outputs", "something must come out");
    }
    if inputs.len() * (outputs.len() + new.len()) > MOST_LINKS {
        invalid.add(
            "transformation.inputs",
            "inputs times outputs must be 2,000 at most; part it",
        );
    }
    What::Became { inputs, outputs, new }
}

fn of_object(object: &ObjectEvent, today: Date, invalid: &mut Invalid) -> What {
    if object.new_lots.is_empty() && object.lots.is_empty() {
        invalid.add("object.lots", "an event is about some lot");
    }
    if object.action() != TraceAction::Add && !object.new_lots.is_empty() {
        invalid.add("object.new_lots", "lots begin with ADD only");
    }
    let lots = parts("object.lots", &object.lots, invalid);
    match object.action() {
        TraceAction::Add => {
            let new = new_lots("object.new_lots", &object.new_lots, today, invalid);
            What::Begins { new, more: lots }
        }
        TraceAction::Delete => What::Ends(lots),
        TraceAction::Observe | TraceAction::Unspecified => What::Seen(lots),
    }
}

fn parts(field: &str, of: &[proto::LotQuantity], invalid: &mut Invalid) -> Vec<Part> {
    let mut seen = HashSet::new();
    let mut parts = Vec::with_capacity(of.len());
    for (at, one) in of.iter().enumerate() {
        let lot_id = uuid(field, &one.lot_id).unwrap_or_default();
        if !seen.insert(lot_id) {
            invalid.add(
                format!("{field}[{at}].lot_id"),
                "must not be that of a lot before",
            );
        }
        parts.push(Part {
            lot_id: Id::from_uuid(lot_id),
            quantity: one.quantity,
            unit: unit(one.unit()),
        });
    }
    parts
}

fn new_lots(field: &str, of: &[NewLot], today: Date, invalid: &mut Invalid) -> Vec<TracedLot> {
    let mut seen = HashSet::new();
    let mut lots = Vec::with_capacity(of.len());
    for (at, new) in of.iter().enumerate() {
        let field = |name: &str| format!("{field}[{at}].{name}");
        let lot_id = uuid(&field("lot_id"), &new.lot_id).unwrap_or_default();
        if !seen.insert(lot_id) {
            invalid.add(field("lot_id"), "must not be that of a lot before");
        }
        if !new.gtin.is_empty() && !is_gtin(&new.gtin) {
            invalid.add(field("gtin"), "the check digit is wrong");
        }
        let trace_number = match new.trace_number.trim() {
            "" => String::new(),
            number => {
                let read = invalid.take(&field("trace_number"), trace_number::decode(number, today));
                read.map(|trace| trace.number).unwrap_or_default()
            }
        };
        let use_by = day(&field("use_by_date"), &new.use_by_date, invalid);
        lots.push(TracedLot {
            lot_id: Id::from_uuid(lot_id),
            seller_id: Id::from_uuid(Uuid::nil()),
            product_id: None,
            storage: storage(new.storage()),
            unit: unit(new.unit()),
            name: new.name.clone(),
            lot_number: new.lot_number.clone(),
            gtin: new.gtin.clone(),
            trace_number,
            use_by,
            origin: new.origin.clone(),
            entered: new.quantity,
            taken: 0,
            explained: 0,
            split_from: None,
            begin_time: OffsetDateTime::UNIX_EPOCH,
        });
    }
    lots
}

/// Readings whose times rise.
pub fn readings(of: &[TemperatureReading]) -> Result<Vec<Reading>, Invalid> {
    let mut invalid = Invalid::default();
    let mut out: Vec<Reading> = Vec::with_capacity(of.len());
    for (at, one) in of.iter().enumerate() {
        let time = event_time(&format!("readings[{at}].time"), one.time, &mut invalid);
        let time = time - time::Duration::nanoseconds(time.nanosecond().into());
        if out.last().is_some_and(|last| last.time >= time) {
            invalid.add(
                format!("readings[{at}].time"),
                "must be a second after the one before at least",
            );
        }
        if out
            .first()
            .is_some_and(|first| (time - first.time).whole_seconds() > SPAN)
        {
            invalid.add(
                format!("readings[{at}].time"),
                "must be within a lifetime of the first",
            );
        }
        out.push(Reading {
            time,
            centi: i16::try_from(one.centi_celsius).unwrap_or_default(),
        });
    }
    invalid.into_result()?;
    Ok(out)
}

/// A paper; its last day must be one.
pub fn one_certificate(paper: Option<proto::LotCertificate>) -> Result<Certificate, Invalid> {
    let mut invalid = Invalid::default();
    let paper = certificate(paper.unwrap_or_default(), "certificate", &mut invalid);
    invalid.into_result()?;
    Ok(paper)
}

fn certificate(paper: proto::LotCertificate, field: &str, invalid: &mut Invalid) -> Certificate {
    day(&format!("{field}.expire_date"), &paper.expire_date, invalid);
    Certificate {
        kind: paper.kind,
        number: paper.number,
        issuer: paper.issuer,
        expire_date: paper.expire_date,
    }
}

/// A day that may be left out.
fn day(field: &str, text: &str, invalid: &mut Invalid) -> Option<Date> {
    match text {
        "" => None,
        text => invalid.take(field, parse_date(text)),
    }
}

fn event_time(field: &str, told: Option<prost_types::Timestamp>, invalid: &mut Invalid) -> OffsetDateTime {
    let told = told.and_then(time).filter(|time| time.year() >= 2000);
    // To the microsecond, as the database keeps it.
    let told = told.map(|time| time - time::Duration::nanoseconds((time.nanosecond() % 1_000).into()));
    told.unwrap_or_else(|| {
        invalid.add(field, "must be a time of this century");
        OffsetDateTime::UNIX_EPOCH
    })
}

fn transaction(paper: BizTransaction) -> Typed {
    Typed {
        kind: word("BIZ_TRANSACTION_TYPE_", paper.r#type().as_str_name()),
        uri: paper.id,
    }
}

fn party(party: TraceParty) -> Typed {
    Typed {
        kind: word("PARTY_TYPE_", party.r#type().as_str_name()),
        uri: party.id,
    }
}

/// A word of the vocabulary: the contract's name of it without prefix, in lower case.
fn word(prefix: &str, name: &str) -> String {
    name.strip_prefix(prefix).unwrap_or(name).to_ascii_lowercase()
}

fn action(action: TraceAction) -> Action {
    match action {
        TraceAction::Add => Action::Add,
        TraceAction::Delete => Action::Delete,
        TraceAction::Observe | TraceAction::Unspecified => Action::Observe,
    }
}

fn unit(unit: ProtoUnit) -> Unit {
    match unit {
        ProtoUnit::Gram => Unit::Gram,
        ProtoUnit::Millilitre => Unit::Millilitre,
        ProtoUnit::Piece | ProtoUnit::Unspecified => Unit::Piece,
    }
}

pub fn reason(reason: proto::ErrorReason) -> Reason {
    match reason {
        proto::ErrorReason::DidNotOccur => Reason::DidNotOccur,
        proto::ErrorReason::IncorrectData | proto::ErrorReason::Unspecified => Reason::IncorrectData,
    }
}

/// Steps to go, `usual` for 0.
pub fn depth(asked: i32, usual: i32) -> i32 {
    if asked == 0 { usual } else { asked }
}
