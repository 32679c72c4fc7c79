//! Orders and leases of machines by the block: what stands on the chain about them, and what happens to them.

mod model;

use subxt::utils::{AccountId32, H256};
use subxt_signer::sr25519::Keypair;

use assay_chain_types::api::{
	self,
	compute_lease::Event as Leases,
	runtime_types::{
		assay_primitives::{payment::Paid, stake::Offence, LeaseId, MachineId, Region, Tier},
		bounded_collections::bounded_vec::BoundedVec,
		pallet_compute_lease::{clock, types as leases},
		sp_runtime::DispatchError,
	},
};

use super::{ask, convert, model::Payment, read::At, submit::Sent, view, Chain, ChainError, TxError};
use crate::amount::Amount;

pub use self::model::{
	Accrued, Lease, LeaseBid, LeaseCall, LeaseEnd, LeaseEvent, LeaseRules, LeaseSource, LeaseSpec, LeaseStanding,
	LeaseState, LeaseView, OrderQuote, OrderView, Tenancy,
};

impl At {
	/// Whether machines can be leased: older runtimes have no such pallet.
	pub fn has_leases(&self) -> bool {
		self.client().metadata_ref().pallet_by_name("ComputeLease").is_some()
	}

	/// An order or lease as it is stored, unless it has ended or never was.
	pub async fn stored_lease(&self, id: u64) -> Result<Option<Lease>, ChainError> {
		ask("show a lease", async {
			let storage = self.client().storage();
			let stored = storage.try_fetch(api::storage().compute_lease().leases(), (LeaseId(id),)).await?;
			let lease = stored.map(|lease| lease.decode()).transpose()?;
			Ok::<_, subxt::Error>(lease.map(|lease| from_lease(id, lease)))
		})
		.await
	}

	/// All orders and leases that have not ended, as they are stored, by number.
	///
	/// There may be very many: the node has its time for each page of them, not for all.
	pub async fn stored_leases(&self) -> Result<Vec<Lease>, ChainError> {
		let what = "list the leases";
		let mut entries = ask(what, self.client().storage().iter(api::storage().compute_lease().leases(), ())).await?;
		let mut found = Vec::new();
		while let Some(lease) = ask(what, async {
			let Some(entry) = entries.next().await.transpose()? else { return Ok(None) };
			let (LeaseId(id),) = entry.key()?.decode()?;
			Ok::<_, subxt::Error>(Some(from_lease(id, entry.value().decode()?)))
		})
		.await?
		{
			found.push(lease);
		}
		found.sort_by_key(|lease| lease.id);
		Ok(found)
	}

	/// The number that the next order gets: all below it were given to some order.
	pub async fn next_lease(&self) -> Result<u64, ChainError> {
		ask("tell the number of the next lease", async {
			let storage = self.client().storage();
			let stored = storage.try_fetch(api::storage().compute_lease().next_lease_id(), ()).await?;
			let next = stored.map(|next| next.decode()).transpose()?;
			Ok::<_, subxt::Error>(next.map_or(0, |LeaseId(id)| id))
		})
		.await
	}

	/// The auction of an order. None for a lease, and for what has ended or never was.
	pub async fn order(&self, id: u64) -> Result<Option<OrderView>, ChainError> {
		let payload = api::view_functions().compute_lease().order(LeaseId(id));
		let found = ask("show an order", view::call(self.client(), payload)).await?;
		Ok(found.map(|view| OrderView {
			client: view.client,
			payment: convert::from_payment(view.payment),
			escrow: Amount(view.escrow),
			closes_at: view.closes_at,
			rate_to_bid: Amount(view.rate_to_bid),
			best: view.best.map(from_bid),
		}))
	}

	/// A lease as it stands. None for an order, and for what has ended or never was.
	pub async fn lease(&self, id: u64) -> Result<Option<LeaseView>, ChainError> {
		let payload = api::view_functions().compute_lease().lease(LeaseId(id));
		let found = ask("show a lease", view::call(self.client(), payload)).await?;
		Ok(found.map(|view| LeaseView {
			client: view.client,
			tenancy: from_tenancy(view.tenancy),
			payment: convert::from_payment(view.payment),
			standing: match view.standing {
				clock::Standing::Running => LeaseStanding::Running,
				clock::Standing::Paused { since, until } => LeaseStanding::Paused { since, until },
				clock::Standing::Ended { at, reason } => LeaseStanding::Ended { at, reason: from_reason(&reason) },
			},
			accrued: Amount(view.accrued),
			unspent: Amount(view.unspent),
			runs_out_at: view.runs_out_at,
		}))
	}

	/// What the provider of a lease has earned and was not paid yet. None for an order, and for what has ended or never was.
	pub async fn accrued(&self, id: u64) -> Result<Option<Accrued>, ChainError> {
		let payload = api::view_functions().compute_lease().accrued(LeaseId(id));
		let found = ask("tell what a lease has accrued", view::call(self.client(), payload)).await?;
		Ok(found.map(|accrued| Accrued {
			payment: convert::from_payment(accrued.payment),
			earned: Amount(accrued.earned),
			payable: Amount(accrued.payable),
			to_provider: Amount(accrued.paid.to_provider),
			fee: fee(&accrued.paid),
		}))
	}

	/// What placing an order now would take, or why it would be refused.
	pub async fn order_quote(
		&self,
		spec: &LeaseSpec,
		payment: Payment,
	) -> Result<Result<OrderQuote, String>, ChainError> {
		let payload = api::view_functions().compute_lease().order_quote(to_spec(spec), convert::to_payment(payment));
		Ok(match ask("quote an order", view::call(self.client(), payload)).await? {
			Ok(quote) => Ok(OrderQuote {
				min_funding: Amount(quote.min_funding),
				deposit: Amount(quote.deposit),
				to_provider: Amount(quote.paid.to_provider),
				fee: fee(&quote.paid),
			}),
			Err(DispatchError::Module(error)) => Err(self.explain(error.index, error.error[0])),
			Err(other) => Err(format!("{other:?}")),
		})
	}

	/// What abandoning a lease with a machine of `tier` would cost its provider now, and what of that the client would get.
	/// None for a tier that there is not.
	pub async fn price_of_abandoning(&self, machine: u64, tier: u8) -> Result<Option<(Amount, Amount)>, ChainError> {
		let payload = api::view_functions().staking_slash().slash_preview(
			Tier(tier),
			Offence::LeaseAbandoned,
			Some(MachineId(machine)),
			false,
		);
		let split = ask("tell what abandoning costs", view::call(self.client(), payload)).await?;
		Ok(split.map(|split| (Amount(split.amount), Amount(split.to_wronged))))
	}

	/// The rules of leases.
	pub fn lease_rules(&self) -> Result<LeaseRules, ChainError> {
		let constants = self.client().constants();
		let rules = api::constants().compute_lease();
		let read = || {
			Ok::<_, subxt::Error>(LeaseRules {
				min_bid_improvement: constants.entry(rules.min_bid_improvement())?.0,
				min_auction_blocks: constants.entry(rules.min_auction_blocks())?,
				max_auction_blocks: constants.entry(rules.max_auction_blocks())?,
				min_funded_blocks: constants.entry(rules.min_funded_blocks())?,
				arrears_blocks: constants.entry(rules.arrears_blocks())?,
				max_grace_blocks: constants.entry(rules.max_grace_blocks())?,
				min_notice_blocks: constants.entry(rules.min_notice_blocks())?,
				max_notice_blocks: constants.entry(rules.max_notice_blocks())?,
				max_sources: constants.entry(rules.max_sources())?,
				max_url_len: constants.entry(rules.max_url_len())?,
				bid_deposit: Amount(constants.entry(rules.bid_deposit())?),
				block_millis: constants.entry(api::constants().babe().expected_block_time())?,
			})
		};
		read().map_err(|error| ChainError::Node { what: "tell the rules of leases", reason: Box::new(error) })
	}
}

impl Chain {
	/// Sign a call about leases and send it.
	pub(super) async fn post_lease(&self, key: &Keypair, call: LeaseCall) -> Result<Sent, TxError> {
		let leases = || api::transactions().compute_lease();
		match call {
			LeaseCall::PlaceOrder { spec, payment, funding } => {
				let call = leases().place_order(to_spec(&spec), convert::to_payment(payment), funding.0);
				self.send(key, call).await
			},
			LeaseCall::Bid { lease, machine, rate, notice } => {
				self.send(key, leases().bid(LeaseId(lease), MachineId(machine), rate.0, notice)).await
			},
			LeaseCall::CloseAuction(lease) => self.send(key, leases().close_auction(LeaseId(lease))).await,
			LeaseCall::CancelOrder(lease) => self.send(key, leases().cancel_order(LeaseId(lease))).await,
			LeaseCall::Fund { lease, amount } => self.send(key, leases().fund(LeaseId(lease), amount.0)).await,
			LeaseCall::Settle(lease) => self.send(key, leases().settle(LeaseId(lease))).await,
			LeaseCall::Close(lease) => self.send(key, leases().close_lease(LeaseId(lease))).await,
			LeaseCall::CloseUnserved(lease) => self.send(key, leases().close_unserved(LeaseId(lease))).await,
			LeaseCall::Defund(lease) => self.send(key, leases().defund(LeaseId(lease))).await,
			LeaseCall::Reclaim(lease) => self.send(key, leases().reclaim(LeaseId(lease))).await,
			LeaseCall::Abandon(lease) => self.send(key, leases().abandon(LeaseId(lease))).await,
			LeaseCall::SetManifest { lease, manifest, source } => {
				let source = BoundedVec(source.into_bytes());
				self.send(key, leases().set_manifest(LeaseId(lease), H256(manifest.0), source)).await
			},
		}
	}
}

const fn fee(paid: &Paid<u128>) -> Amount {
	Amount(paid.burned.saturating_add(paid.to_treasury))
}

fn from_lease(id: u64, lease: leases::Lease) -> Lease {
	let leases::Lease { client, spec, payment, sources, deposit, state } = lease;
	let sources = sources.0.into_iter().map(|source| LeaseSource { who: source.who, left: Amount(source.left) });
	Lease {
		id,
		client,
		spec: from_spec(spec),
		payment: convert::from_payment(payment),
		sources: sources.collect(),
		deposit: Amount(deposit),
		state: match state {
			leases::LeaseState::Open { closes_at, latest, best } => {
				LeaseState::Open { closes_at, latest, best: best.map(from_bid) }
			},
			leases::LeaseState::Running { tenancy } => LeaseState::Running { tenancy: from_tenancy(tenancy) },
			leases::LeaseState::Paused { tenancy, since } => {
				LeaseState::Paused { tenancy: from_tenancy(tenancy), since }
			},
		},
	}
}

fn from_spec(spec: leases::OrderSpec) -> LeaseSpec {
	LeaseSpec {
		min_tier: spec.min_tier.0,
		region: spec.region.map(|region| region.0),
		slots: spec.slots,
		ceiling: Amount(spec.ceiling),
		auction_blocks: spec.auction_blocks,
		max_blocks: spec.max_blocks,
		grace_blocks: spec.grace_blocks,
		min_notice: spec.min_notice,
		manifest: convert::hash(spec.manifest),
		source: convert::url(spec.source),
	}
}

fn to_spec(spec: &LeaseSpec) -> leases::OrderSpec {
	leases::OrderSpec {
		min_tier: Tier(spec.min_tier),
		region: spec.region.map(Region),
		slots: spec.slots,
		ceiling: spec.ceiling.0,
		auction_blocks: spec.auction_blocks,
		max_blocks: spec.max_blocks,
		grace_blocks: spec.grace_blocks,
		min_notice: spec.min_notice,
		manifest: H256(spec.manifest.0),
		source: BoundedVec(spec.source.as_bytes().to_vec()),
	}
}

fn from_bid(bid: leases::Bid<AccountId32, u128, u32>) -> LeaseBid {
	let leases::Bid { provider, machine, rate, notice, deposit } = bid;
	LeaseBid { provider, machine: machine.0, rate: Amount(rate), notice, deposit: Amount(deposit) }
}

fn from_tenancy(tenancy: leases::Tenancy<AccountId32, u128, u32>) -> Tenancy {
	let leases::Tenancy { bid, started, paid_to, grace, ends_at, reclaimed } = tenancy;
	Tenancy { bid: from_bid(bid), started, paid_to, grace, ends_at, reclaimed }
}

const fn from_reason(reason: &leases::EndReason) -> LeaseEnd {
	match reason {
		leases::EndReason::Cancelled => LeaseEnd::Cancelled,
		leases::EndReason::NoBids => LeaseEnd::NoBids,
		leases::EndReason::ProviderHalted => LeaseEnd::ProviderHalted,
		leases::EndReason::Closed => LeaseEnd::Closed,
		leases::EndReason::RanOut => LeaseEnd::RanOut,
		leases::EndReason::Expired => LeaseEnd::Expired,
		leases::EndReason::Reclaimed => LeaseEnd::Reclaimed,
		leases::EndReason::Abandoned => LeaseEnd::Abandoned,
		leases::EndReason::Unserved => LeaseEnd::Unserved,
	}
}

/// The event, if it is about an order or lease.
pub(super) fn event(event: Leases) -> Option<LeaseEvent> {
	Some(match event {
		Leases::OrderPlaced { lease: LeaseId(lease), client, payment, ceiling, escrow, closes_at } => {
			LeaseEvent::Placed {
				lease,
				client,
				payment: convert::from_payment(payment),
				ceiling: Amount(ceiling),
				escrow: Amount(escrow),
				closes_at,
			}
		},
		Leases::BidPlaced { lease: LeaseId(lease), provider, machine, rate, notice, closes_at } => {
			LeaseEvent::Bid { lease, provider, machine: machine.0, rate: Amount(rate), notice, closes_at }
		},
		Leases::LeaseStarted { lease: LeaseId(lease), provider, machine, payment, rate, runs_out_at, ends_at } => {
			LeaseEvent::Started {
				lease,
				provider,
				machine: machine.0,
				payment: convert::from_payment(payment),
				rate: Amount(rate),
				runs_out_at,
				ends_at,
			}
		},
		Leases::LeasePaid { lease: LeaseId(lease), payer, provider, payment, until, paid } => LeaseEvent::Paid {
			lease,
			payer,
			provider,
			payment: convert::from_payment(payment),
			until,
			to_provider: Amount(paid.to_provider),
			burned: Amount(paid.burned),
			to_treasury: Amount(paid.to_treasury),
		},
		Leases::EscrowFunded { lease: LeaseId(lease), who, payment, amount } => {
			LeaseEvent::Funded { lease, who, payment: convert::from_payment(payment), amount: Amount(amount) }
		},
		Leases::LeasePaused { lease: LeaseId(lease), since, until } => LeaseEvent::Paused { lease, since, until },
		Leases::LeaseResumed { lease: LeaseId(lease), runs_out_at } => LeaseEvent::Resumed { lease, runs_out_at },
		Leases::LeaseReclaimed { lease: LeaseId(lease), provider, ends_at } => {
			LeaseEvent::Reclaimed { lease, provider, ends_at }
		},
		Leases::EscrowReturned { lease: LeaseId(lease), who, payment, amount } => {
			LeaseEvent::Returned { lease, who, payment: convert::from_payment(payment), amount: Amount(amount) }
		},
		Leases::ArrearsForfeited { lease: LeaseId(lease), payer, payment, until, amount } => LeaseEvent::Forfeited {
			lease,
			payer,
			payment: convert::from_payment(payment),
			until,
			amount: Amount(amount),
		},
		Leases::EscrowWithdrawn { lease: LeaseId(lease), who, payment, amount } => {
			LeaseEvent::Withdrawn { lease, who, payment: convert::from_payment(payment), amount: Amount(amount) }
		},
		Leases::LeaseEnded { lease: LeaseId(lease), client, reason, at } => {
			LeaseEvent::Ended { lease, client, reason: from_reason(&reason), at }
		},
		Leases::ManifestSet { lease: LeaseId(lease), manifest } => {
			LeaseEvent::ManifestSet { lease, manifest: convert::hash(manifest) }
		},
		Leases::Unexpected { .. } => return None,
	})
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::blobs::BlobHash;

	#[test]
	fn order_should_be_told_to_the_chain_as_it_is_read_back() {
		let spec = LeaseSpec {
			min_tier: 1,
			region: Some(6),
			slots: 2,
			ceiling: Amount(9),
			auction_blocks: 5,
			max_blocks: Some(90),
			grace_blocks: 7,
			min_notice: 6,
			manifest: BlobHash([7; 32]),
			source: "http://here".to_owned(),
		};
		assert_eq!(from_spec(to_spec(&spec)), spec);
	}
}
