//! What became of the trades of an account.

use std::fmt;

use serde::Serialize;
use subxt::utils::AccountId32;

use crate::{
	chain::{model::Reputation, Chain},
	output::Output,
};

/// The reputation of an account.
#[derive(Serialize)]
pub struct Known {
	/// Whose.
	pub account: AccountId32,
	/// What it is.
	#[serde(flatten)]
	pub reputation: Reputation,
}

impl fmt::Display for Known {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let Reputation { provider, client } = self.reputation;
		write!(f, "{}\n  as a provider  {provider}\n  as a client    {client}", self.account)
	}
}

/// Show the reputation of `account`.
pub async fn show(chain: &Chain, account: &AccountId32, out: Output) -> anyhow::Result<()> {
	let reputation = chain.finalised().await?.reputation(account).await?;
	out.result(&Known { account: *account, reputation });
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{chain::model::Score, fraction::Share};

	#[test]
	fn reputation_should_tell_both_sides_to_people_and_programs() {
		let provider = Score { average: Share(531_250_000), outcomes: 1 };
		let client = Score { average: Share::percent(50), outcomes: 0 };
		let known = Known { account: AccountId32([1; 32]), reputation: Reputation { provider, client } };
		let text = known.to_string();
		assert!(text.ends_with("as a provider  53.125 % over 1 outcome\n  as a client    50 %, with no outcomes yet"));
		let json = serde_json::to_value(&known).unwrap();
		assert_eq!(json["provider"], serde_json::json!({ "average": 531_250_000, "outcomes": 1 }));
		assert_eq!(json["client"]["average"], 500_000_000);
	}
}
