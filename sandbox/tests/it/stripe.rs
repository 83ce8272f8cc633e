//! The calls every test of the Stripe double makes.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

use crate::support::{Answer, Sandbox, send};

pub const STRIPE_KEY: &str = "sk_test_sandbox";

pub type Fields<'a> = &'a [(&'a str, &'a str)];

pub fn form(fields: Fields<'_>) -> String {
    Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// The id of an object.
pub fn id(object: &Value) -> &str {
    object["id"].as_str().expect("an id")
}

impl Answer {
    /// Status, type and code of an error.
    pub fn error(&self) -> (u16, &str, &str) {
        let text = |name: &str| self.body["error"][name].as_str().unwrap_or_default();
        (self.status, text("type"), text("code"))
    }
}

impl Sandbox {
    pub fn stripe(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.url))
            .bearer_auth(STRIPE_KEY)
    }

    /// A form, not sent yet.
    pub fn form(&self, path: &str, fields: Fields<'_>) -> RequestBuilder {
        self.stripe(Method::POST, path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form(fields))
    }

    pub async fn ask(&self, path: &str) -> Answer {
        send(self.stripe(Method::GET, path)).await
    }

    pub async fn tell(&self, path: &str, fields: Fields<'_>) -> Answer {
        send(self.form(path, fields)).await
    }

    /// A form with a fault in its header.
    pub async fn tell_with(&self, path: &str, fields: Fields<'_>, fault: &str) -> Answer {
        send(self.form(path, fields).header("X-Sandbox-Fault", fault)).await
    }

    /// A won intent for cards, not confirmed, with more fields.
    pub async fn intent(&self, order_id: &str, amount: i64, more: Fields<'_>) -> Answer {
        let amount = amount.to_string();
        let usual = [
            ("amount", amount.as_str()),
            ("currency", "krw"),
            ("payment_method_types[]", "card"),
            ("metadata[order_id]", order_id),
        ];
        self.tell("/v1/payment_intents", &[&usual, more].concat()).await
    }

    /// An intent confirmed at once with a test method.
    pub async fn pay(&self, order_id: &str, amount: i64, method: &str) -> Answer {
        let more = [("payment_method", method), ("confirm", "true")];
        self.intent(order_id, amount, &more).await
    }

    pub async fn refund(&self, intent: &Value, amount: &str) -> Answer {
        let fields = [("payment_intent", id(intent)), ("amount", amount)];
        self.tell("/v1/refunds", &fields).await
    }

    pub async fn authenticate(&self, intent: &Value, result: &str) -> Answer {
        let path = format!("/sandbox/stripe/payment_intents/{}/authenticate", id(intent));
        self.post(&path, json!({ "result": result })).await
    }

    /// The data of a list.
    pub async fn list(&self, path: &str) -> Vec<Value> {
        let list = self.ask(path).await.ok();
        assert_eq!(list["object"], "list");
        list["data"].as_array().expect("data").clone()
    }

    /// A new customer's id.
    pub async fn customer(&self) -> String {
        let customer = self.tell("/v1/customers", &[("name", "김구매")]).await.ok();
        id(&customer).to_owned()
    }

    /// The id of a test method stored for a customer.
    pub async fn stored(&self, customer: &str, method: &str) -> String {
        let path = format!("/v1/payment_methods/{method}/attach");
        let method = self.tell(&path, &[("customer", customer)]).await.ok();
        id(&method).to_owned()
    }
}
