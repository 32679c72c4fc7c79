//! What a member of a committee does about a check.

use std::{collections::BTreeMap, future::Future};

use anyhow::Context;
use codec::Encode;
use subxt::utils::AccountId32;
use subxt_signer::{sr25519::Keypair, DeriveJunction};

use assay_proofs::{vote, Outcome};

use crate::{
	blobs::{self, BlobError, BlobHash, BlobSource, BlobStore, DirStore, HttpSource},
	chain::{
		checks::{Check, Finding, Leaf, Stage, Vote},
		model::{BlockNumber, Dispute, Job},
		Chain, ChainError,
	},
	client::fetch,
	guest::{self, Program, ProgramError},
};

/// What is to be done about a check.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Step {
	/// Run the units, and commit to what they come to.
	Commit,
	/// Show that.
	Reveal,
	/// See whether the chain has to decide, and have it do so.
	Doubt,
}

/// That guest or input can be had neither from the provider nor from the client.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Unavailable(String);

impl Unavailable {
	/// Of what the last attempt to get something came to. A disk of our own that fails says nothing about others.
	fn blame(error: BlobError, what: &str) -> anyhow::Error {
		match error {
			error @ BlobError::Disk { .. } => anyhow::Error::new(error).context(format!("cannot keep the {what}")),
			error => Self(format!("cannot get the {what}: {error}")).into(),
		}
	}
}

/// Blocks that a member leaves to each one before it in the committee to have the chain decide, since only the first gets
/// anything for it and the others pay a fee. Enough for a transaction to become final.
const TURN: BlockNumber = 8;

/// What is to be done about `check` by its member `me`.
pub(super) fn step(check: &Check, me: &AccountId32) -> Option<Step> {
	let vote = &check.members.iter().find(|member| member.who == *me)?.vote;
	match (&check.stage, vote) {
		(Stage::Voting, Vote::Missing) => Some(Step::Commit),
		(Stage::Revealing, Vote::Committed(_)) => Some(Step::Reveal),
		(Stage::Accused { .. } | Stage::Agreed { .. }, Vote::Revealed(_)) => Some(Step::Doubt),
		_ => None,
	}
}

/// How many blocks to wait with a step, from when it is due.
pub(super) fn patience(check: &Check, me: &AccountId32, step: Step) -> BlockNumber {
	if step != Step::Doubt {
		return 0;
	}
	let of = |who: &AccountId32| check.members.iter().find(|member| member.who == *who).map(|member| &member.vote);
	let mine = of(me);
	// Only those who say the same would do the same.
	let before = check.members.iter().take_while(|member| member.who != *me);
	let alike = before.filter(|member| Some(&member.vote) == mine).count();
	TURN.saturating_mul(u32::try_from(alike).unwrap_or(u32::MAX))
}

/// What a vote is salted with: nobody else knows it before the vote is shown, and it is the same after a restart. As it
/// is public from then on, it is of one attempt at one sample on one chain only: a job that is paid for range by range has many.
pub(super) fn salt(key: &Keypair, genesis: &[u8; 32], job: u64, check: &Check) -> [u8; 32] {
	let sample = BlobHash::of(&check.sample.encode()).0;
	let vote = [
		DeriveJunction::hard(genesis),
		DeriveJunction::hard(job),
		DeriveJunction::hard(check.attempt),
		DeriveJunction::hard(sample),
	];
	key.derive([DeriveJunction::hard("checker")]).derive(vote).public_key().0
}

/// What the vote of `me` hashes to.
pub(super) fn commitment(job: u64, attempt: u32, me: &AccountId32, findings: &[Finding], salt: &[u8; 32]) -> BlobHash {
	BlobHash(vote::commitment(job, attempt, &me.0, &findings.encode(), salt))
}

/// A job that is being looked at, with its program.
pub(super) struct Examination {
	job: Job,
	provider: HttpSource,
	/// None when the guest is not one that anybody could run.
	program: Option<Program>,
	guest: Vec<u8>,
	input: Vec<u8>,
}

impl Examination {
	/// Get what it takes to run a job's units: from the disk, from the chain if it was shown there, from its provider, or from
	/// where its client serves it. Nobody is waited for longer than until `enough`.
	pub(super) async fn begin(
		chain: &Chain,
		job: u64,
		store: &DirStore,
		enough: impl Future<Output = ()>,
	) -> anyhow::Result<Self> {
		let at = chain.timely().await?;
		let job = at.job(job).await?.with_context(|| format!("job {job} is not there any more"))?;
		if let Some(block) = at.data_shown(job.id).await? {
			if let Err(error) = copy_shown(chain, block, &job, store).await {
				tracing::warn!(job = job.id, "cannot read guest and input from block {block}: {error:#}");
			}
		}
		let provider = fetch::provider_of(&at, &job).await.map_err(|error| match error.is::<ChainError>() {
			true => error,
			// It has named an address that nobody can ask.
			false => Unavailable(format!("{error:#}")).into(),
		})?;
		let source = HttpSource::new(&job.spec.source).ok();
		let both = async {
			let guest = obtain(job.spec.guest, store, &provider, source.as_ref()).await;
			let guest = guest.map_err(|error| Unavailable::blame(error, "guest"))?;
			let input = obtain(job.spec.input, store, &provider, source.as_ref()).await;
			anyhow::Ok((guest, input.map_err(|error| Unavailable::blame(error, "input"))?))
		};
		let (guest, input) = tokio::select! {
			both = both => both?,
			() = enough => return Err(Unavailable("guest and input do not come".into()).into()),
		};
		let (module, bytes, limit) = (guest.clone(), input.clone(), job.spec.gas_per_unit);
		let load = move || Program::load(&module, bytes, limit);
		let program = match tokio::task::spawn_blocking(load).await.context("the check broke off")? {
			Ok(program) => Some(program),
			// Nobody can show them to the chain, as nobody can show what is not there.
			Err(error) if error.is_too_large() => return Err(Unavailable(error.to_string()).into()),
			Err(ProgramError::Guest(error)) => {
				tracing::warn!(job = job.id, "no unit can be run, and so the chain will find: {error}");
				None
			},
			Err(error) => return Err(error.into()),
		};
		Ok(Self { job, provider, program, guest, input })
	}

	/// What the units of a sample come to.
	pub(super) async fn findings(&self, sample: &[u32]) -> anyhow::Result<Vec<Finding>> {
		let (program, sample) = (self.program.clone(), sample.to_vec());
		let run = move || {
			let finding = |index| {
				let outcome =
					program.as_ref().map_or_else(|| Ok(Outcome::invalid_guest()), |program| program.run(index))?;
				Ok(Finding { outcome: guest::leaf(&outcome).0, gas: outcome.gas })
			};
			sample.into_iter().map(finding).collect()
		};
		tokio::task::spawn_blocking(run).await.context("the check broke off")?
	}

	/// `findings` with the outcomes that the provider has committed to. The gas stays what it was: nothing binds that.
	pub(super) async fn claims(&self, sample: &[u32], findings: Vec<Finding>) -> anyhow::Result<Vec<Finding>> {
		let manifest = fetch::manifest(&self.job, &self.provider).await?;
		let claim = |(index, found): (&u32, Finding)| {
			let unit = manifest.outputs.get(*index as usize).context("the list has no such unit")?;
			Ok(Finding { outcome: unit.hash.0, ..found })
		};
		sample.iter().zip(findings).map(claim).collect()
	}

	/// The dispute that follows from `findings`: about a unit for which the commitment has something else; or about one of which a
	/// majority has said something else, which lets the rest of the result pass unless it is shown wrong. `shown` is what the
	/// commitment has for the sample, if that was found on the chain.
	pub(super) async fn dispute(
		&self,
		check: &Check,
		findings: &[Finding],
		shown: Option<Vec<Leaf>>,
	) -> anyhow::Result<Option<Dispute>> {
		let majority = check.majority().unwrap_or(findings);
		let mut leaves: BTreeMap<_, _> = shown.into_iter().flatten().enumerate().collect();
		match &check.stage {
			Stage::Accused { position, claimed, opening, .. } => {
				leaves.insert(usize::try_from(*position)?, (*claimed, opening.clone()));
			},
			// The commitment has what the majority has found.
			Stage::Agreed { .. } if majority == findings => return Ok(None),
			Stage::Agreed { .. } if leaves.is_empty() => {
				leaves = self.served_leaves(&check.sample).await?.into_iter().enumerate().collect();
			},
			Stage::Agreed { .. } => (),
			Stage::Voting | Stage::Revealing | Stage::Opening { .. } | Stage::Asked => return Ok(None),
		}
		let is_wrong = |(place, (claimed, _)): &(&usize, &Leaf)| {
			findings.get(**place).is_some_and(|ours| ours.outcome != *claimed)
		};
		let is_denied = |(place, _): &(&usize, &Leaf)| majority.get(**place) != findings.get(**place);
		let found = leaves.iter().find(is_wrong).or_else(|| leaves.iter().find(is_denied));
		let Some((place, (claimed, opening))) = found else { return Ok(None) };
		Ok(Some(Dispute {
			job: self.job.id,
			index: *check.sample.get(*place).context("the sample has no such unit")?,
			claimed: BlobHash(*claimed),
			opening: opening.clone(),
			gas_limit: self.job.spec.gas_per_unit,
			guest: self.guest.clone(),
			input: self.input.clone(),
		}))
	}

	/// What the provider says that its commitment has for a sample.
	async fn served_leaves(&self, sample: &[u32]) -> anyhow::Result<Vec<Leaf>> {
		let manifest = fetch::manifest(&self.job, &self.provider).await?;
		let units = self.job.units_due();
		let leaf = |index: &u32| manifest.prove(&units, *index).map(|(claimed, opening)| (claimed.0, opening));
		sample.iter().map(leaf).collect::<Option<_>>().context("the list has no such unit")
	}

	/// What the commitment has for the sample of `check`, from the block in which that was shown to the chain: nobody can keep it
	/// back from a member there.
	pub(super) async fn shown_leaves(&self, chain: &Chain, check: &Check) -> anyhow::Result<Option<Vec<Leaf>>> {
		let Some(root) = self.job.state.root() else { return Ok(None) };
		let best = chain.timely().await?;
		let shown_in = check.until.saturating_sub(best.dispute_blocks()?);
		let at = chain.at(shown_in.into()).await?;
		Ok(at.shown_leaves(self.job.id, root, self.job.units_due(), check.sample.clone()).await?)
	}
}

/// A blob from the disk, from the provider, or from the client; it is on the disk afterwards.
async fn obtain(
	hash: BlobHash,
	store: &DirStore,
	provider: &HttpSource,
	client: Option<&HttpSource>,
) -> Result<Vec<u8>, BlobError> {
	match (blobs::obtain(hash, store, provider).await, client) {
		(Ok(bytes), _) => Ok(bytes),
		(Err(_), Some(client)) => blobs::obtain(hash, store, client).await,
		(Err(error), None) => Err(error),
	}
}

/// Copy guest and input of `job`, which were shown in `block`, to the disk if they are not there.
async fn copy_shown(chain: &Chain, block: BlockNumber, job: &Job, store: &DirStore) -> anyhow::Result<()> {
	let (guest, input) = (job.spec.guest, job.spec.input);
	if store.get(guest).await.is_ok() && store.get(input).await.is_ok() {
		return Ok(());
	}
	let shown = chain.at(block.into()).await?.shown_program(job.id, guest, input).await?;
	let shown = shown.context("they are not in its transactions")?;
	store.put(shown.guest).await?;
	store.put(shown.input).await?;
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		amount::Amount,
		blobs::{BlobSource, BlobStore, MemoryStore},
		chain::{
			checks::Member,
			model::{Bid, JobSpec, JobState, Payment},
		},
		fraction::Share,
		guest::tests::echo,
		http::{self, JobBoard, Manifest, Progress, UnitRecord},
	};
	use assay_proofs::merkle;
	use subxt_signer::sr25519::dev;

	fn who(number: u8) -> AccountId32 {
		AccountId32([number; 32])
	}

	fn finding(outcome: u8) -> Finding {
		Finding { outcome: [outcome; 32], gas: 5 }
	}

	/// A check of unit 1 whose members have voted so.
	fn check(stage: Stage, votes: [Vote; 3]) -> Check {
		let members = votes.into_iter().zip(1..).map(|(vote, number)| Member { who: who(number), vote }).collect();
		Check { attempt: 0, sample: vec![1], members, stage, until: 50 }
	}

	#[test]
	fn step_should_follow_from_the_stage_and_from_what_was_said() {
		let committed = Vote::Committed([1; 32]);
		let revealed = Vote::Revealed(vec![finding(1)]);
		let of = |stage, vote: &Vote| step(&check(stage, [vote.clone(), Vote::Missing, Vote::Missing]), &who(1));
		let agreed = Stage::Agreed { speaker: 0 };
		assert_eq!(of(Stage::Voting, &Vote::Missing), Some(Step::Commit));
		assert_eq!(of(Stage::Voting, &committed), None);
		assert_eq!(of(Stage::Revealing, &Vote::Missing), None);
		assert_eq!(of(Stage::Revealing, &committed), Some(Step::Reveal));
		assert_eq!(of(Stage::Revealing, &revealed), None);
		assert_eq!(of(Stage::Opening { speaker: 0 }, &revealed), None);
		assert_eq!(of(agreed.clone(), &revealed), Some(Step::Doubt));
		assert_eq!(of(agreed, &Vote::Missing), None);
		// Whoever has said that it lacks data has nothing to do until that is shown.
		assert_eq!(of(Stage::Voting, &Vote::NoData), None);
		assert_eq!(of(Stage::Asked, &Vote::NoData), None);
		assert_eq!(step(&check(Stage::Voting, [Vote::Missing, Vote::Missing, Vote::Missing]), &who(9)), None);
	}

	#[test]
	fn members_who_say_the_same_should_let_each_other_go_first() {
		let (one, other) = (Vote::Revealed(vec![finding(1)]), Vote::Revealed(vec![finding(2)]));
		let check = check(Stage::Agreed { speaker: 0 }, [one.clone(), other, one]);
		let waits = [1, 2, 3].map(|number| patience(&check, &who(number), Step::Doubt));
		assert_eq!(waits, [0, 0, TURN]);
		assert_eq!(patience(&check, &who(3), Step::Reveal), 0);
	}

	#[test]
	fn salt_should_be_known_to_the_key_alone_and_differ_with_every_vote() {
		let (chain, other) = ([1; 32], [2; 32]);
		let first = check(Stage::Voting, [Vote::Missing, Vote::Missing, Vote::Missing]);
		let (second, next) = (Check { attempt: 1, ..first.clone() }, Check { sample: vec![5], ..first.clone() });
		let of = salt(&dev::bob(), &chain, 3, &first);
		assert_eq!(of, salt(&dev::bob(), &chain, 3, &first));
		assert_ne!(of, salt(&dev::bob(), &chain, 3, &second));
		assert_ne!(of, salt(&dev::bob(), &chain, 3, &next));
		assert_ne!(of, salt(&dev::bob(), &chain, 4, &first));
		assert_ne!(of, salt(&dev::bob(), &other, 3, &first));
		assert_ne!(of, salt(&dev::eve(), &chain, 3, &first));
	}

	#[test]
	fn commitment_should_be_what_the_chain_hashes() {
		let expected = vote::commitment(3, 1, &[1; 32], &[&[4][..], &[2; 32], &5u64.to_le_bytes()].concat(), &[9; 32]);
		assert_eq!(commitment(3, 1, &who(1), &[finding(2)], &[9; 32]), BlobHash(expected));
	}

	/// Serves one list.
	#[derive(Clone)]
	struct Board(Manifest);

	impl JobBoard for Board {
		fn progress(&self, _: u64) -> Option<Progress> {
			None
		}

		fn manifest(&self, _: u64) -> Option<Manifest> {
			Some(self.0.clone())
		}
	}

	/// A job of two units, of which the provider has the second one wrong, and who looks at it.
	async fn examination() -> Examination {
		let (guest, input, limit) = (echo(-1), b"x".to_vec(), 1_000_000);
		let program = Program::load(&guest, input.clone(), limit).unwrap();
		let right = guest::leaf(&program.run(0).unwrap());
		let unit = |hash| UnitRecord { hash, trapped: false };
		let manifest = Manifest { job: 7, outputs: vec![unit(right), unit(BlobHash([6; 32]))] };
		let root = BlobHash(manifest.root().unwrap());
		let listener = http::listen(([127, 0, 0, 1], 0).into()).await.unwrap();
		let url = format!("http://{}", listener.local_addr().unwrap());
		tokio::spawn(http::serve(listener, MemoryStore::default(), Board(manifest), std::future::pending()));
		let spec = JobSpec {
			guest: BlobHash::of(&guest),
			input: BlobHash::of(&input),
			units: 2,
			gas_per_unit: limit,
			ceiling: Amount(1),
			min_tier: 1,
			min_reputation: Share(0),
			auction_blocks: 5,
			deadline: 50,
			review_blocks: 5,
			source: url.clone(),
		};
		let bid = Bid { provider: who(8), machine: 1, price: Amount(1) };
		let state = JobState::Contested { bid, root, review_ends: 60, settles_at: 60, open: 1 };
		let job = Job {
			id: 7,
			client: who(9),
			spec,
			payment: Payment::Native,
			escrow: Amount(2),
			deposit: Amount(1),
			state,
			ranges: None,
		};
		Examination { job, provider: HttpSource::new(&url).unwrap(), program: Some(program), guest, input }
	}

	#[tokio::test]
	async fn dispute_should_be_made_of_what_the_chain_has_when_somebody_is_accused() {
		let examination = examination().await;
		let findings = examination.findings(&[1]).await.unwrap();
		let opening = merkle::prove(&[[1; 32], [6; 32]], 1).unwrap();
		let accused = |claimed| Stage::Accused { speaker: 0, position: 0, claimed, opening: opening.clone() };
		let votes = || [Vote::Revealed(findings.clone()), Vote::Missing, Vote::Missing];
		let dispute = examination.dispute(&check(accused([6; 32]), votes()), &findings, None).await.unwrap().unwrap();
		assert_eq!((dispute.job, dispute.index, dispute.claimed), (7, 1, BlobHash([6; 32])));
		assert_eq!(dispute.opening, opening);
		// Whoever has found what was claimed has nothing to say against it.
		let right = check(accused(findings[0].outcome), votes());
		assert_eq!(examination.dispute(&right, &findings, None).await.unwrap(), None);
		// But against those who have said otherwise.
		let slander =
			check(accused(findings[0].outcome), [Vote::Revealed(vec![finding(9)]), Vote::Missing, Vote::Missing]);
		let dispute = examination.dispute(&slander, &findings, None).await.unwrap().unwrap();
		assert_eq!((dispute.index, dispute.claimed), (1, BlobHash(findings[0].outcome)));
	}

	/// A bought majority accuses one unit, so that nobody looks at the others.
	#[tokio::test]
	async fn dispute_should_be_about_another_unit_than_the_accused_one_when_that_is_wrong() {
		let examination = examination().await;
		let findings = examination.findings(&[0, 1]).await.unwrap();
		let outcomes = [findings[0].outcome, [6; 32]];
		let leaf = |unit: u32| (outcomes[unit as usize], merkle::prove(&outcomes, unit).unwrap());
		let (claimed, opening) = leaf(0);
		let stage = Stage::Accused { speaker: 0, position: 0, claimed, opening };
		let lie = Vote::Revealed(vec![finding(9), finding(6)]);
		let check = Check { sample: vec![0, 1], ..check(stage, [lie.clone(), lie, Vote::Revealed(findings.clone())]) };
		let dispute = examination.dispute(&check, &findings, Some(vec![leaf(0), leaf(1)])).await.unwrap().unwrap();
		assert_eq!((dispute.index, dispute.claimed, dispute.opening), (1, BlobHash([6; 32]), leaf(1).1));
	}

	#[tokio::test]
	async fn dispute_should_be_made_of_what_the_chain_has_when_the_majority_lets_it_pass() {
		let mut examination = examination().await;
		// It serves nothing.
		examination.provider = HttpSource::new("http://127.0.0.1:1").unwrap();
		let findings = examination.findings(&[1]).await.unwrap();
		let leaf = ([6; 32], merkle::prove(&[[1; 32], [6; 32]], 1).unwrap());
		let votes = |theirs: Finding| [Vote::Revealed(vec![theirs]), Vote::Revealed(findings.clone()), Vote::Missing];
		let bought = check(Stage::Agreed { speaker: 0 }, votes(finding(6)));
		let dispute = examination.dispute(&bought, &findings, Some(vec![leaf.clone()])).await.unwrap().unwrap();
		assert_eq!((dispute.index, dispute.claimed, &dispute.opening), (1, BlobHash([6; 32]), &leaf.1));
		// Who copies outcomes does not know the gas, and has looked at nothing.
		let copied = Finding { gas: findings[0].gas + 1, ..findings[0] };
		let copied = check(Stage::Agreed { speaker: 0 }, votes(copied));
		let right = (findings[0].outcome, leaf.1);
		let dispute = examination.dispute(&copied, &findings, Some(vec![right])).await.unwrap().unwrap();
		assert_eq!((dispute.index, dispute.claimed), (1, BlobHash(findings[0].outcome)));
	}

	#[tokio::test]
	async fn dispute_should_be_made_of_what_the_provider_serves_when_the_chain_does_not_tell() {
		let examination = examination().await;
		let findings = examination.findings(&[1]).await.unwrap();
		let votes = |theirs: Vec<Finding>| [Vote::Revealed(theirs), Vote::Revealed(findings.clone()), Vote::Missing];
		let stage = Stage::Agreed { speaker: 0 };
		let bought = check(stage.clone(), votes(vec![finding(6)]));
		let dispute = examination.dispute(&bought, &findings, None).await.unwrap().unwrap();
		assert_eq!((dispute.index, dispute.claimed), (1, BlobHash([6; 32])));
		let root = examination.job.state.root().unwrap();
		assert!(merkle::verify(&root.0, 2, 1, &dispute.claimed.0, &dispute.opening));
		let honest = check(stage, votes(findings.clone()));
		assert_eq!(examination.dispute(&honest, &findings, None).await.unwrap(), None);
	}

	#[tokio::test]
	async fn every_unit_should_be_found_invalid_when_the_guest_is() {
		let examination = Examination { program: None, ..examination().await };
		let findings = examination.findings(&[0, 1]).await.unwrap();
		let invalid = Finding { outcome: guest::leaf(&Outcome::invalid_guest()).0, gas: 0 };
		assert_eq!(findings, [invalid, invalid]);
	}

	#[tokio::test]
	async fn claims_should_be_what_the_provider_has_committed_to_and_leave_nothing_to_dispute() {
		let examination = examination().await;
		let findings = examination.findings(&[1]).await.unwrap();
		let claims = examination.claims(&[1], findings.clone()).await.unwrap();
		assert_eq!(claims, [Finding { outcome: [6; 32], gas: findings[0].gas }]);
		let opening = merkle::prove(&[[1; 32], [6; 32]], 1).unwrap();
		let accused = Stage::Accused { speaker: 0, position: 0, claimed: [6; 32], opening };
		for stage in [accused, Stage::Agreed { speaker: 0 }] {
			let check = check(stage, [Vote::Revealed(claims.clone()), Vote::Missing, Vote::Missing]);
			assert_eq!(examination.dispute(&check, &claims, None).await.unwrap(), None);
		}
	}

	#[tokio::test]
	async fn blob_should_come_from_the_client_when_the_provider_does_not_serve_it() {
		let dir = tempfile::tempdir().unwrap();
		let store = DirStore::open(dir.path()).unwrap();
		let blobs = MemoryStore::default();
		let hash = blobs.put(b"guest".to_vec()).await.unwrap();
		let serve = async |blobs| {
			let listener = http::listen(([127, 0, 0, 1], 0).into()).await.unwrap();
			let url = format!("http://{}", listener.local_addr().unwrap());
			tokio::spawn(http::serve(listener, blobs, http::NoJobs, std::future::pending()));
			HttpSource::new(&url).unwrap()
		};
		let (provider, client) = (serve(MemoryStore::default()).await, serve(blobs).await);
		assert!(obtain(hash, &store, &provider, None).await.is_err());
		assert_eq!(obtain(hash, &store, &provider, Some(&client)).await.unwrap(), b"guest");
		assert_eq!(store.get(hash).await.unwrap(), b"guest");
	}
}
