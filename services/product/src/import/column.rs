/// A column of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    Sku,
    Category,
    Name,
    NameEn,
    Description,
    Size,
    Pack,
    Grade,
    Unit,
    ContentAmount,
    ContentUnit,
    Origin,
    Storage,
    Allergens,
    Tax,
    Prices,
    Minimum,
    Multiple,
    Maximum,
    Gtin,
    ReportNumber,
    LicenceNumber,
    PromisedDays,
    NearExpiry,
    Images,
    Attributes,
    Publish,
}

impl Column {
    /// Every column in the order they are written, by name, and whether a file must
    /// have it.
    pub const ALL: [(Self, &str, bool); 27] = [
        (Self::Sku, "sku", true),
        (Self::Category, "category", true),
        (Self::Name, "name", true),
        (Self::NameEn, "name_en", false),
        (Self::Description, "description", false),
        (Self::Size, "size", false),
        (Self::Pack, "pack", false),
        (Self::Grade, "grade", false),
        (Self::Unit, "unit", true),
        (Self::ContentAmount, "content_amount", true),
        (Self::ContentUnit, "content_unit", true),
        (Self::Origin, "origin", true),
        (Self::Storage, "storage", true),
        (Self::Allergens, "allergens", false),
        (Self::Tax, "tax", true),
        (Self::Prices, "prices", true),
        (Self::Minimum, "minimum", true),
        (Self::Multiple, "multiple", true),
        (Self::Maximum, "maximum", true),
        (Self::Gtin, "gtin", false),
        (Self::ReportNumber, "report_number", false),
        (Self::LicenceNumber, "licence_number", false),
        (Self::PromisedDays, "promised_days", false),
        (Self::NearExpiry, "near_expiry", false),
        (Self::Images, "images", false),
        (Self::Attributes, "attributes", false),
        (Self::Publish, "publish", false),
    ];

    /// Name in the header.
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// The column of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        let mut known = Self::ALL.into_iter();
        known.find_map(|(column, own, _)| (own == name).then_some(column))
    }

    /// The column a field of the contract's `CreateProductRequest` stands in, by the
    /// field's path.
    pub fn of_field(path: &str) -> Option<Self> {
        let end = path.find(['[', '.']).unwrap_or(path.len());
        Some(match (&path[..end], &path[end..]) {
            ("category_id", _) => Self::Category,
            ("content", ".unit") => Self::ContentUnit,
            ("content", _) => Self::ContentAmount,
            ("prices", ".minimum") => Self::Minimum,
            ("prices", ".multiple") => Self::Multiple,
            ("prices", ".maximum") => Self::Maximum,
            ("variant", ".size") => Self::Size,
            ("variant", ".pack") => Self::Pack,
            ("variant", ".grade") => Self::Grade,
            ("image_ids", _) => Self::Images,
            (name, _) => return Self::from_name(name),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_come_back_from_their_names() {
        for (column, name, _) in Column::ALL {
            assert_eq!(column.name(), name);
            assert_eq!(Column::from_name(name), Some(column));
        }
        assert_eq!(Column::from_name("colour"), None);
    }

    #[test]
    fn every_field_of_a_product_stands_in_a_column() {
        for (path, column) in [
            ("sku", "sku"),
            ("category_id", "category"),
            ("content.amount", "content_amount"),
            ("content.unit", "content_unit"),
            ("prices.rungs[1].unit_price.minor_units", "prices"),
            ("prices.rungs", "prices"),
            ("prices.minimum", "minimum"),
            ("variant.grade", "grade"),
            ("image_ids[3]", "images"),
            ("near_expiry[0].days", "near_expiry"),
            ("attributes[2].key", "attributes"),
            ("allergens[2]", "allergens"),
        ] {
            assert_eq!(Column::of_field(path).map(Column::name), Some(column), "{path}");
        }
        assert_eq!(Column::of_field("request_id"), None);
    }
}
