//! What the chain says about the providers after a soak.

use anyhow::{Context, Result};
use assay_cli::chain::{model::Stake, Chain};
use assay_runtime::{RoundId, Runtime, RuntimeEvent};
use codec::Decode;
use pallet_capacity::{Event as Capacity, Settled};
use pallet_staking_slash::Event as Staking;
use std::collections::BTreeSet;
use subxt::utils::AccountId32;

/// What happened on the chain, read block by block.
#[derive(Debug, Default)]
pub struct Ledger {
	/// The last block that was read.
	read: u64,
	open_rounds: BTreeSet<RoundId>,
	rounds: u32,
	drawn: u32,
	committed: u32,
	proved: u32,
	void: u32,
	missed: u32,
	refuted: u32,
	slashes: u32,
	refused_calls: u32,
	faults: Vec<String>,
}

impl Ledger {
	/// Read the blocks that became final since the last time.
	pub async fn read(&mut self, chain: &Chain) -> Result<()> {
		let head = chain.finalised().await?.number();
		while self.read < head {
			let number = self.read + 1;
			let at = chain.at(number).await?;
			let events = at.client().events().fetch().await.with_context(|| format!("cannot read block {number}"))?;
			for event in events.iter() {
				let event = event?;
				let bytes = [&[event.pallet_index(), event.event_index()][..], event.field_bytes()].concat();
				let (pallet, name) = (event.pallet_name(), event.event_name());
				let decoded = RuntimeEvent::decode(&mut bytes.as_slice())
					.with_context(|| format!("block {number} has an event {pallet}::{name} that is not known"))?;
				match (pallet, name) {
					("System", "ExtrinsicFailed") => self.refused_calls += 1,
					// Whichever pallet says so.
					(_, "Unexpected") => self.faults.push(format!("block {number}: {decoded:?}")),
					_ => {},
				}
				self.note(number, &decoded);
			}
			self.read = number;
		}
		Ok(())
	}

	fn note(&mut self, block: u64, event: &RuntimeEvent) {
		let fault = || format!("block {block}: {event:?}");
		match event {
			// The only providers are honest ones: whatever is done to one of them is a fault.
			RuntimeEvent::StakingSlash(
				Staking::Slashed { .. }
				| Staking::SlashQueued { .. }
				| Staking::SlashHeld { .. }
				| Staking::DebtIncurred { .. }
				| Staking::Halted { .. }
				| Staking::Shortfall { .. },
			) => {
				self.slashes += 1;
				self.faults.push(fault());
			},
			RuntimeEvent::Capacity(event) => self.note_capacity(event, fault),
			_ => {},
		}
	}

	fn note_capacity(&mut self, event: &Capacity<Runtime>, fault: impl Fn() -> String) {
		match event {
			Capacity::RoundBegan { round, .. } => {
				self.rounds += 1;
				self.open_rounds.insert(*round);
			},
			Capacity::RoundEnded { round } => {
				self.open_rounds.remove(round);
			},
			Capacity::MachineDrawn { .. } => self.drawn += 1,
			Capacity::Committed { .. } => self.committed += 1,
			Capacity::Proved { .. } => self.proved += 1,
			Capacity::Refuted { .. } => {
				self.refuted += 1;
				self.faults.push(fault());
			},
			Capacity::Settled { outcome, .. } => match outcome {
				Settled::Void => self.void += 1,
				Settled::Missed | Settled::Silent => {
					self.missed += 1;
					self.faults.push(fault());
				},
			},
			_ => {},
		}
	}

	/// Capacity rounds in which machines still have to answer.
	pub fn open_rounds(&self) -> BTreeSet<RoundId> {
		self.open_rounds.clone()
	}

	/// What should not have happened.
	pub fn faults(&self) -> Vec<String> {
		self.faults.clone()
	}

	/// Print the figures.
	pub fn print(&self) {
		for (name, value) in [
			("rounds", self.rounds),
			("drawn", self.drawn),
			("committed", self.committed),
			("proved", self.proved),
			("void", self.void),
			("missed", self.missed),
			("refuted", self.refuted),
			("slashes", self.slashes),
			("refused_calls", self.refused_calls),
		] {
			println!("{name}={value}");
		}
		println!("blocks={}", self.read);
	}
}

/// What each provider has at stake.
pub async fn stakes(chain: &Chain, providers: &[AccountId32]) -> Result<Vec<(AccountId32, Stake)>> {
	let at = chain.finalised().await?;
	let mut stakes = Vec::new();
	for provider in providers {
		stakes.push((*provider, at.stake(provider).await?));
	}
	Ok(stakes)
}

/// What is wrong with the stakes, which were those of `before`.
pub async fn stake_faults(chain: &Chain, before: &[(AccountId32, Stake)]) -> Result<Vec<String>> {
	let at = chain.finalised().await?;
	let mut faults = Vec::new();
	for (provider, before) in before {
		let after = at.stake(provider).await?;
		if after != *before {
			faults.push(format!("the stake of {provider} was {before:?} and is {after:?}"));
		}
		let (pending, debt) = (at.pending_slashes(provider).await?, at.debt(provider).await?);
		faults.extend(pending.iter().map(|slash| format!("{provider} is to be slashed for {}", slash.offence)));
		if debt.0 > 0 {
			faults.push(format!("{provider} owes {debt}"));
		}
	}
	Ok(faults)
}
