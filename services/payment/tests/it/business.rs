//! Business buyers: their credit lines, what they owe and pay.

use std::time::Duration;

use time::OffsetDateTime;
use tonic::Status;
use uuid::Uuid;
use xlcfi_contracts::convert::timestamp;
use xlcfi_contracts::payment::v1::credit_service_client::CreditServiceClient;
use xlcfi_contracts::payment::v1::{
    CreditLine, Deposit, GetCreditLineRequest, ListReceivablesRequest, ListReceivablesResponse, PaymentState,
    RecordDepositRequest, SetCreditLineRequest, TakePaymentCommand,
};
use xlcfi_contracts::saga::v1::Direction;
use xlcfi_contracts::types::v1::Money;
use xlcfi_identity::User;
use xlcfi_testkit::{Calling, admin, user};

use crate::world::{Order, World, take_command, won};

/// A member who may order on account.
pub struct Buyer {
    pub user: User,
    /// Where its deposits go.
    pub account: String,
}

impl World {
    pub fn credit(&self, user: &User) -> CreditServiceClient<Calling> {
        CreditServiceClient::new(self.harness.as_user(user))
    }

    /// A business buyer with 30 days to pay.
    pub async fn business(&self, limit: i64) -> Buyer {
        let number = Uuid::now_v7().as_u128() % 1_000_000_000_000_000;
        let buyer = Buyer {
            user: user(),
            account: format!("{number:015}"),
        };
        self.set_line(line_of(&buyer, limit)).await.unwrap();
        buyer
    }

    pub async fn set_line(&self, request: SetCreditLineRequest) -> Result<CreditLine, Status> {
        let response = self.credit(&admin()).set_credit_line(request).await?;
        Ok(response.into_inner().credit_line.unwrap())
    }

    /// Owed, unapplied and available.
    pub async fn standing(&self, buyer: &Buyer) -> (i64, i64, i64) {
        let request = GetCreditLineRequest::default();
        let line = self.credit(&buyer.user).get_credit_line(request).await.unwrap();
        let line = line.into_inner().credit_line.unwrap();
        let of = |money: Option<Money>| money.unwrap().minor_units;
        (of(line.owed), of(line.unapplied), of(line.available))
    }

    pub fn order_of(&self, buyer: &Buyer, amount: i64) -> Order {
        Order {
            buyer: buyer.user.clone(),
            ..self.order(amount)
        }
    }

    /// The saga lets the buyer owe an order.
    pub async fn owe(&self, order: &Order) {
        self.send(order, Direction::Do, &owe_command(order)).await;
    }

    /// An order that is owed.
    pub async fn owed(&self, buyer: &Buyer, amount: i64) -> Order {
        let order = self.order_of(buyer, amount);
        self.owe(&order).await;
        self.until(&order, PaymentState::Captured).await;
        order
    }

    /// Money comes into an account. Gives what of it was applied and is left.
    pub async fn deposit(&self, account: &str, amount: i64) -> Deposit {
        let request = deposit_of(&Uuid::now_v7().to_string(), account, amount);
        self.record(request).await.unwrap()
    }

    pub async fn record(&self, request: RecordDepositRequest) -> Result<Deposit, Status> {
        let response = self.credit(&admin()).record_deposit(request).await?;
        Ok(response.into_inner().deposit.unwrap())
    }

    pub async fn receivables(&self, user: &User, settled: bool) -> ListReceivablesResponse {
        let request = ListReceivablesRequest {
            settled,
            ..ListReceivablesRequest::default()
        };
        self.credit(user)
            .list_receivables(request)
            .await
            .unwrap()
            .into_inner()
    }

    /// Sound books of an order on account: still owed, and paid into the bank.
    pub async fn account_of(&self, order: &Order) -> (i64, i64) {
        let of = self.books(order).await;
        assert_eq!(of("pg_clearing"), 0);
        assert_eq!(of("receivable") + of("bank"), -of("sales") - of("refund"));
        (of("receivable"), of("bank"))
    }

    /// Deposits, what is owed and how the one pays the other agree with each other.
    pub async fn assert_nothing_is_lost(&self) {
        let wrong: i64 = sqlx::query_scalar(
            "select (select count(*) from deposit d where applied <> (select coalesce(sum(a.amount), 0)
                 from deposit_application a where a.deposit_id = d.deposit_id))
             + (select count(*) from receivable r where paid <> (select coalesce(sum(a.amount), 0)
                 from deposit_application a where a.payment_id = r.payment_id))
             + (select count(*) from receivable r join payment p using (payment_id)
                 where r.credited <> p.refunded or r.amount <> p.captured)
             + (select count(*) from receivable r join deposit d using (member_id)
                 where r.open > 0 and d.applied < d.amount)",
        )
        .fetch_one(self.harness.pool())
        .await
        .unwrap();
        assert_eq!(wrong, 0);
    }
}

pub fn line_of(buyer: &Buyer, limit: i64) -> SetCreditLineRequest {
    SetCreditLineRequest {
        member_id: buyer.user.id.to_string(),
        business_name: "한빛식당".into(),
        registration_number: "1234567891".into(),
        limit: Some(won(limit)),
        terms_days: 30,
        bank: "20".into(),
        account_number: buyer.account.clone(),
        active: true,
        version: 0,
    }
}

pub fn deposit_of(transaction: &str, account: &str, amount: i64) -> RecordDepositRequest {
    RecordDepositRequest {
        transaction_id: transaction.into(),
        account_number: account.into(),
        amount: Some(won(amount)),
        depositor: "한빛식당".into(),
        deposit_time: Some(timestamp(OffsetDateTime::now_utc())),
    }
}

pub fn owe_command(order: &Order) -> TakePaymentCommand {
    let due = OffsetDateTime::now_utc() + Duration::from_secs(900);
    TakePaymentCommand {
        on_account: true,
        ..take_command(order, "", due)
    }
}
