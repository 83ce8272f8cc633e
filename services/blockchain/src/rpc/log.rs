use tonic::{Request, Response};
use xlcfi_contracts::blockchain::v1 as pb;
use xlcfi_contracts::blockchain::v1::log_service_server::LogService;
use xlcfi_identity::admit;
use xlcfi_proof::{Bundle, Trust, VerifierKey};

use super::Answer;
use crate::Ctx;
use crate::convert::log as convert;
use crate::error::Error;
use crate::flows::{log, log_check};
use crate::store::{log as entries, log_checkpoints};

/// `xlcfi.blockchain.v1.LogService`.
#[derive(Debug)]
pub struct Log(pub Ctx);

impl Log {
    fn key(&self) -> Result<VerifierKey, Error> {
        let signer = self.0.log.signer.as_ref().ok_or(Error::LogNotSigned)?;
        Ok(signer.verifier().clone())
    }
}

#[tonic::async_trait]
impl LogService for Log {
    async fn get_checkpoint(
        &self,
        request: Request<pb::GetCheckpointRequest>,
    ) -> Answer<pb::GetCheckpointResponse> {
        let (_, request) = admit(request)?;
        let found = log_checkpoints::find(self.0.database.pool(), request.size).await;
        let found = found.map_err(Error::from)?.ok_or(Error::CheckpointNotFound)?;
        let checkpoint = Some(convert::checkpoint(found));
        Ok(Response::new(pb::GetCheckpointResponse { checkpoint }))
    }

    async fn get_consistency_proof(
        &self,
        request: Request<pb::GetConsistencyProofRequest>,
    ) -> Answer<pb::GetConsistencyProofResponse> {
        let (_, request) = admit(request)?;
        let proven = log::prove_consistency(&self.0, request.from_size, request.to_size).await?;
        let (from, to, path) = proven;
        Ok(Response::new(pb::GetConsistencyProofResponse {
            from: Some(convert::checkpoint(from)),
            to: Some(convert::checkpoint(to)),
            path: path.iter().map(|hash| hash.0.to_vec()).collect(),
        }))
    }

    async fn get_proof(&self, request: Request<pb::GetProofRequest>) -> Answer<pb::GetProofResponse> {
        let (caller, request) = admit(request)?;
        let entry_id = convert::entry_id(&request.entry_id)?;
        let reader = convert::reader(&caller);
        let bundle = log::prove(&self.0, entry_id, reader, request.checkpoint_size).await?;
        let file = Some(convert::file(&bundle, request.format()));
        Ok(Response::new(pb::GetProofResponse { file }))
    }

    async fn verify_proof(
        &self,
        request: Request<pb::VerifyProofRequest>,
    ) -> Answer<pb::VerifyProofResponse> {
        let (_, request) = admit(request)?;
        let block = convert::block_hash(&request.block_hash)?;
        let today = self.key()?;
        let checked = Bundle::read(request.file.as_bytes()).and_then(|bundle| {
            let key = self.0.log.key_of(&bundle.checkpoint).cloned();
            let key = key.unwrap_or(today);
            Ok((bundle.check(&Trust { key, block })?, bundle))
        });
        let verdict = convert::verdict(checked.map(|(verdict, bundle)| (bundle, verdict)));
        let verdict = Some(verdict);
        Ok(Response::new(pb::VerifyProofResponse { verdict }))
    }

    async fn get_verifier_key(
        &self,
        request: Request<pb::GetVerifierKeyRequest>,
    ) -> Answer<pb::GetVerifierKeyResponse> {
        admit(request)?;
        let key = self.key()?;
        Ok(Response::new(pb::GetVerifierKeyResponse {
            verifier_key: key.to_string(),
            origin: key.name().to_owned(),
            earlier_verifier_keys: self
                .0
                .log
                .earlier_keys
                .iter()
                .map(VerifierKey::to_string)
                .collect(),
        }))
    }

    async fn list_entries(
        &self,
        request: Request<pb::ListEntriesRequest>,
    ) -> Answer<pb::ListEntriesResponse> {
        let (caller, request) = admit(request)?;
        let (index, size) = convert::index_page(request.page_size, &request.page_token)?;
        let listed = entries::list(self.0.database.pool(), index, size + 1).await;
        let mut listed = listed.map_err(Error::from)?;
        let most = usize::try_from(size).unwrap_or(usize::MAX);
        let next_page_token = match listed.len() > most {
            true => (index + size).to_string(),
            false => String::new(),
        };
        listed.truncate(most);
        let reader = convert::reader(&caller);
        let entries = listed.iter().map(|entry| convert::entry(entry, reader));
        Ok(Response::new(pb::ListEntriesResponse {
            entries: entries.collect(),
            next_page_token,
        }))
    }

    async fn erase_entry(&self, request: Request<pb::EraseEntryRequest>) -> Answer<pb::EraseEntryResponse> {
        let (caller, request) = admit(request)?;
        let entry_id = convert::entry_id(&request.entry_id)?;
        let eraser_id = caller.user()?.id.uuid();
        let erased = log::erase(&self.0, entry_id, eraser_id, &request.reason).await?;
        let entry = Some(convert::entry(&erased, convert::reader(&caller)));
        Ok(Response::new(pb::EraseEntryResponse { entry }))
    }

    async fn check_log(&self, request: Request<pb::CheckLogRequest>) -> Answer<pb::CheckLogResponse> {
        admit(request)?;
        let found = log_check::check(&self.0).await?;
        let (problem, bad_index) = match found.broken {
            Some((problem, place)) => (problem.to_string(), place),
            None => (String::new(), 0),
        };
        Ok(Response::new(pb::CheckLogResponse {
            sound: found.broken.is_none(),
            checked: found.checked,
            checkpoints: found.checkpoints,
            problem,
            bad_index,
        }))
    }
}
