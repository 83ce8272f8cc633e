use xlcfi_payment::{Config, SERVICE, start_with};
use xlcfi_testkit::Harness;

#[tokio::test]
#[should_panic(expected = "PAYMENT_TOSS_SECRET_KEY")]
async fn a_live_key_and_a_plain_url_do_not_start() {
    let config = Config {
        toss_secret_key: "live_sk_made_up".into(),
        ..Config::default()
    };
    Harness::start(SERVICE, |base| start_with(base, config)).await;
}
