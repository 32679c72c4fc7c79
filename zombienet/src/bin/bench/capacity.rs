//! What a capacity round costs both sides, and how fast the kernel and the draw are.

use anyhow::{anyhow, bail, ensure, Result};
use assay_proofs::{
	capacity::{challenge, expand::Side, first_seed, positions, verify, Cpu, Params, Work},
	draw::{weight, Page, Pages, Tree, QUALITY_ONE},
	hash,
};
use codec::{Decode, Encode};
use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions};
use rten_tensor::{AsView, NdTensor};
use std::{
	collections::HashMap,
	hint::black_box,
	thread::available_parallelism,
	time::{Duration, Instant},
};

/// How long a round is worked. What is left of it then is reckoned from the steps that were done: all take as long.
const WORK_TIME: Duration = Duration::from_secs(20);

pub fn measure() -> Result<()> {
	round()?;
	cheat();
	draw()?;
	kernel()
}

/// The shortest of several runs, in seconds: on a machine that does other things as well, the one least disturbed.
fn best(runs: u32, mut run: impl FnMut() -> Result<()>) -> Result<f64> {
	let mut shortest = f64::INFINITY;
	for _ in 0..runs {
		let begin = Instant::now();
		run()?;
		shortest = shortest.min(begin.elapsed().as_secs_f64());
	}
	Ok(shortest)
}

/// A round with the standard parameters: the work of the machine on all cores, and that of the chain.
fn round() -> Result<()> {
	let kernel = Cpu::new();
	let seed = first_seed(&[1; 32], b"bench");
	let mut first = Work::new(Params::STANDARD, seed)?;
	let begin = Instant::now();
	first.advance(&kernel)?;
	let steps = (WORK_TIME.as_secs_f64() / begin.elapsed().as_secs_f64()) as u32;
	// As many steps as there is time for. The roots of the others would cost the chain next to nothing.
	let params = Params { steps: steps.clamp(1, Params::STANDARD.steps), ..Params::STANDARD };
	let begin = Instant::now();
	let work = Work::complete(&kernel, params, seed)?;
	let step = begin.elapsed().as_secs_f64() / f64::from(params.steps);

	let commitment = work.commitment().ok_or_else(|| anyhow!("the round is not done"))?;
	let challenge = challenge(&[2; 32], &commitment);
	let begin = Instant::now();
	let proof = work.open(&kernel, &challenge)?;
	let open = begin.elapsed();
	let verify = || verify(&params, &seed, &commitment, &challenge, black_box(&proof));
	let verification = best(20, || Ok(verify()?))?;

	let (cores, steps) = (available_parallelism()?.get() as f64, f64::from(Params::STANDARD.steps));
	println!("capacity_verify_ms={:.3} ms in native code on one core", verification * 1_000.0);
	println!(
		"capacity_work_ratio={:.0} core time off chain by that of verification",
		step * steps * cores / verification
	);
	println!("capacity_step_s={step:.3} s with {}", kernel.instructions());
	println!("capacity_round_s={:.1} s", step * steps);
	println!("capacity_open_s={:.2} s", open.as_secs_f64());
	println!("capacity_proof_bytes={} bytes", proof.encoded_size());
	Ok(())
}

/// How often a machine would pass that left out a tenth of its work: counted over the entries that many challenges draw.
fn cheat() {
	const ROUNDS: u32 = 20_000;
	let params = Params::STANDARD;
	let left_out = params.n / 10;
	let passes = |round: &u32| {
		let challenge = challenge(&hash(&round.to_le_bytes()), &[0; 32]);
		positions(&params, &challenge).all(|position| position.row >= left_out)
	};
	let passed = (0..ROUNDS).filter(passes).count();
	let expected = (1.0 - f64::from(left_out) / f64::from(params.n)).powf(f64::from(params.openings));
	println!("undetected_cheat={:.4} of rounds with a tenth left out", passed as f64 / f64::from(ROUNDS));
	println!("undetected_cheat_expected={expected:.4} of the same, by the formula");
}

/// Pages as a chain has them: encoded, under a key.
#[derive(Default)]
struct Encoded(HashMap<(u8, u32), Vec<u8>>);

impl Pages for Encoded {
	fn get(&self, level: u8, index: u32) -> Option<Page> {
		self.0.get(&(level, index)).and_then(|bytes| Page::decode(&mut &bytes[..]).ok())
	}

	fn put(&mut self, level: u8, index: u32, page: Option<Page>) {
		match page {
			Some(page) => drop(self.0.insert((level, index), page.encode())),
			None => drop(self.0.remove(&(level, index))),
		}
	}
}

/// What a draw and the change of the drawn one's weight take, with a hundred machines and with a hundred thousand.
fn draw() -> Result<()> {
	const DRAWS: u32 = 2_000;
	let time = |machines: u32| {
		let mut tree = Tree::new(Encoded::default());
		for machine in 0..machines {
			tree.insert(weight(1_000_000_000_000 + u128::from(machine), QUALITY_ONE, 0))?;
		}
		let seconds = best(20, || {
			for number in 0..DRAWS {
				let slot = tree.pick(&hash(&number.to_le_bytes())).ok_or_else(|| anyhow!("nothing to draw"))?;
				tree.update(slot, weight(1_000_000_000_000, QUALITY_ONE, number % 4))?;
			}
			Ok(())
		})?;
		anyhow::Ok(seconds / f64::from(DRAWS))
	};
	let (few, many) = (time(100)?, time(100_000)?);
	println!("draw_us={:.2} us with 100,000 machines", many * 1e6);
	println!("draw_ratio_100k_to_100={:.2} times", many / few);
	Ok(())
}

/// The kernel beside a library's products of bytes and of floats, on the same cores.
fn kernel() -> Result<()> {
	const N: u32 = 4_096;
	const RUNS: u32 = 5;
	let (n, operations) = (N as usize, 2.0 * f64::from(N).powi(3));
	let kernel = Cpu::new();
	let mut product = vec![0; n * n];
	// With the expansion of both matrices, as a round has it.
	let ours = best(RUNS, || {
		let (a, b) = (kernel.expand(&[3; 32], Side::Rows, N), kernel.expand(&[3; 32], Side::Columns, N));
		kernel.multiply(&a, &b, &mut product);
		Ok(())
	})?;
	let corner = assay_proofs::capacity::expand::entry(&[3; 32], N - 1, N - 1, N);
	ensure!(product.last() == Some(&corner), "the kernel's product is wrong");

	let bytes = {
		let (a, b) = (NdTensor::<u8, 2>::full([n, n], 3), NdTensor::<i8, 2>::full([n, n], -5));
		let executor = GemmExecutor::<u8, i8, i32>::new();
		let mut product = vec![0; n * n];
		let seconds = best(RUNS, || {
			let (a, b) = (GemmInputA::Unpacked(a.view()), GemmInputB::Unpacked(b.view()));
			executor.gemm(&mut product, a, b, GemmOptions::default()).map_err(|error| anyhow!("{error:?}"))
		})?;
		ensure!(product.last() == Some(&(-15 * N as i32)), "the yardstick's product is wrong");
		seconds
	};
	let floats = {
		let (a, b) = (NdTensor::<f32, 2>::full([n, n], 3.0), NdTensor::<f32, 2>::full([n, n], -5.0));
		let executor = GemmExecutor::<f32>::new();
		let mut product = vec![0.0; n * n];
		best(RUNS, || {
			let (a, b) = (GemmInputA::Unpacked(a.view()), GemmInputB::Unpacked(b.view()));
			executor.gemm(&mut product, a, b, GemmOptions::default()).map_err(|error| anyhow!("{error:?}"))
		})?
	};
	if !(ours > 0.0 && bytes > 0.0 && floats > 0.0) {
		bail!("the clock stands still");
	}
	println!("kernel_gops={:.0} billion operations a second with {}", operations / ours / 1e9, kernel.instructions());
	println!("library_int8_gops={:.0} billion operations a second", operations / bytes / 1e9);
	println!("library_f32_gops={:.0} billion operations a second", operations / floats / 1e9);
	println!("kernel_share_of_best={:.2} of the faster of both", bytes.min(floats) / ours);
	Ok(())
}
