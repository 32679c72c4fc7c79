//! Slashes that wait, and debts: looking at them, doubting them, paying.

use std::fmt;

use anyhow::{bail, ensure, Context};
use serde::Serialize;
use subxt::utils::AccountId32;
use subxt_signer::sr25519::Keypair;

use crate::{
	amount::{Amount, Portion},
	chain::{
		model::{BlockNumber, Event, PendingSlash, SlashEvent, SlashState},
		At, Call, Chain,
	},
	keys,
	output::Output,
	span::Span,
};

/// One slash.
#[derive(Serialize)]
struct Line<'a> {
	#[serde(flatten)]
	pending: &'a PendingSlash,
	/// How long it is until it ends by itself.
	due_in_seconds: Span,
}

impl<'a> Line<'a> {
	/// As it stands when `best` is the best block.
	fn new(pending: &'a PendingSlash, best: u64, block_millis: u64) -> Self {
		Self { pending, due_in_seconds: Span::between(best, pending.state.due().into(), block_millis) }
	}
}

impl fmt::Display for Line<'_> {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let PendingSlash { slash, provider, offence, machine, committed_at, reported_at, amount, state, .. } =
			self.pending;
		let left = self.due_in_seconds;
		write!(
			f,
			"slash {slash}: up to {amount} from {provider} for {offence} with machine {machine} in block {committed_at}, \
			 reported in block {reported_at}\n  {}: ",
			state.name()
		)?;
		if left == Span(0) {
			let due = state.due();
			return write!(
				f,
				"due since block {due}; if it goes on waiting, anybody can have it done with `assay slash apply {slash}`"
			);
		}
		match state {
			SlashState::Queued { due } => {
				write!(f, "carried out in block {due}, in about {left}; its provider can contest it until then")
			},
			SlashState::Contested { due, bond } => {
				write!(
					f,
					"{bond} is put on it; carried out in block {due}, in about {left}, unless it is decided before"
				)
			},
			SlashState::Held { due } => {
				write!(f, "one of too many in its region; lapses in block {due}, in about {left}, unless it is decided before")
			},
		}
	}
}

/// What a provider owes.
#[derive(Serialize)]
pub struct DebtReport {
	/// The provider.
	pub provider: AccountId32,
	/// How much.
	pub debt: Amount,
}

impl fmt::Display for DebtReport {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "{} owes {}", self.provider, self.debt)
	}
}

/// What was done.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "event")]
enum Notice {
	Contested { block: u64, slash: u64, bond: Amount, due: BlockNumber },
	CarriedOut { block: u64, slash: u64, amount: Amount },
	Lapsed { block: u64, slash: u64 },
	Paid { block: u64, provider: AccountId32, amount: Amount, debt: Amount },
}

impl fmt::Display for Notice {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Contested { block, slash, bond, due } => {
				write!(f, "slash {slash}: contested in block {block} with {bond}; to be decided before block {due}")
			},
			Self::CarriedOut { block, slash, amount } => {
				write!(f, "slash {slash}: carried out in block {block}, {amount} taken")
			},
			Self::Lapsed { block, slash } => write!(f, "slash {slash}: lapsed in block {block}"),
			Self::Paid { block, provider, amount, debt } => {
				write!(f, "{amount} of what {provider} owes paid in block {block}; {debt} is left")
			},
		}
	}
}

/// Show the slashes of a provider that are not carried out yet.
pub async fn list(chain: &Chain, provider: &AccountId32, out: Output) -> anyhow::Result<()> {
	let at = chain.finalised().await?;
	let pending = at.pending_slashes(provider).await?;
	if pending.is_empty() {
		out.note(format!("no slash of {provider} waits"));
	}
	let (best, block_millis) = (chain.best().await?, at.rules()?.block_millis);
	for slash in &pending {
		out.result(&Line::new(slash, best, block_millis));
	}
	Ok(())
}

async fn pending(at: &At, slash: u64) -> anyhow::Result<PendingSlash> {
	at.pending_slash(slash)
		.await?
		.with_context(|| format!("slash {slash} does not wait: it was carried out or given up, or never was"))
}

/// Show one slash.
pub async fn show(chain: &Chain, slash: u64, out: Output) -> anyhow::Result<()> {
	let at = chain.finalised().await?;
	out.result(&Line::new(&pending(&at, slash).await?, chain.best().await?, at.rules()?.block_millis));
	Ok(())
}

/// Refuse a contest that the chain would refuse, when block `next` is the first that it can get into.
fn ensure_contestable(pending: &PendingSlash, me: &AccountId32, next: u64) -> anyhow::Result<()> {
	let PendingSlash { slash, provider, state, .. } = pending;
	ensure!(provider == me, "slash {slash} is not one of yours: it is {provider} who can contest it");
	match state {
		SlashState::Queued { due } => ensure!(
			u64::from(*due) > next,
			"slash {slash} can no longer be contested: it is carried out in block {due}"
		),
		SlashState::Contested { due, .. } => bail!("slash {slash} is contested already, until block {due}"),
		SlashState::Held { due } => {
			bail!("slash {slash} is held, and lapses in block {due} by itself: it can be contested only when it is released")
		},
	}
	Ok(())
}

/// Doubt a slash.
pub async fn contest(chain: &Chain, key: &Keypair, slash: u64, out: Output) -> anyhow::Result<()> {
	let me = keys::account(key);
	let at = chain.finalised().await?;
	ensure_contestable(&pending(&at, slash).await?, &me, chain.best().await?.saturating_add(1))?;
	let (free, bond) = (at.funds(&me).await?.free, at.contest_bond()?);
	ensure!(free > bond, "a contest puts {bond} on hold, and account {me} has only {free} free");
	let included = chain.submit(key, Call::ContestSlash(slash)).await?;
	let notice = included.events.iter().find_map(|event| match event {
		Event::Slash(SlashEvent::Contested { slash: other, bond, due }) if *other == slash => {
			Some(Notice::Contested { block: included.block, slash, bond: *bond, due: *due })
		},
		_ => None,
	});
	out.result(&notice.with_context(|| format!("the chain did not say what became of slash {slash}"))?);
	Ok(())
}

/// Have done to a slash what is due. The chain does that by itself; anyone may when it is late.
pub async fn apply(chain: &Chain, key: &Keypair, slash: u64, out: Output) -> anyhow::Result<()> {
	let pending = pending(&chain.finalised().await?, slash).await?;
	let next = chain.best().await?.saturating_add(1);
	ensure!(
		u64::from(pending.state.due()) <= next,
		"slash {slash} is not due before block {}, and the next is {next}",
		pending.state.due()
	);
	let included = chain.submit(key, Call::ApplySlash(slash)).await?;
	let block = included.block;
	let notice = included.events.iter().find_map(|event| match event {
		Event::Slashed { provider, amount, .. } if *provider == pending.provider => {
			Some(Notice::CarriedOut { block, slash, amount: *amount })
		},
		Event::Slash(SlashEvent::Lapsed { slash: other }) if *other == slash => Some(Notice::Lapsed { block, slash }),
		_ => None,
	});
	// The machine may have paid for something else in the same period.
	out.result(&notice.unwrap_or(Notice::CarriedOut { block, slash, amount: Amount(0) }));
	Ok(())
}

/// Show what a provider owes.
pub async fn debt(chain: &Chain, provider: &AccountId32, out: Output) -> anyhow::Result<()> {
	let debt = chain.finalised().await?.debt(provider).await?;
	out.result(&DebtReport { provider: *provider, debt });
	Ok(())
}

/// Pay what a provider owes, or a part of it.
pub async fn pay(
	chain: &Chain,
	key: &Keypair,
	provider: &AccountId32,
	amount: Portion,
	out: Output,
) -> anyhow::Result<()> {
	let me = keys::account(key);
	let at = chain.finalised().await?;
	let debt = ensure_debt(&at, provider).await?;
	let (amount, free) = (amount.of(debt), at.funds(&me).await?.free);
	ensure!(amount.0 > 0, "give an amount above zero, or `all`");
	ensure!(free > amount, "account {me} has only {free} free");
	settle(chain, key, provider, Call::PayDebt { provider: *provider, amount }, out).await
}

/// Have taken what a provider owes out of its rewards and of what vests for it.
pub async fn collect(chain: &Chain, key: &Keypair, provider: &AccountId32, out: Output) -> anyhow::Result<()> {
	ensure_debt(&chain.finalised().await?, provider).await?;
	settle(chain, key, provider, Call::CollectDebt(*provider), out).await
}

async fn ensure_debt(at: &At, provider: &AccountId32) -> anyhow::Result<Amount> {
	let debt = at.debt(provider).await?;
	ensure!(debt.0 > 0, "account {provider} owes nothing");
	Ok(debt)
}

async fn settle(chain: &Chain, key: &Keypair, provider: &AccountId32, call: Call, out: Output) -> anyhow::Result<()> {
	let included = chain.submit(key, call).await?;
	let (block, provider) = (included.block, *provider);
	let notice = included.events.iter().find_map(|event| match event {
		Event::Slash(SlashEvent::DebtCollected { amount, debt }) => {
			Some(Notice::Paid { block, provider, amount: *amount, debt: *debt })
		},
		_ => None,
	});
	out.result(&notice.with_context(|| format!("the chain did not say what was paid in block {block}"))?);
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::chain::model::Offence;

	const ME: AccountId32 = AccountId32([1; 32]);
	const OTHER: AccountId32 = AccountId32([2; 32]);

	fn slash(state: SlashState) -> PendingSlash {
		PendingSlash {
			slash: 3,
			provider: ME,
			offence: Offence::Downtime,
			machine: 4,
			committed_at: 10,
			subject: 7,
			reported_at: 12,
			amount: Amount(33),
			state,
		}
	}

	#[test]
	fn slash_should_be_contestable_by_its_provider_until_it_is_due() {
		let queued = slash(SlashState::Queued { due: 50 });
		assert!(ensure_contestable(&queued, &ME, 49).is_ok());
		for (pending, who, next, why) in [
			(&queued, ME, 50, "no longer"),
			(&queued, OTHER, 20, "not one of yours"),
			(&slash(SlashState::Contested { due: 60, bond: Amount(5) }), ME, 20, "already"),
			(&slash(SlashState::Held { due: 60 }), ME, 20, "held"),
		] {
			let error = ensure_contestable(pending, &who, next).unwrap_err().to_string();
			assert!(error.contains(why), "{error}");
		}
	}

	#[test]
	fn slash_should_say_what_becomes_of_it_by_itself_and_when() {
		for (state, what, when) in [
			(SlashState::Queued { due: 50 }, "queued: ", "carried out in block 50, in about 3 min; its provider"),
			(
				SlashState::Contested { due: 100, bond: Amount(5_000_000_000_000) },
				"contested: 5 ASY is put on it; ",
				"carried out in block 100, in about 8 min, unless",
			),
			(SlashState::Held { due: 25 }, "held: ", "lapses in block 25, in about 30 s, unless"),
			// Blocks are so full that it waits.
			(
				SlashState::Queued { due: 15 },
				"queued: ",
				"due since block 15; if it goes on waiting, anybody can have it done",
			),
		] {
			let text = Line::new(&slash(state), 20, 6_000).to_string();
			for part in ["for downtime with machine 4 in block 10", what, when] {
				assert!(text.contains(part), "{part} is not in {text}");
			}
		}
		let contested = slash(SlashState::Contested { due: 60, bond: Amount(5) });
		let json = serde_json::to_value(Line::new(&contested, 20, 6_000)).unwrap();
		assert_eq!((&json["state"], &json["due"], &json["bond"]), (&"contested".into(), &60.into(), &"5".into()));
		assert_eq!((&json["offence"], &json["amount"]), (&"downtime".into(), &"33".into()));
		assert_eq!(json["due_in_seconds"], 240);
	}

	#[test]
	fn notice_should_tell_what_is_left_of_a_debt() {
		let paid = Notice::Paid { block: 9, provider: ME, amount: Amount(4), debt: Amount(2) };
		assert_eq!(
			serde_json::to_string(&paid).unwrap(),
			format!(r#"{{"event":"paid","block":9,"provider":"{ME}","amount":"4","debt":"2"}}"#)
		);
		assert!(paid.to_string().ends_with("0.000000000002 ASY is left"), "{paid}");
	}
}
