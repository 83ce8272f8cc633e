use tonic::{Request, Response, Status};
use xlcfi_contracts::member::v1::member_service_server::MemberService;
use xlcfi_contracts::member::v1::{
    AddAddressRequest, AddAddressResponse, GetMemberRequest, GetMemberResponse, GetMemberSummariesRequest,
    GetMemberSummariesResponse, GetPointsRequest, GetPointsResponse, GetProfileRequest, GetProfileResponse,
    ListAddressesRequest, ListAddressesResponse, ListHistoryRequest, ListHistoryResponse,
    ListPointEntriesRequest, ListPointEntriesResponse, ListPurchasesRequest, ListPurchasesResponse,
    RegisterBusinessRequest, RegisterBusinessResponse, RemoveAddressRequest, RemoveAddressResponse,
    ResolveAddressRequest, ResolveAddressResponse, UpdateAddressRequest, UpdateAddressResponse,
    UpdateProfileRequest, UpdateProfileResponse, WithdrawMemberRequest, WithdrawMemberResponse,
};
use xlcfi_contracts::types::v1::Role;
use xlcfi_identity::admit;

use crate::Ctx;
use crate::convert;
use crate::error::Error;
use crate::flows;
use crate::member::{Member, MemberId};
use crate::store;
use crate::store::history::Item;

/// `xlcfi.member.v1.MemberService`.
#[derive(Debug)]
pub struct Members(pub Ctx);

impl Members {
    async fn member(&self, member_id: MemberId) -> Result<Member, Error> {
        let member = store::members::get(self.0.database.pool(), member_id).await?;
        member.ok_or(Error::MemberNotFound)
    }
}

#[tonic::async_trait]
impl MemberService for Members {
    async fn get_profile(
        &self,
        request: Request<GetProfileRequest>,
    ) -> Result<Response<GetProfileResponse>, Status> {
        let (caller, _) = admit(request)?;
        let found = self.member(caller.user()?.id).await?;
        let member = Some(found).filter(|member| member.withdraw_time.is_none());
        let member = member.ok_or(Error::MemberNotFound)?;
        let member = Some(convert::member(member));
        Ok(Response::new(GetProfileResponse { member }))
    }

    async fn update_profile(
        &self,
        request: Request<UpdateProfileRequest>,
    ) -> Result<Response<UpdateProfileResponse>, Status> {
        let (caller, request) = admit(request)?;
        let change = convert::profile_change(request)?;
        let member = flows::members::update_profile(&self.0, caller.user()?.id, change).await?;
        let member = Some(convert::member(member));
        Ok(Response::new(UpdateProfileResponse { member }))
    }

    async fn get_member(
        &self,
        request: Request<GetMemberRequest>,
    ) -> Result<Response<GetMemberResponse>, Status> {
        let (_, request) = admit(request)?;
        let member = self.member(convert::member_id(&request.member_id)?).await?;
        let member = Some(convert::member(member));
        Ok(Response::new(GetMemberResponse { member }))
    }

    async fn register_business(
        &self,
        request: Request<RegisterBusinessRequest>,
    ) -> Result<Response<RegisterBusinessResponse>, Status> {
        let (caller, request) = admit(request)?;
        let details = convert::business_details(&request)?;
        let member = flows::businesses::register(&self.0, caller.user()?.id, details).await?;
        let member = Some(convert::member(member));
        Ok(Response::new(RegisterBusinessResponse { member }))
    }

    async fn list_addresses(
        &self,
        request: Request<ListAddressesRequest>,
    ) -> Result<Response<ListAddressesResponse>, Status> {
        let (caller, request) = admit(request)?;
        let page = convert::page(request.page_size, &request.page_token)?;
        let listed = store::addresses::list(self.0.database.pool(), caller.user()?.id, &page).await;
        let mut addresses = listed.map_err(Error::from)?;
        let next_page_token = page.finish(&mut addresses, |address| address.sort_key());
        let addresses = addresses.into_iter().map(convert::address).collect();
        Ok(Response::new(ListAddressesResponse {
            addresses,
            next_page_token,
        }))
    }

    async fn add_address(
        &self,
        request: Request<AddAddressRequest>,
    ) -> Result<Response<AddAddressResponse>, Status> {
        let (caller, request) = admit(request)?;
        let new = convert::new_address(request)?;
        let address = flows::addresses::add(&self.0, caller.user()?.id, new).await?;
        let address = Some(convert::address(address));
        Ok(Response::new(AddAddressResponse { address }))
    }

    async fn update_address(
        &self,
        request: Request<UpdateAddressRequest>,
    ) -> Result<Response<UpdateAddressResponse>, Status> {
        let (caller, request) = admit(request)?;
        let (member_id, address_id) = (caller.user()?.id, convert::address_id(&request.address_id)?);
        let make_default = request.default_address;
        let details = convert::address_details(request)?;
        let address = flows::addresses::update(&self.0, member_id, address_id, details, make_default).await?;
        let address = Some(convert::address(address));
        Ok(Response::new(UpdateAddressResponse { address }))
    }

    async fn remove_address(
        &self,
        request: Request<RemoveAddressRequest>,
    ) -> Result<Response<RemoveAddressResponse>, Status> {
        let (caller, request) = admit(request)?;
        let address_id = convert::address_id(&request.address_id)?;
        flows::addresses::remove(&self.0, caller.user()?.id, address_id).await?;
        Ok(Response::new(RemoveAddressResponse {}))
    }

    async fn get_points(
        &self,
        request: Request<GetPointsRequest>,
    ) -> Result<Response<GetPointsResponse>, Status> {
        let (caller, _) = admit(request)?;
        let found = store::points::get(self.0.database.pool(), caller.user()?.id).await;
        let balance = found.map_err(Error::from)?.ok_or(Error::MemberNotFound)?;
        let balance = Some(convert::point_balance(balance));
        Ok(Response::new(GetPointsResponse { balance }))
    }

    async fn list_point_entries(
        &self,
        request: Request<ListPointEntriesRequest>,
    ) -> Result<Response<ListPointEntriesResponse>, Status> {
        let (caller, request) = admit(request)?;
        let page = convert::page(request.page_size, &request.page_token)?;
        let listed = store::points::list_entries(self.0.database.pool(), caller.user()?.id, &page).await;
        let mut entries = listed.map_err(Error::from)?;
        let next_page_token = page.finish(&mut entries, |entry| (entry.create_time, entry.entry_id.uuid()));
        let entries = entries.into_iter().map(convert::point_entry).collect();
        Ok(Response::new(ListPointEntriesResponse {
            entries,
            next_page_token,
        }))
    }

    async fn list_purchases(
        &self,
        request: Request<ListPurchasesRequest>,
    ) -> Result<Response<ListPurchasesResponse>, Status> {
        let (caller, request) = admit(request)?;
        let page = convert::page(request.page_size, &request.page_token)?;
        let listed = store::purchases::list(self.0.database.pool(), caller.user()?.id, &page).await;
        let mut purchases = listed.map_err(Error::from)?;
        let next_page_token = page.finish(&mut purchases, |row| (row.order_time, row.order_id.uuid()));
        let purchases = purchases.into_iter().map(convert::purchase).collect();
        Ok(Response::new(ListPurchasesResponse {
            purchases,
            next_page_token,
        }))
    }

    async fn withdraw_member(
        &self,
        request: Request<WithdrawMemberRequest>,
    ) -> Result<Response<WithdrawMemberResponse>, Status> {
        let (caller, _) = admit(request)?;
        let withdraw_time = flows::withdrawal::withdraw(&self.0, caller.user()?.id).await?;
        let withdraw_time = Some(convert::timestamp(withdraw_time));
        Ok(Response::new(WithdrawMemberResponse { withdraw_time }))
    }

    async fn list_history(
        &self,
        request: Request<ListHistoryRequest>,
    ) -> Result<Response<ListHistoryResponse>, Status> {
        let (caller, request) = admit(request)?;
        let (user, member_id) = (caller.user()?, convert::member_id(&request.member_id)?);
        // Somebody else's is as unknown as nobody's.
        if user.id != member_id && !user.is_admin() && !user.has_role(Role::Support) {
            return Err(Error::MemberNotFound.into());
        }
        self.member(member_id).await?;
        let page = convert::page(request.page_size, &request.page_token)?;
        let listed = store::history::list(self.0.database.pool(), member_id, &page).await;
        let mut items = listed.map_err(Error::from)?;
        let next_page_token = page.finish(&mut items, Item::sort_key);
        Ok(Response::new(ListHistoryResponse {
            items: items.into_iter().map(convert::history_item).collect(),
            next_page_token,
        }))
    }

    async fn resolve_address(
        &self,
        request: Request<ResolveAddressRequest>,
    ) -> Result<Response<ResolveAddressResponse>, Status> {
        let (_, request) = admit(request)?;
        let (db, member_id) = (self.0.database.pool(), convert::member_id(&request.member_id)?);
        let found = match request.address_id.as_str() {
            "" => store::addresses::get_default(db, member_id).await,
            address_id => store::addresses::get(db, member_id, convert::address_id(address_id)?).await,
        };
        let address = found.map_err(Error::from)?.ok_or(Error::AddressNotFound)?;
        let address = Some(convert::address(address));
        Ok(Response::new(ResolveAddressResponse { address }))
    }

    async fn get_member_summaries(
        &self,
        request: Request<GetMemberSummariesRequest>,
    ) -> Result<Response<GetMemberSummariesResponse>, Status> {
        let (_, request) = admit(request)?;
        let ids = convert::member_ids(&request.member_ids)?;
        let found = store::members::summaries(self.0.database.pool(), &ids).await;
        let members = found
            .map_err(Error::from)?
            .into_iter()
            .map(convert::summary)
            .collect();
        Ok(Response::new(GetMemberSummariesResponse { members }))
    }
}
