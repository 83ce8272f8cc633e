//! Time per operation of the codec beside `prost_reflect::DynamicMessage`, on an order of about 1 KB of JSON:
//! `cargo run --release -p xlcfi-transcode --example throughput`, with the name of one line to time only that.

use std::{
    hint::black_box,
    path::Path,
    time::{Duration, Instant},
};

use http::Method;
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage};
use xlcfi_transcode::{Api, Input, Match};

const ORDER: &str = r#"{"orderId":"018f3c1e-7b2a-7c3d-9e4f-5a6b7c8d9e0f","buyerId":"018f3c1e-0000-7000-8000-00000000b001","state":"STATE_PENDING","items":[{"productId":"018f3c1e-1111-7000-8000-000000000101","title":"제주 감귤 10kg","quantity":3,"price":{"units":"29800","currency":"KRW"},"allergens":[]},{"productId":"018f3c1e-1111-7000-8000-000000000102","title":"Hanwoo beef brisket, grade 1++ \"chilled\"","quantity":12,"price":{"units":"1249000","currency":"KRW"},"allergens":["beef"]},{"productId":"018f3c1e-1111-7000-8000-000000000103","title":"국산콩 두부 300g","quantity":40,"price":{"units":"1980","currency":"KRW"},"allergens":["soy","wheat"]}],"total":{"units":"1358200","currency":"KRW"},"shipTo":{"name":"김철수","street":"세종대로 110","city":"서울","postalCode":"04524","latitude":37.5663,"longitude":126.9779},"createTime":"2024-05-01T09:30:00.123456Z","updateTime":"2024-05-01T09:31:00Z","labels":{"channel":"web","campaign":"spring"},"version":"7","gift":true,"note":"leave it at the door"}"#;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut compiler =
        protox::Compiler::new([root.join("tests/proto"), root.join("../../third_party/proto")])
            .expect("the test contract");
    compiler
        .include_imports(true)
        .open_file("kitchen.proto")
        .expect("a sound contract");
    let pool = DescriptorPool::decode(&*compiler.encode_file_descriptor_set()).expect("descriptors");
    let loaded = Instant::now();
    let api = Api::from_descriptor_pool(&pool, |_| true).expect("sound bindings");
    println!("loaded {} routes in {:?}", api.routes().len(), loaded.elapsed());

    let order = pool.get_message_by_name("kitchen.v1.Order").expect("the order");
    let id = api.codec().message("kitchen.v1.Order").expect("the order");
    let mut wire = Vec::new();
    api.codec()
        .json_to_wire(id, ORDER.as_bytes(), &mut wire)
        .expect("sound JSON");
    println!(
        "an order is {} bytes of JSON, {} bytes of protobuf",
        ORDER.len(),
        wire.len()
    );

    let mut out = Vec::with_capacity(4096);
    let reading = time("JSON to wire", || {
        out.clear();
        api.codec()
            .json_to_wire(id, black_box(ORDER.as_bytes()), &mut out)
            .expect("sound JSON");
        out.len()
    });
    let reading_dynamic = time("JSON to wire, DynamicMessage", || {
        let mut text = serde_json::Deserializer::from_slice(black_box(ORDER.as_bytes()));
        DynamicMessage::deserialize(order.clone(), &mut text)
            .expect("sound JSON")
            .encode_to_vec()
            .len()
    });
    let printing = time("wire to JSON", || {
        out.clear();
        api.codec()
            .wire_to_json(id, black_box(&wire), &mut out)
            .expect("a sound message");
        out.len()
    });
    let printing_dynamic = time("wire to JSON, DynamicMessage", || {
        let message = DynamicMessage::decode(order.clone(), black_box(&*wire)).expect("a sound message");
        serde_json::to_vec(&message).expect("JSON").len()
    });
    let turned: Vec<u8> = wire.iter().chain(&wire).copied().collect();
    time("wire to JSON, the order given twice over", || {
        out.clear();
        api.codec()
            .wire_to_json(id, black_box(&turned), &mut out)
            .expect("a sound message");
        out.len()
    });
    time("GET with path and query to wire", || {
        out.clear();
        let path = black_box("/v1/orders/018f3c1e-7b2a-7c3d-9e4f-5a6b7c8d9e0f");
        let Ok(Match::Found { route, captures }) = api.match_path(&Method::GET, path) else {
            return 0;
        };
        let query = Some("readMask=items,total");
        let input = Input {
            captures: Some(captures),
            query,
            ..Input::default()
        };
        api.request(route, &input, &mut out).expect("a sound request");
        out.len()
    });
    println!(
        "reading is {:.1} times, printing {:.1} times as fast",
        reading_dynamic / reading,
        printing_dynamic / printing
    );
}

/// Prints and gives the nanoseconds of one run, the least of several rounds.
fn time(what: &str, mut run: impl FnMut() -> usize) -> f64 {
    if std::env::args().nth(1).is_some_and(|only| only != what) {
        return f64::NAN;
    }
    let mut best = f64::MAX;
    for _ in 0..20 {
        let start = Instant::now();
        let mut runs = 0u32;
        while start.elapsed() < Duration::from_millis(50) {
            for _ in 0..100 {
                black_box(run());
            }
            runs += 100;
        }
        best = best.min(start.elapsed().as_nanos() as f64 / f64::from(runs));
    }
    println!("{best:>9.0} ns  {what}");
    best
}
