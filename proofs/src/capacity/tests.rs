//! A round from its seed to its verdict, and what must not pass.

use super::{expand::Side, *};
use codec::{Decode, DecodeAll, Encode, MaxEncodedLen};
use core::cell::Cell;
use proptest::prelude::*;
use std::{convert::Infallible, sync::OnceLock, vec, vec::Vec};

const SMALL: Params = Params { n: 128, steps: 3, rows_per_block: 32, openings: 8 };

/// A round that was worked honestly, and what was answered to a challenge.
#[derive(Clone)]
struct Round {
	params: Params,
	seed: Hash,
	commitment: Hash,
	challenge: Hash,
	proof: Proof,
}

impl Round {
	fn new<K: Kernel>(kernel: &K, params: Params, randomness: u8) -> Self {
		let seed = first_seed(&[randomness; 32], b"machine");
		let work = Work::complete(kernel, params, seed).expect("the kernel works");
		let commitment = work.commitment().expect("all steps are done");
		let challenge = challenge(&[randomness ^ 255; 32], &commitment);
		let proof = work.open(kernel, &challenge).expect("the kernel works");
		Self { params, seed, commitment, challenge, proof }
	}

	fn verify(&self) -> Result<(), Fault> {
		verify(&self.params, &self.seed, &self.commitment, &self.challenge, &self.proof)
	}
}

/// An honest round, worked once for all tests.
fn honest() -> Round {
	static ROUND: OnceLock<Round> = OnceLock::new();
	ROUND.get_or_init(|| Round::new(&Reference, SMALL, 1)).clone()
}

/// A kernel that does not do some of the work.
struct Lazy<F>(F);

impl<F: Fn(u32, &mut [u32])> Kernel for Lazy<F> {
	type Error = Infallible;

	fn digests(&self, params: &Params, seed: &Hash) -> Result<Vec<Hash>, Infallible> {
		let all: Vec<u32> = (0..params.blocks()).collect();
		Ok(self.blocks(params, seed, &all)?.iter().filter_map(|entries| block_digest(entries)).collect())
	}

	fn blocks(&self, params: &Params, seed: &Hash, wanted: &[u32]) -> Result<Vec<Vec<u32>>, Infallible> {
		let mut blocks = Reference.blocks(params, seed, wanted)?;
		for (number, entries) in wanted.iter().zip(&mut blocks) {
			(self.0)(*number, entries);
		}
		Ok(blocks)
	}
}

#[test]
fn round_should_verify_when_worked_honestly() {
	let round = honest();
	assert_eq!(round.verify(), Ok(()));
	assert!(round.proof.encoded_size() <= Proof::max_encoded_len());
	assert_eq!(Proof::decode_all(&mut &round.proof.encode()[..]), Ok(round.proof));
}

#[test]
fn commitment_should_be_pinned() {
	// What was committed to before an upgrade must verify after it.
	let expected = "11a4409d86735c788b45974c598e7341644d8ec88e28aa541a4aeee63e96e1db";
	let found: std::string::String = honest().commitment.iter().map(|byte| std::format!("{byte:02x}")).collect();
	assert_eq!(found, expected);
}

#[test]
fn entries_should_be_those_of_the_product() {
	let seed = [9; 32];
	let blocks = Reference.blocks(&SMALL, &seed, &[0, 3]).expect("it cannot fail");
	for (block, first) in blocks.iter().zip([0, 96]) {
		for (row, entries) in (first..).zip(block.chunks(128)) {
			for (column, entry) in (0..).zip(entries) {
				assert_eq!(*entry, expand::entry(&seed, row, column, 128));
			}
		}
	}
}

#[test]
fn round_should_be_caught_when_nothing_was_multiplied() {
	// Whatever is opened is wrong.
	let round = Round::new(&Lazy(|_, entries: &mut [u32]| entries.fill(7)), SMALL, 2);
	assert_eq!(round.verify(), Err(Fault::Wrong(0)));
	assert!(Fault::Wrong(0).is_evidence());
}

#[test]
fn round_should_be_caught_as_often_as_the_odds_say_when_blocks_are_skipped() {
	// A quarter of the row blocks is not computed: a round of 8 openings passes with 0.75⁸ = 0.1.
	let lazy = Lazy(|number, entries: &mut [u32]| {
		if number == 0 {
			entries.fill(0);
		}
	});
	let work = Work::complete(&lazy, SMALL, [3; 32]).expect("the kernel works");
	let commitment = work.commitment().expect("all steps are done");
	let mut passed = 0;
	for randomness in 0..100u8 {
		let challenge = challenge(&[randomness; 32], &commitment);
		let proof = work.open(&lazy, &challenge).expect("the kernel works");
		let touched = positions(&SMALL, &challenge).any(|position| position.row < 32);
		let verdict = verify(&SMALL, &[3; 32], &commitment, &challenge, &proof);
		assert_eq!(verdict.is_err(), touched, "{verdict:?}");
		assert!(verdict.is_ok() || verdict.is_err_and(Fault::is_evidence));
		passed += u32::from(!touched);
	}
	assert!((2..=20).contains(&passed), "{passed} of 100 passed");
}

#[test]
fn round_should_be_caught_when_another_seed_was_worked() {
	// Work for another machine, or of another round, with a commitment that claims it for this one.
	let mut round = honest();
	round.seed = first_seed(&[1; 32], b"another");
	assert_eq!(round.verify(), Err(Fault::Commitment));
	round.commitment = commitment(&round.params, &round.seed, &round.proof.roots);
	round.challenge = challenge(&[254; 32], &round.commitment);
	assert!(matches!(round.verify(), Err(Fault::Unbound(_))));
}

#[test]
fn round_should_not_be_opened_where_a_step_was_skipped() {
	/// Makes up the second step, and works the others.
	struct Skipping(Cell<u32>);

	impl Kernel for Skipping {
		type Error = Infallible;

		fn digests(&self, params: &Params, seed: &Hash) -> Result<Vec<Hash>, Infallible> {
			match self.0.replace(self.0.get() + 1) {
				1 => Ok(vec![*seed; params.blocks() as usize]),
				_ => Reference.digests(params, seed),
			}
		}

		fn blocks(&self, params: &Params, seed: &Hash, wanted: &[u32]) -> Result<Vec<Vec<u32>>, Infallible> {
			Reference.blocks(params, seed, wanted)
		}
	}

	let params = Params { openings: 2, ..SMALL };
	let kernel = Skipping(Cell::new(0));
	let work = Work::complete(&kernel, params, [1; 32]).expect("it cannot fail");
	let commitment = work.commitment().expect("all steps are done");
	let mut passed = 0;
	for randomness in 0..20u8 {
		let challenge = challenge(&[randomness; 32], &commitment);
		let skipped = positions(&params, &challenge).any(|position| position.step == 1);
		match work.open(&kernel, &challenge) {
			Ok(proof) => {
				assert!(!skipped);
				assert_eq!(verify(&params, &[1; 32], &commitment, &challenge, &proof), Ok(()));
				passed += 1;
			},
			Err(error) => assert!(skipped && error == WorkError::Changed),
		}
	}
	// Four in nine are to be expected.
	assert!((2..=16).contains(&passed), "{passed} of 20 passed");
}

#[test]
fn proof_should_be_refused_when_it_is_not_whole() {
	let mut fewer_roots = honest();
	fewer_roots.proof.roots.pop();
	assert_eq!(fewer_roots.verify(), Err(Fault::Roots));
	let mut more_roots = honest();
	more_roots.proof.roots.push([0; 32]);
	assert_eq!(more_roots.verify(), Err(Fault::Roots));
	let mut fewer = honest();
	fewer.proof.openings.pop();
	assert_eq!(fewer.verify(), Err(Fault::Openings));
	let mut swapped = honest();
	swapped.proof.openings.swap(0, 1);
	assert_eq!(swapped.verify(), Err(Fault::Unbound(0)));
	let mut other = honest();
	other.params.openings += 1;
	assert_eq!(other.verify(), Err(Fault::Openings));
	other = honest();
	other.params.n = 100;
	assert_eq!(other.verify(), Err(Fault::Params(ParamsError::Size)));
	for fault in [Fault::Roots, Fault::Openings, Fault::Commitment, Fault::Unbound(0)] {
		assert!(!fault.is_evidence());
	}
}

#[test]
fn proof_should_be_refused_when_it_answers_another_challenge() {
	let mut round = honest();
	round.challenge = challenge(&[77; 32], &round.commitment);
	assert!(matches!(round.verify(), Err(Fault::Unbound(_))));
}

#[test]
fn work_should_say_what_is_missing() {
	let mut work = Work::new(SMALL, [1; 32]).expect("valid parameters");
	assert_eq!(work.commitment(), None);
	assert_eq!(work.open(&Reference, &[0; 32]), Err(WorkError::NotDone));
	for done in 0..SMALL.steps {
		assert_eq!((work.done(), work.is_done()), (done, false));
		work.advance(&Reference).expect("it cannot fail");
	}
	assert!(work.is_done());
	work.advance(&Reference).expect("nothing happens");
	assert_eq!(work.done(), SMALL.steps);
	let invalid = Params { steps: 0, ..SMALL };
	assert_eq!(Work::new(invalid, [1; 32]).err(), Some(ParamsError::Steps));
	assert_eq!(Work::complete(&Reference, invalid, [1; 32]).err(), Some(WorkError::Params(ParamsError::Steps)));
}

#[test]
fn work_should_not_open_what_came_out_otherwise() {
	// Hardware that errs after the commitment.
	let work = Work::complete(&Reference, SMALL, [1; 32]).expect("it cannot fail");
	let erring = Lazy(|_, entries: &mut [u32]| entries[5] ^= 1);
	assert_eq!(work.open(&erring, &[0; 32]), Err(WorkError::Changed));
	let short = Lazy(|_, _: &mut [u32]| ());
	assert!(work.open(&short, &[0; 32]).is_ok());
}

#[test]
fn work_should_stop_when_the_kernel_gives_too_few_blocks() {
	struct Short;
	impl Kernel for Short {
		type Error = Infallible;

		fn digests(&self, _: &Params, _: &Hash) -> Result<Vec<Hash>, Infallible> {
			Ok(vec![[0; 32]])
		}

		fn blocks(&self, _: &Params, _: &Hash, _: &[u32]) -> Result<Vec<Vec<u32>>, Infallible> {
			Ok(Vec::new())
		}
	}
	assert_eq!(Work::complete(&Short, SMALL, [1; 32]).err(), Some(WorkError::Blocks));
	let work = Work::complete(&Reference, SMALL, [1; 32]).expect("it cannot fail");
	assert_eq!(work.open(&Short, &[0; 32]), Err(WorkError::Blocks));
}

#[test]
fn positions_should_cover_all_alike() {
	let params = Params { n: 128, steps: 4, rows_per_block: 32, openings: 64 };
	let (mut steps, mut rows, mut columns) = ([0u32; 4], [0u32; 4], [0u32; 4]);
	for randomness in 0..100u8 {
		for position in positions(&params, &[randomness; 32]) {
			steps[position.step as usize] += 1;
			rows[position.row as usize / 32] += 1;
			columns[position.column as usize / 32] += 1;
		}
	}
	// 1,600 each; five standard deviations are 173.
	for count in [steps, rows, columns].into_iter().flatten() {
		assert!(count.abs_diff(1_600) < 173, "{steps:?} {rows:?} {columns:?}");
	}
}

#[test]
fn scale_should_reach_both_ends() {
	assert_eq!((scale(0, 7), scale(u64::MAX, 7), scale(u64::MAX, u32::MAX)), (0, 6, u32::MAX - 1));
}

#[test]
fn proof_should_not_decode_when_it_claims_too_many() {
	let mut roots = codec::Compact(MAX_STEPS + 1).encode();
	roots.extend([0; 32 * (MAX_STEPS as usize + 1)]);
	assert!(Proof::decode(&mut &roots[..]).is_err());
	let mut openings = Vec::<Hash>::new().encode();
	openings.extend(codec::Compact(MAX_OPENINGS + 1).encode());
	openings.extend([0; 40_000]);
	assert!(Proof::decode(&mut &openings[..]).is_err());
}

#[test]
fn rank_should_be_full_mod_a_prime() {
	// No shortcut by a factor of lower rank: the expanded matrices have none. Checked mod 251, to which a random matrix of
	// this size is singular once in 250 times.
	let singular = (0..8u8).filter(|seed| {
		let mut rows: Vec<Vec<i64>> = (0..128)
			.map(|row| expand::line(&[*seed; 32], Side::Rows, row, 128).into_iter().map(i64::from).collect())
			.collect();
		let mut rank = 0;
		for column in 0..128 {
			let Some(pivot) = (rank..128).find(|row| rows[*row][column].rem_euclid(251) != 0) else { continue };
			rows.swap(rank, pivot);
			let inverse = (1..251).find(|x| (rows[rank][column] * x).rem_euclid(251) == 1).expect("a prime");
			let pivot: Vec<i64> = rows[rank].iter().map(|entry| (entry * inverse).rem_euclid(251)).collect();
			for row in &mut rows[rank + 1..] {
				let factor = row[column];
				row.iter_mut()
					.zip(&pivot)
					.for_each(|(entry, pivot)| *entry = (*entry - factor * pivot).rem_euclid(251));
			}
			rank += 1;
		}
		rank < 128
	});
	assert!(singular.count() <= 1);
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(64))]

	#[test]
	fn nothing_should_verify_when_a_byte_of_the_proof_is_changed(at: prop::sample::Index, change in 1u8..) {
		let mut round = honest();
		let mut bytes = round.proof.encode();
		*at.get_mut(&mut bytes) ^= change;
		if let Ok(proof) = Proof::decode_all(&mut &bytes[..]) {
			round.proof = proof;
			// Another byte of the tile than those of the entry is bound as well.
			prop_assert!(round.verify().is_err());
			prop_assert!(!round.verify().is_err_and(Fault::is_evidence), "a bent proof is no evidence");
		}
	}

	#[test]
	fn nothing_should_panic_when_proofs_are_cut_or_garbled(
		end: prop::sample::Index,
		changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..20),
		params in (0u32..300, 0u32..6, 0u32..100, 0u32..12),
	) {
		let mut round = honest();
		let mut bytes = round.proof.encode();
		for (at, value) in changes {
			*at.get_mut(&mut bytes) = value;
		}
		if let Ok(proof) = Proof::decode(&mut &bytes[..]) {
			round.proof = proof;
			let _ = round.verify();
			let (n, steps, rows_per_block, openings) = params;
			round.params = Params { n, steps, rows_per_block, openings };
			let _ = round.verify();
		}
		bytes.truncate(end.index(bytes.len()));
		let _ = Proof::decode(&mut &bytes[..]);
	}

	#[test]
	fn nothing_should_panic_when_bytes_are_arbitrary(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
		if let Ok(proof) = Proof::decode(&mut &bytes[..]) {
			// What decodes is within its bounds, and is encoded as it was read.
			prop_assert!(proof.encode().len() <= Proof::max_encoded_len());
			let _ = verify(&SMALL, &[1; 32], &[2; 32], &[3; 32], &proof);
		}
	}

	#[test]
	fn positions_should_lie_within(
		n in (1u32..=MAX_N / TILE).prop_map(|tiles| tiles * TILE),
		steps in 1..=MAX_STEPS,
		challenge: Hash,
	) {
		let params = Params { n, steps, rows_per_block: 32, openings: 16 };
		for position in positions(&params, &challenge) {
			prop_assert!(position.step < steps && position.row < n && position.column < n);
		}
		prop_assert_eq!(positions(&params, &challenge).count(), 16);
	}
}
