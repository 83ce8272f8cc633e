use std::collections::{HashMap, HashSet};

use super::*;

fn products(seed: u64, count: u64) -> Vec<Product> {
    let generator = Generator::new(seed).unwrap();
    (1..=count).map(|id| generator.product(id).unwrap()).collect()
}

#[test]
fn a_seed_gives_the_same_products_each_time_and_another_seed_gives_others() {
    let first = products(7, 200);
    assert_eq!(first, products(7, 200));
    assert_ne!(first, products(8, 200));
}

#[test]
fn descriptions_have_40_to_120_letters() {
    for product in products(1, 2_000) {
        let letters = product.description.chars().count();
        assert!(
            (40..=120).contains(&letters),
            "{letters}: {}",
            product.description
        );
    }
}

#[test]
fn twenty_thousand_different_words_come_and_the_frequent_ones_often() {
    let mut counts: HashMap<String, u32> = HashMap::new();
    for product in products(1, 100_000) {
        for word in product.name.split_whitespace() {
            *counts.entry(word.to_owned()).or_default() += 1;
        }
    }
    assert!(counts.len() > 20_000, "only {} words", counts.len());
    let most = counts.values().max().unwrap();
    let rare = counts.values().filter(|count| **count <= 10).count();
    assert!(*most > 1_000, "the most frequent word came {most} times");
    assert!(rare > 5_000, "only {rare} rare words");
}

#[test]
fn products_have_sensible_values() {
    let all = products(3, 20_000);
    for product in &all {
        assert!(["FROZEN", "REFRIGERATED", "ROOM", "AMBIENT"].contains(&product.storage.as_str()));
        assert!((0.0..=5.0).contains(&product.rating));
        assert!(product.price >= 100);
        assert!((1..=SELLERS as u32).contains(&product.seller));
        assert!(!product.category_name.is_empty());
    }
    let categories: HashSet<&str> = all.iter().map(|product| product.category.as_str()).collect();
    assert!(categories.len() > 25, "{categories:?}");
    let in_stock = all.iter().filter(|product| product.in_stock).count();
    assert!(
        (16_000..18_000).contains(&in_stock),
        "{in_stock} of 20000 in stock"
    );
}

#[test]
fn a_file_has_one_line_for_each_product() {
    let path = std::env::temp_dir().join(format!("bench-search-{}.jsonl", std::process::id()));
    Generator::new(1).unwrap().write(50, &path, |_| ()).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let read: Vec<Product> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(read, products(1, 50));
}
