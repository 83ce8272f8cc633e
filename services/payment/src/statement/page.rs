//! The statement as a page to print. All text is escaped by `maud`.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use time::Date;
use xlcfi_types::calendar::seoul_date;

use super::{Row, Statement, Sums, Supplier};

const STYLE: &str = "
@page { size: A4; margin: 15mm; }
body { font-family: 'Noto Sans KR', 'Malgun Gothic', sans-serif; font-size: 10pt; color: #111;
  max-width: 180mm; margin: 0 auto; }
h1 { text-align: center; letter-spacing: 0.5em; font-size: 18pt; }
h2 { font-size: 11pt; margin: 6mm 0 2mm; }
table { width: 100%; border-collapse: collapse; }
th, td { border: 1px solid #888; padding: 1.2mm 2mm; text-align: left; }
th { background: #eee; }
.won { text-align: right; white-space: nowrap; }
.parties { display: flex; gap: 6mm; }
tr { page-break-inside: avoid; }
thead { display: table-header-group; }
";

/// The page.
pub fn page(supplier: &Supplier, statement: &Statement) -> String {
    let (month, ordered) = (statement.month, statement.ordered());
    let title = format!("거래명세서 {}-{:02}", month.year(), u8::from(month.month()));
    let page = html! {
        (DOCTYPE)
        html lang="ko" {
            head {
                meta charset="utf-8";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "거래명세서" }
                p {
                    "거래기간 " (month) " ~ " (statement.until())
                    " · 작성일 " (seoul_date(statement.made))
                }
                (parties(supplier, statement))
                h2 { "잔액" }
                (balances(statement, ordered))
                h2 { "거래 내역" }
                (orders(&statement.rows, ordered))
                h2 { "입금 내역" }
                (payments(statement))
                p { "입금 계좌: 은행 " (statement.line.terms.bank) " · " (statement.line.terms.account_number) }
            }
        }
    };
    page.into_string()
}

fn parties(supplier: &Supplier, statement: &Statement) -> Markup {
    let buyer = &statement.line.terms;
    let row = |name: &str, text: &str| {
        html! { @if !text.is_empty() { tr { th { (name) } td { (text) } } } }
    };
    html! {
        div.parties {
            table {
                tr { th colspan="2" { "공급자" } }
                (row("상호", &supplier.name))
                (row("사업자등록번호", &registration(&supplier.registration_number)))
                (row("대표자", &supplier.representative))
                (row("주소", &supplier.address))
            }
            table {
                tr { th colspan="2" { "공급받는 자" } }
                (row("상호", &buyer.business_name))
                (row("사업자등록번호", &registration(&buyer.registration_number)))
                (row("결제 조건", &format!("주문일로부터 {}일", buyer.days)))
            }
        }
    }
}

fn balances(statement: &Statement, ordered: Sums) -> Markup {
    html! {
        table {
            tr { th { "전월 이월" } th { "당월 거래" } th { "당월 입금" } th { "당월 잔액" } }
            tr {
                (won(statement.carried)) (won(ordered.total())) (won(statement.paid())) (won(statement.balance()))
            }
        }
    }
}

fn orders(rows: &[Row], ordered: Sums) -> Markup {
    html! {
        table {
            thead {
                tr {
                    th { "일자" } th { "주문" } th { "품목" } th { "공급가액" } th { "세액" } th { "면세" } th { "합계" }
                }
            }
            tbody {
                @for row in rows {
                    tr {
                        td { (short(row.day)) }
                        td { (row.order) }
                        td { (row.title) @if row.sums.total() < 0 { " (반품)" } }
                        (amounts(row.sums))
                    }
                }
                @if rows.is_empty() { tr { td colspan="7" { "거래가 없습니다." } } }
                tr { th colspan="3" { "합계" } (amounts(ordered)) }
            }
        }
    }
}

fn payments(statement: &Statement) -> Markup {
    html! {
        table {
            thead { tr { th { "일자" } th { "입금자" } th { "금액" } } }
            tbody {
                @for came in &statement.paid {
                    tr { td { (short(seoul_date(came.time))) } td { (came.depositor) } (won(came.amount)) }
                }
                @if statement.paid.is_empty() { tr { td colspan="3" { "입금이 없습니다." } } }
                tr { th colspan="2" { "합계" } (won(statement.paid())) }
            }
        }
    }
}

fn amounts(sums: Sums) -> Markup {
    html! { (won(sums.supply)) (won(sums.tax)) (won(sums.exempt)) (won(sums.total())) }
}

/// A cell with an amount, such as `-1,234`.
fn won(amount: i64) -> Markup {
    let digits = amount.unsigned_abs().to_string();
    let mut text = String::from(if amount < 0 { "-" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    html! { td.won { (text) } }
}

/// A day of the month, such as `11-22`.
fn short(day: Date) -> String {
    format!("{:02}-{:02}", u8::from(day.month()), day.day())
}

/// A business registration number as it is written, `123-45-67890`.
fn registration(digits: &str) -> String {
    match (digits.get(..3), digits.get(3..5), digits.get(5..)) {
        (Some(office), Some(kind), Some(rest)) if digits.len() == 10 => format!("{office}-{kind}-{rest}"),
        _ => digits.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_and_numbers_are_written_as_in_korea() {
        for (amount, text) in [
            (0, "0"),
            (999, "999"),
            (-1_000, "-1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(
                won(amount).into_string(),
                format!("<td class=\"won\">{text}</td>")
            );
        }
        assert_eq!(registration("1234567891"), "123-45-67891");
        assert_eq!(registration("DE1"), "DE1");
    }
}
