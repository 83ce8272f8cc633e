//! What the portal says, in its own words and shapes.

use serde_json::{Value, json};

use super::Standing;
use crate::gate::Given;

/// Faults of the service itself, with their HTTP status.
const REFUSALS: [(&str, u16); 5] = [
    ("BAD_JSON_REQUEST", 400),
    ("REQUEST_DATA_MALFORMED", 411),
    ("TOO_LARGE_REQUEST", 413),
    ("INTERNAL_ERROR", 500),
    ("HTTP_ERROR", 500),
];

/// Faults of the gateway before it.
const GATEWAY: [(&str, &str); 3] = [
    ("22", "LIMITED_NUMBER_OF_SERVICE_REQUESTS_EXCEEDS_ERROR"),
    ("30", "SERVICE_KEY_IS_NOT_REGISTERED_ERROR"),
    ("31", "DEADLINE_HAS_EXPIRED_ERROR"),
];

/// Whether a fault rule may use the code.
pub(crate) fn documents(code: &str) -> bool {
    REFUSALS.iter().any(|(known, _)| *known == code) || GATEWAY.iter().any(|(known, _)| *known == code)
}

/// A refusal by its code; that of the gateway for one of its codes.
pub(super) fn refused(code: &str) -> Given {
    match REFUSALS.iter().find(|(known, _)| *known == code) {
        Some((_, status)) => coded(*status, json!({ "status_code": code }).to_string(), code),
        None => gateway(code),
    }
}

/// The gateway answers in XML whatever was asked for, and with 200.
pub(super) fn gateway(code: &str) -> Given {
    let known = GATEWAY.iter().find(|(known, _)| *known == code);
    let message = known.map_or("UNKNOWN_ERROR", |(_, message)| *message);
    let body = format!(
        "<OpenAPI_ServiceResponse><cmmMsgHeader><errMsg>SERVICE ERROR</errMsg>\
         <returnAuthMsg>{message}</returnAuthMsg><returnReasonCode>{code}</returnReasonCode>\
         </cmmMsgHeader></OpenAPI_ServiceResponse>"
    );
    coded(200, body, code)
}

pub(super) fn unauthorized(code: i32, message: &str) -> Given {
    let body = json!({ "code": code, "msg": message }).to_string();
    coded(401, body, &code.to_string())
}

fn coded(status: u16, body: String, code: &str) -> Given {
    Given {
        code: Some(code.to_owned()),
        ..Given::new(status, body)
    }
}

/// What each number is, in the order they were asked.
pub(super) fn standings(standings: &[(&str, Standing)]) -> Given {
    let data: Vec<Value> = standings
        .iter()
        .map(|(number, standing)| row(number, *standing))
        .collect();
    let matched = standings
        .iter()
        .filter(|(_, standing)| *standing != Standing::Unregistered);
    let mut body = json!({ "request_cnt": standings.len(), "status_code": "OK", "data": data });
    // It is left out when nothing matched.
    let matched = matched.count();
    if matched > 0 {
        body["match_cnt"] = json!(matched);
    }
    Given::new(200, body.to_string())
}

fn row(number: &str, standing: Standing) -> Value {
    let (status, code, tax_type, tax_type_code, end) = match standing {
        Standing::Active => ("계속사업자", "01", "부가가치세 일반과세자", "01", ""),
        Standing::Suspended => ("휴업자", "02", "부가가치세 일반과세자", "01", ""),
        Standing::Closed => ("폐업자", "03", "부가가치세 일반과세자", "01", "20260930"),
        // Only this text tells; the status is empty and the answer is a success.
        Standing::Unregistered => ("", "", "국세청에 등록되지 않은 사업자등록번호입니다.", "", ""),
    };
    json!({
        "b_no": number,
        "b_stt": status,
        "b_stt_cd": code,
        "tax_type": tax_type,
        "tax_type_cd": tax_type_code,
        "end_dt": end,
        "utcc_yn": if standing == Standing::Unregistered { "" } else { "N" },
        "tax_type_change_dt": "",
        "invoice_apply_dt": "",
        "rbf_tax_type": "",
        "rbf_tax_type_cd": "",
    })
}
