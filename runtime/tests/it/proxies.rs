//! What a proxy may do, by its type.

use crate::support::*;
use assay_runtime::{configs::ProxyType, JobId, LeaseId, MachineId, PaymentKind, RuntimeCall};
use frame_support::traits::InstanceFilter;
use pallet_compute_lease::Call as Lease;
use pallet_compute_market::Call as Market;
use pallet_work_proofs::Call as Proofs;
use sp_core::H256;
use sp_keyring::Sr25519Keyring::Alice;

#[test]
fn proxies_should_do_what_their_type_says_and_nothing_else() {
	let (job, lease, machine, to) = (JobId(0), LeaseId(0), MachineId(0), account(Alice));
	let (nobody, anybody, provider, client, both) = (
		[true, false, false, false],
		[true, true, false, false],
		[true, true, true, false],
		[true, true, false, true],
		[true, true, true, true],
	);
	let (guest, input) = (Default::default(), Default::default());
	let (payment, spec) = (PaymentKind::Native, chain("development").execute_with(|| spec(4, UNIT)));
	let calls: [(RuntimeCall, [bool; 4]); 17] = [
		(pallet_balances::Call::transfer_allow_death { dest: to.into(), value: UNIT }.into(), nobody),
		(pallet_staking_slash::Call::unbond { amount: UNIT }.into(), anybody),
		(Market::bid { job, machine, price: UNIT }.into(), provider),
		(Market::commit_result { job, first: 0, root: H256::zero() }.into(), provider),
		(pallet_checkers::Call::show_data { job, guest, input }.into(), provider),
		(Market::submit_job_in_ranges { spec, payment, length: 2 }.into(), client),
		(Market::accept_result { job, first: 0 }.into(), client),
		(Proofs::demand_unit { job, index: 0 }.into(), client),
		(Market::clear_job { job }.into(), client),
		// Either side may be the one that waits for it.
		(Market::close_auction { job }.into(), both),
		(Lease::bid { lease, machine, rate: UNIT, notice: 1 }.into(), provider),
		(Lease::reclaim { lease }.into(), provider),
		// It costs stake.
		(Lease::abandon { lease }.into(), anybody),
		(Lease::fund { lease, amount: UNIT }.into(), client),
		(Lease::defund { lease }.into(), client),
		(Lease::close_unserved { lease }.into(), client),
		(Lease::close_auction { lease }.into(), both),
	];
	let types = [ProxyType::Any, ProxyType::NonTransfer, ProxyType::Provider, ProxyType::Client];
	for (call, expected) in calls {
		assert_eq!(types.map(|proxy| proxy.filter(&call)), expected, "{call:?}");
	}
}
