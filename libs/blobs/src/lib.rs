#![doc = include_str!("../README.md")]

use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::path::Path;

/// The store at a URL, and the place in it that the URL names.
///
/// # Errors
/// No such kind of store, options it does not take, or a folder that cannot be made.
pub fn open(url: &str) -> Result<(Arc<dyn ObjectStore>, Path), Box<dyn Error + Send + Sync>> {
    let mut url = url::Url::parse(url)?;
    if url.scheme() == "file"
        && let Ok(folder) = url.to_file_path()
    {
        std::fs::create_dir_all(folder)?;
    }
    let mut options: HashMap<String, String> = std::env::vars()
        .map(|(key, value)| (key.to_lowercase(), value))
        .collect();
    options.extend(url.query_pairs().into_owned());
    url.set_query(None);
    xlcfi_service::choose_tls();
    let (store, place) = object_store::parse_url_opts(&url, options)?;
    Ok((store.into(), place))
}
