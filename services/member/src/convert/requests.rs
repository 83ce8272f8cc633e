use xlcfi_contracts::member::v1::{
    AddAddressRequest, CorrectPointsRequest, RegisterBusinessRequest, UpdateAddressRequest,
    UpdateProfileRequest,
};
use xlcfi_errors::Invalid;
use xlcfi_errors::fields::{id, optional_id, request_id, uuid};
use xlcfi_types::Id;

use crate::address::{Address, AddressDetails, NewAddress};
use crate::error::Error;
use crate::member::{BusinessDetails, MemberId, ProfileChange};
use crate::points::Decided;
use crate::registration::RegistrationNumber;

pub fn member_id(text: &str) -> Result<MemberId, Invalid> {
    id("member_id", text)
}

pub fn member_ids(texts: &[String]) -> Result<Vec<MemberId>, Invalid> {
    texts.iter().map(|text| id("member_ids", text)).collect()
}

/// Why points are put right, and who decided it.
pub fn correction(request: &CorrectPointsRequest) -> Result<(String, Decided), Invalid> {
    let mut texts = Texts::default();
    let reason = texts.required("reason", &request.reason);
    if request.points == 0 {
        texts.invalid.add("points", "must not be 0");
    }
    if request.approving_account_id == request.acting_account_id {
        texts.invalid.add("approving_account_id", "must be somebody else");
    }
    texts.invalid.into_result()?;
    let decided = Decided {
        by: id("acting_account_id", &request.acting_account_id)?,
        approved_by: optional_id("approving_account_id", &request.approving_account_id)?,
        request_id: uuid("request_id", &request.request_id)?,
    };
    Ok((reason, decided))
}

pub fn address_id(text: &str) -> Result<Id<Address>, Invalid> {
    id("address_id", text)
}

pub fn profile_change(request: UpdateProfileRequest) -> Result<ProfileChange, Invalid> {
    let mut texts = Texts::default();
    let change = ProfileChange {
        display_name: request
            .display_name
            .map(|name| texts.required("display_name", &name)),
        phone: request.phone,
    };
    texts.invalid.into_result()?;
    Ok(change)
}

/// # Errors
/// [`Error::RegistrationNumberInvalid`] or [`Error::Invalid`], with every wrong field.
pub fn business_details(request: &RegisterBusinessRequest) -> Result<BusinessDetails, Error> {
    let mut texts = Texts::default();
    let name = texts.required("name", &request.name);
    let representative = texts.required("representative", &request.representative);
    let number = request.registration_number.parse::<RegistrationNumber>();
    match texts.invalid.take("registration_number", number) {
        Some(number) => {
            texts.invalid.into_result()?;
            Ok(BusinessDetails {
                number,
                name,
                representative,
            })
        }
        None => Err(Error::RegistrationNumberInvalid(texts.invalid)),
    }
}

pub fn new_address(request: AddAddressRequest) -> Result<NewAddress, Invalid> {
    let request_id = request_id(&request.request_id)?;
    let mut texts = Texts::default();
    let details = AddressDetails {
        label: texts.required("label", &request.label),
        recipient: texts.required("recipient", &request.recipient),
        phone: request.phone,
        postal_code: request.postal_code,
        line1: texts.required("line1", &request.line1),
        line2: request.line2.trim().to_owned(),
    };
    texts.invalid.into_result()?;
    Ok(NewAddress {
        details,
        make_default: request.default_address,
        request_id,
    })
}

pub fn address_details(request: UpdateAddressRequest) -> Result<AddressDetails, Invalid> {
    let mut texts = Texts::default();
    let details = AddressDetails {
        label: texts.required("label", &request.label),
        recipient: texts.required("recipient", &request.recipient),
        phone: request.phone,
        postal_code: request.postal_code,
        line1: texts.required("line1", &request.line1),
        line2: request.line2.trim().to_owned(),
    };
    texts.invalid.into_result()?;
    Ok(details)
}

/// Takes texts without the space around them, and notes those that are nothing else.
#[derive(Default)]
struct Texts {
    invalid: Invalid,
}

impl Texts {
    fn required(&mut self, field: &str, text: &str) -> String {
        let text = text.trim();
        if text.is_empty() {
            self.invalid.add(field, "must not be blank");
        }
        text.to_owned()
    }
}
