//! What became of the trades of an account: an exponential average over outcomes, for providers and for clients.
//!
//! | a job ends | its provider | its client |
//! |---|---|---|
//! | paid for | good | good |
//! | deadline missed, result refuted, unit withheld | bad | - |
//! | cancelled while a bid stood | - | bad: a slot and a deposit were bound for nothing |
//! | without a bid, too late, with a provider that was halted meanwhile | - | - |
//!
//! Nobody is to blame for the last: that blocks were full is bad luck, and a provider is halted for a slash, which has its
//! own penalty, or because requirements rose or others withdrew the stake that they had lent.
//!
//! Each outcome moves the average by [`ReputationStep`](Config::ReputationStep) of what is missing to 100 % or to zero, from
//! [`InitialReputation`](Config::InitialReputation) on. The movement is rounded up to a billionth, so that every outcome
//! counts, a long run of equal ones comes to 100 % or zero in the end, and nothing goes beyond. Roundings fade like outcomes
//! do: all of them together never put the average off by more than `1 / step` billionths.
//!
//! **No money depends on it:** neither payment nor stake, reward, slash or draw. It can be bought: who trades with itself
//! pays transaction fees and the market's fee for each outcome, and that is all. It tells clients and providers whom to
//! choose, and a [job](JobSpec::min_reputation) may exclude bidders by it.
//!
//! An entry is made when a job ends of which both sides have deposits on hold, and goes with its account. So there are no
//! more entries than accounts, each of which has its existential deposit.

use super::*;
use frame_support::traits::OnKilledAccount;
use sp_runtime::PerThing;

impl Score {
	/// The score of somebody who has no outcomes yet.
	pub const fn newcomer(initial: Perbill) -> Self {
		Self { average: initial, outcomes: 0 }
	}

	/// Take an outcome in, of which the average goes `step` of the way to 100 % if it is `good` and to zero if not.
	pub fn record(&mut self, good: bool, step: Perbill) {
		let average = self.average.deconstruct();
		let moved = if good {
			let missing = self.average.left_from_one().deconstruct();
			average.saturating_add(step.mul_ceil(missing))
		} else {
			average.saturating_sub(step.mul_ceil(average))
		};
		self.average = Perbill::from_parts(moved);
		self.outcomes = self.outcomes.saturating_add(1);
	}
}

impl<T: Config> Pallet<T> {
	/// What is known of an account; a newcomer's reputation if nothing is.
	pub(crate) fn reputation_of(who: &T::AccountId) -> Reputation {
		Reputations::<T>::get(who).unwrap_or_else(|| {
			let newcomer = Score::newcomer(T::InitialReputation::get());
			Reputation { provider: newcomer, client: newcomer }
		})
	}

	/// Note that `bid`, and with it the job of `client`, was paid for.
	pub(crate) fn note_settled(client: &T::AccountId, bid: &Bid<T>) {
		Self::note_provider(&bid.provider, true);
		Self::note_client(client, true);
	}

	/// Note whose fault it is, if anybody's, that `job` is refunded. Its state is still the one before.
	pub(crate) fn note_refunded(job: &Job<T>, reason: RefundReason) {
		let Some(bid) = job.live_bid() else { return };
		match reason {
			RefundReason::DeadlineMissed | RefundReason::ResultRefuted | RefundReason::DataWithheld => {
				Self::note_provider(&bid.provider, false);
			},
			RefundReason::Cancelled => Self::note_client(&job.client, false),
			RefundReason::NoBids | RefundReason::ProviderHalted | RefundReason::TooLate => (),
		}
	}

	fn note_provider(who: &T::AccountId, good: bool) {
		let mut reputation = Self::reputation_of(who);
		reputation.provider.record(good, T::ReputationStep::get());
		Reputations::<T>::insert(who, reputation);
	}

	fn note_client(who: &T::AccountId, good: bool) {
		let mut reputation = Self::reputation_of(who);
		reputation.client.record(good, T::ReputationStep::get());
		Reputations::<T>::insert(who, reputation);
	}
}

impl<T: Config> OnKilledAccount<T::AccountId> for Pallet<T> {
	fn on_killed_account(who: &T::AccountId) {
		Reputations::<T>::remove(who);
	}
}
