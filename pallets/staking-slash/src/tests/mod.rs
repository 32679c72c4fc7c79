//! Tests of the pallet, by theme.

mod bond;
mod coefficient;
mod delegation;
mod invariants;
mod offences;
mod pledge;
mod requirement;
mod slash;
mod standing;
mod unbond;

use crate::{mock::*, *};
use assay_primitives::{MachineId, ProviderStake, Region};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::{DispatchError, TokenError};
