//! What is printed on the goods: a QR code with a GS1 Digital Link of the lot.

use std::fmt::Write as _;

use qrcodegen::{DataTooLong, QrCode, QrCodeEcc};
use uuid::Uuid;
use xlcfi_types::gtin::is_gtin;

/// Most letters of a lot number in GS1's AI 10.
const LOT_NUMBER: usize = 20;
/// Modules of white around the code, as the standard asks for.
const QUIET: i32 = 4;

/// What a lot is called on its goods.
#[derive(Debug, Clone)]
pub struct Named {
    pub lot_id: Uuid,
    pub gtin: String,
    pub lot_number: String,
}

/// Where the code leads: `/01/{gtin}/10/{lot}` of a lot with a barcode and a number that can
/// stand there as it is, else the lot's own page.
pub fn link(base: &str, lot: &Named) -> String {
    let base = base.trim_end_matches('/');
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let (gtin, number) = (&lot.gtin, &lot.lot_number);
    let fits = (1..=LOT_NUMBER).contains(&number.len()) && number.bytes().all(plain);
    match fits && is_gtin(gtin) {
        true => format!("{base}/01/{gtin:0>14}/10/{number}"),
        false => format!("{base}/api/v1/blockchain/lots/{}", lot.lot_id),
    }
}

/// The code as SVG, black on white, with the link as its title. A quarter of it may be
/// dirty or torn.
pub fn svg(link: &str) -> Result<String, DataTooLong> {
    let code = QrCode::encode_text(link, QrCodeEcc::Quartile)?;
    let side = code.size() + 2 * QUIET;
    let mut path = String::new();
    for y in 0..code.size() {
        for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
            // Writing to a string cannot fail.
            let _ = write!(path, "M{},{}h1v1h-1z", x + QUIET, y + QUIET);
        }
    }
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" width=\"{pixels}\" height=\"{pixels}\" \
         shape-rendering=\"crispEdges\" role=\"img\"><title>{title}</title>\
         <path fill=\"#fff\" d=\"M0,0h{side}v{side}h-{side}z\"/><path fill=\"#000\" d=\"{path}\"/></svg>\n",
        pixels = side * 8,
        title = link.replace('&', "&amp;").replace('<', "&lt;"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lot(gtin: &str, lot_number: &str) -> Named {
        Named {
            lot_id: Uuid::nil(),
            gtin: gtin.into(),
            lot_number: lot_number.into(),
        }
    }

    #[test]
    fn a_lot_with_barcode_and_plain_number_has_a_digital_link_and_any_other_its_own_page() {
        let base = "https://xlcfi.com/";
        let page = "https://xlcfi.com/api/v1/blockchain/lots/00000000-0000-0000-0000-000000000000";
        assert_eq!(
            link(base, &lot("8801234567893", "20261122-1")),
            "https://xlcfi.com/01/08801234567893/10/20261122-1"
        );
        for (gtin, number) in [
            ("", "A"),
            ("8801234567890", "A"),
            ("8801234567893", ""),
            ("8801234567893", "가-1"),
            ("8801234567893", "A/B"),
            ("8801234567893", "123456789012345678901"),
        ] {
            assert_eq!(link(base, &lot(gtin, number)), page);
        }
    }

    #[test]
    fn the_code_is_an_image_with_its_white_around_it() {
        let drawn = svg("https://xlcfi.com/01/08801234567893/10/20261122-1").unwrap();
        assert!(drawn.starts_with("<svg xmlns"));
        // The finder's corner stands where the quiet zone ends.
        assert!(drawn.contains("d=\"M4,4h1v1h-1z"));
        assert!(drawn.contains("<title>https://xlcfi.com/01/08801234567893/10/20261122-1</title>"));
    }
}
