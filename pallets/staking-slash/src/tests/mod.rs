//! Tests of the pallet, by theme.

mod bond;
mod delegation;
mod invariants;
mod offences;
mod requirement;
mod slash;
mod unbond;

use crate::{mock::*, *};
use assay_primitives::{MachineId, ProviderStake, Region};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::{DispatchError, TokenError};
