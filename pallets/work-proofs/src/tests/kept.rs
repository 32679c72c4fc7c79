//! Disputes that the fuzzer found worth keeping (`fuzz/corpus/dispute`), sent as calls: its own target has no pallet.

use crate::{mock::*, *};
use codec::{Decode, Encode};
use frame_support::{dispatch::GetDispatchInfo, traits::UnfilteredDispatchable};
use std::{fs, path::Path};

/// The calls of all kept inputs that are one, with the files' names.
fn kept() -> Vec<(String, Call<Test>)> {
	let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/dispute");
	let calls = fs::read_dir(folder).unwrap().filter_map(|file| {
		let file = file.unwrap();
		// The index of the call, then its arguments.
		let call = [vec![0], fs::read(file.path()).unwrap()].concat();
		let mut rest = &call[..];
		let decoded = Call::<Test>::decode(&mut rest).ok()?;
		assert_eq!(decoded.encode(), call[..call.len() - rest.len()]);
		Some((file.file_name().into_string().unwrap(), decoded))
	});
	calls.collect()
}

#[test]
fn dispute_unit_should_end_in_a_verdict_whatever_is_sent() {
	let kept = kept();
	let (mut ran, mut invalid) = (0, 0);
	for (name, sent) in &kept {
		build_and_execute(|| {
			let Call::dispute_unit { index, claimed, gas_limit, guest, input, .. } = sent.clone() else {
				panic!("{name}: another call")
			};
			// Nobody did such a job.
			let failed = sent.clone().dispatch_bypass_filter(signed(CHALLENGER)).unwrap_err();
			assert_eq!(failed.error, NO_RESULT, "{name}");

			// Others stand for guests of the script.
			if !guest.starts_with(b"\0asm") {
				return;
			}
			// A result of this guest on this input in which every unit is what is claimed.
			let gas_limit = gas_limit.min(1_000_000);
			let all = [claimed.0; UNITS as usize];
			let root = H256(merkle::root(&all).unwrap());
			let job = commit(MockJob { gas_per_unit: gas_limit, ..mock_job(hash(&guest), hash(&input), root) });
			let index = index % UNITS;
			let opening = merkle::prove(&all, index).unwrap();
			let call = Call::<Test>::dispute_unit { job, index, claimed, opening, gas_limit, guest, input };
			let most = call.get_dispatch_info().call_weight;
			let result = call.dispatch_bypass_filter(signed(CHALLENGER));
			match result {
				Ok(info) => {
					assert!(
						info.actual_weight.is_some_and(|weight| weight.all_lte(most)),
						"{name}: {info:?}, {most:?}"
					);
					// Refuted or upheld: one of them was wrong, and paid.
					assert_eq!(Refusals::get().len() + usize::from(free(CHALLENGER) < ENDOWMENT), 1, "{name}");
					let is_invalid = Verdicts::get().iter().any(|(.., run, _)| run.outcome == invalid_guest());
					*(if is_invalid { &mut invalid } else { &mut ran }) += 1;
				},
				Err(failed) => panic!("{name}: {:?}", failed.error),
			}
		});
	}
	println!("{} disputes: {ran} units run, {invalid} guests invalid", kept.len());
	assert!(ran > 0 && invalid > 0);
}
