//! The device: tells the chain that the machine is there, and answers capacity rounds, beside the daemon's loop.
//!
//! Nothing excuses a machine that was drawn, so that the daemon does not bid before it has committed ([`owed`]). Work is there all
//! the same when a bid was under way as the machine was drawn, and while a proof is worked again after a restart. Then steps and
//! units take turns: steps are done one at a time on the threads that compute jobs, each after the units that are being run, and
//! units are begun between them. When a commitment would not be done in time like that, units wait until its steps are done.
//!
//! Rounds run by block number. While finality lags, the device goes by the newest state, so that it does not miss them.
//!
//! Nothing is kept on disk. What there is to do, the seeds and what was committed to stand on the chain, and work that was
//! lost is done again: for a proof there are hours, for the work minutes.

use std::{collections::BTreeMap, time::Duration};

use assay_proofs::capacity::Work;
use subxt_signer::{sr25519::Keypair, DeriveJunction};
use tokio::{
	sync::watch,
	time::{sleep, Instant},
};

use super::{conduct::SharedKernel, execute::Workers, notice::Notice};
use crate::{
	chain::{
		capacity::{Assignment, DeviceCall, Task},
		At, Call, Chain, ChainError, TxError,
	},
	keys,
	output::Output,
	probe::Responder,
};

/// Pause between two looks at the chain.
const TICK: Duration = Duration::from_secs(2);
/// Pause after the connection broke.
const RECONNECT: Duration = Duration::from_secs(3);
/// Time after which what was sent and did not come to be is sent again.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is left of the time to commit for the commitment to come into a block.
const TO_INCLUDE: Duration = Duration::from_secs(30);

/// Pause after a step failed, until it is tried again.
const REST: Duration = Duration::from_secs(20);

/// The device of a machine.
pub(super) struct Device {
	/// Signs for the provider: sets the device's key.
	provider: Keypair,
	/// Signs for the device.
	key: Keypair,
	machine: u64,
	workers: Workers,
	out: Output,
	/// What computes products.
	kernel: SharedKernel,
	/// The work of rounds that are open.
	works: BTreeMap<u64, Known>,
	/// Tells the present epoch to what answers probes.
	epoch: watch::Sender<Option<u64>>,
	/// The last interval in which the machine told of itself.
	told: Option<(u64, u32)>,
	/// When the provider's transaction that sets the key was sent.
	enrolling: Option<Instant>,
}

/// The work of a round.
struct Known {
	work: Work,
	begun: Instant,
	/// How long the longest step took, without what it waited for units.
	step: Option<Duration>,
	/// When the commitment, or after that the proof, was last sent.
	sent: Option<(Stage, Instant)>,
	/// When a step last failed.
	failed: Option<Instant>,
}

impl Known {
	/// Whether a step has failed a short time ago.
	fn rests(&self) -> bool {
		self.failed.is_some_and(|when| when.elapsed() < REST)
	}
}

/// How far the work of a round is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Progress {
	/// All steps are done.
	Done,
	/// There is another step to do at once.
	Going,
	/// There is nothing to do now.
	Resting,
}

/// What became of a transaction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Sent {
	/// The node has it.
	Taken,
	/// It is of no use, and will be of none.
	Refused,
	/// Nobody knows.
	Lost,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Stage {
	Commitment,
	Proof,
}

/// The key of a machine's device: derived from the provider's, so that it is the same after a restart and another one on each
/// machine. It is of use to nobody but for answering rounds.
pub(super) fn device_key(provider: &Keypair, machine: u64) -> Keypair {
	provider.derive([DeriveJunction::hard("capacity"), DeriveJunction::hard(machine)])
}

/// The round in which a machine with these assignments has to commit yet.
pub(super) fn owed(assignments: &[Assignment]) -> Option<u64> {
	let owes = |assignment: &&Assignment| matches!(assignment.task, Task::Commit { .. });
	assignments.iter().find(owes).map(|assignment| assignment.round)
}

/// The round in which `machine` has to commit yet, by the newest state: a bid that is sent as a draw becomes final is one too
/// many.
pub(super) async fn owed_by(chain: &Chain, machine: u64) -> Result<Option<u64>, ChainError> {
	let newest = chain.newest().await?;
	Ok(if newest.has_capacity_rounds() { owed(&newest.assignments(machine, 0).await?) } else { None })
}

/// Whether so many steps, the longest of which took `step`, must be done without a break to be done within `left`.
///
/// A quarter is for steps that take longer, and there must be time for the commitment to come into a block.
fn is_urgent(steps: u32, step: Duration, left: Duration) -> bool {
	let needed = step.saturating_mul(steps).saturating_mul(5) / 4;
	needed.saturating_add(TO_INCLUDE) >= left
}

/// What became of a transaction, by what sending it gave. An error when the node cannot be talked to.
fn sent(result: Result<(), TxError>) -> Result<Sent, ChainError> {
	match result {
		Ok(()) => Ok(Sent::Taken),
		Err(TxError::Chain(error)) => Err(error),
		Err(error) => {
			tracing::debug!(%error, "a transaction of the device was not taken");
			Ok(if matches!(error, TxError::Invalid(_)) { Sent::Refused } else { Sent::Lost })
		},
	}
}

impl Device {
	pub(super) fn new(provider: Keypair, machine: u64, workers: Workers, kernel: SharedKernel, out: Output) -> Self {
		let key = device_key(&provider, machine);
		let works = BTreeMap::new();
		let (epoch, _) = watch::channel(None);
		Self { provider, key, machine, workers, out, kernel, works, epoch, told: None, enrolling: None }
	}

	/// What answers probes of the machine on the chain with this genesis.
	pub(super) fn responder(&self, genesis: [u8; 32]) -> Responder {
		Responder { key: self.key.clone(), machine: self.machine, genesis, epoch: self.epoch.subscribe() }
	}

	/// Go on until the task is ended, connecting to the node of `first` again as often as it takes.
	pub(super) async fn run(mut self, first: Chain) {
		loop {
			match first.reconnect().await {
				Ok(chain) => {
					self.forget_sent();
					let error = self.session(&chain).await;
					// Nobody knows for how long it will not come to an answer.
					self.workers.hold(false);
					tracing::debug!(%error, "the device lost the node");
				},
				Err(error) => tracing::debug!(%error, "the device cannot reach the node"),
			}
			sleep(RECONNECT).await;
		}
	}

	/// Forget what was sent before the connection broke. A node that was killed has lost what no block on its disk has, and
	/// what it still has it refuses to take twice.
	fn forget_sent(&mut self) {
		self.told = None;
		self.enrolling = None;
		self.works.values_mut().for_each(|known| known.sent = None);
	}

	/// Go on until the connection fails.
	async fn session(&mut self, chain: &Chain) -> ChainError {
		loop {
			match self.tick(chain).await {
				// There is more to compute.
				Ok(true) => {},
				Ok(false) => sleep(TICK).await,
				Err(error) => return error,
			}
		}
	}

	/// Look at the chain, and do what is to be done. Returns whether there is more to compute at once.
	async fn tick(&mut self, chain: &Chain) -> Result<bool, ChainError> {
		let at = chain.timely().await?;
		let standing = if at.has_capacity_rounds() { at.machine_standing(self.machine).await? } else { None };
		let Some(standing) = standing else {
			self.workers.hold(false);
			return Ok(false);
		};
		if standing.device != Some(keys::account(&self.key)) {
			self.workers.hold(false);
			self.enrol(chain).await;
			return Ok(false);
		}
		self.beat(chain, &at).await?;
		let assignments = at.assignments(self.machine, 0).await?;
		self.works.retain(|round, _| assignments.iter().any(|assignment| assignment.round == *round));
		let slot = Duration::from_millis(at.rules()?.block_millis);
		self.workers.hold(assignments.iter().any(|assignment| self.presses(assignment, slot)));
		let mut more = false;
		for assignment in assignments {
			// One step at a time, of what there is the least time for.
			let may_compute = !more;
			more |= self.advance(chain, &assignment, may_compute).await?;
		}
		Ok(more)
	}

	/// Whether a round's steps leave no time for units.
	fn presses(&self, assignment: &Assignment, slot: Duration) -> bool {
		let (Task::Commit { slots }, Some(known)) = (assignment.task, self.works.get(&assignment.round)) else {
			return false;
		};
		let steps = assignment.params.steps.saturating_sub(known.work.done());
		// What was never done or cannot be done now keeps nobody waiting.
		let Some(step) = known.step.filter(|_| steps > 0 && !known.rests()) else { return false };
		is_urgent(steps, step, slot.saturating_mul(slots))
	}

	/// Have the provider set the device's key.
	async fn enrol(&mut self, chain: &Chain) {
		if self.enrolling.is_some_and(|begun| begun.elapsed() < PATIENCE) {
			return;
		}
		self.enrolling = Some(Instant::now());
		let call = Call::SetDevice { machine: self.machine, device: keys::account(&self.key) };
		match chain.submit(&self.provider, call).await {
			Ok(_) => {},
			Err(error @ TxError::NotFinal { .. }) => {
				tracing::warn!(%error, "the machine's device key is set, but not final")
			},
			Err(error) => tracing::warn!(%error, "cannot set the machine's device key; will be tried again"),
		}
	}

	/// Tell that the machine is there, once an interval.
	async fn beat(&mut self, chain: &Chain, at: &At) -> Result<(), ChainError> {
		let (epoch, interval) = at.heartbeat_interval().await?;
		self.epoch.send_replace(Some(epoch));
		if self.told == Some((epoch, interval)) {
			return Ok(());
		}
		// The state tells whether it must be sent again: what was said already is refused, too.
		if self.send(chain, DeviceCall::Heartbeat { epoch, interval }).await? != Sent::Lost {
			self.told = Some((epoch, interval));
		}
		Ok(())
	}

	/// Send a transaction.
	async fn send(&self, chain: &Chain, call: DeviceCall) -> Result<Sent, ChainError> {
		sent(chain.send_device_call(&self.key, self.machine, &call).await)
	}

	/// Do the next thing that a round asks. Returns whether there is more to compute at once.
	async fn advance(&mut self, chain: &Chain, assignment: &Assignment, may_compute: bool) -> Result<bool, ChainError> {
		if assignment.task == Task::Wait {
			return Ok(false);
		}
		match self.work(assignment, may_compute).await {
			Progress::Done => {},
			Progress::Going => return Ok(true),
			Progress::Resting => return Ok(false),
		}
		match assignment.task {
			Task::Commit { .. } => self.commit(chain, assignment).await?,
			Task::Prove { challenge, .. } => self.prove(chain, assignment, challenge).await?,
			Task::Wait => {},
		}
		Ok(false)
	}

	/// Do one step of a round's work, if one is left and may be computed.
	async fn work(&mut self, assignment: &Assignment, may_compute: bool) -> Progress {
		let Assignment { round, seed, params, .. } = *assignment;
		if !self.works.contains_key(&round) {
			let work = match Work::new(params, seed) {
				Ok(work) => work,
				Err(error) => {
					tracing::error!(round, %error, "a round cannot be worked");
					return Progress::Resting;
				},
			};
			self.out.result(&Notice::Drawn { round, steps: params.steps });
			self.works.insert(round, Known { work, begun: Instant::now(), step: None, sent: None, failed: None });
		}
		let Some(known) = self.works.get(&round) else { return Progress::Resting };
		if known.work.is_done() {
			return Progress::Done;
		}
		if !may_compute || known.rests() {
			return Progress::Resting;
		}
		let (mut work, kernel, workers) = (known.work.clone(), self.kernel.clone(), self.workers.clone());
		let worked = tokio::task::spawn_blocking(move || {
			workers.install(|| {
				let begun = Instant::now();
				work.advance(&kernel).map(|()| (work, begun.elapsed()))
			})
		});
		let worked = worked.await;
		let Some(known) = self.works.get_mut(&round) else { return Progress::Resting };
		match worked {
			Ok(Ok((work, took))) => {
				known.work = work;
				known.step = known.step.max(Some(took));
				if known.work.is_done() {
					Progress::Done
				} else {
					Progress::Going
				}
			},
			Ok(Err(error)) => {
				tracing::error!(round, %error, "a step of a round failed");
				known.failed = Some(Instant::now());
				Progress::Resting
			},
			// The daemon ends.
			Err(_) => Progress::Resting,
		}
	}

	/// Whether to send what belongs to `stage` of a round, noting that it is sent.
	fn is_due(&mut self, round: u64, stage: Stage) -> bool {
		let Some(known) = self.works.get_mut(&round) else { return false };
		let waits = known.sent.is_some_and(|(sent, when)| sent == stage && when.elapsed() < PATIENCE);
		if !waits {
			known.sent = Some((stage, Instant::now()));
		}
		!waits
	}

	async fn commit(&mut self, chain: &Chain, assignment: &Assignment) -> Result<(), ChainError> {
		let round = assignment.round;
		let Some(known) = self.works.get(&round) else { return Ok(()) };
		let (Some(commitment), seconds) = (known.work.commitment(), known.begun.elapsed().as_secs_f64()) else {
			return Ok(());
		};
		if self.is_due(round, Stage::Commitment)
			&& self.send(chain, DeviceCall::Commit { round, commitment }).await? == Sent::Taken
		{
			self.out.result(&Notice::RoundCommitted { round, seconds });
		}
		Ok(())
	}

	async fn prove(&mut self, chain: &Chain, assignment: &Assignment, challenge: [u8; 32]) -> Result<(), ChainError> {
		let round = assignment.round;
		if !self.is_due(round, Stage::Proof) {
			return Ok(());
		}
		let Some(known) = self.works.get(&round) else { return Ok(()) };
		if known.work.commitment() != assignment.commitment {
			tracing::error!(round, "what was committed to comes out otherwise now: this hardware makes mistakes");
			return Ok(());
		}
		let (work, kernel, workers) = (known.work.clone(), self.kernel.clone(), self.workers.clone());
		let opened = tokio::task::spawn_blocking(move || workers.install(|| work.open(&kernel, &challenge))).await;
		match opened {
			Ok(Ok(proof)) => {
				if self.send(chain, DeviceCall::Prove { round, proof }).await? == Sent::Taken {
					self.out.result(&Notice::RoundProved { round });
				}
			},
			Ok(Err(error)) => tracing::error!(round, %error, "a round cannot be proved"),
			Err(_) => {},
		}
		Ok(())
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::provider::conduct::{Conduct, Honest};
	use subxt_signer::sr25519::dev;

	#[test]
	fn device_should_have_a_key_of_its_own_on_each_machine() {
		let of = |machine| device_key(&dev::bob(), machine).public_key().0;
		assert_eq!(of(1), of(1));
		assert_ne!(of(1), of(2));
		assert_ne!(of(1), dev::bob().public_key().0);
		assert_ne!(of(1), device_key(&dev::eve(), 1).public_key().0);
	}

	#[tokio::test]
	async fn round_should_be_worked_step_by_step_and_not_while_another_is_worked() {
		let workers = Workers::start(1).unwrap();
		let mut device = Device::new(dev::bob(), 1, workers, Honest.kernel(), Output::new(true));
		let params = assay_proofs::capacity::Params { n: 128, steps: 2, rows_per_block: 32, openings: 4 };
		let task = Task::Commit { slots: 5 };
		let assignment = Assignment { round: 3, seed: [1; 32], params, commitment: None, task };
		assert_eq!(device.work(&assignment, false).await, Progress::Resting);
		assert_eq!(device.works[&3].work.done(), 0);
		assert_eq!(device.work(&assignment, true).await, Progress::Going);
		assert_eq!(device.work(&assignment, true).await, Progress::Done);
		assert_eq!(device.work(&assignment, false).await, Progress::Done);
		// What comes of it is what anybody else computes.
		let expected = Work::complete(&assay_proofs::capacity::Reference, params, [1; 32]).unwrap();
		assert_eq!(device.works[&3].work.commitment(), expected.commitment());
		assert!(device.is_due(3, Stage::Commitment));
		assert!(!device.is_due(3, Stage::Commitment));
		assert!(device.is_due(3, Stage::Proof));
		// A node that was killed may have lost it.
		device.forget_sent();
		assert!(device.is_due(3, Stage::Proof));
	}

	#[tokio::test]
	async fn units_should_wait_when_a_commitment_would_come_too_late() {
		let mut device = Device::new(dev::bob(), 1, Workers::start(1).unwrap(), Honest.kernel(), Output::new(true));
		let params = assay_proofs::capacity::Params { n: 128, steps: 3, rows_per_block: 32, openings: 4 };
		let assignment = |slots| {
			let task = Task::Commit { slots };
			Assignment { round: 3, seed: [1; 32], params, commitment: None, task }
		};
		let slot = Duration::from_secs(6);
		// How long a step takes is not known before the first.
		assert!(!device.presses(&assignment(1), slot));
		assert_eq!(device.work(&assignment(100), true).await, Progress::Going);
		device.works.get_mut(&3).unwrap().step = Some(Duration::from_secs(100));
		// Two steps, a quarter more, and half a minute.
		assert!(!device.presses(&assignment(47), slot) && device.presses(&assignment(46), slot));
		// A proof has hours.
		let task = Task::Prove { challenge: [2; 32], until: 9 };
		assert!(!device.presses(&Assignment { task, ..assignment(1) }, slot));
		device.works.get_mut(&3).unwrap().failed = Some(Instant::now());
		assert!(!device.presses(&assignment(1), slot));
		device.works.get_mut(&3).unwrap().failed = None;
		assert_eq!(device.work(&assignment(1), true).await, Progress::Going);
		assert_eq!(device.work(&assignment(1), true).await, Progress::Done);
		assert!(!device.presses(&assignment(1), slot));
		assert_eq!(device.works[&3].step, Some(Duration::from_secs(100)));
	}

	#[test]
	fn machine_should_owe_a_round_until_it_has_committed() {
		let params = assay_proofs::capacity::Params { n: 128, steps: 2, rows_per_block: 32, openings: 4 };
		let of = |round, task| Assignment { round, seed: [1; 32], params, commitment: None, task };
		let (commit, prove) = (Task::Commit { slots: 5 }, Task::Prove { challenge: [2; 32], until: 9 });
		assert_eq!(owed(&[]), None);
		assert_eq!(owed(&[of(3, prove), of(5, Task::Wait)]), None);
		assert_eq!(owed(&[of(3, prove), of(4, commit)]), Some(4));
	}

	#[tokio::test]
	async fn round_should_rest_when_a_step_has_failed() {
		let mut device = Device::new(dev::bob(), 1, Workers::start(1).unwrap(), Honest.kernel(), Output::new(true));
		let params = assay_proofs::capacity::Params { n: 128, steps: 2, rows_per_block: 32, openings: 4 };
		let task = Task::Commit { slots: 5 };
		let assignment = Assignment { round: 3, seed: [1; 32], params, commitment: None, task };
		assert_eq!(device.work(&assignment, false).await, Progress::Resting);
		let fail =
			|device: &mut Device, ago| device.works.get_mut(&3).unwrap().failed = Instant::now().checked_sub(ago);
		fail(&mut device, Duration::ZERO);
		assert_eq!(device.work(&assignment, true).await, Progress::Resting);
		assert_eq!(device.works[&3].work.done(), 0);
		fail(&mut device, REST);
		assert_eq!(device.work(&assignment, true).await, Progress::Going);
		// One that cannot be worked at all is not tried at once either.
		let hopeless = Assignment { round: 4, params: assay_proofs::capacity::Params { n: 1, ..params }, ..assignment };
		assert_eq!(device.work(&hopeless, true).await, Progress::Resting);
	}

	#[test]
	fn transaction_should_count_as_taken_only_when_the_node_has_it() {
		assert_eq!(sent(Ok(())).unwrap(), Sent::Taken);
		assert_eq!(sent(Err(TxError::Invalid("Custom(7)".to_owned()))).unwrap(), Sent::Refused);
		assert_eq!(sent(Err(TxError::Lost("gone".to_owned()))).unwrap(), Sent::Lost);
		assert!(sent(Err(ChainError::WrongChain { url: "ws://localhost".to_owned() }.into())).is_err());
	}
}
