//! The runtime in memory: genesis, transactions with their fees, and time that leaps.
//!
//! Everything here works on the externalities that are set.

use anyhow::{anyhow, bail, Context, Result};
use assay_runtime::{
	genesis_config_presets::{get_preset, STAGING_RUNTIME_PRESET},
	params::{MINT_PERIOD, UNIT},
	AccountId, Balance, Balances, BlockNumber, ComputeCredits, ComputeMarket, Runtime, RuntimeCall, RuntimeEvent,
	RuntimeGenesisConfig, RuntimeOrigin, StakingSlash, System, TokenMint, TransactionPayment,
};
use codec::Encode;
use frame_support::{
	dispatch::GetDispatchInfo,
	genesis_builder_helper::build_state,
	traits::{
		fungible::Balanced,
		tokens::{Fortitude, Precision, Preservation},
		OnIdle, OnInitialize, OnUnbalanced,
	},
	weights::Weight,
};
use pallet_compute_market::{Agenda, AgendaCursor};
use serde_json::Value;
use sp_runtime::{traits::Dispatchable, DispatchError};

/// Blocks of a day: by mint periods, so that the emission of a day is the same with `fast-runtime`.
pub const DAY: BlockNumber = 288 * MINT_PERIOD;
/// Bytes of signature, address, era, nonce and tip that a transaction has beside its call.
const ENVELOPE: usize = 110;

/// The chain of the staging preset at block 1: the amounts of a real network, all tokens with one account.
pub fn genesis() -> Result<()> {
	let patch = get_preset(&STAGING_RUNTIME_PRESET.into()).context("the staging preset")?;
	let mut config = serde_json::to_value(RuntimeGenesisConfig::default())?;
	merge(&mut config, serde_json::from_slice(&patch)?);
	build_state::<RuntimeGenesisConfig>(config.to_string().into_bytes())
		.map_err(|error| anyhow!("genesis: {error:?}"))?;
	System::set_block_number(1);
	Ok(())
}

/// Puts what `patch` says in the place of what `config` says.
fn merge(config: &mut Value, patch: Value) {
	match (config, patch) {
		(Value::Object(config), Value::Object(patch)) => {
			for (name, value) in patch {
				merge(config.entry(name).or_insert(Value::Null), value);
			}
		},
		(config, patch) => *config = patch,
	}
}

/// The account with the genesis supply.
pub fn root() -> Result<AccountId> {
	pallet_sudo::Key::<Runtime>::get().context("the preset names a sudo key")
}

/// An account for a name.
pub fn account(name: &str) -> AccountId {
	AccountId::from(sp_io::hashing::blake2_256(name.as_bytes()))
}

/// `amount` whole tokens.
pub fn tokens(amount: f64) -> Balance {
	(amount.max(0.0) * UNIT as f64) as Balance
}

/// Whole tokens of `amount`.
pub fn whole(amount: Balance) -> f64 {
	amount as f64 / UNIT as f64
}

/// What a transaction of `who` does: pays its fee to the treasury, then dispatches. The fee is that of an empty chain.
pub fn call(who: &AccountId, call: impl Into<RuntimeCall>) -> Result<(), DispatchError> {
	let call = call.into();
	let length = u32::try_from(call.encoded_size().saturating_add(ENVELOPE)).unwrap_or(u32::MAX);
	let fee = TransactionPayment::compute_fee(length, &call.get_dispatch_info(), 0);
	let fee =
		<Balances as Balanced<_>>::withdraw(who, fee, Precision::Exact, Preservation::Preserve, Fortitude::Polite)?;
	pallet_token_mint::ToTreasury::<Runtime>::on_unbalanced(fee);
	call.dispatch(RuntimeOrigin::signed(who.clone())).map(|_| ()).map_err(|error| error.error)
}

/// Runs the hooks of our pallets in block `to`, and in no block before: mints and rounds catch up by themselves.
pub fn leap(to: BlockNumber) {
	System::set_block_number(to);
	TokenMint::on_initialize(to);
	StakingSlash::on_initialize(to);
	ComputeCredits::on_initialize(to);
	ComputeMarket::on_initialize(to);
	let room = Weight::from_parts(1_000_000_000_000, u64::MAX);
	ComputeMarket::on_idle(to, room);
	StakingSlash::on_idle(to, room);
}

/// Moves the agenda's cursor over the blocks in which nothing is due. The chain looks at each of them; that is all it does
/// there, and ten million looks are most of the time that a run would take.
pub fn skip_empty_agenda(to: BlockNumber) {
	let first = Agenda::<Runtime>::iter_keys().map(|(due, _)| due).min().unwrap_or(to);
	if AgendaCursor::<Runtime>::exists() {
		AgendaCursor::<Runtime>::put(first.min(to));
	}
}

/// The events since the last call.
pub fn take_events() -> Vec<RuntimeEvent> {
	let events = System::events().into_iter().map(|record| record.event).collect();
	System::reset_events();
	events
}

/// Every invariant of our pallets.
pub fn check_invariants() -> Result<()> {
	for (name, outcome) in [
		("compute-credits", ComputeCredits::do_try_state()),
		("staking-slash", StakingSlash::do_try_state()),
		("token-mint", TokenMint::do_try_state()),
		("compute-market", ComputeMarket::do_try_state()),
	] {
		if let Err(error) = outcome {
			bail!("{name}: {error:?}");
		}
	}
	Ok(())
}
