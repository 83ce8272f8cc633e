//! The audit pack of a campaign: one ZIP file that stands by itself.

use std::io::{Cursor, Write as _};

use futures::Stream;
use maud::{DOCTYPE, Markup, html};
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;
use xlcfi_contracts::google::api::HttpBody;
use xlcfi_errors::Fault;
use zip::write::SimpleFileOptions;

use crate::Ctx;
use crate::audit::Entry;
use crate::campaign::{Campaign, Counts};
use crate::convert::hex;
use crate::error::Error;
use crate::export::{AUDIT_COLUMNS, cells, csv, guard};
use crate::flows::audit::{Found, verify};
use crate::store::campaign_orders::{self, Listed};
use crate::store::{audit, campaigns, packs};

/// Bytes in one message.
const PIECE: usize = 512 << 10;
/// Rows read at a time.
const ROWS: i64 = 20_000;

/// What the pack is made of.
struct Contents {
    campaign: Campaign,
    counts: Counts,
    lots: Vec<Vec<String>>,
    orders: Vec<Vec<String>>,
    notifications: Vec<Vec<String>>,
    entries: Vec<Entry>,
    proof: Found,
    made: OffsetDateTime,
}

/// The pack, in pieces.
///
/// # Errors
/// The database does not answer.
pub async fn pack(
    ctx: &Ctx,
    campaign: Campaign,
) -> Result<impl Stream<Item = Result<HttpBody, Error>> + use<>, Error> {
    let (pool, id) = (ctx.database.pool(), campaign.campaign_id);
    let about = audit::Filter {
        subject_id: Some(id.to_string()),
        ..audit::Filter::default()
    };
    let mut orders = Vec::new();
    let mut after = Uuid::nil();
    loop {
        let some = campaign_orders::list(pool, id, after, ROWS).await?;
        let Some(last) = some.last() else { break };
        after = last.order_id;
        orders.extend(some.iter().map(order));
    }
    let contents = Contents {
        counts: campaigns::counts(pool, id).await?,
        lots: packs::lots(pool, id).await?,
        orders,
        notifications: packs::notifications(pool, id).await?,
        entries: audit::after(pool, &about, i64::MIN, i64::MAX).await?,
        proof: verify(pool, None).await?,
        made: ctx.clock.now(),
        campaign,
    };
    // Compressing some megabytes would hold up a thread that others wait for.
    let zipped = tokio::task::spawn_blocking(move || zipped(&contents)).await;
    let file = zipped.map_err(Fault::bug)?.map_err(Fault::bug)?;
    let pieces: Vec<_> = file.chunks(PIECE).map(|piece| Ok(body(piece))).collect();
    Ok(futures::stream::iter(pieces))
}

fn body(piece: &[u8]) -> HttpBody {
    HttpBody {
        content_type: "application/zip".to_owned(),
        data: piece.to_vec(),
        extensions: Vec::new(),
    }
}

fn order(order: &Listed) -> Vec<String> {
    vec![
        order.order_id.to_string(),
        order.member_id.map(|id| id.to_string()).unwrap_or_default(),
        order
            .products
            .iter()
            .map(Uuid::to_string)
            .collect::<Vec<_>>()
            .join(" "),
        order.quantity.to_string(),
        order.sold.to_string(),
        order.fate.into_str().to_owned(),
        guard(order.outcome.clone()),
    ]
}

fn zipped(contents: &Contents) -> zip::result::ZipResult<Vec<u8>> {
    let table = |header: &[&str], rows: &[Vec<String>]| csv(Some(header), rows.iter().cloned());
    let entries: Vec<Vec<String>> = contents.entries.iter().map(cells).collect();
    let files = [
        ("report.html", report(contents).into_string().into_bytes()),
        ("campaign.json", format!("{:#}\n", facts(contents)).into_bytes()),
        (
            "lots.csv",
            table(
                &[
                    "lot_id",
                    "product_id",
                    "product_name",
                    "own_lot",
                    "supplier_lot",
                    "use_by_date",
                    "on_hand",
                ],
                &contents.lots,
            ),
        ),
        (
            "orders.csv",
            table(
                &[
                    "order_id",
                    "member_id",
                    "product_ids",
                    "quantity",
                    "sold",
                    "state",
                    "outcome",
                ],
                &contents.orders,
            ),
        ),
        (
            "notifications.csv",
            table(
                &["member_id", "notification_id", "notify_time", "acknowledge_time"],
                &contents.notifications,
            ),
        ),
        ("audit.csv", table(&AUDIT_COLUMNS, &entries)),
        (
            "chain.json",
            format!("{:#}\n", chain(&contents.proof)).into_bytes(),
        ),
    ];
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in &files {
        zip.start_file(*name, SimpleFileOptions::default())?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// That the whole log is sound, of which `audit.csv` has some rows.
fn chain(proof: &Found) -> serde_json::Value {
    json!({
        "sound": proof.broken.is_none(),
        "checkedRows": proof.checked,
        "firstBadSequence": proof.broken.as_ref().map(|broken| broken.sequence),
        "head": {"sequence": proof.head.sequence, "hash": hex(&proof.head.hash)},
    })
}

fn facts(contents: &Contents) -> serde_json::Value {
    let campaign = &contents.campaign;
    let notice = campaign.notice.as_ref().map(|notice| {
        json!({
            "noticeNumber": notice.notice_number, "productName": notice.product_name, "barcode": notice.barcode,
            "reportNumber": notice.report_number, "maker": notice.maker, "licenceNumber": notice.licence_number,
            "lotDates": notice.lot_dates, "reason": notice.reason, "grade": notice.grade,
        })
    });
    let scopes = campaign.scopes.iter().map(|scope| {
        json!({
            "productId": scope.product_id, "gtin": scope.gtin, "reportNumber": scope.report_number,
            "lotNumber": scope.lot_number, "licenceNumber": scope.licence_number, "useByDate": scope.use_by_date,
        })
    });
    json!({
        "campaignId": campaign.campaign_id.to_string(), "title": campaign.title, "drill": campaign.drill,
        "state": campaign.state.into_str(), "reason": campaign.reason, "message": campaign.message,
        "actor": campaign.actor.to_string(), "notice": notice, "scopes": scopes.collect::<Vec<_>>(),
        "recallIds": campaign.recall_ids, "counts": contents.counts,
        "milliseconds": {
            "hold": campaign.times.hold, "match": campaign.times.find, "notify": campaign.times.notify,
            "told": campaign.times.told,
        },
        "createTime": text(campaign.create_time), "endTime": campaign.end_time.map(text),
        "packTime": text(contents.made),
    })
}

fn text(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap_or_default()
}

fn report(contents: &Contents) -> Markup {
    let (campaign, counts, times) = (&contents.campaign, &contents.counts, &contents.campaign.times);
    let numbers = [
        ("보류한 로트", counts.lots),
        ("대상 상품", counts.products),
        ("대상 주문", counts.orders),
        ("대상 구매자", counts.buyers),
        ("알림을 보낸 구매자", counts.notified),
        ("읽음을 확인한 구매자", counts.acknowledged),
        ("출고 전에 취소한 주문", counts.stopped),
        ("환불을 준비한 주문", counts.refunds),
        ("처리하지 못한 주문", counts.failed),
    ];
    let spans = [
        ("판매 보류까지", times.hold),
        ("주문을 찾는 데", times.find),
        ("알림을 보내는 데", times.notify),
        ("시작부터 마지막 알림까지", times.told),
    ];
    html! {
        (DOCTYPE)
        html lang="ko" {
            head {
                meta charset="utf-8";
                title { "회수 보고서: " (campaign.title) }
                style { "body{font-family:sans-serif;margin:2em;max-width:60em}td,th{border:1px solid #999;padding:.3em .8em;text-align:left}table{border-collapse:collapse;margin:1em 0}.drill{background:#c00;color:#fff;padding:1em;font-size:1.4em}" }
            }
            body {
                @if campaign.drill {
                    p.drill { "모의 회수(훈련): 로트를 보류하지 않았고, 알림을 보내지 않았고, 환불하지 않았습니다." }
                }
                h1 { "회수 보고서: " (campaign.title) }
                p { (campaign.message) }
                @if let Some(notice) = &campaign.notice {
                    h2 { "공표" }
                    table {
                        @for (name, value) in [
                            ("공표 번호", &notice.notice_number), ("제품명", &notice.product_name),
                            ("바코드", &notice.barcode), ("품목제조보고번호", &notice.report_number),
                            ("업체명", &notice.maker), ("인허가번호", &notice.licence_number),
                            ("소비기한", &notice.lot_dates), ("회수사유", &notice.reason), ("회수등급", &notice.grade),
                        ] {
                            tr { th { (name) } td { (value) } }
                        }
                    }
                }
                h2 { "결과" }
                table { @for (name, number) in numbers { tr { th { (name) } td { (number) } } } }
                h2 { "걸린 시간" }
                table { @for (name, ms) in spans { tr { th { (name) } td { (ms) " ms" } } } }
                h2 { "감사 기록" }
                p {
                    @match &contents.proof.broken {
                        None => { "감사 기록 " (contents.proof.checked) "건의 해시 사슬이 온전합니다." }
                        Some(broken) => { "감사 기록이 " (broken.sequence) "번에서 손상되었습니다." }
                    }
                    " 마지막 해시: " code { (hex(&contents.proof.head.hash)) }
                }
                p { "회수 번호 " code { (campaign.campaign_id) } ", 시작 " (text(campaign.create_time)) ", 작성 " (text(contents.made)) }
            }
        }
    }
}
