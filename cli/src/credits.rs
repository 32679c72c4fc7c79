//! Buying compute credits with tokens, and looking at them.

use std::fmt;

use anyhow::{bail, ensure, Context};
use serde::Serialize;
use subxt::utils::AccountId32;
use subxt_signer::sr25519::Keypair;

use crate::{
	amount::Amount,
	chain::{
		model::{
			BlockNumber, Conversion, ConversionEvent, Conversions, Credits, Event, Halt, HaltReason, Payment, Quoted,
		},
		At, Call, Chain, Follower, Step,
	},
	fraction::{Fixed, Share},
	keys,
	output::Output,
};

/// The credits of an account, and what they cost now.
#[derive(Serialize)]
pub struct CreditsReport {
	/// The account.
	pub account: AccountId32,
	/// Its credits.
	#[serde(flatten)]
	pub credits: Credits,
	/// Its conversions that wait.
	pub queue: Vec<Conversion>,
	/// Whether tokens are converted, and at which price.
	#[serde(flatten)]
	pub conversions: Conversions,
}

fn dollars(credits: Amount) -> String {
	Payment::Credits.show(credits)
}

impl fmt::Display for CreditsReport {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let Credits { free, escrowed, burned_for } = self.credits;
		write!(
			f,
			"credits of {}\n  free          {}\n  in escrow     {}\n  burned for    {burned_for}",
			self.account,
			dollars(free),
			dollars(escrowed)
		)?;
		for Conversion { id, amount, min_credits, ready_at, attempts, credits_now, .. } in &self.queue {
			write!(
				f,
				"\n  conversion {id}: {amount} for {} at least, from block {ready_at} on",
				dollars(*min_credits)
			)?;
			if let Some(credits) = credits_now {
				write!(f, "; {} now", dollars(*credits))?;
			}
			if *attempts > 0 {
				write!(f, "; failed {attempts} times")?;
			}
		}
		let Conversions { halted, price, average, quoted } = self.conversions;
		match price {
			Some(price) => write!(f, "\n  price         {price} USD a token")?,
			None => write!(f, "\n  price         none that counts")?,
		}
		if let Some(average) = average {
			write!(f, ", {average} on average")?;
		}
		if let Some(Quoted { price, age_seconds }) = quoted {
			write!(f, "\n  quoted        {price} USD a token {age_seconds} s ago")?;
		}
		match halted {
			None => write!(f, "\n  conversions   run"),
			Some(Halt { reason, since, .. }) => write!(f, "\n  conversions   halted since block {since}: {reason}"),
		}
	}
}

/// What was done.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "event")]
enum Notice {
	Queued { block: u64, conversion: u64, amount: Amount, min_credits: Amount, ready_at: BlockNumber },
	Bought { block: u64, conversion: u64, burned: Amount, credits: Amount, price: Fixed },
	Cancelled { block: u64, conversion: u64, refunded: Amount },
}

impl fmt::Display for Notice {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Queued { block, conversion, amount, min_credits, ready_at } => write!(
				f,
				"conversion {conversion}: {amount} put on hold in block {block} for {} at least; it is due in block {ready_at}",
				dollars(*min_credits)
			),
			Self::Bought { block, conversion, burned, credits, price } => write!(
				f,
				"conversion {conversion}: {burned} burned in block {block} for {} ({price} USD a token)",
				dollars(*credits)
			),
			Self::Cancelled { block, conversion, refunded } => {
				write!(f, "conversion {conversion}: cancelled in block {block}, {refunded} released")
			},
		}
	}
}

/// Show the credits of an account.
pub async fn show(chain: &Chain, account: &AccountId32, out: Output) -> anyhow::Result<()> {
	let at = chain.finalised().await?;
	out.result(&CreditsReport {
		account: *account,
		credits: at.credits(account).await?,
		queue: at.conversions_of(account).await?,
		conversions: at.conversions().await?,
	});
	Ok(())
}

/// The fewest credits to accept where `quote` is what there would be now.
fn least(quote: Amount, slippage: Share) -> Amount {
	Amount(quote.0.saturating_sub(slippage.of(quote.0)))
}

/// What `amount` tokens would make now; an error that says why, if it is nothing.
async fn quote(at: &At, amount: Amount) -> anyhow::Result<Amount> {
	if let Some(credits) = at.quote_credits(amount).await? {
		return Ok(credits);
	}
	match at.conversions().await?.halted {
		Some(Halt { reason: HaltReason::Admin, since, .. }) => {
			bail!("conversions are halted since block {since} by the administrator, who alone can end that")
		},
		Some(Halt { reason, since, sound_since }) => bail!(
			"conversions are halted since block {since}: {reason}; they run again {}",
			match sound_since {
				Some(block) => format!("when prices, which are sound since block {block}, have been so for a while"),
				None => "when prices have been sound for a while".to_owned(),
			}
		),
		None => bail!("the price does not count at the moment: try again in the next block"),
	}
}

/// Have `amount` tokens burned for credits, but not for fewer than the present price makes less `slippage`. With `wait`
/// follow the conversion to its end.
pub async fn buy(
	chain: &Chain,
	key: &Keypair,
	amount: Amount,
	slippage: Share,
	wait: bool,
	out: Output,
) -> anyhow::Result<()> {
	let me = keys::account(key);
	let at = chain.finalised().await?;
	let rules = at.conversion_rules()?;
	ensure!(
		(rules.min..=rules.max).contains(&amount),
		"a conversion is of {} to {}; for more, make several",
		rules.min,
		rules.max
	);
	let free = at.funds(&me).await?.free;
	ensure!(free > amount, "account {me} has only {free} free");
	let waiting = at.conversions_of(&me).await?.len();
	ensure!(
		waiting < rules.max_queued as usize,
		"account {me} has {waiting} conversions in the queue, as many as it may: wait until one is executed, or cancel one"
	);
	let min_credits = least(quote(&at, amount).await?, slippage);

	let included = chain.submit(key, Call::BuyCredits { amount, min_credits }).await?;
	let queued = included.events.iter().find_map(|event| match event {
		Event::Conversion(ConversionEvent::Queued { id, who, ready_at }) if *who == me => Some((*id, *ready_at)),
		_ => None,
	});
	let (conversion, ready_at) =
		queued.context("the chain did not say how the conversion is called: see `assay credits show`")?;
	out.result(&Notice::Queued { block: included.block, conversion, amount, min_credits, ready_at });
	if wait {
		let notice = follow(chain, conversion, included.block).await?;
		out.result(&notice);
		ensure!(
			matches!(notice, Notice::Bought { .. }),
			"conversion {conversion} was given up: the price made fewer credits than are accepted; try again, with a higher \
			 --max-slippage perhaps"
		);
	}
	Ok(())
}

/// Wait for the end of a conversion that was queued in block `since`.
async fn follow(chain: &Chain, conversion: u64, since: u64) -> anyhow::Result<Notice> {
	let mut blocks = Follower::start(chain, Some(since)).await?;
	loop {
		match blocks.next().await? {
			Step::Block(at) => {
				if let Some(notice) = ended(&at.events().await?, conversion, at.number()) {
					return Ok(notice);
				}
			},
			Step::Anew(at) => ensure!(
				at.conversion(conversion).await?.is_some(),
				"conversion {conversion} has ended while the node was away: see `assay credits show`"
			),
		}
	}
}

/// What the events of `block` say about the end of a conversion.
fn ended(events: &[Event], conversion: u64, block: u64) -> Option<Notice> {
	events.iter().find_map(|event| match event {
		Event::Conversion(ConversionEvent::Bought { id, burned, credits, price }) if *id == conversion => {
			Some(Notice::Bought { block, conversion, burned: *burned, credits: *credits, price: *price })
		},
		Event::Conversion(ConversionEvent::Cancelled { id, refunded }) if *id == conversion => {
			Some(Notice::Cancelled { block, conversion, refunded: *refunded })
		},
		_ => None,
	})
}

/// Take a conversion off the queue and have its tokens released.
pub async fn cancel(chain: &Chain, key: &Keypair, conversion: u64, out: Output) -> anyhow::Result<()> {
	let me = keys::account(key);
	let found = chain.finalised().await?.conversion(conversion).await?;
	let (owner, _) = found.with_context(|| {
		format!("conversion {conversion} is not in the queue: it was executed or cancelled, or never was")
	})?;
	ensure!(owner == me, "conversion {conversion} is not yours: it belongs to {owner}");
	let included = chain.submit(key, Call::CancelConversion(conversion)).await?;
	let notice = ended(&included.events, conversion, included.block)
		.with_context(|| format!("the chain did not say what it released in block {}", included.block))?;
	out.result(&notice);
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;

	const ME: AccountId32 = AccountId32([1; 32]);

	fn report(halted: Option<Halt>) -> CreditsReport {
		let half = Fixed(500_000_000_000_000_000);
		CreditsReport {
			account: ME,
			credits: Credits { free: Amount(2_500_000), escrowed: Amount(0), burned_for: Amount(5_000_000_000_000) },
			queue: vec![Conversion {
				id: 3,
				amount: Amount(1_000_000_000_000),
				min_credits: Amount(480_000),
				ready_at: 40,
				attempts: 1,
				ahead: 0,
				credits_now: halted.is_none().then_some(Amount(498_750)),
			}],
			conversions: Conversions {
				halted,
				price: halted.is_none().then_some(half),
				average: Some(half),
				quoted: Some(Quoted { price: half, age_seconds: 12 }),
			},
		}
	}

	#[test]
	fn credits_should_be_shown_in_dollars_with_what_waits_and_what_they_cost() {
		let text = report(None).to_string();
		for part in [
			"free          2.5 USD in credits",
			"conversion 3: 1 ASY for 0.48 USD in credits at least, from block 40 on; 0.49875 USD in credits now; failed 1 times",
			"0.5 USD a token, 0.5 on average",
			"quoted        0.5 USD a token 12 s ago",
			"conversions   run",
		] {
			assert!(text.contains(part), "{part} is not in: {text}");
		}
		let json = serde_json::to_value(report(None)).unwrap();
		assert_eq!(json["free"], "2500000");
		assert_eq!(json["queue"][0]["credits_now"], "498750");
		assert_eq!((&json["price"], &json["quoted"]["age_seconds"]), (&"0.5".into(), &12.into()));
		assert!(json["halted"].is_null());
	}

	#[test]
	fn credits_should_say_why_nothing_converts() {
		let halt = Halt { reason: HaltReason::StalePrice, since: 7, sound_since: None };
		let text = report(Some(halt)).to_string();
		assert!(
			text.contains("halted since block 7: the price is too old") && text.contains("none that counts"),
			"{text}"
		);
		let json = serde_json::to_value(report(Some(halt))).unwrap();
		assert_eq!(json["halted"]["reason"], "stale_price");
	}

	#[test]
	fn least_credits_should_be_the_quote_less_the_slippage() {
		assert_eq!(least(Amount(1_000), Share::percent(2)), Amount(980));
		assert_eq!(least(Amount(1_000), Share(0)), Amount(1_000));
		assert_eq!(least(Amount(1_000), Share::percent(100)), Amount(0));
		// What is not whole is given to the price, so that a small order goes through as well.
		assert_eq!(least(Amount(10), Share::percent(1)), Amount(9));
	}

	#[test]
	fn conversion_should_end_with_its_own_event_and_with_no_other() {
		let bought = |id| {
			let price = Fixed(500_000_000_000_000_000);
			Event::Conversion(ConversionEvent::Bought { id, burned: Amount(8), credits: Amount(4), price })
		};
		let cancelled = Event::Conversion(ConversionEvent::Cancelled { id: 2, refunded: Amount(9) });
		let events = [bought(1), cancelled];
		let notice = ended(&events, 1, 20).unwrap();
		assert_eq!(
			serde_json::to_string(&notice).unwrap(),
			r#"{"event":"bought","block":20,"conversion":1,"burned":"8","credits":"4","price":"0.5"}"#
		);
		assert_eq!(ended(&events, 2, 20), Some(Notice::Cancelled { block: 20, conversion: 2, refunded: Amount(9) }));
		assert_eq!(ended(&events, 3, 20), None);
	}
}
