//! Contract to domain and back.

mod credit;
mod reconciliation;
mod refund;
mod wish;

pub use xlcfi_contracts::convert::timestamp;
use xlcfi_contracts::payment::v1::{
    ConfirmPaymentRequest, CreateCheckoutResponse, DepositAccount, Payment as PaymentMessage, PaymentLine,
    PaymentMethod, PaymentProvider, PaymentState, RetryAdvice,
};
use xlcfi_errors::Invalid;
pub use xlcfi_errors::fields::{id, optional_id, page, request_id};
use xlcfi_types::{Id, Money};

use crate::decline::Advice;
use crate::flows::checkout::Checkout;
use crate::method::Method;
use crate::payment::{Order, Payment, State};
use crate::pg::Provider;

pub use credit::{
    ageing_message, credit_line_message, deposit_message, month, receivable_message, said, terms,
};
pub use reconciliation::{outcome, reconciled_line_message, report_message, report_state};
pub use refund::{Asked, asked, decision, prepared, refund_message, refund_state};
pub use wish::{wish_of_command, wish_of_order};

/// What a buyer confirms.
#[derive(Debug, Clone)]
pub struct Confirmation {
    pub order_id: Id<Order>,
    pub provider: Provider,
    pub payment_key: String,
    pub amount: Money,
}

pub fn confirmation(request: ConfirmPaymentRequest) -> Result<Confirmation, Invalid> {
    let mut invalid = Invalid::default();
    let provider = provider(request.provider())?.unwrap_or(Provider::Toss);
    let order_id = invalid.take("order_id", request.order_id.parse());
    let amount = invalid.take(
        "amount.currency_code",
        Money::try_from(&request.amount.unwrap_or_default()),
    );
    invalid.into_result()?;
    match (order_id, amount) {
        (Some(order_id), Some(amount)) => Ok(Confirmation {
            order_id,
            provider,
            amount,
            payment_key: request.payment_key,
        }),
        _ => Err(Invalid::field("order_id", "must be a UUID")),
    }
}

/// The PG a request names; `None` when it names none.
pub fn provider(provider: PaymentProvider) -> Result<Option<Provider>, Invalid> {
    match provider {
        PaymentProvider::Unspecified => Ok(None),
        PaymentProvider::Toss => Ok(Some(Provider::Toss)),
        PaymentProvider::Stripe => Ok(Some(Provider::Stripe)),
        PaymentProvider::Account => Err(Invalid::field("provider", "must be a PG")),
    }
}

pub fn provider_message(provider: Option<Provider>) -> i32 {
    match provider {
        None => PaymentProvider::Unspecified,
        Some(Provider::Toss) => PaymentProvider::Toss,
        Some(Provider::Stripe) => PaymentProvider::Stripe,
    }
    .into()
}

fn state(state: State) -> PaymentState {
    match state {
        State::Prepared => PaymentState::Prepared,
        State::AwaitingBuyer => PaymentState::AwaitingBuyer,
        State::Pending => PaymentState::Pending,
        State::AwaitingDeposit => PaymentState::AwaitingDeposit,
        State::Captured => PaymentState::Captured,
        State::Failed => PaymentState::Failed,
        State::Refunding => PaymentState::Refunding,
        State::Refunded => PaymentState::Refunded,
        State::Cancelled => PaymentState::Cancelled,
        State::Conflicted => PaymentState::Conflicted,
    }
}

pub fn payment_message(payment: &Payment) -> PaymentMessage {
    let waits = matches!(payment.state, State::AwaitingBuyer | State::AwaitingDeposit);
    let money = |minor| {
        Some(
            Money {
                minor,
                ..payment.amount
            }
            .into(),
        )
    };
    let (message, message_en) = payment.sentences();
    let lines = payment.lines.iter().map(|line| PaymentLine {
        line: line.line,
        title: line.title.clone(),
        amount: money(line.amount),
        tax_exempt: line.tax_exempt,
        refunded: money(line.refunded),
    });
    let deposit = payment
        .deposit
        .as_ref()
        .filter(|_| payment.state == State::AwaitingDeposit);
    let advice = payment
        .decline
        .map_or(RetryAdvice::Unspecified, |decline| match decline.advice() {
            Advice::OtherMethod => RetryAdvice::OtherMethod,
            Advice::Correct => RetryAdvice::Correct,
            Advice::Authenticate => RetryAdvice::Authenticate,
            Advice::Later => RetryAdvice::Later,
        });
    PaymentMessage {
        payment_id: payment.payment_id.to_string(),
        order_id: payment.order_id.to_string(),
        member_id: payment.member_id.to_string(),
        state: state(payment.state).into(),
        amount: Some(payment.amount.into()),
        captured: Some(payment.captured.into()),
        refunded: Some(payment.refunded.into()),
        message: message.to_owned(),
        failure_reason: payment.failure.map_or("", |reason| reason.into_str()).to_owned(),
        receipt_url: payment.receipt_url.clone(),
        checkout_order_id: payment.order_id.to_string(),
        due_time: payment.due_time.filter(|_| waits).map(timestamp),
        create_time: Some(timestamp(payment.create_time)),
        update_time: Some(timestamp(payment.update_time)),
        tax_exempt_amount: Some(payment.tax_exempt.into()),
        lines: lines.collect(),
        provider: match payment.on_account {
            true => PaymentProvider::Account.into(),
            false => provider_message(payment.provider),
        },
        message_en: message_en.to_owned(),
        deposit_account: deposit.map(|deposit| DepositAccount {
            bank: deposit.bank.clone(),
            account_number: deposit.account_number.clone(),
            holder_name: deposit.holder_name.clone(),
            due_time: Some(timestamp(deposit.due_time)),
        }),
        version: payment.version,
        decline_reason: payment
            .decline
            .map_or("", |decline| decline.into_str())
            .to_owned(),
        retry_advice: advice.into(),
    }
}

pub fn method_message(method: &Method) -> PaymentMethod {
    PaymentMethod {
        payment_method_id: method.payment_method_id.to_string(),
        label: method.label.clone(),
        create_time: Some(timestamp(method.create_time)),
        provider: provider_message(Some(method.provider)),
    }
}

/// A checkout that was opened.
pub fn checkout_message(checkout: Checkout) -> CreateCheckoutResponse {
    let payment = checkout.payment;
    CreateCheckoutResponse {
        provider: provider_message(Some(checkout.provider)),
        checkout_order_id: payment.order_id.to_string(),
        amount: Some(payment.amount.into()),
        tax_exempt_amount: Some(payment.tax_exempt.into()),
        title: payment.title,
        customer_key: checkout.customer,
        payment_key: checkout.opened.key,
        client_secret: checkout.opened.client_secret,
        due_time: payment.due_time.map(timestamp),
    }
}
