//! Unpacks the three files of Swagger UI that the page needs.

use std::error::Error;
use std::io::{Cursor, Read as _};
use std::path::PathBuf;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=build.rs");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let mut archive = zip::ZipArchive::new(Cursor::new(utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED))?;
    for name in ["swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png"] {
        let mut bytes = Vec::new();
        // The version in the addresses of src/page.rs is this one.
        archive
            .by_name(&format!("swagger-ui-5.32.6/dist/{name}"))?
            .read_to_end(&mut bytes)?;
        fs::write(out.join(name), bytes)?;
    }
    Ok(())
}
