use std::sync::Arc;

use tonic::{Request, Response, Status};
use xlcfi_contracts::blockchain::v1::anchor_service_server::AnchorService;
use xlcfi_contracts::blockchain::v1::{
    Chain as ChainMessage, GetAnchorRequest, GetAnchorResponse, GetChainStatusRequest,
    GetChainStatusResponse, HurryAnchorsRequest, HurryAnchorsResponse, ListAnchorsRequest,
    ListAnchorsResponse, ListChainsRequest, ListChainsResponse,
};
use xlcfi_errors::{Fault, fields};
use xlcfi_identity::admit;

use crate::Ctx;
use crate::anchor::Seen;
use crate::anchorer::Chain;
use crate::convert::anchor as convert;
use crate::error::Error;
use crate::flows::anchor as flows;
use crate::store::{anchors, chains};

/// `xlcfi.blockchain.v1.AnchorService`.
#[derive(Debug, Clone)]
pub struct Anchors {
    pub ctx: Ctx,
    pub chains: Vec<Arc<Chain>>,
}

impl Anchors {
    fn chain(&self, name: &str) -> Result<&Chain, Error> {
        let found = self.chains.iter().find(|chain| chain.config.name == name);
        found.map(AsRef::as_ref).ok_or(Error::ChainNotFound)
    }

    async fn show(&self, chain: &Chain) -> Result<(ChainMessage, Option<Seen>), Error> {
        let (pool, name) = (self.ctx.database.pool(), chain.config.name.as_str());
        let seen = chains::get(pool, name).await?;
        let anchored = anchors::anchored_size(pool, name).await?;
        let log = anchors::checkpoint(pool).await?.map_or(0, |(size, _)| size);
        let account = chain.key.account();
        let shown = convert::chain(&chain.config, account, seen.as_ref(), (anchored, log));
        Ok((shown, seen))
    }
}

#[tonic::async_trait]
impl AnchorService for Anchors {
    async fn list_anchors(
        &self,
        request: Request<ListAnchorsRequest>,
    ) -> Result<Response<ListAnchorsResponse>, Status> {
        let (_, request) = admit(request)?;
        let page = fields::page(request.page_size, &request.page_token).map_err(Error::from)?;
        let chain = Some(request.chain.as_str()).filter(|chain| !chain.is_empty());
        let listed = anchors::list(self.ctx.database.pool(), chain, &page).await;
        let mut listed = listed.map_err(Error::from)?;
        let next_page_token = page.finish(&mut listed, |row| (row.create_time, row.anchor_id.uuid()));
        Ok(Response::new(ListAnchorsResponse {
            anchors: listed.iter().map(convert::anchor).collect(),
            next_page_token,
        }))
    }

    async fn get_anchor(
        &self,
        request: Request<GetAnchorRequest>,
    ) -> Result<Response<GetAnchorResponse>, Status> {
        let (_, request) = admit(request)?;
        let chain = Some(request.chain.as_str()).filter(|chain| !chain.is_empty());
        let index = u64::try_from(request.index).unwrap_or_default();
        let found = anchors::find_covering(self.ctx.database.pool(), chain, index).await;
        let (anchor, evidence) = found.map_err(Error::from)?.ok_or(Error::NotAnchoredYet)?;
        let evidence = evidence
            .map(|evidence| serde_json::to_string(&evidence))
            .transpose();
        Ok(Response::new(GetAnchorResponse {
            anchor: Some(convert::anchor(&anchor)),
            evidence: evidence
                .map_err(|error| Error::from(Fault::bug(error)))?
                .unwrap_or_default(),
        }))
    }

    async fn list_chains(
        &self,
        request: Request<ListChainsRequest>,
    ) -> Result<Response<ListChainsResponse>, Status> {
        admit(request)?;
        let mut chains = Vec::with_capacity(self.chains.len());
        for chain in &self.chains {
            chains.push(self.show(chain).await?.0);
        }
        Ok(Response::new(ListChainsResponse { chains }))
    }

    async fn get_chain_status(
        &self,
        request: Request<GetChainStatusRequest>,
    ) -> Result<Response<GetChainStatusResponse>, Status> {
        let (_, request) = admit(request)?;
        let (chain, pool) = (self.chain(&request.name)?, self.ctx.database.pool());
        let (shown, seen) = self.show(chain).await?;
        let under_way = anchors::under_way(pool, &request.name)
            .await
            .map_err(Error::from)?;
        let trouble = chains::trouble(pool, &request.name).await.map_err(Error::from)?;
        let ceiling = chain.config.fee_ceiling();
        let status = convert::chain_status(shown, ceiling, seen.as_ref(), &under_way, trouble);
        Ok(Response::new(GetChainStatusResponse { status: Some(status) }))
    }

    async fn hurry_anchors(
        &self,
        request: Request<HurryAnchorsRequest>,
    ) -> Result<Response<HurryAnchorsResponse>, Status> {
        let (_, request) = admit(request)?;
        self.chain(&request.name)?;
        let fee_ceiling = u64::try_from(request.fee_ceiling).ok().filter(|fee| *fee > 0);
        let waiting = flows::hurry(&self.ctx, &request.name, fee_ceiling).await?;
        Ok(Response::new(HurryAnchorsResponse {
            anchors: waiting.iter().map(convert::anchor).collect(),
        }))
    }
}
