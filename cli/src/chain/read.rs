//! Reading the state after one block.

use std::collections::BTreeMap;

use subxt::{
	client::OnlineClientAtBlock,
	utils::{AccountId32, H256},
	SubstrateConfig,
};

use assay_chain_types::api::{
	self,
	runtime_types::{
		assay_primitives::{JobId, MachineId, Tier},
		pallet_compute_market::types as market,
		pallet_token_mint::types::Pot,
	},
};

use super::{
	ask, convert,
	model::{Event, Funds, Job, JobSpec, Machine, Payment, PotBalance, Quote, Reputation, Rules, Stake},
	view, ChainError,
};
use crate::amount::Amount;

/// The state after one block.
pub struct At {
	block: OnlineClientAtBlock<SubstrateConfig>,
}

impl At {
	pub(super) const fn new(block: OnlineClientAtBlock<SubstrateConfig>) -> Self {
		Self { block }
	}

	/// Number of the block.
	pub fn number(&self) -> u64 {
		self.block.block_number()
	}

	/// The number as the chain's own types have it.
	pub fn block_number(&self) -> u32 {
		u32::try_from(self.number()).unwrap_or(u32::MAX)
	}

	/// The subxt client at the block, for what is not offered here.
	pub const fn client(&self) -> &OnlineClientAtBlock<SubstrateConfig> {
		&self.block
	}

	/// The version of the runtime of this block.
	pub(super) fn spec_version(&self) -> u32 {
		self.block.spec_version()
	}

	/// Whether the runtime has the entries that all commands need and the calls that daemons live by, in the shape that this
	/// program was built for.
	pub(super) fn knows_our_pallets(&self) -> bool {
		let (storage, calls) = (self.block.storage(), self.block.transactions());
		let market = || api::transactions().compute_market();
		storage.validate(api::storage().compute_market().jobs()).is_ok()
			&& storage.validate(api::storage().compute_market().ranges()).is_ok()
			&& storage.validate(api::storage().compute_market().machines()).is_ok()
			&& storage.validate(api::storage().staking_slash().ledgers()).is_ok()
			&& storage.validate(api::storage().token_mint().all_progress()).is_ok()
			&& calls.validate(&market().bid(JobId(0), MachineId(0), 0)).is_ok()
			&& calls.validate(&market().close_auction(JobId(0))).is_ok()
			&& calls.validate(&market().commit_result(JobId(0), 0, H256([0; 32]))).is_ok()
			&& calls.validate(&market().settle_job(JobId(0))).is_ok()
	}

	/// A job, unless it was cleared or never was.
	pub async fn job(&self, id: u64) -> Result<Option<Job>, ChainError> {
		ask("show a job", async {
			let storage = self.block.storage();
			let stored = storage.try_fetch(api::storage().compute_market().jobs(), (JobId(id),)).await?;
			let Some(job) = stored.map(|job| job.decode()).transpose()? else { return Ok(None) };
			let progress = storage.try_fetch(api::storage().compute_market().ranges(), (JobId(id),)).await?;
			let progress = progress.map(|progress| progress.decode()).transpose()?;
			Ok::<_, subxt::Error>(Some(convert::job(id, job, progress)))
		})
		.await
	}

	/// How far all jobs are that are paid for range by range. They are few, however many jobs there are.
	async fn progress(&self) -> Result<BTreeMap<u64, market::Progress>, ChainError> {
		let mut found = BTreeMap::new();
		let what = "list the ranges of jobs";
		let mut entries = ask(what, self.block.storage().iter(api::storage().compute_market().ranges(), ())).await?;
		while let Some((job, progress)) = ask(what, async {
			let Some(entry) = entries.next().await.transpose()? else { return Ok(None) };
			let (JobId(id),) = entry.key()?.decode()?;
			Ok::<_, subxt::Error>(Some((id, entry.value().decode()?)))
		})
		.await?
		{
			found.insert(job, progress);
		}
		Ok(found)
	}

	/// All jobs that were not cleared, by id.
	///
	/// There may be very many: the node has its time for each page of them, not for all.
	pub async fn jobs(&self) -> Result<Vec<Job>, ChainError> {
		let what = "list the jobs";
		let mut progress = self.progress().await?;
		let mut entries = ask(what, self.block.storage().iter(api::storage().compute_market().jobs(), ())).await?;
		let mut jobs = Vec::new();
		while let Some(job) = ask(what, async {
			let Some(entry) = entries.next().await.transpose()? else { return Ok(None) };
			let (JobId(id),) = entry.key()?.decode()?;
			Ok::<_, subxt::Error>(Some(convert::job(id, entry.value().decode()?, progress.remove(&id))))
		})
		.await?
		{
			jobs.push(job);
		}
		jobs.sort_by_key(|job| job.id);
		Ok(jobs)
	}

	/// A machine, unless it was deregistered or never was.
	pub async fn machine(&self, id: u64) -> Result<Option<Machine>, ChainError> {
		ask("show a machine", async {
			let stored =
				self.block.storage().try_fetch(api::storage().compute_market().machines(), (MachineId(id),)).await?;
			let machine = stored.map(|machine| machine.decode()).transpose()?;
			Ok::<_, subxt::Error>(machine.map(|machine| convert::machine(id, machine)))
		})
		.await
	}

	/// The machines of a provider, by id.
	pub async fn machines_of(&self, provider: &AccountId32) -> Result<Vec<Machine>, ChainError> {
		let what = "list the machines";
		let mut entries = ask(what, self.block.storage().iter(api::storage().compute_market().machines(), ())).await?;
		let mut machines = Vec::new();
		while let Some(machine) = ask(what, async {
			let Some(entry) = entries.next().await.transpose()? else { return Ok(None) };
			let (MachineId(id),) = entry.key()?.decode()?;
			Ok::<_, subxt::Error>(Some(convert::machine(id, entry.value().decode()?)))
		})
		.await?
		{
			machines.push(machine);
		}
		machines.retain(|machine| machine.provider == *provider);
		machines.sort_by_key(|machine| machine.id);
		Ok(machines)
	}

	/// What a provider has at stake.
	pub async fn stake(&self, provider: &AccountId32) -> Result<Stake, ChainError> {
		let payload = api::view_functions().staking_slash().stake_status(*provider);
		ask("show a stake", view::call(&self.block, payload)).await.map(convert::stake)
	}

	/// The stake that one machine of `tier` requires; `None` for a tier that there is not.
	pub async fn tier_stake(&self, tier: u8) -> Result<Option<Amount>, ChainError> {
		ask("show what a tier requires", async {
			let storage = self.block.storage();
			let stored = storage.try_fetch(api::storage().staking_slash().tier_stakes(), (Tier(tier),)).await?;
			let Some(stake) = stored.map(|stake| stake.decode()).transpose()? else { return Ok(None) };
			let coefficient = storage.fetch(api::storage().staking_slash().coefficient(), ()).await?.decode()?;
			Ok::<_, subxt::Error>(Some(Amount(scaled(stake, coefficient.0))))
		})
		.await
	}

	/// The stake that one machine requires, by tier.
	pub async fn tiers(&self) -> Result<Vec<(u8, Amount)>, ChainError> {
		let tiers = ask("list the tiers", async {
			let mut tiers = Vec::new();
			let mut entries = self.block.storage().iter(api::storage().staking_slash().tier_stakes(), ()).await?;
			while let Some(entry) = entries.next().await {
				let (Tier(tier),) = entry?.key()?.decode()?;
				tiers.push(tier);
			}
			tiers.sort_unstable();
			Ok::<_, subxt::Error>(tiers)
		})
		.await?;
		let mut stakes = Vec::new();
		for tier in tiers {
			stakes.extend(self.tier_stake(tier).await?.map(|stake| (tier, stake)));
		}
		Ok(stakes)
	}

	/// What an account has.
	pub async fn funds(&self, account: &AccountId32) -> Result<Funds, ChainError> {
		ask("show an account", async {
			let stored = self.block.storage().try_fetch(api::storage().system().account(), (*account,)).await?;
			let data = stored.map(|info| info.decode()).transpose()?.map(|info| info.data);
			Ok::<_, subxt::Error>(
				data.map_or_else(Funds::default, |data| Funds { free: Amount(data.free), held: Amount(data.reserved) }),
			)
		})
		.await
	}

	/// How many transactions of an account the chain has taken.
	pub async fn nonce(&self, account: &AccountId32) -> Result<u64, ChainError> {
		ask("show an account", async {
			let stored = self.block.storage().try_fetch(api::storage().system().account(), (*account,)).await?;
			let nonce = stored.map(|info| info.decode()).transpose()?.map(|info| info.nonce);
			Ok::<_, subxt::Error>(u64::from(nonce.unwrap_or_default()))
		})
		.await
	}

	/// What submitting a job now would put on hold, or why the market would refuse it. `range` is how many units are paid for at
	/// a time, if not all are.
	pub async fn quote(
		&self,
		spec: &JobSpec,
		payment: Payment,
		range: Option<u32>,
	) -> Result<Result<Quote, String>, ChainError> {
		let (functions, what) = (api::view_functions().compute_market(), "quote a job");
		let (spec, payment) = (convert::to_spec(spec), convert::to_payment(payment));
		let answer = match range {
			None => ask(what, view::call(&self.block, functions.job_quote(spec, payment))).await?,
			Some(range) => {
				ask(what, view::call(&self.block, functions.job_in_ranges_quote(spec, payment, range))).await?
			},
		};
		Ok(match answer {
			Ok(quote) => Ok(Quote { escrow: Amount(quote.escrow), deposit: Amount(quote.deposit) }),
			Err(api::runtime_types::sp_runtime::DispatchError::Module(error)) => {
				Err(self.explain(error.index, error.error[0]))
			},
			Err(other) => Err(format!("{other:?}")),
		})
	}

	/// Name and meaning of a pallet's error.
	pub(super) fn explain(&self, pallet: u8, error: u8) -> String {
		let found = self.block.metadata_ref().pallet_by_error_index(pallet).and_then(|pallet| {
			let variant = pallet.error_variant_by_index(error)?;
			Some(format!("{} ({}::{})", variant.docs.join(" ").trim(), pallet.name(), variant.name))
		});
		found.unwrap_or_else(|| format!("error {error} of pallet {pallet}"))
	}

	/// The reward for work that a provider could claim.
	pub async fn pending_reward(&self, provider: &AccountId32) -> Result<Amount, ChainError> {
		let payload = api::view_functions().token_mint().pending_work_reward(*provider);
		ask("show a pending reward", view::call(&self.block, payload)).await.map(Amount)
	}

	/// What of a kind of payment waits for an account that could not take it.
	pub async fn unclaimed(&self, payment: Payment, account: &AccountId32) -> Result<Amount, ChainError> {
		let payment = convert::to_payment(payment);
		let payload = api::view_functions().compute_market().unclaimed_payment(payment, *account);
		ask("tell what waits for an account", view::call(&self.block, payload)).await.map(Amount)
	}

	/// What became of the trades of an account.
	pub async fn reputation(&self, account: &AccountId32) -> Result<Reputation, ChainError> {
		let payload = api::view_functions().compute_market().reputation(*account);
		ask("show a reputation", view::call(&self.block, payload)).await.map(convert::reputation)
	}

	/// The market's rules.
	pub fn rules(&self) -> Result<Rules, ChainError> {
		let constants = self.block.constants();
		let market = api::constants().compute_market();
		let read = || {
			Ok::<_, subxt::Error>(Rules {
				min_bid_improvement: constants.entry(market.min_bid_improvement())?.0,
				max_units: constants.entry(market.max_units())?,
				max_gas_per_unit: constants.entry(market.max_gas_per_unit())?,
				min_auction_blocks: constants.entry(market.min_auction_blocks())?,
				min_review_blocks: constants.entry(market.min_review_blocks())?,
				min_run_blocks: constants.entry(market.min_run_blocks())?,
				max_job_blocks: constants.entry(market.max_job_blocks())?,
				max_url_len: constants.entry(market.max_url_len())?,
				min_bond: Amount(constants.entry(api::constants().staking_slash().min_bond())?),
				block_millis: constants.entry(api::constants().babe().expected_block_time())?,
			})
		};
		read().map_err(|error| ChainError::Node { what: "tell the market's rules", reason: Box::new(error) })
	}

	/// All tokens there are.
	pub async fn issuance(&self) -> Result<Amount, ChainError> {
		ask("tell the issuance", async {
			let stored = self.block.storage().fetch(api::storage().balances().total_issuance(), ()).await?;
			Ok::<_, subxt::Error>(Amount(stored.decode()?))
		})
		.await
	}

	/// What the emission has minted so far.
	pub async fn minted(&self) -> Result<Amount, ChainError> {
		let payload = api::view_functions().token_mint().minted();
		ask("tell what was minted", view::call(&self.block, payload)).await.map(Amount)
	}

	/// The accounts that the emission feeds, the treasury last.
	pub async fn pots(&self) -> Result<Vec<PotBalance>, ChainError> {
		let mut pots = Vec::new();
		for (name, pot) in [
			("capacity", Pot::Capacity),
			("render_work", Pot::RenderWork),
			("checkers", Pot::Checkers),
			("validators", Pot::Validators),
			("treasury", Pot::Treasury),
		] {
			let payload = api::view_functions().token_mint().pot_account(pot);
			let account = ask("name a pot", view::call(&self.block, payload)).await?;
			let balance = self.funds(&account).await?.free;
			pots.push(PotBalance { pot: name, account, balance });
		}
		Ok(pots)
	}

	/// What happened in the block: in its transactions, and before and after them.
	pub async fn events(&self) -> Result<Vec<Event>, ChainError> {
		ask("show the events of a block", async {
			let mut known = Vec::new();
			for event in self.block.events().fetch().await?.iter() {
				let event = event?;
				if convert::is_known(event.pallet_name()) {
					known.extend(convert::event(event.decode_as::<api::Event>()?));
				}
			}
			Ok::<_, subxt::Error>(known)
		})
		.await
	}
}

/// `stake` times a fixed-point coefficient with 18 digits, rounded up as nobody is let off a fraction.
fn scaled(stake: u128, coefficient: u128) -> u128 {
	const ONE: u128 = 1_000_000_000_000_000_000;
	// Split so that nothing overflows for any stake and coefficient that the chain accepts.
	let (whole, fraction) = (coefficient / ONE, coefficient % ONE);
	let (stake_whole, stake_fraction) = (stake / ONE, stake % ONE);
	stake
		.saturating_mul(whole)
		.saturating_add(stake_whole.saturating_mul(fraction))
		.saturating_add((stake_fraction * fraction).div_ceil(ONE))
}

#[cfg(test)]
mod tests {
	use super::scaled;

	#[test]
	fn stake_should_scale_with_the_coefficient() {
		const ONE: u128 = 1_000_000_000_000_000_000;
		assert_eq!(scaled(1_000, ONE), 1_000);
		assert_eq!(scaled(1_000, ONE * 3 / 2), 1_500);
		assert_eq!(scaled(3, ONE / 2), 2);
		assert_eq!(scaled(5 * ONE, ONE / 4), 5 * ONE / 4);
	}
}
