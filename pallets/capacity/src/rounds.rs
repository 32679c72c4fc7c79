//! Rounds: one in each epoch, from the draw to the last answer.

use super::*;
use assay_proofs::Hash;
use frame_support::storage::with_storage_layer;
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::SaturatedConversion;

impl<T: Config> Pallet<T> {
	/// See whether an epoch has begun, and if so end the commitments of the round that is on and begin another. Returns what
	/// it weighed.
	pub(crate) fn watch(now: BlockNumberFor<T>) -> Weight {
		let epoch = T::Epochs::now();
		if LastEpoch::<T>::get() == Some(epoch.index) {
			return T::WeightInfo::watch();
		}
		LastEpoch::<T>::put(epoch.index);
		Self::end_commitments(&epoch, now);
		let cost = Self::begin(&epoch, now, Self::draws());
		T::WeightInfo::turn(cost)
	}

	/// Begin a round, if there is randomness and anybody to ask. Returns how many draws or seats that they took, whichever is
	/// more, there were.
	pub(crate) fn begin(epoch: &Epoch, now: BlockNumberFor<T>, draws: u32) -> u32 {
		let Some(randomness) = epoch.randomness else { return 0 };
		let id = NextRound::<T>::get();
		Regions::<T>::mutate(|regions| regions.roll());
		let (open, cost) = Self::draw_machines(id, epoch.index, &randomness, draws);
		if open == 0 {
			return cost;
		}
		let round = Round { epoch: epoch.index, began: now, randomness, open, stage: Stage::Committing };
		Rounds::<T>::insert(id, round);
		NextRound::<T>::put(RoundId(id.0.saturating_add(1)));
		Self::deposit_event(Event::RoundBegan { round: id, epoch: epoch.index, machines: open });
		cost
	}

	/// End the commitments of the round that is on: now it is known what is opened.
	pub(crate) fn end_commitments(epoch: &Epoch, now: BlockNumberFor<T>) {
		let Some(id) = Self::latest() else { return };
		let Some(mut round) = Rounds::<T>::get(id).filter(|round| round.stage == Stage::Committing) else { return };
		// The epoch right after the round's, and enough blocks for commitments to have come in and to make randomness of.
		let follows = epoch.index == round.epoch.saturating_add(1);
		let enough = now.saturating_sub(round.began) >= T::MinRoundBlocks::get();
		round.stage = match epoch.randomness.filter(|fresh| follows && enough && *fresh != round.randomness) {
			Some(randomness) => {
				let until = now.saturating_add(T::ProveBlocks::get());
				Self::deposit_event(Event::ProvingBegan { round: id, until });
				Stage::Proving { randomness, since: now, until }
			},
			None => {
				Self::deposit_event(Event::RoundVoid { round: id });
				Stage::Void
			},
		};
		Rounds::<T>::insert(id, round);
	}

	/// The round that began last.
	pub(crate) fn latest() -> Option<RoundId> {
		NextRound::<T>::get().0.checked_sub(1).map(RoundId)
	}

	/// The seed of a machine's first step.
	pub(crate) fn seed(id: RoundId, round: &Round<T>, machine: MachineId) -> Hash {
		first_seed(&round.randomness.0, &(Self::genesis(), id, machine).encode())
	}

	/// How many slots are left to commit in in a round, if commitments are taken in it now.
	pub(crate) fn slots_to_commit(round: &Round<T>) -> Option<u32> {
		let epoch = T::Epochs::now();
		let left = T::CommitSlots::get().checked_sub(epoch.elapsed).filter(|left| *left > 0);
		left.filter(|_| round.stage == Stage::Committing && epoch.index == round.epoch)
	}

	/// Whether `machine` can commit in round `id` now. Returns its draw, and how many slots are over. O(1).
	fn check_commit(id: RoundId, machine: MachineId) -> Result<(Draw<T>, u32), Refusal> {
		let round = Rounds::<T>::get(id).ok_or(Refusal::NotDrawn)?;
		let left = Self::slots_to_commit(&round).ok_or(Refusal::Time)?;
		ensure!(!Commitments::<T>::contains_key(id, machine), Refusal::Commitment);
		let draw = Draws::<T>::get(id, machine).ok_or(Refusal::NotDrawn)?;
		Ok((draw, T::CommitSlots::get().saturating_sub(left)))
	}

	/// Whether a commitment may go into a block.
	pub(crate) fn authorize_committing(
		id: RoundId,
		machine: MachineId,
		commitment: &H256,
		signature: &T::Signature,
	) -> TransactionValidityWithRefund {
		let (draw, _) = Self::check_commit(id, machine)?;
		let payload = payload::commitment(&Self::genesis(), id, machine, commitment);
		Self::check_signature(&draw.device, &payload, signature)?;
		Self::authorized((b"commit", id, machine), T::CommitSlots::get())
	}

	/// Store a commitment that was authorized.
	pub(crate) fn do_commit(id: RoundId, machine: MachineId, commitment: H256) -> DispatchResult {
		let (draw, elapsed) = Self::check_commit(id, machine).map_err(|_| Error::<T>::NothingToNote)?;
		// Now and not with the proof, of which a provider could choose the round.
		Regions::<T>::mutate(|regions| regions.add(draw.region, draw.params.score(Self::window(elapsed))));
		Draws::<T>::remove(id, machine);
		Commitments::<T>::insert(id, machine, Commitment { draw, hash: commitment, elapsed });
		Self::deposit_event(Event::Committed { round: id, machine, commitment });
		Ok(())
	}

	/// Whether `machine` can prove in round `id` now. Returns its draw with the commitment, its seed and its challenge. O(1).
	fn check_prove(id: RoundId, machine: MachineId) -> Result<Question<T>, Refusal> {
		let round = Rounds::<T>::get(id).ok_or(Refusal::NotDrawn)?;
		let Stage::Proving { randomness, until, .. } = round.stage else { return Err(Refusal::Time) };
		ensure!(frame_system::Pallet::<T>::block_number() <= until, Refusal::Time);
		let commitment = Commitments::<T>::get(id, machine).ok_or(Refusal::NotDrawn)?;
		let seed = Self::seed(id, &round, machine);
		let challenge = challenge(&randomness.0, &commitment.hash.0);
		Ok(Question { round, commitment, seed, challenge })
	}

	/// Whether a proof may go into a block: one that verifies, or that shows that what was committed to is false.
	///
	/// What is dearest comes last, and only for whoever has the key of a machine that was drawn and has committed.
	pub(crate) fn authorize_proving(
		id: RoundId,
		machine: MachineId,
		proof: &Proof,
		signature: &T::Signature,
	) -> TransactionValidityWithRefund {
		let question = Self::check_prove(id, machine)?;
		let draw = &question.commitment.draw;
		let params = &draw.params;
		let (roots, openings) = (proof.roots().len(), proof.openings().len());
		ensure!(roots == params.steps as usize && openings == params.openings as usize, Refusal::Proof);
		let payload = payload::proof(&Self::genesis(), id, machine, proof);
		Self::check_signature(&draw.device, &payload, signature)?;
		question.verdict(proof).map_err(|_| Refusal::Proof)?;
		let unspent = T::WeightInfo::authorize_prove(roots_charged(roots), openings_charged(openings))
			.saturating_sub(T::WeightInfo::authorize_prove(params.steps, kib(params)));
		let (validity, _) = Self::authorized((b"prove", id, machine), 64)?;
		Ok((validity, unspent))
	}

	/// Judge a proof that was authorized: credit what it shows, or punish. Returns what it weighed.
	pub(crate) fn do_prove(id: RoundId, machine: MachineId, proof: &Proof) -> Result<Weight, DispatchError> {
		let question = Self::check_prove(id, machine).map_err(|_| Error::<T>::NothingToNote)?;
		let right = question.verdict(proof).map_err(|_| Error::<T>::ProofInvalid)?;
		let Question { mut round, commitment, .. } = question;
		let Commitment { draw, elapsed, .. } = commitment;
		let weight = T::WeightInfo::prove(draw.params.steps, kib(&draw.params));
		Commitments::<T>::remove(id, machine);
		Self::count_down(id, &mut round);
		if right {
			Self::reward(id, machine, draw, elapsed);
		} else {
			let provider = draw.provider.clone();
			let slashed = Self::punish(id, machine, draw, Offence::FalseCapacity, &round);
			Self::deposit_event(Event::Refuted { round: id, machine, provider, slashed });
		}
		Ok(weight)
	}

	/// Credit what a machine has proved. What it is worth was fixed by draw and commitment, so that nobody has more points by waiting
	/// with a proof.
	fn reward(id: RoundId, machine: MachineId, draw: Draw<T>, elapsed: u32) {
		let score = draw.params.score(Self::window(elapsed));
		Self::requalify(machine, quality::after_proof);
		let Draw { provider, quality, factor, .. } = draw;
		let points = if T::Stake::is_active(&provider) { points(score, quality, factor) } else { 0 };
		if points > 0 {
			T::Rewards::credit_capacity(&provider, points);
		}
		Self::deposit_event(Event::Proved { round: id, machine, provider, score, points });
	}

	/// The milliseconds for which a commitment counts that came when `elapsed` slots of the epoch were over: at least half of
	/// the time that there was, so that nobody gains by the stake of a class that is too small for the machine.
	fn window(elapsed: u32) -> u32 {
		let slots = elapsed.saturating_add(1).max(T::CommitSlots::get().div_ceil(2));
		slots.saturating_mul(T::SlotMillis::get())
	}

	/// One machine less has to answer in a round. A round of which none is left is forgotten.
	fn count_down(id: RoundId, round: &mut Round<T>) {
		round.open = round.open.saturating_sub(1);
		if round.open == 0 {
			Rounds::<T>::remove(id);
			Self::deposit_event(Event::RoundEnded { round: id });
		} else {
			Rounds::<T>::insert(id, &*round);
		}
	}

	/// Settle the part of a machine in a round that has committed to nothing, when the time for it is over.
	///
	/// Whatever it has bid on or was assigned since the draw is no excuse: whoever would rather not answer could give itself a
	/// job by a second account. Who has work, or a bid that stands, as the epoch begins is not drawn.
	pub(crate) fn settle_draw(id: RoundId, mut round: Round<T>, machine: MachineId, draw: Draw<T>) {
		let provider = draw.provider.clone();
		let (outcome, slashed) = match round.stage {
			Stage::Void | Stage::Committing => (Settled::Void, 0),
			Stage::Proving { .. } => {
				(Settled::Missed, Self::punish(id, machine, draw, Offence::MissedChallenge, &round))
			},
		};
		Self::count_down(id, &mut round);
		Self::deposit_event(Event::Settled { round: id, machine, provider, outcome, slashed });
	}

	/// Settle the part of a machine in a round that has committed and not proved, when the time for it is over.
	///
	/// It pays what a wrong proof costs, or whoever sees that a wrong entry is asked for would not answer.
	pub(crate) fn settle_commitment(id: RoundId, mut round: Round<T>, machine: MachineId, commitment: Commitment<T>) {
		let draw = commitment.draw;
		let provider = draw.provider.clone();
		let (outcome, slashed) = match round.stage {
			Stage::Void | Stage::Committing => (Settled::Void, 0),
			Stage::Proving { .. } => (Settled::Silent, Self::punish(id, machine, draw, Offence::FalseCapacity, &round)),
		};
		Self::count_down(id, &mut round);
		Self::deposit_event(Event::Settled { round: id, machine, provider, outcome, slashed });
	}

	/// Report an offence, and lower the machine's quality. Returns what was slashed at once.
	fn punish(id: RoundId, machine: MachineId, draw: Draw<T>, offence: Offence, round: &Round<T>) -> Balance {
		let at = match round.stage {
			Stage::Proving { since, .. } => since,
			_ => round.began,
		};
		let Draw { provider, tier, region, .. } = draw;
		let report = OffenceReport {
			offence,
			provider,
			machine,
			tier,
			region,
			at: at.saturated_into(),
			subject: id.0,
			wronged: None,
			reporter: None,
		};
		Self::requalify(machine, |quality| match offence {
			Offence::MissedChallenge => quality::after_miss(quality),
			_ => 0,
		});
		// In a layer of its own: a slash that fails halfway leaves nothing behind.
		with_storage_layer(|| T::Stake::report(report)).unwrap_or_else(|error| {
			Self::unexpected(UnexpectedKind::SlashFailed { machine, round: id, error });
			0
		})
	}
}

/// What is asked of a machine that has committed.
struct Question<T: Config> {
	round: Round<T>,
	commitment: Commitment<T>,
	seed: Hash,
	challenge: Hash,
}

impl<T: Config> Question<T> {
	/// Whether a proof shows that the work was done, or that it was not. An error when it shows nothing.
	fn verdict(&self, proof: &Proof) -> Result<bool, Fault> {
		let Commitment { draw, hash, .. } = &self.commitment;
		match verify(&draw.params, &self.seed, &hash.0, &self.challenge, proof) {
			Ok(()) => Ok(true),
			Err(fault) if fault.is_evidence() => Ok(false),
			Err(fault) => Err(fault),
		}
	}
}

/// The points of a round: verified capacity by readiness and scarcity.
pub(crate) fn points(score: u64, quality: u32, factor: u32) -> u128 {
	let parts = u128::from(quality).saturating_mul(factor.into());
	let one = u128::from(tree::QUALITY_ONE).saturating_mul(scarcity::FACTOR_ONE.into());
	u128::from(score).saturating_mul(parts).checked_div(one).unwrap_or(0)
}

/// What an opening is charged for at the least, in KiB expanded: what one of a matrix of 16,384 rows is. In a smaller one
/// the way to the root is the larger part.
pub(crate) const OPENING_KIB: u32 = 32;

/// The most that a proof can make the chain expand, in KiB.
pub(crate) const MAX_KIB: u32 = (MAX_EXPANDED / 1_024) as u32;

/// The KiB that a proof with these parameters is charged for.
pub(crate) fn kib(params: &Params) -> u32 {
	let expanded = u32::try_from(params.expanded() / 1_024).unwrap_or(MAX_KIB);
	expanded.max(params.openings.saturating_mul(OPENING_KIB)).min(MAX_KIB)
}

/// The KiB that a proof with so many openings is charged for as long as its parameters are not known.
pub(crate) fn openings_charged(openings: usize) -> u32 {
	let largest = (2 * MAX_N / 1_024).saturating_mul(u32::try_from(openings).unwrap_or(u32::MAX));
	largest.min(MAX_KIB)
}

/// The roots that a proof is charged for.
pub(crate) fn roots_charged(roots: usize) -> u32 {
	u32::try_from(roots).unwrap_or(MAX_STEPS).min(MAX_STEPS)
}
