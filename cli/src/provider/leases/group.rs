//! Process groups: what a runner has started, found and stopped as one.
//!
//! A runner leads a group of its own. The group goes by the leader's number, which the system gives to nobody else as long
//! as a process of the group lives; so the number and when the leader began tell a later daemon what an earlier one, that was
//! killed, has left behind. What leaves the group is the runner's own to stop.

use std::{
	fs, io,
	path::Path,
	time::{Duration, Instant},
};

use rustix::process::{kill_process_group, Pid, Signal};
use serde::{Deserialize, Serialize};

use crate::blobs::{self, BlobError};

/// How long what was told to stop may take, before it is killed.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// Pause between two looks whether all of a group has ended.
const LOOK: Duration = Duration::from_millis(100);
/// How often that is looked at after a group was killed, which takes no time unless the system is stuck.
const LAST_LOOKS: u32 = 20;

/// A process as the system lists it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Process {
	id: i32,
	group: i32,
	/// When it began, in the system's ticks since it was started.
	began: u64,
	/// It has ended, and nobody has asked how.
	ended: bool,
}

impl Process {
	/// Read a line of `/proc/ID/stat`.
	fn parse(stat: &str) -> Option<Self> {
		let id = stat.split_once(' ')?.0.parse().ok()?;
		// The name is in brackets, and can have anything in it.
		let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
		let (state, group, began) = (fields.first()?, fields.get(2)?.parse().ok()?, fields.get(19)?.parse().ok()?);
		Some(Self { id, group, began, ended: matches!(*state, "Z" | "X") })
	}

	fn find(id: i32) -> Option<Self> {
		Self::parse(&fs::read_to_string(format!("/proc/{id}/stat")).ok()?)
	}

	/// All there are. None where the system does not list them.
	fn all() -> impl Iterator<Item = Self> {
		let ids = fs::read_dir("/proc").into_iter().flatten().flatten();
		ids.filter_map(|entry| Self::find(entry.file_name().to_str()?.parse().ok()?))
	}
}

/// A group of processes, as it is remembered.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Group {
	leader: i32,
	/// When the leader began.
	began: u64,
	/// In which run of the system.
	boot: String,
}

impl Group {
	/// The group that process `leader` leads.
	pub fn led_by(leader: u32) -> Option<Self> {
		let leader = i32::try_from(leader).ok().filter(|leader| *leader > 1)?;
		let began = Process::find(leader).map_or(0, |process| process.began);
		Some(Self { leader, began, boot: boot() })
	}

	/// Whether any process of it is there.
	pub fn lives(&self) -> bool {
		if self.boot != boot() {
			return false;
		}
		let members: Vec<_> = Process::all().filter(|process| process.group == self.leader).collect();
		// The number is another's by now if a process has it that began at another time, or if all began before.
		let leader = members.iter().find(|process| process.id == self.leader);
		leader.is_none_or(|leader| leader.began == self.began)
			&& members.iter().any(|process| !process.ended && process.began >= self.began)
	}

	/// Tell it to stop, and kill it if it has not after `patience`.
	pub async fn stop(&self, patience: Duration) {
		let begun = Instant::now();
		self.signal(Signal::TERM);
		while self.lives() {
			if begun.elapsed() >= patience {
				self.kill().await;
				return;
			}
			tokio::time::sleep(LOOK).await;
		}
	}

	/// End it at once.
	async fn kill(&self) {
		for _ in 0..LAST_LOOKS {
			self.signal(Signal::KILL);
			if !self.lives() {
				return;
			}
			tokio::time::sleep(LOOK).await;
		}
		tracing::error!(group = self.leader, "cannot be stopped");
	}

	fn signal(&self, signal: Signal) {
		let Some(leader) = Pid::from_raw(self.leader).filter(|_| self.lives()) else { return };
		if let Err(error) = kill_process_group(leader, signal) {
			tracing::debug!(group = self.leader, %error, "cannot be told to stop");
		}
	}

	/// Write it to `path`, for a later daemon to find.
	pub fn remember(&self, path: &Path) -> Result<(), BlobError> {
		let disk = |reason: io::Error| BlobError::Disk { path: path.to_owned(), reason };
		let text = serde_json::to_vec(self).map_err(|error| disk(error.into()))?;
		blobs::write_whole(path, &text)
	}

	/// What was remembered at `path`, if anything.
	pub fn recall(path: &Path) -> Option<Self> {
		serde_json::from_slice(&fs::read(path).ok()?).ok()
	}
}

/// Which run of the system this is: numbers of processes begin anew with each.
fn boot() -> String {
	fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::{
		os::unix::process::CommandExt,
		process::{Child, Command},
	};

	fn start(script: &str) -> (Child, Group) {
		let child = Command::new("/bin/sh").args(["-c", script]).process_group(0).spawn().unwrap();
		let group = Group::led_by(child.id()).unwrap();
		(child, group)
	}

	#[test]
	fn process_should_be_read_when_its_name_has_anything_in_it() {
		let fields = "S 1 77 77 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 123456 1 1";
		let expected = Process { id: 42, group: 77, began: 123_456, ended: false };
		assert_eq!(Process::parse(&format!("42 (a) b ( 1 2) {fields}")), Some(expected));
		assert_eq!(Process::parse(&format!("42 (x) Z{}", &fields[1..])).map(|process| process.ended), Some(true));
		assert_eq!(Process::parse("42 (x) S 1"), None);
		assert_eq!(Process::parse(""), None);
	}

	#[tokio::test]
	async fn group_should_be_stopped_with_all_that_its_leader_has_started() {
		let (mut leader, group) = start("sleep 60 & sleep 60 & wait");
		assert!(group.lives());
		let begun = Instant::now();
		group.stop(PATIENCE).await;
		leader.wait().unwrap();
		assert!(!group.lives() && begun.elapsed() < PATIENCE);
	}

	#[tokio::test]
	async fn group_should_be_killed_when_it_does_not_stop() {
		let (mut leader, group) = start("trap '' TERM; while :; do sleep 60; done");
		tokio::time::sleep(LOOK).await;
		group.stop(Duration::from_millis(300)).await;
		leader.wait().unwrap();
		assert!(!group.lives());
	}

	#[tokio::test]
	async fn group_should_be_found_when_its_leader_is_gone() {
		let dir = tempfile::tempdir().unwrap();
		let path = dir.path().join("runner.json");
		let (mut leader, group) = start("sleep 60 & exit 0");
		group.remember(&path).unwrap();
		leader.wait().unwrap();
		let recalled = Group::recall(&path).unwrap();
		assert!(recalled == group && recalled.lives());
		recalled.stop(PATIENCE).await;
		assert!(!group.lives());
	}

	#[tokio::test]
	async fn processes_of_others_should_be_left_alone_when_they_have_the_number_of_a_group() {
		let (mut leader, group) = start("sleep 60");
		for other in [Group { began: group.began + 1, ..group.clone() }, Group { boot: String::new(), ..group.clone() }]
		{
			assert!(!other.lives());
			other.stop(PATIENCE).await;
			assert!(group.lives());
		}
		group.stop(PATIENCE).await;
		leader.wait().unwrap();
	}
}
