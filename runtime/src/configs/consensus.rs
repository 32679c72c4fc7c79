//! Making blocks (BABE), finalising them (GRANDPA), sessions, and what happens to validators who misbehave.

use crate::{
	params::{deposit, EPOCH_DURATION_IN_BLOCKS, MILLISECS_PER_BLOCK, UNBONDING_PERIOD},
	AccountId, Babe, Balances, Historical, Offences, Runtime, RuntimeEvent, Session, SessionKeys,
};
use alloc::vec::Vec;
use frame_support::{
	parameter_types,
	traits::{ConstU128, ConstU32, ConstU64},
	weights::Weight,
};
use pallet_session::{disabling::UpToLimitWithReEnablingDisablingStrategy, historical};
use sp_runtime::{
	traits::{Convert, ConvertInto, OpaqueKeys},
	Perbill,
};
use sp_staking::{
	offence::{OffenceDetails, OffenceSeverity, OnOffenceHandler},
	SessionIndex,
};

parameter_types! {
	/// Equivocations are punished for as long as an unbonding validator's stake would be at hand.
	pub const ReportLongevity: u64 = crate::params::OFFENCE_LIFETIME as u64;
}

/// Largest number of validators that the storage of BABE and GRANDPA is bounded to.
pub type MaxAuthorities = ConstU32<1_000>;
type KeyOwnerProof = sp_session::MembershipProof;

/// Ended sessions of which it can be proved who was a validator: all in which an offence can still be reported.
const SESSIONS_KEPT: SessionIndex = UNBONDING_PERIOD / EPOCH_DURATION_IN_BLOCKS + 1;

impl pallet_babe::Config for Runtime {
	type EpochDuration = ConstU64<{ EPOCH_DURATION_IN_BLOCKS as u64 }>;
	type ExpectedBlockTime = ConstU64<MILLISECS_PER_BLOCK>;
	type EpochChangeTrigger = pallet_babe::ExternalTrigger;
	type DisabledValidators = Session;
	type WeightInfo = ();
	type MaxAuthorities = MaxAuthorities;
	type MaxNominators = ConstU32<0>;
	type KeyOwnerProof = KeyOwnerProof;
	type EquivocationReportSystem = pallet_babe::EquivocationReportSystem<Self, Offences, Historical, ReportLongevity>;
}

impl pallet_grandpa::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = ();
	type MaxAuthorities = MaxAuthorities;
	type MaxNominators = ConstU32<0>;
	type MaxSetIdSessionEntries = ConstU64<{ SESSIONS_KEPT as u64 }>;
	type KeyOwnerProof = KeyOwnerProof;
	type EquivocationReportSystem =
		pallet_grandpa::EquivocationReportSystem<Self, Offences, Historical, ReportLongevity>;
}

impl pallet_authorship::Config for Runtime {
	type FindAuthor = pallet_session::FindAccountFromAuthorIndex<Self, Babe>;
	// Whoever makes a block earns a share of the validators' pot.
	type EventHandler = crate::TokenMint;
}

impl pallet_session::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type ValidatorId = AccountId;
	type ValidatorIdOf = ConvertInto;
	type ShouldEndSession = Babe;
	type NextSessionRotation = Babe;
	type SessionManager = historical::NoteHistoricalRoot<Self, GenesisValidators>;
	type SessionHandler = <SessionKeys as OpaqueKeys>::KeyTypeIdProviders;
	type Keys = SessionKeys;
	type DisablingStrategy = UpToLimitWithReEnablingDisablingStrategy;
	type WeightInfo = pallet_session::weights::SubstrateWeight<Runtime>;
	type Currency = Balances;
	type KeyDeposit = ConstU128<{ deposit(1, 96) }>;
}

impl historical::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type FullIdentification = ();
	type FullIdentificationOf = NoIdentification;
}

impl pallet_offences::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type IdentificationTuple = historical::IdentificationTuple<Self>;
	type OnOffenceHandler = DisableOffenders;
}

/// Until validators are elected by stake, nothing more is known of one than its account.
pub struct NoIdentification;

impl Convert<AccountId, Option<()>> for NoIdentification {
	fn convert(_: AccountId) -> Option<()> {
		Some(())
	}
}

/// The validators are those whose keys stand in the genesis configuration, until they are elected by stake.
pub struct GenesisValidators;

impl pallet_session::SessionManager<AccountId> for GenesisValidators {
	fn new_session_genesis(_: SessionIndex) -> Option<Vec<AccountId>> {
		let mut validators: Vec<_> = pallet_session::NextKeys::<Runtime>::iter_keys().collect();
		validators.sort();
		Some(validators)
	}

	fn new_session(_: SessionIndex) -> Option<Vec<AccountId>> {
		// No change: keeps the set, and with it the authority set that light clients follow.
		None
	}

	fn start_session(_: SessionIndex) {}
	fn end_session(_: SessionIndex) {}
}

impl historical::SessionManager<AccountId, ()> for GenesisValidators {
	fn new_session_genesis(index: SessionIndex) -> Option<Vec<(AccountId, ())>> {
		let validators = <Self as pallet_session::SessionManager<_>>::new_session_genesis(index)?;
		Some(validators.into_iter().map(|validator| (validator, ())).collect())
	}

	fn new_session(_: SessionIndex) -> Option<Vec<(AccountId, ())>> {
		None
	}

	fn start_session(_: SessionIndex) {}

	fn end_session(ended: SessionIndex) {
		// Nothing else forgets them, and they would grow by one with every session.
		if ended > SESSIONS_KEPT {
			Historical::prune_up_to(ended.saturating_sub(SESSIONS_KEPT));
		}
	}
}

/// Takes a validator that equivocated out of the making of blocks until the session keys of the set next change.
///
/// There is no validator stake to slash yet. The strategy of the session pallet keeps at least two thirds enabled.
pub struct DisableOffenders;

impl OnOffenceHandler<AccountId, historical::IdentificationTuple<Runtime>, Weight> for DisableOffenders {
	fn on_offence(
		offenders: &[OffenceDetails<AccountId, historical::IdentificationTuple<Runtime>>],
		slash_fraction: &[Perbill],
		_: SessionIndex,
	) -> Weight {
		for (details, fraction) in offenders.iter().zip(slash_fraction) {
			let (validator, ()) = &details.offender;
			Session::report_offence(validator.clone(), OffenceSeverity(*fraction));
		}
		let offenders = offenders.len() as u64;
		<Runtime as frame_system::Config>::DbWeight::get().reads_writes(3 * offenders, offenders)
	}
}
