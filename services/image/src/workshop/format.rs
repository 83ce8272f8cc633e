//! What a file is, told by its first bytes.

/// Formats that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum Format {
    Jpeg,
    Png,
    Webp,
}

/// So many bytes are enough to tell.
pub const TELLING: usize = 16;

/// The format of a file that begins so.
///
/// # Errors
/// What it is instead, in words.
pub fn sniff(start: &[u8]) -> Result<Format, &'static str> {
    let at = |from: usize, bytes: &[u8]| start.get(from..).is_some_and(|rest| rest.starts_with(bytes));
    if at(0, b"\xff\xd8\xff") {
        return Ok(Format::Jpeg);
    }
    if at(0, b"\x89PNG\r\n\x1a\n") {
        return Ok(Format::Png);
    }
    if at(0, b"RIFF") && at(8, b"WEBP") {
        return Ok(Format::Webp);
    }
    let brand = start.get(8..12).filter(|_| at(4, b"ftyp"));
    Err(match brand {
        Some(b"avif" | b"avis") => "AVIF is not read; save the picture as JPEG, PNG or WebP",
        Some(b"heic" | b"heix" | b"hevc" | b"heim" | b"heis" | b"mif1" | b"msf1") => {
            "HEIC is not read; set the camera to the most compatible format, or save the picture as JPEG"
        }
        Some(_) => "this is a film, not a picture",
        None if at(0, b"GIF8") => "GIF is not read; save the picture as JPEG, PNG or WebP",
        None if at(0, b"BM") => "BMP is not read; save the picture as JPEG, PNG or WebP",
        None if at(0, b"II*\0") || at(0, b"MM\0*") => {
            "TIFF and raw pictures are not read; save the picture as JPEG, PNG or WebP"
        }
        None if at(0, b"%PDF") => "PDF is not read; save the page as JPEG, PNG or WebP",
        None if at(0, b"<?xml") || at(0, b"<svg") => "SVG is not read; save the picture as PNG",
        None => "this is no JPEG, PNG or WebP file",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_tell_what_is_read() {
        assert_eq!(sniff(b"\xff\xd8\xff\xe0\0\x10JFIF"), Ok(Format::Jpeg));
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), Ok(Format::Png));
        assert_eq!(sniff(b"RIFF\x24\0\0\0WEBPVP8 "), Ok(Format::Webp));
    }

    #[test]
    fn what_is_not_read_is_named() {
        for (start, name) in [
            (&b"\0\0\0\x18ftypheic\0\0\0\0"[..], "HEIC"),
            (b"\0\0\0\x18ftypmif1\0\0\0\0", "HEIC"),
            (b"\0\0\0\x18ftypavif\0\0\0\0", "AVIF"),
            (b"\0\0\0\x18ftypisom\0\0\0\0", "film"),
            (b"GIF89a", "GIF"),
            (b"BM\0\0", "BMP"),
            (b"II*\0", "TIFF"),
            (b"%PDF-1.7", "PDF"),
            (b"<svg xmlns=", "SVG"),
            (b"MZ", "no JPEG"),
            (b"RIFF\x24\0\0\0WAVE", "no JPEG"),
            (b"", "no JPEG"),
        ] {
            let why = sniff(start).expect_err(name);
            assert!(why.contains(name), "{why}");
        }
    }
}
