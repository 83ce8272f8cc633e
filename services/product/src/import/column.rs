use strum::{EnumString, IntoStaticStr, VariantArray};

/// A column of the file, in the order they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, IntoStaticStr, EnumString, VariantArray)]
#[strum(serialize_all = "snake_case", const_into_str)]
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
    /// Whether a file must have it.
    pub fn is_required(self) -> bool {
        matches!(
            self,
            Self::Sku
                | Self::Category
                | Self::Name
                | Self::Unit
                | Self::ContentAmount
                | Self::ContentUnit
                | Self::Origin
                | Self::Storage
                | Self::Tax
                | Self::Prices
                | Self::Minimum
                | Self::Multiple
                | Self::Maximum
        )
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
            (name, _) => return name.parse().ok(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(
                Column::of_field(path).map(|column| column.into_str()),
                Some(column),
                "{path}"
            );
        }
        assert_eq!(Column::of_field("request_id"), None);
    }
}
