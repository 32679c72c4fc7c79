//! The device: tells the chain that the machine is there, and answers capacity rounds, beside the daemon's loop.
//!
//! Paid work goes before: no step is done while units are being computed here, which excuses the machine when their job was
//! assigned to it after the draw; before that, it would not have been drawn. A bid excuses nobody, so that steps go on while
//! there are only bids. They are done one at a time on the threads that compute jobs, so that a job waits for one step at most.
//!
//! A proof that is owed goes before everything: all that is at stake for the machine hangs on it, while a job can take longer
//! than there is time to prove.
//!
//! Rounds run by block number. While finality lags, the device goes by the newest state, so that it does not miss them.
//!
//! Nothing is kept on disk. What there is to do, the seeds and what was committed to stand on the chain, and work that was
//! lost is done again: for a proof there are hours, for the work minutes.

use std::{collections::BTreeMap, time::Duration};

use assay_proofs::capacity::Work;
use subxt_signer::{sr25519::Keypair, DeriveJunction};
use tokio::time::{sleep, Instant};

use super::{conduct::SharedKernel, execute::Workers, notice::Notice};
use crate::{
	chain::{
		capacity::{Assignment, DeviceCall, Task},
		At, Call, Chain, ChainError, TxError,
	},
	keys,
	output::Output,
};

/// Pause between two looks at the chain.
const TICK: Duration = Duration::from_secs(2);
/// Pause after the connection broke.
const RECONNECT: Duration = Duration::from_secs(3);
/// Time after which what was sent and did not come to be is sent again.
const PATIENCE: Duration = Duration::from_secs(20);

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
	/// The last interval in which the machine told of itself.
	told: Option<(u64, u32)>,
	/// When the provider's transaction that sets the key was sent.
	enrolling: Option<Instant>,
}

/// The work of a round.
struct Known {
	work: Work,
	begun: Instant,
	/// When the commitment, or after that the proof, was last sent.
	sent: Option<(Stage, Instant)>,
	/// When a step last failed.
	failed: Option<Instant>,
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

/// Whether to do a step for what is to be done, while units are being computed or not.
const fn may_compute(task: &Task, busy: bool) -> bool {
	!busy || matches!(task, Task::Prove { .. })
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
		Self { provider, key, machine, workers, out, kernel, works, told: None, enrolling: None }
	}

	/// Go on until the task is ended, connecting to the node of `first` again as often as it takes.
	pub(super) async fn run(mut self, first: Chain) {
		loop {
			match first.reconnect().await {
				Ok(chain) => {
					self.forget_sent();
					let error = self.session(&chain).await;
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
		if !at.has_capacity_rounds() {
			return Ok(false);
		}
		let Some(standing) = at.machine_standing(self.machine).await? else { return Ok(false) };
		if standing.device != Some(keys::account(&self.key)) {
			self.enrol(chain).await;
			return Ok(false);
		}
		self.beat(chain, &at).await?;
		let assignments = at.assignments(self.machine, 0).await?;
		self.works.retain(|round, _| assignments.iter().any(|assignment| assignment.round == *round));
		let mut more = false;
		for assignment in assignments {
			let may_compute = may_compute(&assignment.task, self.workers.are_busy());
			more |= self.advance(chain, &assignment, may_compute).await?;
		}
		Ok(more)
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
			self.works.insert(round, Known { work, begun: Instant::now(), sent: None, failed: None });
		}
		let Some(known) = self.works.get(&round) else { return Progress::Resting };
		if known.work.is_done() {
			return Progress::Done;
		}
		if !may_compute || known.failed.is_some_and(|when| when.elapsed() < REST) {
			return Progress::Resting;
		}
		let (mut work, kernel, workers) = (known.work.clone(), self.kernel.clone(), self.workers.clone());
		let worked = tokio::task::spawn_blocking(move || {
			let result = workers.install(|| work.advance(&kernel));
			result.map(|()| work)
		});
		let worked = worked.await;
		let Some(known) = self.works.get_mut(&round) else { return Progress::Resting };
		match worked {
			Ok(Ok(work)) => {
				known.work = work;
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
	async fn round_should_be_worked_step_by_step_and_not_while_there_is_work() {
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
	async fn owed_proof_should_be_worked_again_while_units_are_computed() {
		// As after a restart between commitment and proof: nothing of the work is there.
		let mut device = Device::new(dev::bob(), 1, Workers::start(1).unwrap(), Honest.kernel(), Output::new(true));
		let params = assay_proofs::capacity::Params { n: 128, steps: 2, rows_per_block: 32, openings: 4 };
		let (commit, prove) = (Task::Commit { slots: 5 }, Task::Prove { challenge: [2; 32], until: 9 });
		let mut assignment = Assignment { round: 3, seed: [1; 32], params, commitment: None, task: commit };
		assert_eq!(device.work(&assignment, may_compute(&commit, true)).await, Progress::Resting);
		assert_eq!(device.works[&3].work.done(), 0);
		assignment.task = prove;
		assert_eq!(device.work(&assignment, may_compute(&prove, true)).await, Progress::Going);
		assert_eq!(device.work(&assignment, may_compute(&prove, true)).await, Progress::Done);
		assert!(may_compute(&commit, false));
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
