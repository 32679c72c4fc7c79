//! Sending transactions and waiting until they are final.
//!
//! A transaction counts when it is final. How long that is waited for is bounded: first until it must be in a block or dead,
//! then until that block must be final. While finality lags, it is told that the transaction is there and not final yet.

use std::time::Duration;

use futures::{Stream, StreamExt};
use subxt::{
	client::OnlineClientAtBlockImpl,
	config::substrate::SubstrateExtrinsicParamsBuilder,
	error::{
		BackendError, DispatchError, ExtrinsicError, RpcError, TransactionEventsError, TransactionProgressError,
		TransactionStatusError,
	},
	transactions::{StaticPayload, TransactionInBlock, TransactionProgress, TransactionStatus},
	utils::{AccountId32, H256},
	SubstrateConfig,
};
use subxt_signer::sr25519::Keypair;
use tokio::time::{timeout, timeout_at, Instant};

use assay_chain_types::api::{
	self,
	runtime_types::{
		assay_primitives::{JobId, MachineId, Region, Tier},
		bounded_collections::bounded_vec::BoundedVec,
		pallet_compute_credits::types::ConversionId,
		sp_arithmetic::per_things::Perbill,
	},
};

use super::{
	ask, capacity,
	checks::{self, Ballot, ProbeReport, Program, Sample},
	convert,
	disputes::{self, Dispute, Revelation},
	emission, grants,
	model::{Event, JobSpec, LeaseCall, Payment, RewardKind, Terms, VestingPlan},
	Chain, ChainError, REQUEST_TIMEOUT,
};
use crate::{amount::Amount, blobs::BlobHash, keys};

/// For how many blocks a transaction can be included: one that got lost cannot turn up much later.
pub(crate) const MORTALITY: u32 = 64;
/// How long to wait for a transaction to be in a block. Somewhat above its life at 6 s a block: one that is given up later than
/// that is dead, unless the chain is slow.
const INCLUSION_TIMEOUT: Duration = Duration::from_secs(420);
/// How long to wait for a transaction that is in a block to be final.
pub(super) const FINALITY_TIMEOUT: Duration = Duration::from_secs(240);

/// What can be asked of the chain.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Call {
	/// Bond stake.
	Bond(Amount),
	/// Begin to unbond stake.
	Unbond(Amount),
	/// Put unbonding stake back.
	Rebond(Amount),
	/// Take out what is unbonded.
	WithdrawUnbonded,
	/// Offer a machine.
	RegisterMachine {
		/// Its performance class.
		tier: u8,
		/// Where it stands.
		region: u16,
		/// How many jobs it can run side by side.
		slots: u32,
		/// Where outputs are fetched.
		endpoint: String,
	},
	/// Take a machine off the market.
	DeregisterMachine(u64),
	/// Set the key of a machine's device.
	SetDevice {
		/// The machine.
		machine: u64,
		/// The device's account.
		device: AccountId32,
	},
	/// Say where outputs are fetched.
	SetEndpoint {
		/// Of which machine.
		machine: u64,
		/// The URL.
		endpoint: String,
	},
	/// Post a job, of which so many units are paid for at a time, or all at once.
	SubmitJob(JobSpec, Payment, Option<u32>),
	/// Offer to do a job.
	Bid {
		/// The job.
		job: u64,
		/// The machine.
		machine: u64,
		/// Price per unit.
		price: Amount,
	},
	/// Close an auction.
	CloseAuction(u64),
	/// Withdraw a job.
	CancelJob(u64),
	/// Commit to the outcomes of a job.
	CommitResult {
		/// The job.
		job: u64,
		/// The first unit that it is about.
		first: u32,
		/// Merkle root over the outcomes.
		root: BlobHash,
	},
	/// Accept the result of a job that begins with that unit: pay now.
	AcceptResult(u64, u32),
	/// Pay for a result whose review is over.
	SettleJob(u64),
	/// Say that a dispute will follow, by a hash that nobody else can read.
	AnnounceDispute(BlobHash),
	/// Have the chain run a unit of a result.
	DisputeUnit(Box<Dispute>),
	/// Have a unit of a result shown on the chain.
	DemandUnit {
		/// The job.
		job: u64,
		/// The unit.
		index: u32,
	},
	/// Show a unit that was demanded.
	RevealUnit(Box<Revelation>),
	/// Put up what is missing of a checker's bond, and take a seat.
	JoinCheckers,
	/// Give up a checker's seat.
	LeaveCheckers,
	/// Have a checker's bond back.
	WithdrawCheckerBond,
	/// Commit to a vote about a result.
	CommitVote {
		/// The job.
		job: u64,
		/// What the vote hashes to.
		commitment: BlobHash,
	},
	/// Reveal a vote about a result.
	RevealVote(Box<Ballot>),
	/// Show what a commitment has for the sample of a check.
	OpenSample(Box<Sample>),
	/// Say that guest or input of a job cannot be had.
	MissData(u64),
	/// Show guest and input of a job.
	ShowData(Box<Program>),
	/// Report what was seen of a machine that is probed.
	ReportProbe(ProbeReport),
	/// Refund a job whose deadline was missed.
	ExpireJob(u64),
	/// Remove an ended job.
	ClearJob(u64),
	/// Have the work reward of the signer paid.
	ClaimWorkReward,
	/// Have the rewards of one kind of an account paid.
	ClaimReward(RewardKind, AccountId32),
	/// Delegate stake.
	Delegate {
		/// To whom.
		provider: AccountId32,
		/// How much.
		amount: Amount,
	},
	/// Begin to take delegated stake back.
	Undelegate {
		/// From whom.
		provider: AccountId32,
		/// How much, at most.
		amount: Amount,
	},
	/// Take out the delegated stake whose unbonding period is over.
	WithdrawDelegation(AccountId32),
	/// Move delegated stake.
	MoveDelegation {
		/// From whom.
		from: AccountId32,
		/// To whom.
		to: AccountId32,
		/// How much, at most.
		amount: Amount,
	},
	/// Have the rewards with a provider paid out.
	ClaimDelegationReward {
		/// Which provider.
		provider: AccountId32,
		/// Delegate them to it instead.
		compound: bool,
	},
	/// Take what a position owes.
	CollectLiability {
		/// Whose position.
		delegator: AccountId32,
		/// With whom.
		provider: AccountId32,
	},
	/// Announce terms for delegators.
	SetCommission(Terms),
	/// Have tokens burned for credits.
	BuyCredits {
		/// How many tokens.
		amount: Amount,
		/// The fewest credits for them.
		min_credits: Amount,
	},
	/// Take tokens back that wait to be burned.
	CancelConversion(u64),
	/// Pay out what waits for an account.
	ClaimPayment(Payment, AccountId32),
	/// Doubt a slash.
	ContestSlash(u64),
	/// Carry out a slash that is due, or let it lapse.
	ApplySlash(u64),
	/// Pay what a provider owes.
	PayDebt {
		/// Who owes.
		provider: AccountId32,
		/// How much to pay, at most.
		amount: Amount,
	},
	/// Have taken what a provider owes.
	CollectDebt(AccountId32),
	/// Pledge vesting tokens as stake.
	Pledge(Amount),
	/// Begin to take pledged tokens back.
	Unpledge(Amount),
	/// Release what has vested for an account by a plan.
	ClaimVested(VestingPlan, AccountId32),
	/// Leave a plan early, with an amount or with all that can leave.
	ExitEarly(VestingPlan, Option<Amount>),
	/// Do something about an order or lease.
	Lease(LeaseCall),
}

/// A transaction in a final block.
#[derive(Clone, Debug)]
pub struct Included {
	/// Number of the block.
	pub block: u64,
	/// What it did.
	pub events: Vec<Event>,
}

/// Why a transaction had no effect, or none that is known.
#[derive(Debug, thiserror::Error)]
pub enum TxError {
	/// It was included and failed. Only the transaction fee was paid.
	#[error("the chain refused: {message}")]
	Refused {
		/// `Pallet::Error`.
		name: String,
		/// What that means.
		message: String,
	},
	/// It was not even included.
	#[error("the transaction is not valid: {0}")]
	Invalid(String),
	/// It was included, in a block that is not final yet. It counts once that block is final.
	#[error(
		"the transaction is in block {block}, which is not final after {seconds} s: finality lags {lag} blocks behind; it \
		 counts once that block is final, look again before you repeat it"
	)]
	NotFinal {
		/// The block.
		block: u64,
		/// How many blocks the last final one is behind the best.
		lag: u64,
		/// For how long it was waited for.
		seconds: u64,
	},
	/// The node has it, but it was in no block in time.
	#[error("the transaction is in no block after {seconds} s; it can still get into one up to block {until}")]
	NotIncluded {
		/// The last block that can have it.
		until: u64,
		/// For how long it was waited for.
		seconds: u64,
	},
	/// It may or may not have been included.
	#[error("the transaction may or may not have been included: {0}")]
	Lost(String),
	/// The node cannot be talked to.
	#[error(transparent)]
	Chain(#[from] ChainError),
}

/// A block with a transaction.
type InBlock = TransactionInBlock<SubstrateConfig, OnlineClientAtBlockImpl<SubstrateConfig>>;

/// A transaction that the node has taken.
#[must_use = "nobody knows what comes of it"]
pub struct Sent {
	chain: Chain,
	progress: TransactionProgress<SubstrateConfig, OnlineClientAtBlockImpl<SubstrateConfig>>,
	/// The last block that can have it.
	until: u64,
}

impl Chain {
	/// Sign a call, send it, wait until it is final and has succeeded.
	pub async fn submit(&self, key: &Keypair, call: Call) -> Result<Included, TxError> {
		self.post(key, call).await?.outcome().await
	}

	/// Sign a call and send it. Transactions of an account are included in the order in which they were sent.
	pub async fn post(&self, key: &Keypair, call: Call) -> Result<Sent, TxError> {
		let staking = || api::transactions().staking_slash();
		let market = || api::transactions().compute_market();
		let checkers = || api::transactions().checkers();
		let url = |text: String| BoundedVec(text.into_bytes());
		match call {
			Call::Bond(amount) => self.send(key, staking().bond(amount.0)).await,
			Call::Unbond(amount) => self.send(key, staking().unbond(amount.0)).await,
			Call::Rebond(amount) => self.send(key, staking().rebond(amount.0)).await,
			Call::WithdrawUnbonded => self.send(key, staking().withdraw_unbonded()).await,
			Call::RegisterMachine { tier, region, slots, endpoint } => {
				self.send(key, market().register_machine(Tier(tier), Region(region), slots, url(endpoint))).await
			},
			Call::DeregisterMachine(machine) => self.send(key, market().deregister_machine(MachineId(machine))).await,
			Call::SetEndpoint { machine, endpoint } => {
				self.send(key, market().set_endpoint(MachineId(machine), url(endpoint))).await
			},
			Call::SetDevice { machine, device } => self.send(key, capacity::set_device(machine, device)).await,
			Call::SubmitJob(spec, payment, range) => {
				let (spec, payment) = (convert::to_spec(&spec), convert::to_payment(payment));
				match range {
					None => self.send(key, market().submit_job(spec, payment)).await,
					Some(range) => self.send(key, market().submit_job_in_ranges(spec, payment, range)).await,
				}
			},
			Call::Bid { job, machine, price } => {
				self.send(key, market().bid(JobId(job), MachineId(machine), price.0)).await
			},
			Call::CloseAuction(job) => self.send(key, market().close_auction(JobId(job))).await,
			Call::CancelJob(job) => self.send(key, market().cancel_job(JobId(job))).await,
			Call::CommitResult { job, first, root } => {
				self.send(key, market().commit_result(JobId(job), first, H256(root.0))).await
			},
			Call::AcceptResult(job, first) => self.send(key, market().accept_result(JobId(job), first)).await,
			Call::SettleJob(job) => self.send(key, market().settle_job(JobId(job))).await,
			Call::AnnounceDispute(hash) => {
				self.send(key, api::transactions().work_proofs().announce_dispute(H256(hash.0))).await
			},
			Call::DisputeUnit(dispute) => self.send(key, disputes::dispute_unit(*dispute)).await,
			Call::DemandUnit { job, index } => {
				self.send(key, api::transactions().work_proofs().demand_unit(JobId(job), index)).await
			},
			Call::RevealUnit(revelation) => self.send(key, disputes::reveal_unit(*revelation)).await,
			Call::JoinCheckers => self.send(key, checkers().join()).await,
			Call::LeaveCheckers => self.send(key, checkers().leave()).await,
			Call::WithdrawCheckerBond => self.send(key, checkers().withdraw()).await,
			Call::CommitVote { job, commitment } => {
				self.send(key, checkers().commit_vote(JobId(job), H256(commitment.0))).await
			},
			Call::RevealVote(ballot) => self.send(key, checks::reveal_vote(*ballot)).await,
			Call::OpenSample(sample) => self.send(key, checks::open_sample(*sample)).await,
			Call::MissData(job) => self.send(key, checkers().miss_data(JobId(job))).await,
			Call::ShowData(program) => self.send(key, checks::show_data(*program)).await,
			Call::ReportProbe(report) => self.send(key, checks::report_probe(report)).await,
			Call::ExpireJob(job) => self.send(key, market().expire_job(JobId(job))).await,
			Call::ClearJob(job) => self.send(key, market().clear_job(JobId(job))).await,
			Call::ClaimWorkReward => {
				self.send(key, api::transactions().token_mint().claim_work_reward(keys::account(key))).await
			},
			Call::ClaimReward(kind, account) => {
				self.send(key, api::transactions().token_mint().claim(emission::to_kind(kind), account)).await
			},
			Call::Delegate { provider, amount } => self.send(key, staking().delegate(provider, amount.0)).await,
			Call::Undelegate { provider, amount } => self.send(key, staking().undelegate(provider, amount.0)).await,
			Call::WithdrawDelegation(provider) => self.send(key, staking().withdraw_delegation(provider)).await,
			Call::MoveDelegation { from, to, amount } => {
				self.send(key, staking().move_delegation(from, to, amount.0)).await
			},
			Call::ClaimDelegationReward { provider, compound } => {
				self.send(key, staking().claim_delegation_reward(provider, compound)).await
			},
			Call::CollectLiability { delegator, provider } => {
				self.send(key, staking().collect_liability(delegator, provider)).await
			},
			Call::SetCommission(Terms { commission, kickback }) => {
				self.send(key, staking().set_commission(Perbill(commission.0), Perbill(kickback.0))).await
			},
			Call::BuyCredits { amount, min_credits } => {
				self.send(key, api::transactions().compute_credits().buy_credits(amount.0, min_credits.0)).await
			},
			Call::CancelConversion(id) => {
				self.send(key, api::transactions().compute_credits().cancel_conversion(ConversionId(id))).await
			},
			Call::ClaimPayment(payment, account) => {
				self.send(key, market().claim_payment(convert::to_payment(payment), account)).await
			},
			Call::ContestSlash(slash) => self.send(key, staking().contest_slash(slash)).await,
			Call::ApplySlash(slash) => self.send(key, staking().apply_slash(slash)).await,
			Call::PayDebt { provider, amount } => self.send(key, staking().pay_debt(provider, amount.0)).await,
			Call::CollectDebt(provider) => self.send(key, staking().collect_debt(provider)).await,
			Call::Pledge(amount) => self.send(key, staking().pledge(amount.0)).await,
			Call::Unpledge(amount) => self.send(key, staking().unpledge(amount.0)).await,
			Call::ClaimVested(plan, account) => {
				self.send(key, api::transactions().reward_vesting().claim(grants::to_plan(plan), account)).await
			},
			Call::ExitEarly(plan, amount) => {
				let amount = amount.map(|amount| amount.0);
				self.send(key, api::transactions().reward_vesting().exit_early(grants::to_plan(plan), amount)).await
			},
			Call::Lease(call) => self.post_lease(key, call).await,
		}
	}

	pub(super) async fn send<Data: subxt::ext::scale_encode::EncodeAsFields>(
		&self,
		key: &Keypair,
		call: StaticPayload<Data>,
	) -> Result<Sent, TxError> {
		// Two transactions that ask for a nonce at once would get the same one.
		let _signing = self.signing.lock().await;
		let nonce = self.next_nonce(&keys::account(key)).await?;
		let (at, born, hash) = self.birthplace().await?;
		let params = SubstrateExtrinsicParamsBuilder::<SubstrateConfig>::new()
			.mortal_from_unchecked(MORTALITY.into(), born, hash)
			.nonce(nonce)
			.build();
		let mut transactions = at.client().transactions();
		match timeout(REQUEST_TIMEOUT, transactions.sign_and_submit_then_watch(&call, key, params)).await {
			Ok(sent) => {
				let until = born.saturating_add(u64::from(MORTALITY) - 1);
				Ok(Sent { chain: self.clone(), progress: sent.map_err(not_sent)?, until })
			},
			Err(_) => Err(TxError::Lost(format!("the node did not take it within {} s", REQUEST_TIMEOUT.as_secs()))),
		}
	}

	/// What to say of a transaction whose block is not final in time.
	async fn not_final(&self, block: &InBlock) -> TxError {
		let unclear = |reason: String| TxError::Lost(format!("it was in a block that is not final, and {reason}"));
		let asked = async {
			let what = "show the block of a transaction";
			let (hash, number) = (block.block_hash(), self.number_of(what, block.block_hash()).await?);
			let stands = match number {
				Some(number) => ask(what, self.rpc.chain_get_block_hash(Some(number.into()))).await? == Some(hash),
				None => false,
			};
			let (finalised, best) = (self.last_finalised().await?, self.best().await?);
			Ok::<_, ChainError>((number.filter(|_| stands), best.saturating_sub(finalised)))
		};
		match asked.await {
			Ok((Some(block), lag)) => TxError::NotFinal { block, lag, seconds: FINALITY_TIMEOUT.as_secs() },
			Ok((None, _)) => unclear("that block was replaced by another".to_owned()),
			Err(error) => unclear(error.to_string()),
		}
	}
}

impl Sent {
	/// Wait until it is final and has succeeded.
	pub async fn outcome(self) -> Result<Included, TxError> {
		let Self { chain, progress, until } = self;
		let included = match watch(progress.map(stage), INCLUSION_TIMEOUT, FINALITY_TIMEOUT).await? {
			Waited::Final(included) => included,
			Waited::NotFinal(block) => return Err(chain.not_final(&block).await),
			Waited::Nowhere => return Err(TxError::NotIncluded { until, seconds: INCLUSION_TIMEOUT.as_secs() }),
		};
		let events = included.wait_for_success().await.map_err(failed)?;
		let mut known = Vec::new();
		for event in events.iter() {
			let event = event.map_err(|error| TxError::Lost(error.to_string()))?;
			if convert::is_known(event.pallet_name()) {
				let decoded = event.decode_as::<api::Event>().map_err(|error| TxError::Lost(error.to_string()))?;
				known.extend(convert::event(decoded));
			}
		}
		let at = ask("show the block of a transaction", included.at()).await?;
		Ok(Included { block: at.block_number(), events: known })
	}
}

/// How far a transaction is.
enum Stage<B> {
	/// In no block yet.
	Waiting,
	/// In a block.
	InBlock(B),
	/// In a final block.
	Final(B),
}

/// What waiting for a transaction came to.
#[derive(Debug, Eq, PartialEq)]
enum Waited<B> {
	/// It is in this block, which is final.
	Final(B),
	/// It is in this block, which was not final in time.
	NotFinal(B),
	/// It was in no block in time.
	Nowhere,
}

fn stage<C: Clone>(
	status: Result<TransactionStatus<SubstrateConfig, C>, TransactionProgressError>,
) -> Result<Stage<TransactionInBlock<SubstrateConfig, C>>, TxError> {
	match status {
		Ok(TransactionStatus::InFinalizedBlock(block)) => Ok(Stage::Final(block)),
		Ok(TransactionStatus::InBestBlock(block)) => Ok(Stage::InBlock(block)),
		Ok(TransactionStatus::Invalid { message }) => Err(TxError::Invalid(message)),
		Ok(TransactionStatus::Error { message } | TransactionStatus::Dropped { message }) => {
			Err(TxError::Lost(message))
		},
		Ok(_) => Ok(Stage::Waiting),
		Err(error) => Err(TxError::Lost(error.to_string())),
	}
}

/// Wait until a transaction is in a block, for as long as `to_include`, and from then on until it is final, for as long as
/// `to_finalise`.
async fn watch<B>(
	mut stages: impl Stream<Item = Result<Stage<B>, TxError>> + Unpin,
	to_include: Duration,
	to_finalise: Duration,
) -> Result<Waited<B>, TxError> {
	let mut deadline = Instant::now() + to_include;
	let mut seen = None;
	loop {
		match timeout_at(deadline, stages.next()).await {
			Ok(Some(Ok(Stage::Final(block)))) => return Ok(Waited::Final(block)),
			Ok(Some(Ok(Stage::InBlock(block)))) => {
				// The block may be replaced by others with the same transaction: they do not prolong the wait.
				if seen.replace(block).is_none() {
					deadline = Instant::now() + to_finalise;
				}
			},
			Ok(Some(Ok(Stage::Waiting))) => {},
			Ok(Some(Err(error))) => return Err(error),
			Ok(None) => return Err(TxError::Lost("the connection to the node was closed".to_owned())),
			Err(_) => return Ok(seen.map_or(Waited::Nowhere, Waited::NotFinal)),
		}
	}
}

/// Why the node did not take the transaction.
pub(super) fn not_sent(error: ExtrinsicError) -> TxError {
	match error {
		ExtrinsicError::ErrorSubmittingTransaction(BackendError::Rpc(RpcError::ClientError(
			subxt::rpcs::Error::User(error),
		))) => {
			let detail = error.data.as_ref().map(|data| data.get().trim_matches('"').to_owned());
			TxError::Invalid(detail.map_or(error.message.clone(), |detail| format!("{}: {detail}", error.message)))
		},
		ExtrinsicError::TransactionStatusError(TransactionStatusError::Invalid(message)) => TxError::Invalid(message),
		error => ChainError::Node { what: "take a transaction", reason: Box::new(error.into()) }.into(),
	}
}

/// Why an included transaction failed.
fn failed(error: TransactionEventsError) -> TxError {
	match error {
		TransactionEventsError::ExtrinsicFailed(DispatchError::Module(error)) => match error.details() {
			Ok(details) => {
				let name = format!("{}::{}", details.pallet.name(), details.variant.name);
				let meaning = details.variant.docs.join(" ");
				TxError::Refused { message: format!("{} ({name})", meaning.trim()), name }
			},
			Err(_) => TxError::Refused { name: "unknown".to_owned(), message: error.to_string() },
		},
		TransactionEventsError::ExtrinsicFailed(error) => {
			TxError::Refused { name: "System".to_owned(), message: error.to_string() }
		},
		error => TxError::Lost(error.to_string()),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use futures::stream;

	const SHORT: Duration = Duration::from_millis(20);
	const LONG: Duration = Duration::from_secs(600);

	/// Stages that come at once, after which nothing comes any more.
	fn then_silence(
		stages: impl IntoIterator<Item = Result<Stage<u64>, TxError>>,
	) -> impl Stream<Item = Result<Stage<u64>, TxError>> + Unpin {
		stream::iter(stages.into_iter().collect::<Vec<_>>()).chain(stream::pending())
	}

	#[tokio::test]
	async fn transaction_should_count_when_it_is_final() {
		let stages = then_silence([Ok(Stage::Waiting), Ok(Stage::InBlock(7)), Ok(Stage::Final(8))]);
		assert_eq!(watch(stages, LONG, LONG).await.unwrap(), Waited::Final(8));
	}

	#[tokio::test]
	async fn wait_should_end_with_the_block_when_finality_lags() {
		// The second block has replaced the first.
		let stages = then_silence([Ok(Stage::InBlock(7)), Ok(Stage::Waiting), Ok(Stage::InBlock(8))]);
		assert_eq!(watch(stages, LONG, SHORT).await.unwrap(), Waited::NotFinal(8));
	}

	#[tokio::test]
	async fn wait_should_end_when_blocks_with_the_transaction_are_replaced_for_ever() {
		let again = stream::unfold(0, |block| async move {
			tokio::time::sleep(SHORT / 4).await;
			Some((Ok(Stage::InBlock(block)), block + 1))
		});
		let waited = watch(Box::pin(again), LONG, SHORT).await.unwrap();
		assert!(matches!(waited, Waited::NotFinal(_)), "{waited:?}");
	}

	#[tokio::test]
	async fn wait_should_end_when_no_block_has_the_transaction() {
		let stages = then_silence([Ok(Stage::Waiting)]);
		assert_eq!(watch(stages, SHORT, LONG).await.unwrap(), Waited::Nowhere);
	}

	#[tokio::test]
	async fn wait_should_fail_when_the_node_gives_the_transaction_up() {
		let stages = then_silence([Ok(Stage::InBlock(7)), Err(TxError::Invalid("old".to_owned()))]);
		assert!(matches!(watch(stages, LONG, LONG).await, Err(TxError::Invalid(_))));
		let closed = stream::iter([Ok(Stage::InBlock(7))]);
		assert!(matches!(watch(closed, LONG, LONG).await, Err(TxError::Lost(_))));
	}

	#[test]
	fn error_should_say_that_finality_lags_when_it_does() {
		let error = TxError::NotFinal { block: 1_000, lag: 90, seconds: 240 }.to_string();
		assert!(error.contains("in block 1000") && error.contains("finality lags 90 blocks behind"), "{error}");
	}
}
