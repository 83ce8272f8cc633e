//! An Ethereum chain, as the rest of the service sees it. The only file that knows
//! ethers; what it gives are numbers and bytes.

use std::fmt;
use std::sync::LazyLock;
use std::time::Duration;

use ethers_core::abi::{Contract, Token};
use ethers_core::k256::ecdsa::SigningKey;
use ethers_core::types::transaction::eip2718::TypedTransaction;
use ethers_core::types::{
    Address, Block, BlockNumber, Bytes, Eip1559TransactionRequest, H256, NameOrAddress, Signature, U256,
};
use ethers_core::utils::{get_contract_address, keccak256, secret_key_to_address};
use ethers_providers::{JsonRpcClient, JsonRpcError, Middleware, Provider, ProviderError, RpcError};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::anchor::{Finality, Head, Receipt};
use crate::anchor_tx::{Account, Hash, Signed, Transaction, show};

/// Longest a node may take for one answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Tip when a node does not say what is usual.
const USUAL_TIP: u64 = 1_000_000_000;

/// What `make contract` made of the source.
const ARTIFACT: &str = include_str!("../contract/Anchor.json");

static ANCHOR: LazyLock<Artifact> = LazyLock::new(|| {
    let mut artifact: Value = serde_json::from_str(ARTIFACT).expect("it is committed, and tested");
    serde_json::from_value(artifact["contracts"]["Anchor"].take()).expect("it is committed, and tested")
});

#[derive(Deserialize)]
struct Artifact {
    abi: Contract,
    bytecode: Bytes,
}

/// Why a node did not do what it was asked. Never tells its URL, which may hold a key.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    #[error("the node does not answer: {0}")]
    Away(String),
    /// An answer, and it is no.
    #[error("the node refuses: {0}")]
    Refused(String),
    #[error("the node says what makes no sense: {0}")]
    Nonsense(String),
}

impl From<ProviderError> for Trouble {
    fn from(error: ProviderError) -> Self {
        if let Some(refused) = error.as_error_response() {
            return Self::Refused(refused.message.clone());
        }
        match error {
            ProviderError::JsonRpcClientError(error) => Self::Away(error.to_string()),
            error => Self::Nonsense(error.to_string()),
        }
    }
}

/// Speaks JSON-RPC over the HTTP and TLS all of the house uses, instead of ethers' own.
#[derive(Debug)]
struct Transport {
    client: reqwest::Client,
    url: reqwest::Url,
}

#[derive(Debug, thiserror::Error)]
enum TransportError {
    #[error("{0}")]
    Http(String),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error("{0}")]
    Refused(JsonRpcError),
}

impl From<reqwest::Error> for TransportError {
    fn from(error: reqwest::Error) -> Self {
        let error = error.without_url();
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
        Self::Http(format!("{error}{}", cause.unwrap_or_default()))
    }
}

impl From<TransportError> for ProviderError {
    fn from(error: TransportError) -> Self {
        Self::JsonRpcClientError(Box::new(error))
    }
}

impl RpcError for TransportError {
    fn as_error_response(&self) -> Option<&JsonRpcError> {
        match self {
            Self::Refused(refused) => Some(refused),
            Self::Http(_) | Self::Json(_) => None,
        }
    }

    fn as_serde_error(&self) -> Option<&serde_json::Error> {
        match self {
            Self::Json(error) => Some(error),
            Self::Http(_) | Self::Refused(_) => None,
        }
    }
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    result: Value,
    error: Option<JsonRpcError>,
}

#[tonic::async_trait]
impl JsonRpcClient for Transport {
    type Error = TransportError;

    async fn request<T, R>(&self, method: &str, params: T) -> Result<R, TransportError>
    where
        T: fmt::Debug + Serialize + Send + Sync,
        R: DeserializeOwned + Send,
    {
        // Methods without parameters take an empty list.
        let params = match serde_json::to_value(params)? {
            Value::Null => Value::Array(Vec::new()),
            params => params,
        };
        let asked = serde_json::json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let answer = self.client.post(self.url.clone()).json(&asked).send().await?;
        // Some nodes refuse with a status of HTTP and the same body.
        let status = answer.status();
        let body = answer.bytes().await?;
        let answer: Answer = match serde_json::from_slice(&body) {
            Ok(answer) => answer,
            Err(_) if !status.is_success() => return Err(TransportError::Http(status.to_string())),
            Err(error) => return Err(error.into()),
        };
        match answer.error {
            Some(refused) => Err(TransportError::Refused(refused)),
            None => Ok(serde_json::from_value(answer.result)?),
        }
    }
}

/// A node of a chain.
#[derive(Debug)]
pub struct Node(Provider<Transport>);

impl Node {
    /// The node at a URL, http or https; nothing is asked yet.
    ///
    /// # Errors
    /// The client cannot be set up.
    pub fn new(url: reqwest::Url) -> Result<Self, String> {
        xlcfi_service::choose_tls();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .no_proxy()
            .build()
            .map_err(|error| error.without_url().to_string())?;
        Ok(Self(Provider::new(Transport { client, url })))
    }

    /// Number of the chain (EIP-155) and hash of its first block.
    pub async fn identity(&self) -> Result<(u64, Hash), Trouble> {
        let (chain_id, genesis) = tokio::try_join!(self.0.get_chainid(), self.0.get_block(0u64))?;
        let genesis = genesis.and_then(|block| block.hash);
        let genesis = genesis.ok_or_else(|| Trouble::Nonsense("it has no first block".into()))?;
        Ok((chain_id.low_u64(), genesis.0))
    }

    /// Where the chain is.
    pub async fn head(&self, finality: Finality) -> Result<Head, Trouble> {
        let latest = self.block(BlockNumber::Latest).await?;
        let latest = latest.ok_or_else(|| Trouble::Nonsense("it has no latest block".into()))?;
        let number = latest.number.unwrap_or_default().as_u64();
        let (safe, finalized) = match finality {
            Finality::Tags => {
                let (safe, finalized) =
                    tokio::try_join!(self.block(BlockNumber::Safe), self.block(BlockNumber::Finalized))?;
                (number_of(safe), number_of(finalized))
            }
            Finality::Depth { safe, finalized } => (number.checked_sub(safe), number.checked_sub(finalized)),
        };
        Ok(Head {
            number,
            safe,
            finalized,
            base_fee: latest.base_fee_per_gas.unwrap_or_default().low_u64(),
        })
    }

    async fn block(&self, number: BlockNumber) -> Result<Option<Block<H256>>, Trouble> {
        Ok(self.0.get_block(number).await?)
    }

    /// The tip that is usual now, in wei for each gas.
    pub async fn tip(&self) -> Result<u64, Trouble> {
        let tip: Result<U256, _> = self.0.request("eth_maxPriorityFeePerGas", ()).await;
        match tip.map_err(Trouble::from) {
            Ok(tip) => Ok(tip.low_u64()),
            Err(Trouble::Refused(_)) => Ok(USUAL_TIP),
            Err(trouble) => Err(trouble),
        }
    }

    /// What an account has, in gwei.
    pub async fn balance(&self, account: Account) -> Result<u64, Trouble> {
        let balance = self.0.get_balance(Address::from(account), None).await?;
        Ok(u64::try_from(balance / 1_000_000_000u64).unwrap_or(u64::MAX))
    }

    /// How many transactions of an account the chain holds at its tip.
    pub async fn nonce(&self, account: Account) -> Result<u64, Trouble> {
        let count = self.0.get_transaction_count(Address::from(account), None).await?;
        Ok(count.low_u64())
    }

    /// The same as of an older block.
    pub async fn nonce_at(&self, account: Account, block: u64) -> Result<u64, Trouble> {
        let at = Some(BlockNumber::Number(block.into()).into());
        let count = self.0.get_transaction_count(Address::from(account), at).await?;
        Ok(count.low_u64())
    }

    /// Whether there is a contract at this address.
    pub async fn has_code(&self, account: Account) -> Result<bool, Trouble> {
        Ok(!self.0.get_code(Address::from(account), None).await?.is_empty())
    }

    /// The latest size a contract anchored, 0 for none.
    pub async fn anchored_size(&self, contract: Account) -> Result<u64, Trouble> {
        let head = ANCHOR.abi.function("head").expect("the contract has it");
        let call = head.encode_input(&[]).expect("it takes nothing");
        let answer = self.call(None, contract, call).await?;
        let answer = head
            .decode_output(&answer)
            .ok()
            .and_then(|tokens| tokens.into_iter().next());
        let size = answer.and_then(Token::into_uint);
        size.map(|size| size.low_u64())
            .ok_or_else(|| Trouble::Nonsense("the contract is another one".into()))
    }

    /// Whether a call would succeed, as of now; nothing is sent.
    pub async fn try_call(&self, from: Account, to: Account, data: Vec<u8>) -> Result<(), Trouble> {
        self.call(Some(from), to, data).await.map(drop)
    }

    async fn call(&self, from: Option<Account>, to: Account, data: Vec<u8>) -> Result<Bytes, Trouble> {
        let mut call = Eip1559TransactionRequest::new().to(Address::from(to)).data(data);
        call.from = from.map(Address::from);
        Ok(self.0.call(&call.into(), None).await?)
    }

    /// The receipt of a transaction that is in a block.
    pub async fn receipt(&self, transaction: Hash) -> Result<Option<Receipt>, Trouble> {
        let receipt = self.0.get_transaction_receipt(H256(transaction)).await?;
        Ok(receipt.and_then(|receipt| {
            Some(Receipt {
                transaction,
                block_number: receipt.block_number?.as_u64(),
                block_hash: receipt.block_hash?.0,
                succeeded: receipt.status == Some(1u64.into()),
                gas_used: receipt.gas_used.unwrap_or_default().low_u64(),
                gas_price: receipt.effective_gas_price.unwrap_or_default().low_u64(),
            })
        }))
    }

    /// Whether the node knows a transaction, in a block or waiting for one.
    pub async fn knows(&self, transaction: Hash) -> Result<bool, Trouble> {
        Ok(self.0.get_transaction(H256(transaction)).await?.is_some())
    }

    /// Hands a signed transaction in. One the node has already is fine.
    pub async fn send(&self, raw: &[u8]) -> Result<(), Trouble> {
        let sent = self.0.send_raw_transaction(Bytes::from(raw.to_vec())).await;
        match sent.map(|_| ()).map_err(Trouble::from) {
            Err(Trouble::Refused(why)) if is_known(&why) => Ok(()),
            sent => sent,
        }
    }

    /// A block's header and the receipts in it, as the node tells them.
    pub async fn block_and_receipts(&self, block: Hash) -> Result<(Value, Vec<Value>), Trouble> {
        let hash = H256(block);
        let (header, receipts) = tokio::try_join!(
            self.0.request("eth_getBlockByHash", (hash, false)),
            self.0.request("eth_getBlockReceipts", [hash]),
        )?;
        Ok((header, receipts))
    }
}

fn number_of(block: Option<Block<H256>>) -> Option<u64> {
    Some(block?.number?.as_u64())
}

/// Nodes say in different words that they have a transaction already.
fn is_known(why: &str) -> bool {
    let why = why.to_lowercase();
    let known = ["already known", "alreadyknown", "already imported"];
    known.iter().any(|known| why.contains(known))
}

/// A private key. It is never shown.
#[derive(Clone)]
pub struct Key(SigningKey);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", show(&self.account()))
    }
}

impl Key {
    /// Reads 32 bytes in hexadecimal, with or without `0x`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let bytes = hex::decode(text.strip_prefix("0x").unwrap_or(text)).ok()?;
        let bytes = <[u8; 32]>::try_from(bytes).ok()?;
        SigningKey::from_slice(&bytes).ok().map(Self)
    }

    /// The account it belongs to.
    pub fn account(&self) -> Account {
        secret_key_to_address(&self.0).0
    }

    /// Signs a transaction; it is complete then, and may be sent any number of times.
    pub fn sign(&self, transaction: &Transaction) -> Signed {
        let transaction = typed(transaction);
        let hash = transaction.sighash();
        let (signature, recovery) = self
            .0
            .sign_prehash_recoverable(hash.as_bytes())
            .expect("a hash of 32 bytes can be signed");
        let (r, s) = signature.split_bytes();
        let signature = Signature {
            r: U256::from_big_endian(&r),
            s: U256::from_big_endian(&s),
            v: u64::from(recovery.to_byte()),
        };
        let raw = transaction.rlp_signed(&signature).to_vec();
        Signed {
            hash: keccak256(&raw),
            raw,
        }
    }
}

/// A transaction of the kind that has a fee and a tip.
fn typed(of: &Transaction) -> TypedTransaction {
    TypedTransaction::Eip1559(Eip1559TransactionRequest {
        from: None,
        to: of.to.map(|to| NameOrAddress::Address(to.into())),
        gas: Some(of.gas.into()),
        value: Some(U256::zero()),
        data: Some(of.data.clone().into()),
        nonce: Some(of.nonce.into()),
        access_list: Default::default(),
        max_priority_fee_per_gas: Some(of.fees.priority.into()),
        max_fee_per_gas: Some(of.fees.most.into()),
        chain_id: Some(of.chain_id.into()),
    })
}

/// Calls the contract's `anchor`.
pub fn anchor_call(size: u64, root: Hash) -> Vec<u8> {
    let arguments = [Token::Uint(size.into()), Token::FixedBytes(root.to_vec())];
    let anchor = ANCHOR.abi.function("anchor").expect("the contract has it");
    anchor.encode_input(&arguments).expect("these are its types")
}

/// Makes the contract.
pub fn deploy_call(owner: Account, writer: Account) -> Vec<u8> {
    let arguments = [Token::Address(owner.into()), Token::Address(writer.into())];
    let constructor = ANCHOR.abi.constructor().expect("the contract has one");
    let code = ANCHOR.bytecode.to_vec();
    constructor
        .encode_input(code, &arguments)
        .expect("these are its types")
}

/// Where the contract an account makes with this nonce will be.
pub fn made_at(account: Account, nonce: u64) -> Account {
    get_contract_address(Address::from(account), nonce).0
}
