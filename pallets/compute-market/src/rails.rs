//! Escrow by what a job is paid with: a rail for native tokens, one for assets, one for credits, and the switch between
//! them that the runtime gives the market.
//!
//! What went onto a rail comes off it whole: `to_provider + burned + to_treasury` of a payment is what left the escrow,
//! whatever the rates are at that moment.

use super::*;
use assay_primitives::{CreditsEscrow, MicroUsd, NativeValue};
use core::marker::PhantomData;
use frame_support::{
	storage::with_storage_layer,
	traits::{
		fungible::Inspect,
		fungibles,
		tokens::{Fortitude, Restriction},
		Imbalance, SortedMembers,
	},
};

type AccountOf<T> = <T as frame_system::Config>::AccountId;

/// Each kind of payment on its own rail.
pub struct Rails<Native, Assets, Credits>(PhantomData<(Native, Assets, Credits)>);

/// Call a method of the rail for a kind of payment.
macro_rules! on_rail {
	($kind:ident, $method:ident($($argument:expr),*)) => {
		match $kind {
			PaymentKind::Native => Native::$method($kind $(, $argument)*),
			PaymentKind::Asset(_) => Assets::$method($kind $(, $argument)*),
			PaymentKind::Credits => Credits::$method($kind $(, $argument)*),
		}
	};
}

impl<AccountId, Balance, Native, Assets, Credits> PaymentRails<AccountId, Balance> for Rails<Native, Assets, Credits>
where
	Native: PaymentRails<AccountId, Balance>,
	Assets: PaymentRails<AccountId, Balance>,
	Credits: PaymentRails<AccountId, Balance>,
{
	fn accepts(kind: PaymentKind) -> bool {
		on_rail!(kind, accepts())
	}

	fn hold(kind: PaymentKind, client: &AccountId, amount: Balance) -> DispatchResult {
		on_rail!(kind, hold(client, amount))
	}

	fn release(kind: PaymentKind, client: &AccountId, amount: Balance) -> Result<Balance, DispatchError> {
		on_rail!(kind, release(client, amount))
	}

	fn pay(
		kind: PaymentKind,
		client: &AccountId,
		provider: &AccountId,
		amount: Balance,
	) -> Result<Paid<Balance>, DispatchError> {
		on_rail!(kind, pay(client, provider, amount))
	}

	fn forfeit(kind: PaymentKind, client: &AccountId, amount: Balance) -> DispatchResult {
		on_rail!(kind, forfeit(client, amount))
	}

	fn held(kind: PaymentKind, client: &AccountId) -> Balance {
		on_rail!(kind, held(client))
	}

	fn quote(kind: PaymentKind, amount: Balance) -> Paid<Balance> {
		on_rail!(kind, quote(amount))
	}

	fn unclaimed(kind: PaymentKind, who: &AccountId) -> Balance {
		on_rail!(kind, unclaimed(who))
	}

	fn claim(kind: PaymentKind, who: &AccountId) -> Result<Balance, DispatchError> {
		on_rail!(kind, claim(who))
	}

	// A payment in an asset touches two pallets' accounts of three parties.
	#[cfg(feature = "runtime-benchmarks")]
	fn dearest() -> PaymentKind {
		Assets::dearest()
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn endow(kind: PaymentKind, who: &AccountId, amount: Balance) {
		on_rail!(kind, endow(who, amount))
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn endow_unclaimed(kind: PaymentKind, who: &AccountId, amount: Balance) {
		on_rail!(kind, endow_unclaimed(who, amount))
	}
}

/// Native tokens: escrow is on hold on the client's account.
///
/// The fee is [`Config::FeeRate`] of the price, of which [`Config::FeeBurnShare`] is burned and
/// [`Config::ToTreasury`] gets the rest. What an account cannot take goes to the treasury, so that nothing is ever
/// unclaimed.
pub struct NativeRail<T>(PhantomData<T>);

impl<T: Config> PaymentRails<T::AccountId, BalanceOf<T>> for NativeRail<T> {
	fn accepts(kind: PaymentKind) -> bool {
		kind == PaymentKind::Native
	}

	fn hold(kind: PaymentKind, client: &T::AccountId, amount: BalanceOf<T>) -> DispatchResult {
		ensure!(Self::accepts(kind), Error::<T>::PaymentNotAccepted);
		T::Currency::hold(&HoldReason::Escrow.into(), client, amount)
	}

	fn release(kind: PaymentKind, client: &T::AccountId, amount: BalanceOf<T>) -> Result<BalanceOf<T>, DispatchError> {
		ensure!(Self::accepts(kind), Error::<T>::PaymentNotAccepted);
		Pallet::<T>::give_back(HoldReason::Escrow, client, amount)
	}

	fn pay(
		kind: PaymentKind,
		client: &T::AccountId,
		provider: &T::AccountId,
		amount: BalanceOf<T>,
	) -> Result<Paid<BalanceOf<T>>, DispatchError> {
		ensure!(Self::accepts(kind), Error::<T>::PaymentNotAccepted);
		let Paid { to_provider: due, burned, to_treasury, fee_value } = Self::quote(kind, amount);
		let to_provider = Pallet::<T>::pay_native(client, provider, due)?;
		let fee = burned.saturating_add(to_treasury);
		let (to_burn, rest) = Pallet::<T>::take(HoldReason::Escrow, client, fee)?.split(burned);
		// Dropping a credit takes it out of the total issuance.
		drop(to_burn);
		T::ToTreasury::on_unbalanced(rest);
		let diverted = due.saturating_sub(to_provider);
		Ok(Paid { to_provider, burned, to_treasury: to_treasury.saturating_add(diverted), fee_value })
	}

	fn forfeit(kind: PaymentKind, client: &T::AccountId, amount: BalanceOf<T>) -> DispatchResult {
		ensure!(Self::accepts(kind), Error::<T>::PaymentNotAccepted);
		T::ToTreasury::on_unbalanced(Pallet::<T>::take(HoldReason::Escrow, client, amount)?);
		Ok(())
	}

	fn held(kind: PaymentKind, client: &T::AccountId) -> BalanceOf<T> {
		match kind {
			PaymentKind::Native => T::Currency::balance_on_hold(&HoldReason::Escrow.into(), client),
			_ => Zero::zero(),
		}
	}

	fn quote(_: PaymentKind, amount: BalanceOf<T>) -> Paid<BalanceOf<T>> {
		let fee = T::FeeRate::get().mul_floor(amount);
		let burned = T::FeeBurnShare::get().mul_floor(fee);
		Paid {
			to_provider: amount.saturating_sub(fee),
			burned,
			to_treasury: fee.saturating_sub(burned),
			fee_value: fee,
		}
	}

	fn unclaimed(_: PaymentKind, _: &T::AccountId) -> BalanceOf<T> {
		Zero::zero()
	}

	fn claim(_: PaymentKind, _: &T::AccountId) -> Result<BalanceOf<T>, DispatchError> {
		Ok(Zero::zero())
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn dearest() -> PaymentKind {
		PaymentKind::Native
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn endow(_: PaymentKind, who: &T::AccountId, amount: BalanceOf<T>) {
		use frame_support::traits::fungible::Balanced;
		let _ = T::Currency::resolve(who, T::Currency::issue(amount));
	}
}

/// Native tokens on hold, for deposits as well as for escrow.
impl<T: Config> Pallet<T> {
	/// Release what `who` has on hold for `reason`, or give it to the treasury when the account cannot take it.
	///
	/// Returns what was released.
	pub(crate) fn give_back(
		reason: HoldReason,
		who: &T::AccountId,
		amount: BalanceOf<T>,
	) -> Result<BalanceOf<T>, DispatchError> {
		if amount.is_zero() {
			return Ok(amount);
		}
		with_storage_layer(|| T::Currency::release(&reason.into(), who, amount, Precision::Exact))
			.or_else(|_| Self::divert(reason, who, who, amount))
	}

	/// Pay `provider` out of the escrow of `client`, or give it to the treasury when the account cannot take it.
	///
	/// Returns what was paid.
	fn pay_native(
		client: &T::AccountId,
		provider: &T::AccountId,
		amount: BalanceOf<T>,
	) -> Result<BalanceOf<T>, DispatchError> {
		if amount.is_zero() {
			return Ok(amount);
		}
		with_storage_layer(|| {
			T::Currency::transfer_on_hold(
				&HoldReason::Escrow.into(),
				client,
				provider,
				amount,
				Precision::Exact,
				Restriction::Free,
				// What is in escrow was promised; freezing it later is no way out.
				Fortitude::Force,
			)
		})
		.or_else(|_| Self::divert(HoldReason::Escrow, client, provider, amount))
	}

	/// Give to the treasury what `holder` has on hold for `reason` and `payee` could not take. Returns zero.
	fn divert(
		reason: HoldReason,
		holder: &T::AccountId,
		payee: &T::AccountId,
		amount: BalanceOf<T>,
	) -> Result<BalanceOf<T>, DispatchError> {
		T::ToTreasury::on_unbalanced(Self::take(reason, holder, amount)?);
		Self::unexpected(UnexpectedKind::PayoutDiverted { account: payee.clone(), amount });
		Ok(Zero::zero())
	}

	/// Take exactly `amount` out of what `who` has on hold for `reason`.
	fn take(reason: HoldReason, who: &T::AccountId, amount: BalanceOf<T>) -> Result<CreditOf<T>, Error<T>> {
		let (credit, missing) = T::Currency::slash(&reason.into(), who, amount);
		ensure!(missing.is_zero(), Error::<T>::HoldMissing);
		Ok(credit)
	}
}

/// What the rail for assets needs of the runtime.
pub trait AssetRailConfig {
	/// The runtime in which the market is.
	type Market: Config;

	/// The assets, with holds.
	type Assets: fungibles::MutateHold<
		AccountOf<Self::Market>,
		AssetId = u32,
		Balance = BalanceOf<Self::Market>,
		Reason = <Self::Market as Config>::RuntimeHoldReason,
	>;

	/// The assets that new jobs can be paid in. Each is trusted to keep its value, and its issuer not to freeze it.
	type Accepted: SortedMembers<u32>;

	/// The part of a price that the market keeps. May change at any time, like [`Config::FeeRate`].
	type FeeRate: Get<Perbill>;

	/// The account that gets all fees in assets.
	type Treasury: Get<AccountOf<Self::Market>>;

	/// What a fee is worth in native tokens. Without a price, work is paid as ever but earns no reward.
	type Value: NativeValue<BalanceOf<Self::Market>>;
}

/// Assets: escrow is on hold on the client's asset account.
///
/// The fee is [`AssetRailConfig::FeeRate`] of the price and goes to the treasury's account: nothing is burned, because
/// what is burned of an asset only makes its issuer richer. What an account cannot take becomes its own on hold, see
/// [`HoldReason::Unclaimed`].
pub struct AssetRail<C>(PhantomData<C>);

impl<C: AssetRailConfig> AssetRail<C> {
	fn id(kind: PaymentKind) -> Result<u32, Error<C::Market>> {
		match kind {
			PaymentKind::Asset(id) => Ok(id),
			_ => Err(Error::PaymentNotAccepted),
		}
	}

	fn on_hold(reason: HoldReason, id: u32, who: &AccountOf<C::Market>) -> BalanceOf<C::Market> {
		<C::Assets as fungibles::InspectHold<_>>::balance_on_hold(id, &reason.into(), who)
	}

	/// Give `payee` `amount` out of the escrow of `holder`, for good or, when it cannot take it, on hold.
	fn give(
		id: u32,
		holder: &AccountOf<C::Market>,
		payee: &AccountOf<C::Market>,
		amount: BalanceOf<C::Market>,
	) -> DispatchResult {
		use fungibles::{MutateHold, UnbalancedHold};
		if amount.is_zero() {
			return Ok(());
		}
		let escrow = HoldReason::Escrow.into();
		let given = with_storage_layer(|| match holder == payee {
			true => C::Assets::release(id, &escrow, holder, amount, Precision::Exact),
			false => C::Assets::transfer_on_hold(
				id,
				&escrow,
				holder,
				payee,
				amount,
				Precision::Exact,
				Restriction::Free,
				Fortitude::Force,
			),
		});
		if given.is_ok() {
			return Ok(());
		}
		// Holds can be moved between accounts even while the asset or an account is frozen; the supply stays the same.
		C::Assets::decrease_balance_on_hold(id, &escrow, holder, amount, Precision::Exact)
			.map_err(|_| Error::<C::Market>::HoldMissing)?;
		let unclaimed = HoldReason::Unclaimed.into();
		C::Assets::increase_balance_on_hold(id, &unclaimed, payee, amount, Precision::Exact)?;
		let (payment, account) = (PaymentKind::Asset(id), payee.clone());
		Pallet::<C::Market>::deposit_event(Event::PaymentDeferred { payment, account, amount });
		Ok(())
	}
}

impl<C: AssetRailConfig> PaymentRails<AccountOf<C::Market>, BalanceOf<C::Market>> for AssetRail<C> {
	fn accepts(kind: PaymentKind) -> bool {
		matches!(kind, PaymentKind::Asset(id) if C::Accepted::contains(&id))
	}

	fn hold(kind: PaymentKind, client: &AccountOf<C::Market>, amount: BalanceOf<C::Market>) -> DispatchResult {
		ensure!(Self::accepts(kind), Error::<C::Market>::PaymentNotAccepted);
		<C::Assets as fungibles::MutateHold<_>>::hold(Self::id(kind)?, &HoldReason::Escrow.into(), client, amount)
	}

	fn release(
		kind: PaymentKind,
		client: &AccountOf<C::Market>,
		amount: BalanceOf<C::Market>,
	) -> Result<BalanceOf<C::Market>, DispatchError> {
		Self::give(Self::id(kind)?, client, client, amount)?;
		Ok(amount)
	}

	fn pay(
		kind: PaymentKind,
		client: &AccountOf<C::Market>,
		provider: &AccountOf<C::Market>,
		amount: BalanceOf<C::Market>,
	) -> Result<Paid<BalanceOf<C::Market>>, DispatchError> {
		let id = Self::id(kind)?;
		let paid = Self::quote(kind, amount);
		Self::give(id, client, provider, paid.to_provider)?;
		Self::give(id, client, &C::Treasury::get(), paid.to_treasury)?;
		Ok(paid)
	}

	fn forfeit(kind: PaymentKind, client: &AccountOf<C::Market>, amount: BalanceOf<C::Market>) -> DispatchResult {
		Self::give(Self::id(kind)?, client, &C::Treasury::get(), amount)
	}

	fn held(kind: PaymentKind, client: &AccountOf<C::Market>) -> BalanceOf<C::Market> {
		Self::id(kind).map(|id| Self::on_hold(HoldReason::Escrow, id, client)).unwrap_or_default()
	}

	fn quote(kind: PaymentKind, amount: BalanceOf<C::Market>) -> Paid<BalanceOf<C::Market>> {
		let fee = C::FeeRate::get().mul_floor(amount);
		Paid {
			to_provider: amount.saturating_sub(fee),
			burned: Zero::zero(),
			to_treasury: fee,
			fee_value: C::Value::native_value(kind, fee).unwrap_or_default(),
		}
	}

	fn unclaimed(kind: PaymentKind, who: &AccountOf<C::Market>) -> BalanceOf<C::Market> {
		Self::id(kind).map(|id| Self::on_hold(HoldReason::Unclaimed, id, who)).unwrap_or_default()
	}

	fn claim(kind: PaymentKind, who: &AccountOf<C::Market>) -> Result<BalanceOf<C::Market>, DispatchError> {
		use fungibles::MutateHold;
		let id = Self::id(kind)?;
		let amount = Self::unclaimed(kind, who);
		match amount.is_zero() {
			true => Ok(amount),
			false => C::Assets::release(id, &HoldReason::Unclaimed.into(), who, amount, Precision::Exact),
		}
	}

	// The asset must exist: it is in the genesis of the runtime that is measured.
	#[cfg(feature = "runtime-benchmarks")]
	fn dearest() -> PaymentKind {
		C::Accepted::sorted_members().first().map_or(PaymentKind::Native, |id| PaymentKind::Asset(*id))
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn endow(kind: PaymentKind, who: &AccountOf<C::Market>, amount: BalanceOf<C::Market>) {
		use fungibles::{Inspect, Unbalanced};
		let Ok(id) = Self::id(kind) else { return };
		if C::Assets::increase_balance(id, who, amount, Precision::Exact).is_ok() {
			C::Assets::set_total_issuance(id, C::Assets::total_issuance(id).saturating_add(amount));
		}
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn endow_unclaimed(kind: PaymentKind, who: &AccountOf<C::Market>, amount: BalanceOf<C::Market>) {
		use fungibles::{Inspect, Unbalanced, UnbalancedHold};
		let Ok(id) = Self::id(kind) else { return };
		let reason = HoldReason::Unclaimed.into();
		if C::Assets::increase_balance_on_hold(id, &reason, who, amount, Precision::Exact).is_ok() {
			C::Assets::set_total_issuance(id, C::Assets::total_issuance(id).saturating_add(amount));
		}
	}
}

/// Compute credits, which `Credits` keeps and `Value` prices for quotes.
///
/// The whole price is used up: what was burned for the credits is the fee, and the provider's pay is the reward for its
/// work, which is bounded by that. Providers that bid on such a job bid on that.
pub struct CreditsRail<T, Credits, Value>(PhantomData<(T, Credits, Value)>);

impl<T, Credits, Value> PaymentRails<T::AccountId, BalanceOf<T>> for CreditsRail<T, Credits, Value>
where
	T: Config<Currency: Inspect<T::AccountId, Balance = MicroUsd>>,
	Credits: CreditsEscrow<T::AccountId, MicroUsd>,
	Value: NativeValue<BalanceOf<T>>,
{
	fn accepts(kind: PaymentKind) -> bool {
		kind == PaymentKind::Credits
	}

	fn hold(kind: PaymentKind, client: &T::AccountId, amount: BalanceOf<T>) -> DispatchResult {
		ensure!(Self::accepts(kind), Error::<T>::PaymentNotAccepted);
		Credits::hold(client, amount)
	}

	fn release(kind: PaymentKind, client: &T::AccountId, amount: BalanceOf<T>) -> Result<BalanceOf<T>, DispatchError> {
		ensure!(Self::accepts(kind), Error::<T>::PaymentNotAccepted);
		if !amount.is_zero() {
			Credits::release(client, amount)?;
		}
		Ok(amount)
	}

	fn pay(
		kind: PaymentKind,
		client: &T::AccountId,
		_: &T::AccountId,
		amount: BalanceOf<T>,
	) -> Result<Paid<BalanceOf<T>>, DispatchError> {
		ensure!(Self::accepts(kind), Error::<T>::PaymentNotAccepted);
		let fee_value = Credits::spend(client, amount)?;
		Ok(Paid { to_provider: Zero::zero(), burned: amount, to_treasury: Zero::zero(), fee_value })
	}

	// The tokens were burned when the credits were made. Nobody could spend them again but their owner.
	fn forfeit(kind: PaymentKind, client: &T::AccountId, amount: BalanceOf<T>) -> DispatchResult {
		ensure!(Self::accepts(kind), Error::<T>::PaymentNotAccepted);
		Credits::spend(client, amount).map(drop)
	}

	fn held(kind: PaymentKind, client: &T::AccountId) -> BalanceOf<T> {
		match kind {
			PaymentKind::Credits => Credits::held(client),
			_ => Zero::zero(),
		}
	}

	fn quote(kind: PaymentKind, amount: BalanceOf<T>) -> Paid<BalanceOf<T>> {
		Paid {
			to_provider: Zero::zero(),
			burned: amount,
			to_treasury: Zero::zero(),
			fee_value: Value::native_value(kind, amount).unwrap_or_default(),
		}
	}

	fn unclaimed(_: PaymentKind, _: &T::AccountId) -> BalanceOf<T> {
		Zero::zero()
	}

	fn claim(_: PaymentKind, _: &T::AccountId) -> Result<BalanceOf<T>, DispatchError> {
		Ok(Zero::zero())
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn dearest() -> PaymentKind {
		PaymentKind::Credits
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn endow(_: PaymentKind, who: &T::AccountId, amount: BalanceOf<T>) {
		Credits::endow(who, amount);
	}
}
