use tonic::{Request, Response};
use xlcfi_contracts::product::v1::price_service_server::PriceService;
use xlcfi_contracts::product::v1::{
    self, GetPriceLadderRequest, GetPriceLadderResponse, ListCustomersRequest, ListCustomersResponse,
    ListSpecialPricesRequest, ListSpecialPricesResponse, PutCustomerRequest, PutCustomerResponse,
    QuotePricesRequest, QuotePricesResponse, RemoveCustomerRequest, RemoveCustomerResponse,
    SetSpecialPricesRequest, SetSpecialPricesResponse,
};
use xlcfi_identity::{Member, admit};
use xlcfi_types::Id;
use xlcfi_types::calendar::seoul_date;

use super::{Answer, seller, viewer, visible};
use crate::convert::{self, id, page, timestamp};
use crate::error::Error;
use crate::flows::prices;
use crate::product::{Product, State};
use crate::quote::Groups;
use crate::store::customers::Customer;
use crate::{Ctx, quote, special, store};

/// What things cost whom.
#[derive(Debug, Clone)]
pub struct Prices(pub Ctx);

impl Prices {
    /// The groups a buyer is in with the sellers of products that have prices for
    /// groups.
    async fn groups(&self, viewer: Option<Id<Member>>, products: &[Product]) -> Result<Groups, Error> {
        let for_groups =
            |product: &&Product| product.specials.iter().any(|special| !special.group.is_empty());
        let sellers = products
            .iter()
            .filter(for_groups)
            .map(|product| product.seller_id);
        let sellers: Vec<Id<Member>> = sellers.collect();
        match viewer {
            Some(viewer) if !sellers.is_empty() => {
                Ok(store::customers::groups(self.0.database.pool(), viewer, &sellers).await?)
            }
            _ => Ok(Groups::new()),
        }
    }

    /// A product of the seller.
    async fn own(&self, id: Id<Product>, seller_id: Id<Member>) -> Result<Product, Error> {
        let product = visible(&self.0, id, Some(seller_id)).await?;
        if product.seller_id == seller_id {
            Ok(product)
        } else {
            Err(Error::ProductNotFound(id.uuid()))
        }
    }
}

#[tonic::async_trait]
impl PriceService for Prices {
    async fn get_price_ladder(
        &self,
        request: Request<GetPriceLadderRequest>,
    ) -> Answer<GetPriceLadderResponse> {
        let (caller, request) = admit(request)?;
        let product = visible(&self.0, id("product_id", &request.product_id)?, viewer(&caller)).await?;
        if product.state == State::Archived {
            return Err(Error::ProductNotSold(product.product_id.uuid()).into());
        }
        let now = self.0.clock.now();
        let groups = self
            .groups(viewer(&caller), std::slice::from_ref(&product))
            .await?;
        let group = groups.get(&product.seller_id).map(String::as_str);
        Ok(Response::new(GetPriceLadderResponse {
            ladder: Some(convert::ladder_message(&product.ladder(group, now))),
            tax: product.details.tax.into(),
            expire_time: special::next_change(&product.specials, group, now).map(timestamp),
            customer_group: group.unwrap_or_default().to_owned(),
        }))
    }

    async fn quote_prices(&self, request: Request<QuotePricesRequest>) -> Answer<QuotePricesResponse> {
        let (caller, request) = admit(request)?;
        let lines = quote::lines(&request.lines)?;
        let ids: Vec<_> = lines.iter().map(|line| line.product_id).collect();
        let now = self.0.clock.now();
        let today = seoul_date(now);
        let products = store::products::find(self.0.database.pool(), &ids, today).await?;
        let (viewer, groups) = (viewer(&caller), self.groups(viewer(&caller), &products).await?);
        let (lines, total) = quote::price(&lines, &products, viewer, &groups, (now, today))?;
        Ok(Response::new(QuotePricesResponse {
            lines: lines.iter().map(convert::priced_line).collect(),
            total: Some(total.into()),
        }))
    }

    async fn set_special_prices(
        &self,
        request: Request<SetSpecialPricesRequest>,
    ) -> Answer<SetSpecialPricesResponse> {
        let (caller, request) = admit(request)?;
        let id = id("product_id", &request.product_id)?;
        let specials = convert::specials(&request.special_prices)?;
        prices::set_specials(&self.0, seller(&caller)?, id, &specials).await?;
        Ok(Response::new(SetSpecialPricesResponse {
            special_prices: convert::special_messages(&specials),
        }))
    }

    async fn list_special_prices(
        &self,
        request: Request<ListSpecialPricesRequest>,
    ) -> Answer<ListSpecialPricesResponse> {
        let (caller, request) = admit(request)?;
        let product = self
            .own(id("product_id", &request.product_id)?, seller(&caller)?)
            .await?;
        Ok(Response::new(ListSpecialPricesResponse {
            special_prices: convert::special_messages(&product.specials),
        }))
    }

    async fn put_customer(&self, request: Request<PutCustomerRequest>) -> Answer<PutCustomerResponse> {
        let (caller, request) = admit(request)?;
        let customer = Customer {
            member_id: id("member_id", &request.member_id)?,
            customer_group: request.customer_group,
            update_time: self.0.clock.now(),
        };
        prices::put_customer(&self.0, seller(&caller)?, &customer).await?;
        Ok(Response::new(PutCustomerResponse {
            customer: Some(customer_message(customer)),
        }))
    }

    async fn remove_customer(
        &self,
        request: Request<RemoveCustomerRequest>,
    ) -> Answer<RemoveCustomerResponse> {
        let (caller, request) = admit(request)?;
        let member_id = id("member_id", &request.member_id)?;
        prices::remove_customer(&self.0, seller(&caller)?, member_id).await?;
        Ok(Response::new(RemoveCustomerResponse {}))
    }

    async fn list_customers(&self, request: Request<ListCustomersRequest>) -> Answer<ListCustomersResponse> {
        let (caller, request) = admit(request)?;
        let page = page(request.page_size, &request.page_token)?;
        let customers = store::customers::list(self.0.database.pool(), seller(&caller)?, &page).await;
        let mut customers = customers.map_err(Error::from)?;
        let next_page_token = page.finish(&mut customers, |customer| {
            (customer.update_time, customer.member_id.uuid())
        });
        Ok(Response::new(ListCustomersResponse {
            customers: customers.into_iter().map(customer_message).collect(),
            next_page_token,
        }))
    }
}

fn customer_message(customer: Customer) -> v1::Customer {
    v1::Customer {
        member_id: customer.member_id.to_string(),
        customer_group: customer.customer_group,
        update_time: Some(timestamp(customer.update_time)),
    }
}
