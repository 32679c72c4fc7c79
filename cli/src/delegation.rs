//! Backing providers with stake: delegating, moving, taking back, claiming.

use std::fmt;

use anyhow::{bail, ensure, Context};
use serde::Serialize;
use subxt::utils::AccountId32;
use subxt_signer::sr25519::Keypair;

use crate::{
	amount::{Amount, Portion},
	chain::{
		model::{Announced, BlockNumber, DelegationEvent, Event, Liability, Pool, Position, Terms},
		At, Call, Chain, Included,
	},
	keys,
	output::Output,
};

/// What to do with delegated stake.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Action {
	/// Back a provider.
	Delegate {
		/// Which.
		provider: AccountId32,
		/// With how much.
		amount: Amount,
	},
	/// Begin to take stake back.
	Undelegate {
		/// From whom.
		provider: AccountId32,
		/// How much.
		amount: Portion,
	},
	/// Back another provider.
	Move {
		/// Whom no more.
		from: AccountId32,
		/// Whom instead.
		to: AccountId32,
		/// With how much.
		amount: Portion,
	},
	/// Take out what has been on its way for long enough.
	Withdraw {
		/// From whom.
		provider: AccountId32,
	},
	/// Have rewards paid out.
	Claim {
		/// With whom they were earned.
		provider: AccountId32,
		/// Delegate them instead.
		compound: bool,
	},
	/// Have taken what a position owes, and what is over forgotten.
	Collect {
		/// With whom the position is.
		provider: AccountId32,
		/// Whose it is.
		delegator: AccountId32,
	},
	/// Announce terms for one's own delegators.
	Announce(Terms),
}

/// What was done.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "event")]
enum Notice {
	Delegated {
		block: u64,
		provider: AccountId32,
		amount: Amount,
	},
	Undelegating {
		block: u64,
		provider: AccountId32,
		amount: Amount,
		withdrawable_at: BlockNumber,
	},
	Withdrawn {
		block: u64,
		provider: AccountId32,
		amount: Amount,
	},
	Moved {
		block: u64,
		from: AccountId32,
		to: AccountId32,
		amount: Amount,
		liable_until: BlockNumber,
	},
	RewardClaimed {
		block: u64,
		provider: AccountId32,
		amount: Amount,
		compounded: bool,
	},
	Collected {
		block: u64,
		provider: AccountId32,
		delegator: AccountId32,
		owed: Amount,
		collected: Amount,
	},
	Announced {
		block: u64,
		#[serde(flatten)]
		announced: Announced,
	},
}

impl fmt::Display for Notice {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Delegated { block, provider, amount } => {
				write!(f, "{amount} delegated to {provider} in block {block}")
			},
			Self::Undelegating { block, provider, amount, withdrawable_at } => {
				write!(
					f,
					"{amount} left {provider} in block {block} and can be withdrawn from block {withdrawable_at} on"
				)
			},
			Self::Withdrawn { block, provider, amount } => {
				write!(f, "{amount} withdrawn from {provider} in block {block}")
			},
			Self::Moved { block, from, to, amount, liable_until } => write!(
				f,
				"{amount} moved from {from} to {to} in block {block}, liable for the past of the first until block \
				 {liable_until}"
			),
			Self::RewardClaimed { block, provider, amount, compounded: false } => {
				write!(f, "reward of {amount} with {provider} paid out in block {block}")
			},
			Self::RewardClaimed { block, provider, amount, compounded: true } => {
				write!(f, "reward of {amount} with {provider} delegated to it in block {block}")
			},
			Self::Collected { block, provider, delegator, owed, collected } => write!(
				f,
				"{collected} collected in block {block} of {owed} that {delegator} owed out of its stake with {provider}"
			),
			Self::Announced { block, announced: Announced { terms: Terms { commission, kickback }, from } } => write!(
				f,
				"commission of {commission} and kick-back of {kickback} announced in block {block}: they count from block \
				 {from} on"
			),
		}
	}
}

/// The pool of a provider.
#[derive(Serialize)]
pub struct PoolReport {
	/// The provider.
	pub provider: AccountId32,
	/// Its pool.
	#[serde(flatten)]
	pub pool: Pool,
}

impl fmt::Display for PoolReport {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let Pool { account, own, delegated, counted, room, price, terms, announced, .. } = &self.pool;
		write!(
			f,
			"provider {}\n  own bond      {own}\n  delegated     {delegated}\n  counted       {counted}\n  room          \
			 {room}\n  share         {price}\n  commission    {}\n  kick-back     {}",
			self.provider, terms.commission, terms.kickback
		)?;
		if let Some(Announced { terms, from }) = announced {
			write!(f, "\n  from block {from} on: commission {}, kick-back {}", terms.commission, terms.kickback)?;
		}
		write!(f, "\n  pool account  {account}")
	}
}

/// What a delegator has with a provider.
#[derive(Clone, Debug, Serialize)]
pub struct PositionReport {
	/// The provider.
	pub provider: AccountId32,
	/// The delegator.
	pub delegator: AccountId32,
	/// What the second has with the first.
	#[serde(flatten)]
	pub position: Position,
}

impl fmt::Display for PositionReport {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let Position { value, unbonding, withdrawable, withdrawable_from, reward, liable, owed, liabilities, .. } =
			&self.position;
		write!(
			f,
			"{} with provider {}\n  delegated     {value}\n  unbonding     {unbonding}",
			self.delegator, self.provider
		)?;
		if let Some(block) = withdrawable_from {
			write!(f, ", the first of it until block {block}")?;
		}
		write!(f, "\n  withdrawable  {withdrawable}\n  reward        {reward}")?;
		if owed.0 > 0 {
			write!(f, "\n  owed          {owed}")?;
		}
		if !liabilities.is_empty() {
			write!(f, "\n  liable        {liable}")?;
		}
		for Liability { provider, until } in liabilities {
			write!(f, "\n    for {provider} until block {until}")?;
		}
		Ok(())
	}
}

/// Refuse what the chain would refuse, so that nobody pays a fee for it; the call to make otherwise.
async fn prepare(at: &At, me: &AccountId32, action: Action) -> anyhow::Result<Call> {
	Ok(match action {
		Action::Delegate { provider, amount } => {
			let free = at.funds(me).await?.free;
			ensure!(free > amount, "account {me} has only {free} free");
			ensure_takes(at, me, &provider, amount).await?;
			Call::Delegate { provider, amount }
		},
		Action::Undelegate { provider, amount } => {
			ensure_leaves(at, me, &provider, amount).await?;
			Call::Undelegate { provider, amount: amount.at_most() }
		},
		Action::Move { from, to, amount } => {
			ensure!(from != to, "stake cannot be moved to where it is");
			let value = ensure_leaves(at, me, &from, amount).await?;
			ensure_takes(at, me, &to, amount.of(value)).await?;
			Call::MoveDelegation { from, to, amount: amount.at_most() }
		},
		Action::Withdraw { provider } => {
			let position = position(at, &provider, me).await?;
			match position.withdrawable_from {
				None => bail!("nothing is on its way from {provider}: begin with `assay stake undelegate`"),
				Some(block) => ensure!(
					u64::from(block) <= at.number().saturating_add(1),
					"nothing can be withdrawn yet: {} is on its way, the first of it until block {block}",
					position.unbonding
				),
			}
			Call::WithdrawDelegation(provider)
		},
		Action::Claim { provider, compound } => {
			let position = position(at, &provider, me).await?;
			ensure!(position.reward.0 > 0, "account {me} has no reward with {provider} to claim");
			Call::ClaimDelegationReward { provider, compound }
		},
		Action::Collect { provider, delegator } => {
			let position = position(at, &provider, &delegator).await?;
			let over = |one: &Liability| u64::from(one.until) <= at.number().saturating_add(1);
			ensure!(
				position.owed.0 > 0 || position.liabilities.iter().any(over),
				"account {delegator} owes nothing out of its stake with {provider}, and no liability of it is over"
			);
			Call::CollectLiability { delegator, provider }
		},
		Action::Announce(terms) => {
			ensure!(at.stake(me).await?.bonded.0 > 0, "account {me} has no bond: only providers have terms");
			let highest = at.delegation_rules()?.max_commission;
			ensure!(terms.commission <= highest, "the commission can be {highest} at most");
			Call::SetCommission(terms)
		},
	})
}

/// Refuse to delegate what the provider cannot take.
async fn ensure_takes(at: &At, me: &AccountId32, provider: &AccountId32, amount: Amount) -> anyhow::Result<()> {
	ensure!(
		at.stake(provider).await?.bonded.0 > 0,
		"account {provider} has no bond: stake can be delegated to providers only"
	);
	if let Some(pool) = at.pool(provider).await? {
		ensure!(
			amount <= pool.room,
			"provider {provider} can take only {} more: delegated stake is bounded by its own bond",
			pool.room
		);
	}
	let least = at.delegation_rules()?.min_delegation;
	let value = at.position(provider, me).await?.map(|position| position.value).unwrap_or_default();
	ensure!(
		value.0.saturating_add(amount.0) >= least.0,
		"with a provider one must have at least {least}, and this would be {}",
		Amount(value.0.saturating_add(amount.0))
	);
	Ok(())
}

/// Refuse to take out, or leave, less than one can have with a provider. Returns what one has.
async fn ensure_leaves(at: &At, me: &AccountId32, provider: &AccountId32, amount: Portion) -> anyhow::Result<Amount> {
	let value = position(at, provider, me).await?.value;
	ensure!(value.0 > 0, "account {me} has nothing delegated to {provider} any more");
	ensure!(amount.at_most().0 > 0, "give an amount above zero, or `all`");
	let rest = Amount(value.0.saturating_sub(amount.of(value).0));
	let least = at.delegation_rules()?.min_delegation;
	ensure!(rest.0 == 0 || amount.of(value) >= least, "take at least {least}, or `all`");
	ensure!(
		rest.0 == 0 || rest >= least,
		"of {value} with {provider}, {rest} would remain: leave at least {least}, or take `all`"
	);
	Ok(value)
}

async fn position(at: &At, provider: &AccountId32, delegator: &AccountId32) -> anyhow::Result<Position> {
	at.position(provider, delegator)
		.await?
		.with_context(|| format!("account {delegator} has nothing with provider {provider}"))
}

/// What the events of the transaction say about `action`.
fn notice(included: &Included, action: Action) -> Option<Notice> {
	let block = included.block;
	let mut events = included.events.iter().filter_map(|event| match event {
		Event::Delegation(event) => Some(event),
		_ => None,
	});
	match action {
		Action::Delegate { provider, .. } => events.find_map(|event| match event {
			DelegationEvent::Delegated { amount } => Some(Notice::Delegated { block, provider, amount: *amount }),
			_ => None,
		}),
		Action::Undelegate { provider, .. } => events.find_map(|event| match event {
			DelegationEvent::Undelegating { amount, withdrawable_at } => {
				Some(Notice::Undelegating { block, provider, amount: *amount, withdrawable_at: *withdrawable_at })
			},
			_ => None,
		}),
		Action::Move { from, to, .. } => events.find_map(|event| match event {
			DelegationEvent::Moved { amount, liable_until } => {
				Some(Notice::Moved { block, from, to, amount: *amount, liable_until: *liable_until })
			},
			_ => None,
		}),
		Action::Withdraw { provider } => events.find_map(|event| match event {
			DelegationEvent::Withdrawn { amount } => Some(Notice::Withdrawn { block, provider, amount: *amount }),
			_ => None,
		}),
		Action::Claim { provider, compound } => events.find_map(|event| match event {
			DelegationEvent::RewardClaimed { amount } => {
				Some(Notice::RewardClaimed { block, provider, amount: *amount, compounded: compound })
			},
			_ => None,
		}),
		Action::Collect { provider, delegator } => {
			// One event for each offender; none when liabilities were only over.
			let (mut total, mut taken) = (0u128, 0u128);
			for event in events {
				if let DelegationEvent::Collected { owed, collected, .. } = event {
					total = total.saturating_add(owed.0);
					taken = taken.saturating_add(collected.0);
				}
			}
			Some(Notice::Collected { block, provider, delegator, owed: Amount(total), collected: Amount(taken) })
		},
		Action::Announce(_) => events.find_map(|event| match event {
			DelegationEvent::Announced(announced) => Some(Notice::Announced { block, announced: *announced }),
			_ => None,
		}),
	}
}

/// Do something with delegated stake, and tell what was done.
pub async fn act(chain: &Chain, key: &Keypair, action: Action, out: Output) -> anyhow::Result<()> {
	let call = prepare(&chain.finalised().await?, &keys::account(key), action).await?;
	let included = chain.submit(key, call).await?;
	let notice = notice(&included, action)
		.with_context(|| format!("the chain did not say what it did in block {}", included.block))?;
	out.result(&notice);
	Ok(())
}

/// Show the pool of a provider.
pub async fn show_pool(chain: &Chain, provider: &AccountId32, out: Output) -> anyhow::Result<()> {
	let pool = chain.finalised().await?.pool(provider).await?;
	let pool = pool.with_context(|| {
		format!("account {provider} has no pool: nobody has delegated to it yet, and it announced no terms")
	})?;
	out.result(&PoolReport { provider: *provider, pool });
	Ok(())
}

/// Show what `delegator` has with `provider`.
pub async fn show_position(
	chain: &Chain,
	provider: &AccountId32,
	delegator: &AccountId32,
	out: Output,
) -> anyhow::Result<()> {
	let position = position(&chain.finalised().await?, provider, delegator).await?;
	out.result(&PositionReport { provider: *provider, delegator: *delegator, position });
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::fraction::{Fixed, Share};

	const PROVIDER: AccountId32 = AccountId32([1; 32]);
	const OTHER: AccountId32 = AccountId32([2; 32]);
	const ME: AccountId32 = AccountId32([3; 32]);

	fn included(events: Vec<DelegationEvent>) -> Included {
		Included { block: 30, events: events.into_iter().map(Event::Delegation).collect() }
	}

	#[test]
	fn notice_should_tell_what_the_chain_did_and_not_what_was_asked() {
		let undelegate = Action::Undelegate { provider: PROVIDER, amount: Portion::All };
		let undelegating = DelegationEvent::Undelegating { amount: Amount(5), withdrawable_at: 90 };
		let told = notice(&included(vec![undelegating.clone()]), undelegate).unwrap();
		assert_eq!(
			told,
			Notice::Undelegating { block: 30, provider: PROVIDER, amount: Amount(5), withdrawable_at: 90 }
		);
		let json = format!(
			r#"{{"event":"undelegating","block":30,"provider":"{PROVIDER}","amount":"5","withdrawable_at":90}}"#
		);
		assert_eq!(serde_json::to_string(&told).unwrap(), json);
		let delegate = Action::Delegate { provider: PROVIDER, amount: Amount(5) };
		assert_eq!(notice(&included(vec![undelegating]), delegate), None);
	}

	#[test]
	fn notice_should_sum_up_what_was_collected_for_all_offenders() {
		let collect = Action::Collect { provider: PROVIDER, delegator: ME };
		let collected = |offender, owed, collected| DelegationEvent::Collected {
			offender,
			owed: Amount(owed),
			collected: Amount(collected),
		};
		let told = notice(&included(vec![collected(OTHER, 7, 7), collected(ME, 5, 2)]), collect).unwrap();
		let expected =
			Notice::Collected { block: 30, provider: PROVIDER, delegator: ME, owed: Amount(12), collected: Amount(9) };
		assert_eq!(told, expected);
		assert!(matches!(notice(&included(vec![]), collect), Some(Notice::Collected { owed: Amount(0), .. })));
	}

	#[test]
	fn terms_should_be_told_with_the_block_from_which_they_count() {
		let terms = Terms { commission: Share::percent(10), kickback: Share(25_000_000) };
		let announced = DelegationEvent::Announced(Announced { terms, from: 50 });
		let told = notice(&included(vec![announced]), Action::Announce(terms)).unwrap();
		assert_eq!(
			serde_json::to_string(&told).unwrap(),
			r#"{"event":"announced","block":30,"commission":100000000,"kickback":25000000,"from":50}"#
		);
		let text = told.to_string();
		assert!(text.contains("10 %") && text.contains("2.5 %") && text.contains("block 50"), "{text}");
	}

	#[test]
	fn pool_should_be_shown_with_the_terms_to_come() {
		let terms = |percent| Terms { commission: Share::percent(percent), kickback: Share(0) };
		let pool = Pool {
			account: OTHER,
			own: Amount(1_000_000_000_000),
			delegated: Amount(500_000_000_000),
			counted: Amount(500_000_000_000),
			room: Amount(500_000_000_000),
			shares: 400_000_000_000,
			price: Fixed(1_250_000_000_000_000_000),
			reward_per_share: u128::MAX,
			terms: terms(5),
			announced: Some(Announced { terms: terms(7), from: 50 }),
		};
		let report = PoolReport { provider: PROVIDER, pool };
		let text = report.to_string();
		assert!(text.contains("share         1.25\n") && text.contains("from block 50 on: commission 7 %"), "{text}");
		let json: serde_json::Value = serde_json::to_value(&report).unwrap();
		assert_eq!(json["room"], "500000000000");
		assert_eq!(json["price"], "1.25");
		assert_eq!(json["reward_per_share"], u128::MAX.to_string());
		assert_eq!((&json["commission"], &json["announced"]["from"]), (&50_000_000.into(), &50.into()));
	}

	#[test]
	fn position_should_show_what_it_owes_only_when_it_does() {
		let mut position = Position {
			shares: 7,
			value: Amount(7),
			unbonding: Amount(3),
			withdrawable: Amount(0),
			withdrawable_from: Some(90),
			reward: Amount(1),
			liable: Amount(0),
			owed: Amount(0),
			liabilities: vec![],
		};
		let show = |position: &Position| {
			PositionReport { provider: PROVIDER, delegator: ME, position: position.clone() }.to_string()
		};
		let text = show(&position);
		assert!(text.contains("until block 90") && !text.contains("owed") && !text.contains("liable"), "{text}");
		position.owed = Amount(2);
		position.liable = Amount(4);
		position.liabilities = vec![Liability { provider: OTHER, until: 80 }];
		let text = show(&position);
		assert!(text.contains("owed") && text.contains(&format!("for {OTHER} until block 80")), "{text}");
	}
}
