use serde_json::{Value, json};

use crate::{DOCUMENT, operation};

fn schema(name: &str) -> &'static Value {
    &DOCUMENT["components"]["schemas"][name]
}

#[test]
fn a_write_with_a_key_a_body_and_errors_of_its_own() {
    let create = operation("OrderService_CreateOrder");
    assert_eq!(create["tags"], json!(["Order"]));
    assert_eq!(
        create["summary"],
        "Orders lines and starts the order's saga; watch it with WatchOrder"
    );
    assert_eq!(
        create["parameters"],
        json!([{ "$ref": "#/components/parameters/Idempotency-Key" }])
    );
    assert_eq!(create["security"], json!([{ "bearerAuth": [] }]));
    assert_eq!(
        create["x-xlcfi-grpc-method"],
        "xlcfi.order.v1.OrderService/CreateOrder"
    );
    assert_eq!(
        create["requestBody"],
        json!({
            "required": true,
            "content": {
                "application/json": {
                    "schema": { "$ref": "#/components/schemas/order.v1.CreateOrderRequest" },
                    "example": {
                        "requestId": "0190b6e0-7c1e-7a10-8a5e-3f1c2b4d5e6f",
                        "lines": [{ "productId": "0190b6e0-7c1e-7a10-8a5e-3f1c2b4d5e6f", "quantity": 1 }],
                    },
                },
            },
        })
    );
    let conflict = &create["responses"]["409"];
    assert_eq!(conflict["description"], "- `ABORTED` / `REQUEST_ID_REUSED`");
    assert_eq!(
        conflict["content"]["application/json"]["examples"]["REQUEST_ID_REUSED"]["value"],
        json!({
            "code": 10,
            "message": "request id reused",
            "details": [{
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "REQUEST_ID_REUSED",
                "domain": "order.xlcfi.com",
            }],
        })
    );
    let problem = &conflict["content"]["application/problem+json"]["schema"];
    assert_eq!(problem, &json!({ "$ref": "#/components/schemas/Problem" }));
    assert_eq!(
        create["responses"]["413"],
        json!({ "$ref": "#/components/responses/REQUEST_TOO_LARGE" })
    );
}

#[test]
fn a_line_to_order_is_checked_as_the_service_checks_it() {
    assert_eq!(
        schema("order.v1.NewOrderLine.Input"),
        &json!({
            "type": "object",
            "description": "A line to order.",
            "properties": {
                "productId": {
                    "type": "string",
                    "format": "uuid",
                    "examples": ["0190b6e0-7c1e-7a10-8a5e-3f1c2b4d5e6f"],
                    "description": "Which product.",
                },
                "quantity": {
                    "type": ["integer", "string"],
                    "format": "int64",
                    "minimum": 1,
                    "maximum": 1_000_000,
                    "pattern": "^(?:[1-9][0-9]{0,5}|1000000)$",
                    "description": "Sales units.",
                },
                "minimumRemainingDays": {
                    "type": ["integer", "string", "null"],
                    "format": "int32",
                    "minimum": 0,
                    "maximum": 3_650,
                    "pattern": "^(?:0|[1-9][0-9]{0,2}|[1-2][0-9]{3}|3[0-5][0-9]{2}|36[0-4][0-9]|3650)$",
                    "description": "Days left that its lots must have at least, on the day of the order; the \
                        product's own promise counts too. Not with `nearExpiry`.",
                },
                "nearExpiry": {
                    "type": ["boolean", "null"],
                    "description": "Lots near their use-by date, for less.",
                },
            },
            "required": ["productId", "quantity"],
            "additionalProperties": false,
        })
    );
}

#[test]
fn money_is_strict_when_sent_and_text_when_answered() {
    let sent = &schema("types.v1.Money.Input")["properties"]["minorUnits"];
    assert_eq!(sent["type"], json!(["integer", "string", "null"]));
    assert_eq!(sent["minimum"], json!(-1_000_000_000_000_i64));
    assert_eq!(
        schema("types.v1.Money")["properties"]["minorUnits"],
        json!({
            "type": "string",
            "format": "int64",
            "pattern": "^-?[0-9]+$",
            "description": "Amount in minor units; KRW has none, so 12000 is twelve thousand won.",
        })
    );
}

#[test]
fn an_enum_is_sent_by_name_or_number_and_answered_by_name() {
    assert_eq!(
        schema("types.v1.Unit.Required")["enum"],
        json!(["UNIT_PIECE", "UNIT_GRAM", "UNIT_MILLILITRE", 1, 2, 3])
    );
    assert_eq!(schema("types.v1.Unit")["type"], "string");
    let state = schema("order.v1.OrderState.Text");
    assert_eq!(state["type"], "string");
    let known = state["enum"].as_array().expect("values");
    assert!(known.contains(&json!("ORDER_STATE_UNSPECIFIED")) && known.contains(&json!("1")));
}

#[test]
fn a_stream_comes_in_three_forms() {
    let answer = &operation("OrderService_WatchOrder")["responses"]["200"]["content"];
    let kinds: Vec<&String> = answer.as_object().expect("content").keys().collect();
    assert_eq!(
        kinds,
        ["application/x-ndjson", "text/event-stream", "application/json"]
    );
    let entry = &answer["application/json"]["schema"]["items"]["anyOf"];
    assert_eq!(
        entry[0],
        json!({ "$ref": "#/components/schemas/order.v1.WatchOrderResponse" })
    );
    assert_eq!(entry[1]["required"], json!(["error"]));
}

#[test]
fn a_list_takes_its_page_in_the_query() {
    let list = operation("ProductService_ListProducts");
    let parameters = list["parameters"].as_array().expect("parameters");
    assert_eq!(
        parameters[3],
        json!({
            "name": "pageSize",
            "in": "query",
            "description": "How many at most, 1 to 100; 0 means 20.",
            "required": false,
            "schema": { "type": "integer", "format": "int32", "minimum": 0, "maximum": 100 },
        })
    );
    assert_eq!(
        parameters.last(),
        Some(&json!({ "$ref": "#/components/parameters/If-None-Match" }))
    );
    let headers = list["responses"]["200"]["headers"].as_object().expect("headers");
    assert!(headers.contains_key("ETag") && headers.contains_key("RateLimit-Remaining"));
}

#[test]
fn one_role_of_several_is_enough() {
    let ship = operation("OrderService_ShipOrder");
    assert_eq!(ship["security"], json!([{ "bearerAuth": [] }]));
    assert_eq!(ship["x-xlcfi-roles"], json!(["SELLER", "ADMIN"]));
    let again = operation("AuthService_GetJwks_2");
    assert_eq!(again["x-xlcfi-grpc-method"], "xlcfi.auth.v1.AuthService/GetJwks");
}
