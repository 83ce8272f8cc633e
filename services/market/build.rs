fn main() {
    // `sqlx::migrate!` reads the folder when it is compiled, unseen by cargo.
    println!("cargo:rerun-if-changed=migrations");
}
