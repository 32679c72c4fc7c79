//! What blocks have no room for.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};

#[test]
fn backlog_should_wait_when_there_is_no_room_and_go_on_later() {
	build_and_execute(|| {
		for number in 0..6 {
			machine(number, number);
		}
		beat_all();
		begin_block(1, 0);
		begin_block(2, 0);
		next_block(Weight::zero());
		assert_eq!(Seats::<Test>::count(), 0);
		let room = WeightInfoOf::backlog_base()
			.saturating_add(WeightInfoOf::backlog_step())
			.saturating_add(WeightInfoOf::backlog_change().saturating_mul(2));
		next_block(room);
		assert_eq!(Seats::<Test>::count(), 2);
		next_block(room);
		assert_eq!(Seats::<Test>::count(), 4);
		next_block(Weight::MAX);
		assert_eq!(Seats::<Test>::count(), 6);
	});
}

type WeightInfoOf = <Test as Config>::WeightInfo;

#[test]
fn anyone_should_be_able_to_work_off_the_backlog() {
	build_and_execute(|| {
		let machine = drawn();
		commit(machine, false);
		for _ in 0..60 {
			next_block(Weight::zero());
		}
		assert!(Reports::get().is_empty());
		assert_noop!(Capacity::work_off(RuntimeOrigin::none(), 1), sp_runtime::DispatchError::BadOrigin);
		let info = Capacity::work_off(signed(CAROL), 10).unwrap();
		assert!(info.actual_weight.unwrap().all_lte(Capacity::backlog_weight(10)));
		assert_eq!(settled(), [(machine, Settled::Silent)]);
		assert_ok!(Capacity::work_off(signed(CAROL), 0));
	});
}

#[test]
fn rounds_should_be_settled_in_any_order_when_proofs_come_late() {
	build_and_execute(|| {
		let machine = drawn();
		commit(machine, true);
		run_to_next_epoch();
		// Drawn again, while the first round is open.
		let second = Capacity::assignments(machine, RoundId(1)).pop();
		prove(machine, true);
		if let Some(second) = second {
			assert!(matches!(second.task, DeviceTask::Commit { .. }));
			commit(machine, true);
			run_to_next_epoch();
			prove(machine, true);
		}
		assert!(Reports::get().is_empty());
	});
}
