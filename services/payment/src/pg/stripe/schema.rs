//! What Stripe is asked, against its own description of its API: stripe-mock refuses
//! what does not fit, and answers with Stripe's examples.

use std::io::Write as _;

use time::OffsetDateTime;
use xlcfi_testkit::Program;
use xlcfi_types::calendar::seoul_date;
use xlcfi_types::{Id, Money};

use super::*;
use crate::payment::Wish;

fn payment() -> Payment {
    let wish = Wish {
        order_id: Id::new(),
        member_id: Id::new(),
        title: "감자 외 2건".into(),
        amount: Money::won(15_000),
        tax_exempt: Money::won(0),
        lines: Vec::new(),
        payment_method_id: None,
        on_account: false,
        due_time: None,
    };
    Payment::prepared(&wish, OffsetDateTime::UNIX_EPOCH)
}

#[tokio::test]
async fn what_is_asked_fits_stripes_own_description_and_its_examples_are_read() {
    if !Program::is_there("stripe-mock") {
        // Past the runner, which would keep it to itself.
        let mut out = std::io::stderr();
        let _ = writeln!(
            out,
            "SKIPPED: our Stripe connector was not checked against stripe-mock, which is not in \
             .tools/bin; `make doubles` builds it where Go is installed"
        );
        return;
    }
    let addresses = ["-http-addr", "127.0.0.1:0", "-https-addr", "127.0.0.1:0"];
    let mock = Program::start("stripe-mock", &addresses).await;
    let config = Config {
        stripe_url: mock.url().to_owned(),
        ..Config::default()
    };
    let stripe = Stripe::new(&config).expect("settings that make sense");
    let (payment, attempt_id) = (payment(), Uuid::now_v7());

    let opened = stripe.open("o", &payment, "member").await.expect("it fits");
    assert!(opened.key.starts_with("pi_") && !opened.client_secret.is_empty());
    stripe.close(&opened.key).await.expect("it fits");
    let found = stripe.get(&opened.key).await.expect("it fits");
    assert_eq!(found.map(|found| found.key), Some(opened.key.clone()));
    let captured = stripe.capture_compared("c", &opened.key, &payment).await;
    assert_eq!(captured.expect("it fits").key, opened.key);

    let kept = stripe.keep("k", "pm_card_visa", "member").await.expect("it fits");
    let token = Means::Token(&kept.token);
    assert!(kept.label.contains(" ****-"), "{}", kept.label);
    let charged = stripe.take("t", attempt_id, token, &payment, "member").await;
    let charged = charged.expect("it fits");
    assert_eq!((charged.amount, charged.currency.as_str()), (15_000, "KRW"));
    stripe.look(attempt_id, token, &payment).await.expect("it fits");
    stripe.forget(&kept.token).await.expect("it fits");

    let back = Return {
        amount: 1_000,
        tax_exempt: 0,
        balance: 15_000,
        reason: "상한 상품",
        account: None,
    };
    let after = stripe.give_back("r", &opened.key, &back).await.expect("it fits");
    assert_eq!(after.key, opened.key);

    let today = seoul_date(OffsetDateTime::now_utc());
    assert!(!stripe.transactions(today).await.expect("it fits").is_empty());
    let carried = records::list(&stripe.0, "payout=po_1&starting_after=txn_1").await;
    assert!(!carried.expect("it fits").is_empty());
}
