//! Compute credits and the price that they are made at, as they stand on the chain.

use std::fmt;

use codec::Decode;
use serde::Serialize;
use subxt::{dynamic::Value, utils::AccountId32};

use assay_chain_types::api::{
	self,
	compute_credits::Event as Credit,
	runtime_types::pallet_compute_credits::types::{self as credits, ConversionId},
};

use super::{ask, model::BlockNumber, read::At, view, ChainError};
use crate::{amount::Amount, fraction::Fixed};

/// The credits of an account, in millionths of a US dollar.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Credits {
	/// Can be used.
	pub free: Amount,
	/// Are behind live jobs.
	pub escrowed: Amount,
	/// Tokens that were burned for both.
	pub burned_for: Amount,
}

/// Tokens that wait to be burned for credits.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Conversion {
	/// Its id.
	pub id: u64,
	/// The tokens, which are on hold.
	pub amount: Amount,
	/// The fewest credits that are accepted for them.
	pub min_credits: Amount,
	/// The first block in which it may be executed.
	pub ready_at: BlockNumber,
	/// How often its execution has failed.
	pub attempts: u32,
	/// How many may be before it in the queue.
	pub ahead: u64,
	/// What it would make now; nothing while conversions are halted.
	pub credits_now: Option<Amount>,
}

/// Why nothing converts.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HaltReason {
	/// There is no price.
	NoPrice,
	/// The price is too old.
	StalePrice,
	/// The price is too far from its average.
	Deviation,
	/// The administrator has decided so.
	Admin,
}

impl fmt::Display for HaltReason {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(match self {
			Self::NoPrice => "there is no price",
			Self::StalePrice => "the price is too old",
			Self::Deviation => "the price is too far from its average",
			Self::Admin => "the administrator has halted them",
		})
	}
}

/// A halt of all conversions.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Halt {
	/// Why.
	pub reason: HaltReason,
	/// Since which block.
	pub since: BlockNumber,
	/// Since which block all prices have been sound, if the last one was.
	pub sound_since: Option<BlockNumber>,
}

/// Whether tokens are converted, and at which price, in US dollars a token.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Conversions {
	/// Why not, if they are not.
	pub halted: Option<Halt>,
	/// The price of a conversion now; nothing while they are halted.
	pub price: Option<Fixed>,
	/// The average that prices are held against.
	pub average: Option<Fixed>,
	/// The last price that operators agreed on, sound or not.
	pub quoted: Option<Quoted>,
}

/// What operators say that a token costs.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Quoted {
	/// US dollars a token.
	pub price: Fixed,
	/// How many seconds ago it was made.
	pub age_seconds: u64,
}

/// The rules of conversions.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ConversionRules {
	/// The fewest tokens.
	pub min: Amount,
	/// The most tokens.
	pub max: Amount,
	/// How many of an account can wait.
	pub max_queued: u32,
}

/// What happened to a conversion.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ConversionEvent {
	/// Tokens were put on hold.
	Queued {
		/// The conversion.
		id: u64,
		/// Whose.
		who: AccountId32,
		/// The first block in which it may be executed.
		ready_at: BlockNumber,
	},
	/// Tokens were burned.
	Bought {
		/// The conversion.
		id: u64,
		/// How many tokens.
		burned: Amount,
		/// What was made of them.
		credits: Amount,
		/// At which price, before the spread.
		price: Fixed,
	},
	/// Tokens were released.
	Cancelled {
		/// The conversion.
		id: u64,
		/// How many.
		refunded: Amount,
	},
}

impl At {
	/// The credits of an account.
	pub async fn credits(&self, account: &AccountId32) -> Result<Credits, ChainError> {
		let payload = api::view_functions().compute_credits().credits(*account);
		let ledger = ask("show credits", view::call(self.client(), payload)).await?;
		let credits::CreditLedger { free, escrowed, basis, .. } = ledger;
		Ok(Credits { free: Amount(free), escrowed: Amount(escrowed), burned_for: Amount(basis) })
	}

	/// The conversions of an account that wait, by id. Looks through the queue, which is bounded.
	pub async fn conversions_of(&self, account: &AccountId32) -> Result<Vec<Conversion>, ChainError> {
		let mut ids = ask("list the conversions", async {
			let mut ids = Vec::new();
			let mut entries = self.client().storage().iter(api::storage().compute_credits().conversions(), ()).await?;
			while let Some(entry) = entries.next().await {
				let entry = entry?;
				if entry.value().decode()?.who == *account {
					let (ConversionId(id),) = entry.key()?.decode()?;
					ids.push(id);
				}
			}
			Ok::<_, subxt::Error>(ids)
		})
		.await?;
		ids.sort_unstable();
		let mut conversions = Vec::new();
		for id in ids {
			conversions.extend(self.conversion(id).await?.map(|(_, conversion)| conversion));
		}
		Ok(conversions)
	}

	/// A conversion that waits, and whose it is; nothing if it was executed or cancelled, or never was.
	pub async fn conversion(&self, id: u64) -> Result<Option<(AccountId32, Conversion)>, ChainError> {
		let payload = api::view_functions().compute_credits().conversion_status(ConversionId(id));
		let status = ask("show a conversion", view::call(self.client(), payload)).await?;
		Ok(status.map(|credits::ConversionStatus { conversion, ahead, credits }| {
			let credits::Conversion { who, amount, min_credits, ready_at, attempts, .. } = conversion;
			let conversion = Conversion {
				id,
				amount: Amount(amount),
				min_credits: Amount(min_credits),
				ready_at,
				attempts,
				ahead,
				credits_now: credits.map(Amount),
			};
			(who, conversion)
		}))
	}

	/// Credits that `tokens` would make now; nothing while conversions are halted.
	pub async fn quote_credits(&self, tokens: Amount) -> Result<Option<Amount>, ChainError> {
		let payload = api::view_functions().compute_credits().quote_credits(tokens.0);
		ask("quote credits", view::call(self.client(), payload)).await.map(|credits| credits.map(Amount))
	}

	/// Whether tokens are converted, and at which price.
	pub async fn conversions(&self) -> Result<Conversions, ChainError> {
		let payload = api::view_functions().compute_credits().breaker();
		let status = ask("show the breaker", view::call(self.client(), payload)).await?;
		let halted = match status.breaker {
			credits::Breaker::Open => None,
			credits::Breaker::Halted { reason, since, sound_since } => {
				Some(Halt { reason: from_reason(&reason), since, sound_since })
			},
		};
		Ok(Conversions {
			halted,
			price: status.price.map(|price| Fixed(price.0)),
			average: status.average.map(|price| Fixed(price.0)),
			quoted: self.quoted_price().await?,
		})
	}

	/// The last price that operators agreed on. The generated types do not have their pallet, nor the clock's.
	async fn quoted_price(&self) -> Result<Option<Quoted>, ChainError> {
		let (price, now) = ask("show the price of the token", async {
			let storage = self.client().storage();
			let values = subxt::dynamic::storage::<(Value,), Value>("PriceOracle", "Values");
			let key = Value::unnamed_variant("NativeInUsd", []);
			let price = storage.try_fetch(values, (key,)).await?.map(|value| value.into_bytes());
			let clock = subxt::dynamic::storage::<(), u64>("Timestamp", "Now");
			Ok::<_, subxt::Error>((price, storage.fetch(clock, ()).await?.decode()?))
		})
		.await?;
		Ok(price.and_then(|bytes| quoted(&bytes, now)))
	}

	/// The rules of conversions.
	pub fn conversion_rules(&self) -> Result<ConversionRules, ChainError> {
		let constants = self.client().constants();
		let credits = api::constants().compute_credits();
		let read = || {
			Ok::<_, subxt::Error>(ConversionRules {
				min: Amount(constants.entry(credits.min_conversion())?),
				max: Amount(constants.entry(credits.max_conversion())?),
				max_queued: constants.entry(credits.max_queued_per_account())?,
			})
		};
		read().map_err(|error| ChainError::Node { what: "tell the rules of conversions", reason: Box::new(error) })
	}
}

/// What the oracle has stored: a price and the time of the chain at which it was made, seen at `now`. Milliseconds.
fn quoted(mut bytes: &[u8], now: u64) -> Option<Quoted> {
	let (price, at) = <(u128, u64)>::decode(&mut bytes).ok()?;
	Some(Quoted { price: Fixed(price), age_seconds: now.saturating_sub(at) / 1_000 })
}

const fn from_reason(reason: &credits::HaltReason) -> HaltReason {
	match reason {
		credits::HaltReason::NoPrice => HaltReason::NoPrice,
		credits::HaltReason::StalePrice => HaltReason::StalePrice,
		credits::HaltReason::Deviation => HaltReason::Deviation,
		credits::HaltReason::Admin => HaltReason::Admin,
	}
}

/// The event, if it is about a conversion.
pub(super) fn event(event: Credit) -> Option<ConversionEvent> {
	Some(match event {
		Credit::ConversionQueued { id, who, ready_at, .. } => ConversionEvent::Queued { id: id.0, who, ready_at },
		Credit::CreditsBought { id, burned, credits, price, .. } => ConversionEvent::Bought {
			id: id.0,
			burned: Amount(burned),
			credits: Amount(credits),
			price: Fixed(price.0),
		},
		Credit::ConversionCancelled { id, refunded, .. } => {
			ConversionEvent::Cancelled { id: id.0, refunded: Amount(refunded) }
		},
		_ => return None,
	})
}

#[cfg(test)]
mod tests {
	use super::*;
	use codec::Encode;

	#[test]
	fn price_should_be_dated_by_the_clock_of_the_chain() {
		let stored = (500_000_000_000_000_000u128, 10_000u64).encode();
		let price = Fixed(500_000_000_000_000_000);
		assert_eq!(quoted(&stored, 73_500), Some(Quoted { price, age_seconds: 63 }));
		assert_eq!(quoted(&stored, 0), Some(Quoted { price, age_seconds: 0 }));
		assert_eq!(quoted(&stored[1..], 0), None);
	}
}
