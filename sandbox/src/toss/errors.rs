//! The documented error codes with their HTTP status. The messages are the sandbox's own words: clients decide by the code.

use serde_json::{Value, json};

/// An error answer: `{code, message}` with a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub status: u16,
    pub code: &'static str,
    pub message: &'static str,
}

const fn row(status: u16, code: &'static str, message: &'static str) -> Refusal {
    Refusal {
        status,
        code,
        message,
    }
}

pub(crate) const ALREADY_CANCELED_PAYMENT: Refusal = row(400, "ALREADY_CANCELED_PAYMENT", "취소가 끝난 결제");
pub(crate) const ALREADY_PROCESSED_PAYMENT: Refusal =
    row(400, "ALREADY_PROCESSED_PAYMENT", "처리가 끝난 결제");
pub(crate) const BELOW_MINIMUM_AMOUNT: Refusal = row(400, "BELOW_MINIMUM_AMOUNT", "최소 결제 금액 미만");
pub(crate) const DUPLICATED_ORDER_ID: Refusal = row(400, "DUPLICATED_ORDER_ID", "결제에 쓰인 주문번호");
pub(crate) const EXCEED_MAX_AMOUNT: Refusal = row(400, "EXCEED_MAX_AMOUNT", "거래 한도 초과");
pub(crate) const EXCEED_MAX_QUERY_LIMIT: Refusal = row(400, "EXCEED_MAX_QUERY_LIMIT", "조회 개수 초과");
pub(crate) const EXCEED_MAX_VALID_HOURS: Refusal = row(400, "EXCEED_MAX_VALID_HOURS", "입금 기한 초과");
pub(crate) const INVALID_BANK: Refusal = row(400, "INVALID_BANK", "모르는 은행");
pub(crate) const INVALID_BILLING_AUTH: Refusal = row(400, "INVALID_BILLING_AUTH", "쓸 수 없는 빌링 인증");
pub(crate) const INVALID_BILL_KEY_REQUEST: Refusal =
    row(400, "INVALID_BILL_KEY_REQUEST", "쓸 수 없는 빌링키");
pub(crate) const INVALID_CUSTOMER_KEY: Refusal = row(400, "INVALID_CUSTOMER_KEY", "customerKey 형식 오류");
pub(crate) const INVALID_DATE: Refusal = row(400, "INVALID_DATE", "날짜 오류");
pub(crate) const INVALID_IDEMPOTENCY_KEY: Refusal =
    row(400, "INVALID_IDEMPOTENCY_KEY", "멱등키가 300자를 넘음");
pub(crate) const INVALID_ORDER_ID: Refusal = row(400, "INVALID_ORDER_ID", "orderId 형식 오류");
pub(crate) const INVALID_ORDER_NAME: Refusal = row(400, "INVALID_ORDER_NAME", "orderName 형식 오류");
pub(crate) const INVALID_REFUND_ACCOUNT_INFO: Refusal =
    row(400, "INVALID_REFUND_ACCOUNT_INFO", "환불 계좌 정보 오류");
pub(crate) const INVALID_REFUND_ACCOUNT_NUMBER: Refusal =
    row(400, "INVALID_REFUND_ACCOUNT_NUMBER", "환불 계좌번호 오류");
pub(crate) const INVALID_REQUEST: Refusal = row(400, "INVALID_REQUEST", "요청 오류");
pub(crate) const INVALID_TEST_CODE: Refusal = row(400, "INVALID_TEST_CODE", "모르는 테스트 코드");
pub(crate) const INVALID_TRANSACTION_KEY: Refusal = row(400, "INVALID_TRANSACTION_KEY", "모르는 페이징 키");
pub(crate) const NOT_MATCHES_CUSTOMER_KEY: Refusal =
    row(400, "NOT_MATCHES_CUSTOMER_KEY", "customerKey 불일치");
pub(crate) const NOT_MATCHES_REFUNDABLE_AMOUNT: Refusal =
    row(400, "NOT_MATCHES_REFUNDABLE_AMOUNT", "환불 가능 금액 불일치");
pub(crate) const REFUND_REJECTED: Refusal = row(400, "REFUND_REJECTED", "환불 거절");
pub(crate) const UNAUTHORIZED_KEY: Refusal = row(401, "UNAUTHORIZED_KEY", "모르는 키");
pub(crate) const FORBIDDEN_REQUEST: Refusal = row(403, "FORBIDDEN_REQUEST", "허용하지 않는 요청");
pub(crate) const INCORRECT_BASIC_AUTH_FORMAT: Refusal =
    row(403, "INCORRECT_BASIC_AUTH_FORMAT", "시크릿 키 뒤에 콜론이 필요함");
pub(crate) const NOT_ALLOWED_PARTIAL_REFUND_WAITING_DEPOSIT: Refusal = row(
    403,
    "NOT_ALLOWED_PARTIAL_REFUND_WAITING_DEPOSIT",
    "입금 전 부분 취소 불가",
);
pub(crate) const NOT_AVAILABLE_BANK: Refusal = row(403, "NOT_AVAILABLE_BANK", "은행 점검 시간");
pub(crate) const NOT_CANCELABLE_AMOUNT: Refusal = row(403, "NOT_CANCELABLE_AMOUNT", "취소할 수 없는 금액");
pub(crate) const NOT_CANCELABLE_PAYMENT: Refusal = row(403, "NOT_CANCELABLE_PAYMENT", "취소할 수 없는 결제");
pub(crate) const REJECT_CARD_COMPANY: Refusal = row(403, "REJECT_CARD_COMPANY", "카드사 승인 거절");
pub(crate) const REJECT_CARD_PAYMENT: Refusal = row(403, "REJECT_CARD_PAYMENT", "한도 초과 또는 잔액 부족");
pub(crate) const NOT_FOUND: Refusal = row(404, "NOT_FOUND", "없는 정보");
pub(crate) const NOT_FOUND_HTTP_METHOD: Refusal = row(404, "NOT_FOUND_HTTP_METHOD", "없는 HTTP 메소드");
pub(crate) const NOT_FOUND_PAYMENT: Refusal = row(404, "NOT_FOUND_PAYMENT", "없는 결제");
pub(crate) const NOT_FOUND_PAYMENT_SESSION: Refusal =
    row(404, "NOT_FOUND_PAYMENT_SESSION", "승인 시간이 지난 결제");
pub(crate) const IDEMPOTENT_REQUEST_PROCESSING: Refusal = row(
    409,
    "IDEMPOTENT_REQUEST_PROCESSING",
    "같은 멱등키의 요청을 처리하는 중",
);
pub(crate) const FAILED_INTERNAL_SYSTEM_PROCESSING: Refusal =
    row(500, "FAILED_INTERNAL_SYSTEM_PROCESSING", "내부 처리 실패");

/// The status is documented, a code for it is not.
pub(crate) const TOO_MANY_REQUESTS: Refusal = row(429, "TOO_MANY_REQUESTS", "요청이 너무 많음");
/// How an expired payment explains itself when it is asked for.
pub(crate) const EXPIRED_PAYMENT: Refusal = row(400, "EXPIRED_PAYMENT", "만료된 결제");

/// Sandbox only: the `X-Sandbox-Fault` header makes no sense.
pub(crate) const INVALID_SANDBOX_FAULT: Refusal = row(
    400,
    "INVALID_SANDBOX_FAULT",
    "unknown fault or code; GET /sandbox/faults lists them",
);
/// Sandbox only: a deposit the bank would not take.
pub(crate) const DEPOSIT_REFUSED: Refusal = row(
    409,
    "DEPOSIT_REFUSED",
    "the payment does not wait for this amount, or its due date has passed",
);

/// Codes that are only ever provoked.
static PROVOKED: [Refusal; 48] = [
    row(400, "ALREADY_COMPLETED_PAYMENT", "완료된 결제"),
    row(400, "ALREADY_REFUND_PAYMENT", "환불이 끝난 결제"),
    row(400, "CARD_PROCESSING_ERROR", "카드사 오류"),
    row(
        400,
        "EXCEED_CANCEL_AMOUNT_DISCOUNT_AMOUNT",
        "즉시 할인 금액보다 적은 부분 취소",
    ),
    row(400, "EXCEED_MAX_CARD_INSTALLMENT_PLAN", "할부 개월 초과"),
    row(400, "EXCEED_MAX_DAILY_PAYMENT_COUNT", "하루 결제 횟수 초과"),
    row(400, "EXCEED_MAX_DUE_DATE", "입금 기한 초과"),
    row(400, "EXCEED_MAX_MONTHLY_PAYMENT_AMOUNT", "월 결제 한도 초과"),
    row(400, "EXCEED_MAX_ONE_DAY_WITHDRAW_AMOUNT", "하루 출금 한도 초과"),
    row(400, "EXCEED_MAX_ONE_TIME_WITHDRAW_AMOUNT", "한 번 출금 한도 초과"),
    row(400, "EXCEED_MAX_PAYMENT_AMOUNT", "하루 결제 한도 초과"),
    row(400, "FORBIDDEN_BANK_REFUND_REQUEST", "입금받을 수 없는 계좌"),
    row(400, "INVALID_ACCOUNT_INFO_RE_REGISTER", "다시 등록해야 하는 계좌"),
    row(400, "INVALID_API_KEY", "시크릿 키 연동 오류"),
    row(400, "INVALID_AUTHORIZE_AUTH", "인증 방식 오류"),
    row(400, "INVALID_CARD_EXPIRATION", "카드 유효기간 오류"),
    row(400, "INVALID_CARD_INSTALLMENT_PLAN", "할부 개월 오류"),
    row(400, "INVALID_CARD_LOST_OR_STOLEN", "분실 또는 도난 카드"),
    row(400, "INVALID_CARD_NUMBER", "카드번호 오류"),
    row(400, "INVALID_CARD_PASSWORD", "카드 비밀번호 오류"),
    row(400, "INVALID_REJECT_CARD", "사용이 거절된 카드"),
    row(400, "INVALID_STOPPED_CARD", "정지된 카드"),
    row(400, "INVALID_UNREGISTERED_SUBMALL", "등록되지 않은 서브몰"),
    row(400, "NOT_ALLOWED_POINT_USE", "포인트를 쓸 수 없는 카드"),
    row(400, "NOT_AVAILABLE_PAYMENT", "결제할 수 없는 시간"),
    row(400, "NOT_FOUND_TERMINAL_ID", "단말기 번호 없음"),
    row(400, "NOT_REGISTERED_BUSINESS", "등록되지 않은 사업자"),
    row(
        400,
        "NOT_SUPPORTED_INSTALLMENT_PLAN_CARD_OR_MERCHANT",
        "할부를 쓸 수 없음",
    ),
    row(400, "NOT_SUPPORTED_METHOD", "지원하지 않는 결제수단"),
    row(
        400,
        "NOT_SUPPORTED_MONTHLY_INSTALLMENT_PLAN",
        "할부를 쓸 수 없는 카드",
    ),
    row(400, "PROVIDER_ERROR", "일시적인 제공사 오류"),
    row(400, "RESTRICTED_TRANSFER_ACCOUNT", "등록 직후의 계좌"),
    row(400, "UNAPPROVED_ORDER_ID", "승인되지 않은 주문번호"),
    row(403, "EXCEED_CANCEL_LIMIT", "취소 한도 초과"),
    row(403, "EXCEED_MAX_AUTH_COUNT", "인증 횟수 초과"),
    row(403, "EXCEED_MAX_ONE_DAY_AMOUNT", "하루 한도 초과"),
    row(403, "EXCEED_MAX_REFUND_DUE", "환불 기간 지남"),
    row(403, "FDS_ERROR", "위험 거래 감지"),
    row(403, "FORBIDDEN_CONSECUTIVE_REQUEST", "너무 잦은 반복 요청"),
    row(403, "INVALID_PASSWORD", "결제 비밀번호 오류"),
    row(403, "NOT_ALLOWED_PARTIAL_REFUND", "부분 취소 불가"),
    row(403, "NOT_CANCELABLE_PAYMENT_FOR_DORMANT_USER", "휴면 회원의 결제"),
    row(403, "REJECT_ACCOUNT_PAYMENT", "계좌 잔액 부족"),
    row(403, "REJECT_TOSSPAY_INVALID_ACCOUNT", "출금 등록이 없는 계좌"),
    row(500, "COMMON_ERROR", "일시적인 오류"),
    row(500, "FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING", "결제 기관 오류"),
    row(500, "FAILED_REFUND_PROCESS", "환불 처리 실패"),
    row(500, "UNKNOWN_PAYMENT_ERROR", "알 수 없는 결제 오류"),
];

/// Codes the sandbox's own rules answer with.
static RULED: [Refusal; 40] = [
    ALREADY_CANCELED_PAYMENT,
    ALREADY_PROCESSED_PAYMENT,
    BELOW_MINIMUM_AMOUNT,
    DUPLICATED_ORDER_ID,
    EXCEED_MAX_AMOUNT,
    EXCEED_MAX_QUERY_LIMIT,
    EXCEED_MAX_VALID_HOURS,
    EXPIRED_PAYMENT,
    FAILED_INTERNAL_SYSTEM_PROCESSING,
    FORBIDDEN_REQUEST,
    IDEMPOTENT_REQUEST_PROCESSING,
    INCORRECT_BASIC_AUTH_FORMAT,
    INVALID_BANK,
    INVALID_BILLING_AUTH,
    INVALID_BILL_KEY_REQUEST,
    INVALID_CUSTOMER_KEY,
    INVALID_DATE,
    INVALID_IDEMPOTENCY_KEY,
    INVALID_ORDER_ID,
    INVALID_ORDER_NAME,
    INVALID_REFUND_ACCOUNT_INFO,
    INVALID_REFUND_ACCOUNT_NUMBER,
    INVALID_REQUEST,
    INVALID_TEST_CODE,
    INVALID_TRANSACTION_KEY,
    NOT_ALLOWED_PARTIAL_REFUND_WAITING_DEPOSIT,
    NOT_AVAILABLE_BANK,
    NOT_CANCELABLE_AMOUNT,
    NOT_CANCELABLE_PAYMENT,
    NOT_FOUND,
    NOT_FOUND_HTTP_METHOD,
    NOT_FOUND_PAYMENT,
    NOT_FOUND_PAYMENT_SESSION,
    NOT_MATCHES_CUSTOMER_KEY,
    NOT_MATCHES_REFUNDABLE_AMOUNT,
    REFUND_REJECTED,
    REJECT_CARD_COMPANY,
    REJECT_CARD_PAYMENT,
    TOO_MANY_REQUESTS,
    UNAUTHORIZED_KEY,
];

impl Refusal {
    /// Every documented refusal.
    pub(crate) fn all() -> impl Iterator<Item = Refusal> {
        RULED.iter().chain(&PROVOKED).copied()
    }

    /// The refusal a code stands for.
    pub(crate) fn of(code: &str) -> Option<Refusal> {
        Refusal::all().find(|row| row.code == code)
    }

    /// Whether asking again with the same key is worth while. Such an answer is not kept under an idempotency key.
    pub(crate) fn is_transient(self) -> bool {
        self.status >= 500
            || [409, 429].contains(&self.status)
            || ["PROVIDER_ERROR", "FORBIDDEN_CONSECUTIVE_REQUEST"].contains(&self.code)
    }

    pub(crate) fn body(self) -> Value {
        json!({ "code": self.code, "message": self.message })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_code_stands_once() {
        let codes: HashSet<_> = Refusal::all().map(|row| row.code).collect();
        assert_eq!(codes.len(), Refusal::all().count());
    }

    #[test]
    fn only_passing_trouble_is_transient() {
        for code in [
            "PROVIDER_ERROR",
            "FORBIDDEN_CONSECUTIVE_REQUEST",
            "COMMON_ERROR",
            "TOO_MANY_REQUESTS",
        ] {
            assert!(Refusal::of(code).expect("documented").is_transient(), "{code}");
        }
        for code in [
            "REJECT_CARD_PAYMENT",
            "ALREADY_PROCESSED_PAYMENT",
            "NOT_FOUND_PAYMENT",
            "UNAUTHORIZED_KEY",
        ] {
            assert!(!Refusal::of(code).expect("documented").is_transient(), "{code}");
        }
    }
}
