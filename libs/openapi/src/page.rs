//! The page that reads and tries the document.

/// A `Content-Security-Policy` under which the page works: nothing from another host, no script but its own.
pub const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                       font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A file of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asset {
    /// Value of `Content-Type`.
    pub content_type: &'static str,
    /// The content.
    pub bytes: &'static [u8],
    /// It only changes with a release and may be kept for long; its address then names the version.
    pub cache: bool,
}

macro_rules! vendored {
    ($name:literal) => {
        include_bytes!(concat!(env!("OUT_DIR"), "/", $name))
    };
}

/// The file at a path, `/docs` being the page itself. It asks for `/openapi.json` on the same host.
pub fn page(path: &str) -> Option<Asset> {
    let file = |content_type, bytes, cache| {
        Some(Asset {
            content_type,
            bytes,
            cache,
        })
    };
    match path {
        "/docs" | "/docs/" => file(
            "text/html; charset=utf-8",
            include_bytes!("../assets/index.html"),
            false,
        ),
        "/docs/page.js" => file(
            "text/javascript; charset=utf-8",
            include_bytes!("../assets/page.js"),
            false,
        ),
        "/docs/page.css" => file(
            "text/css; charset=utf-8",
            include_bytes!("../assets/page.css"),
            false,
        ),
        "/docs/5.32.6/swagger-ui.js" => file(
            "text/javascript; charset=utf-8",
            vendored!("swagger-ui-bundle.js"),
            true,
        ),
        "/docs/5.32.6/swagger-ui.css" => file("text/css; charset=utf-8", vendored!("swagger-ui.css"), true),
        "/docs/5.32.6/favicon.png" => file("image/png", vendored!("favicon-32x32.png"), true),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_the_page_names_is_there() {
        let html = std::str::from_utf8(page("/docs").expect("the page").bytes).expect("text");
        let named: Vec<&str> = html
            .split('"')
            .filter(|part| part.starts_with("/docs/"))
            .collect();
        assert_eq!(named.len(), 5);
        for path in named {
            assert!(!page(path).expect(path).bytes.is_empty());
        }
        assert!(page("/docs/none").is_none());
    }

    #[test]
    fn the_page_names_no_other_host() {
        for path in ["/docs", "/docs/page.js", "/docs/page.css"] {
            let text = std::str::from_utf8(page(path).expect(path).bytes).expect("text");
            assert!(!text.contains("://") && !text.contains("\"//"), "{path}");
        }
    }
}
