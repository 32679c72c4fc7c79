//! Ordering, bidding, closing, cancelling.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::TokenError;

/// Place what `change` makes of the usual order, and expect `error` and no change.
fn assert_refused(error: Error<Test>, change: impl FnOnce(&mut OrderSpec<Test>)) {
	let mut spec = spec();
	change(&mut spec);
	assert_noop!(ComputeLease::place_order(signed(CLIENT), spec.clone(), PaymentKind::Native, 1_000), error);
	assert!(ComputeLease::order_quote(spec, PaymentKind::Native).is_err());
}

fn best(lease: LeaseId) -> Option<BidOf<Test>> {
	entry(lease).live_bid().cloned()
}

fn closes_at(lease: LeaseId) -> u32 {
	ComputeLease::order(lease).unwrap().closes_at
}

#[test]
fn place_order_should_hold_escrow_and_deposit() {
	build_and_execute(|| {
		let lease = place(spec(), 1_000);
		assert_eq!(entry(lease).sources.to_vec(), vec![Source { who: CLIENT, left: 1_000 }]);
		assert_eq!((escrow_of(CLIENT), held(HoldReason::OrderDeposit, CLIENT)), (1_000, 50));
		assert_eq!(free(CLIENT), ENDOWMENT - 1_050);
		assert_eq!(entry(lease).state, LeaseState::Open { closes_at: 6, latest: 12, best: None });
		assert_eq!(
			events(),
			vec![Event::OrderPlaced {
				lease,
				client: CLIENT,
				payment: PaymentKind::Native,
				ceiling: 100,
				escrow: 1_000,
				closes_at: 6
			}]
		);
	});
}

#[test]
fn place_order_should_fail_when_spec_is_out_of_bounds() {
	build_and_execute(|| {
		assert_refused(Error::ZeroSlots, |spec| spec.slots = 0);
		assert_refused(Error::TooManySlots, |spec| spec.slots = 5);
		assert_refused(Error::ZeroRate, |spec| spec.ceiling = 0);
		for blocks in [0, 2, 51] {
			assert_refused(Error::AuctionLengthOutOfRange, |spec| spec.auction_blocks = blocks);
		}
		assert_refused(Error::ZeroBlocks, |spec| spec.max_blocks = Some(0));
		assert_refused(Error::GraceTooLong, |spec| spec.grace_blocks = 31);
		for notice in [0, 2, 41] {
			assert_refused(Error::NoticeOutOfRange, |spec| spec.min_notice = notice);
		}
	});
}

#[test]
fn place_order_should_fail_when_funding_is_short() {
	build_and_execute(|| {
		let place = |funding| ComputeLease::place_order(signed(CLIENT), spec(), PaymentKind::Native, funding);
		assert_noop!(place(399), Error::<Test>::FundingTooSmall);
		assert_noop!(place(ENDOWMENT), TokenError::FundsUnavailable);
		assert_ok!(place(400));
	});
}

#[test]
fn place_order_should_fail_when_payment_is_not_accepted() {
	build_and_execute(|| {
		AssetAccepted::set(false);
		for payment in [STABLE, PaymentKind::Asset(2)] {
			assert_noop!(
				ComputeLease::place_order(signed(CLIENT), spec(), payment, 1_000),
				Error::<Test>::PaymentNotAccepted
			);
		}
	});
}

#[test]
fn bid_should_take_slots_and_deposit_and_release_those_that_it_beats() {
	build_and_execute(|| {
		let lease = place(OrderSpec { slots: 2, ..spec() }, 1_000);
		let (first, second) = (machine(PROVIDER), machine(RIVAL));
		assert_ok!(ComputeLease::bid(signed(PROVIDER), lease, first, 90, 5));
		assert_eq!((slots_taken(first), held(HoldReason::BidDeposit, PROVIDER)), (2, 20));
		check_everything();
		assert_ok!(ComputeLease::bid(signed(RIVAL), lease, second, 80, 6));
		assert_eq!((slots_taken(first), held(HoldReason::BidDeposit, PROVIDER)), (0, 0));
		assert_eq!((slots_taken(second), held(HoldReason::BidDeposit, RIVAL)), (2, 20));
		assert_eq!(best(lease), Some(Bid { provider: RIVAL, machine: second, rate: 80, notice: 6, deposit: 20 }));
	});
}

#[test]
fn bid_should_improve_an_own_bid_when_the_machine_is_full_with_it() {
	build_and_execute(|| {
		let lease = place(OrderSpec { slots: 2, ..spec() }, 1_000);
		let machine = machine(PROVIDER);
		assert_ok!(ComputeLease::bid(signed(PROVIDER), lease, machine, 90, 5));
		assert_ok!(ComputeLease::bid(signed(PROVIDER), lease, machine, 80, 5));
		assert_eq!((slots_taken(machine), held(HoldReason::BidDeposit, PROVIDER)), (2, 20));
	});
}

#[test]
fn bid_should_fail_when_it_does_not_fit_the_order() {
	build_and_execute(|| {
		let machine = machine(PROVIDER);
		let bid = |who, lease, machine, rate, notice| ComputeLease::bid(signed(who), lease, machine, rate, notice);
		let lease = place(spec(), 1_000);
		assert_noop!(bid(PROVIDER, LeaseId(9), machine, 80, 5), Error::<Test>::UnknownLease);
		assert_noop!(bid(PROVIDER, lease, machine, 0, 5), Error::<Test>::ZeroRate);
		assert_noop!(bid(PROVIDER, lease, machine, 101, 5), Error::<Test>::BidAboveCeiling);
		assert_noop!(bid(PROVIDER, lease, machine, 80, 4), Error::<Test>::NoticeTooShort);
		assert_noop!(bid(PROVIDER, lease, machine, 80, 41), Error::<Test>::NoticeOutOfRange);
		assert_noop!(bid(RIVAL, lease, machine, 80, 5), Error::<Test>::NotMachineOwner);
		assert_noop!(bid(PROVIDER, lease, MachineId(9), 80, 5), pallet_compute_market::Error::<Test>::UnknownMachine);
		assert_ok!(bid(PROVIDER, lease, machine, 80, 5));
		assert_noop!(bid(PROVIDER, lease, machine, 80, 5), Error::<Test>::BidNotImproving);

		let stronger = place(OrderSpec { min_tier: Tier(3), ..spec() }, 1_000);
		assert_noop!(bid(PROVIDER, stronger, machine, 80, 5), Error::<Test>::TierTooLow);
		let elsewhere = place(OrderSpec { region: Some(Region(8)), ..spec() }, 1_000);
		assert_noop!(bid(PROVIDER, elsewhere, machine, 80, 5), Error::<Test>::WrongRegion);
		let here = place(OrderSpec { region: Some(REGION), slots: 2, ..spec() }, 1_000);
		assert_noop!(bid(PROVIDER, here, machine, 80, 5), pallet_compute_market::Error::<Test>::NoFreeSlot);
		Halted::set(vec![PROVIDER]);
		assert_noop!(bid(PROVIDER, here, machine, 80, 5), Error::<Test>::ProviderNotActive);
	});
}

#[test]
fn bid_should_fail_when_the_bidder_pays_for_the_lease() {
	build_and_execute(|| {
		let lease = place(spec(), 1_000);
		let machine = machine(CLIENT);
		assert_noop!(ComputeLease::bid(signed(CLIENT), lease, machine, 80, 5), Error::<Test>::OwnLease);
		let machine = crate::mock::machine(PATRON);
		assert_ok!(ComputeLease::fund(signed(PATRON), lease, 400));
		assert_noop!(ComputeLease::bid(signed(PATRON), lease, machine, 80, 5), Error::<Test>::OwnLease);
	});
}

#[test]
fn bid_should_extend_the_auction_but_not_for_ever() {
	build_and_execute(|| {
		let lease = place(spec(), 1_000);
		let (mine, theirs) = (machine(PROVIDER), machine(RIVAL));
		assert_ok!(ComputeLease::bid(signed(PROVIDER), lease, mine, 99, 5));
		assert_eq!(closes_at(lease), 6);
		let mut rate = 90;
		for block in 5..12 {
			run_to(block);
			let (who, machine) = if block % 2 == 0 { (PROVIDER, mine) } else { (RIVAL, theirs) };
			assert_ok!(ComputeLease::bid(signed(who), lease, machine, rate, 5));
			rate -= 5;
			assert_eq!(closes_at(lease), (block + 2).min(12));
			check_everything();
		}
		run_to(12);
		assert_noop!(ComputeLease::bid(signed(RIVAL), lease, theirs, 1, 5), Error::<Test>::AuctionClosed);
	});
}

#[test]
fn close_auction_should_start_the_lease_when_there_is_a_bid() {
	build_and_execute(|| {
		let lease = place(OrderSpec { max_blocks: Some(30), ..spec() }, 1_600);
		let machine = machine(PROVIDER);
		assert_ok!(ComputeLease::bid(signed(PROVIDER), lease, machine, 80, 8));
		assert_noop!(ComputeLease::close_auction(signed(STRANGER), lease), Error::<Test>::AuctionOpen);
		skip_to(6);
		assert_ok!(ComputeLease::close_auction(signed(STRANGER), lease));
		assert_eq!(held(HoldReason::BidDeposit, PROVIDER), 0);
		assert_eq!(slots_taken(machine), 1);
		let tenancy = entry(lease).tenancy().cloned().unwrap();
		assert_eq!((tenancy.started, tenancy.paid_to, tenancy.grace), (6, 6, 10));
		assert_eq!((tenancy.ends_at, tenancy.reclaimed), (Some(36), false));
		assert_eq!(
			events().last(),
			Some(&Event::LeaseStarted {
				lease,
				provider: PROVIDER,
				machine,
				payment: PaymentKind::Native,
				rate: 80,
				runs_out_at: 26,
				ends_at: Some(36)
			})
		);
		assert_noop!(ComputeLease::close_auction(signed(CLIENT), lease), Error::<Test>::NotOpen);
		assert_noop!(ComputeLease::bid(signed(PROVIDER), lease, machine, 70, 8), Error::<Test>::NotOpen);
	});
}

#[test]
fn close_auction_should_return_everything_when_nobody_has_bid() {
	build_and_execute(|| {
		let lease = place(spec(), 1_000);
		assert_noop!(ComputeLease::close_auction(signed(CLIENT), lease), Error::<Test>::AuctionOpen);
		skip_to(6);
		assert_ok!(ComputeLease::close_auction(signed(STRANGER), lease));
		assert_eq!(end_of(lease), Some((EndReason::NoBids, 6)));
		assert_eq!(free(CLIENT), ENDOWMENT);
		assert_eq!(Leases::<Test>::iter().count(), 0);
	});
}

#[test]
fn close_auction_should_return_everything_when_the_best_bidder_is_halted() {
	build_and_execute(|| {
		let lease = place(spec(), 1_000);
		let machine = machine(PROVIDER);
		assert_ok!(ComputeLease::bid(signed(PROVIDER), lease, machine, 80, 8));
		Halted::set(vec![PROVIDER]);
		skip_to(6);
		assert_ok!(ComputeLease::close_auction(signed(CLIENT), lease));
		assert_eq!(end_of(lease), Some((EndReason::ProviderHalted, 6)));
		assert_eq!((free(CLIENT), held(HoldReason::BidDeposit, PROVIDER)), (ENDOWMENT, 0));
		assert_eq!(slots_taken(machine), 0);
	});
}

#[test]
fn close_auction_should_fail_when_the_best_bidder_is_halted_and_others_can_bid() {
	build_and_execute(|| {
		let lease = place(spec(), 1_000);
		let (spoiler, other) = (machine(PROVIDER), machine(RIVAL));
		assert_ok!(ComputeLease::bid(signed(PROVIDER), lease, spoiler, 80, 8));
		Halted::set(vec![PROVIDER]);
		assert_noop!(ComputeLease::close_auction(signed(CLIENT), lease), Error::<Test>::ProviderNotActive);
		assert_ok!(ComputeLease::bid(signed(RIVAL), lease, other, 70, 8));
		assert_ok!(ComputeLease::close_auction(signed(CLIENT), lease));
		assert_eq!(entry(lease).tenancy().map(|tenancy| tenancy.bid.provider), Some(RIVAL));
	});
}

#[test]
fn cancel_order_should_return_everything_while_the_auction_is_on() {
	build_and_execute(|| {
		let lease = place(spec(), 1_000);
		let machine = machine(PROVIDER);
		assert_ok!(ComputeLease::bid(signed(PROVIDER), lease, machine, 80, 8));
		assert_noop!(ComputeLease::cancel_order(signed(STRANGER), lease), Error::<Test>::NotClient);
		assert_ok!(ComputeLease::cancel_order(signed(CLIENT), lease));
		assert_eq!(end_of(lease), Some((EndReason::Cancelled, 1)));
		assert_eq!((free(CLIENT), slots_taken(machine)), (ENDOWMENT, 0));
		assert_noop!(ComputeLease::cancel_order(signed(CLIENT), lease), Error::<Test>::UnknownLease);
	});
}

#[test]
fn cancel_order_should_fail_when_the_best_bid_has_won() {
	build_and_execute(|| {
		let lease = place(spec(), 1_000);
		assert_ok!(ComputeLease::bid(signed(PROVIDER), lease, machine(PROVIDER), 80, 8));
		skip_to(6);
		assert_noop!(ComputeLease::cancel_order(signed(CLIENT), lease), Error::<Test>::AuctionClosed);
		assert_ok!(ComputeLease::close_auction(signed(CLIENT), lease));
		assert_noop!(ComputeLease::cancel_order(signed(CLIENT), lease), Error::<Test>::NotOpen);
	});
}

#[test]
fn deposits_should_be_released_as_they_were_paid() {
	build_and_execute(|| {
		let lease = place(spec(), 1_000);
		assert_ok!(ComputeLease::bid(signed(PROVIDER), lease, machine(PROVIDER), 80, 8));
		OrderDeposit::set(5_000);
		BidDeposit::set(2_000);
		assert_ok!(ComputeLease::cancel_order(signed(CLIENT), lease));
		OrderDeposit::set(50);
		BidDeposit::set(20);
		assert_eq!((free(CLIENT), free(PROVIDER)), (ENDOWMENT, ENDOWMENT - 40));
	});
}

#[test]
fn machine_should_not_be_deregistered_while_it_is_bid_or_lent() {
	build_and_execute(|| {
		let lease = place(spec(), 1_000);
		let machine = machine(PROVIDER);
		assert_ok!(ComputeLease::bid(signed(PROVIDER), lease, machine, 80, 8));
		let busy = pallet_compute_market::Error::<Test>::MachineBusy;
		assert_noop!(ComputeMarket::deregister_machine(signed(PROVIDER), machine), busy);
		assert_ok!(ComputeLease::close_auction(signed(CLIENT), lease));
		let busy = pallet_compute_market::Error::<Test>::MachineBusy;
		assert_noop!(ComputeMarket::deregister_machine(signed(PROVIDER), machine), busy);
		assert_ok!(ComputeLease::close_lease(signed(CLIENT), lease));
		assert_ok!(ComputeMarket::deregister_machine(signed(PROVIDER), machine));
	});
}

#[test]
fn set_manifest_should_say_what_is_to_be_run() {
	build_and_execute(|| {
		let lease = running();
		let manifest = BlobHash::repeat_byte(9);
		assert_noop!(ComputeLease::set_manifest(signed(PROVIDER), lease, manifest, url("x")), Error::<Test>::NotClient);
		assert_ok!(ComputeLease::set_manifest(signed(CLIENT), lease, manifest, url("x")));
		assert_eq!((entry(lease).spec.manifest, entry(lease).spec.source), (manifest, url("x")));
		assert_eq!(events().last(), Some(&Event::ManifestSet { lease, manifest }));
	});
}

#[test]
fn set_manifest_should_fail_when_somebody_has_bid_on_the_order() {
	build_and_execute(|| {
		let lease = place(spec(), 1_000);
		let set = |byte| ComputeLease::set_manifest(signed(CLIENT), lease, BlobHash::repeat_byte(byte), url("x"));
		assert_ok!(set(8));
		assert_ok!(ComputeLease::bid(signed(PROVIDER), lease, machine(PROVIDER), 80, 8));
		assert_noop!(set(9), Error::<Test>::HasBid);
		assert_ok!(ComputeLease::close_auction(signed(CLIENT), lease));
		assert_ok!(set(9));
	});
}
