/// Chooses how this process does TLS: with ring. Clients of libraries that leave the
/// choice to the program (reqwest, object_store) need it made before they are built.
pub fn choose_tls() {
    // Only the first call in a process installs; the error of a later one says just that.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
