//! Offences, by theme.

mod contest;
mod cost;
mod debt;
mod escape;
mod invariants;
mod queue;
mod region;
mod sources;

use super::*;
use assay_primitives::OffenceReport;
use frame_support::weights::Weight;
use sp_runtime::Perbill;

/// Whoever finds offences. Has the existential deposit.
const FINDER: AccountId = 6;

/// What an offence with a [`LARGE`] machine costs by [`parts`]: a third of 900.
const THIRD: Balance = 300;

fn signed(who: AccountId) -> RuntimeOrigin {
	RuntimeOrigin::signed(who)
}

/// Like `build_and_execute`, with ALICE and BOB having bonded 10,000 each.
fn with_providers(test: impl FnOnce()) {
	build_and_execute(|| {
		assert_ok!(<Balances as frame_support::traits::fungible::Mutate<_>>::mint_into(&FINDER, EXISTENTIAL_DEPOSIT));
		for provider in [ALICE, BOB] {
			bond(provider, 10_000);
		}
		events();
		test();
		assert!(!events().iter().any(|event| matches!(event, Event::Unexpected { .. })));
	});
}

/// Report that ALICE did not answer, with a machine that nothing else is reported of. Returns the number of the slash.
#[track_caller]
fn queue_slash() -> SlashId {
	let slash = NextSlashId::<Test>::get();
	let subject = NextSubject::get();
	assert_eq!(report(OffenceReport { machine: MachineId(subject), ..offence(Offence::Downtime, ALICE) }), Ok(0));
	slash
}

/// The last slash among the events since the last call: sources, debt and parts.
#[track_caller]
fn last_slash() -> Slash {
	events()
		.into_iter()
		.rev()
		.find_map(|event| match event {
			Event::Slashed {
				slash,
				from_bond,
				from_rewards,
				from_vesting,
				from_stake,
				debt,
				to_wronged,
				to_reporter,
				to_treasury,
				burned,
				amount,
				..
			} => {
				assert_eq!(from_bond + from_rewards + from_vesting + from_stake, amount);
				assert_eq!(to_wronged + to_reporter + to_treasury + burned, amount);
				let from = [from_bond, from_rewards, from_vesting, from_stake];
				Some(Slash { slash, from, debt, to: [to_wronged, to_reporter, to_treasury, burned] })
			},
			_ => None,
		})
		.expect("there was no slash")
}

/// What a slash event says.
#[derive(Debug, Eq, PartialEq)]
struct Slash {
	slash: Option<SlashId>,
	/// Bond, rewards, vesting, stake.
	from: [Balance; 4],
	debt: Balance,
	/// Wronged, reporter, treasury, burned.
	to: [Balance; 4],
}
