//! Calling view functions.
//!
//! The runtime API `execute_view_function(id, input: Vec<u8>) -> Result<Vec<u8>, error>` wraps arguments and answer into
//! vectors. `subxt` 0.51 knows how to encode the arguments and decode the answer, but not the wrapping.

use codec::{Compact, Decode, Encode};
use subxt::{
	client::OnlineClientAtBlock,
	error::ViewFunctionError,
	ext::{frame_decode::view_functions::decode_view_function_response, scale_decode::IntoVisitor},
	view_functions::Payload,
	SubstrateConfig,
};

/// Bytes of a view function's id.
const ID_LEN: usize = 32;

/// Why the runtime did not run a view function.
#[derive(Debug, thiserror::Error)]
enum ViewError {
	#[error("the runtime refused the view function {pallet}::{function}")]
	Refused { pallet: String, function: String },
	#[error("the answer of the view function {pallet}::{function} is malformed")]
	Malformed { pallet: String, function: String },
}

/// Call a view function in the state of `block`.
pub(super) async fn call<P: Payload>(
	block: &OnlineClientAtBlock<SubstrateConfig>,
	payload: P,
) -> Result<P::ReturnType, subxt::Error> {
	let functions = block.view_functions();
	functions.validate(&payload)?;
	let id_and_arguments = functions.encode_args(&payload)?;
	let answer = functions.call_raw(Some(&wrap(&id_and_arguments))).await?;
	let (pallet, function) = (payload.pallet_name().to_owned(), payload.function_name().to_owned());
	let answer = match unwrap(&answer) {
		Some(Some(answer)) => answer,
		Some(None) => return Err(subxt::Error::other(ViewError::Refused { pallet, function })),
		None => return Err(subxt::Error::other(ViewError::Malformed { pallet, function })),
	};
	let metadata = block.metadata_ref();
	decode_view_function_response(
		&pallet,
		&function,
		&mut answer.as_slice(),
		metadata,
		metadata.types(),
		P::ReturnType::into_visitor(),
	)
	.map_err(|error| ViewFunctionError::CouldNotDecodeResponse(error).into())
}

/// Call a view function in the state of `block` by the bytes of its arguments. Returns those of its answer.
pub(super) async fn call_by_bytes(
	block: &OnlineClientAtBlock<SubstrateConfig>,
	pallet: &str,
	function: &str,
	arguments: &[u8],
) -> Result<Vec<u8>, subxt::Error> {
	let (named, function_named) = (pallet.to_owned(), function.to_owned());
	let found = block.metadata_ref().pallet_by_name(pallet).and_then(|pallet| pallet.view_function_by_name(function));
	let Some(found) = found else {
		let (pallet_name, function_name) = (named, function_named);
		return Err(ViewFunctionError::ViewFunctionNotFound { pallet_name, function_name }.into());
	};
	let input = wrap(&[found.query_id().as_slice(), arguments].concat());
	let answer = block.view_functions().call_raw(Some(&input)).await?;
	let (pallet, function) = (named, function_named);
	match unwrap(&answer) {
		Some(Some(answer)) => Ok(answer),
		Some(None) => Err(subxt::Error::other(ViewError::Refused { pallet, function })),
		None => Err(subxt::Error::other(ViewError::Malformed { pallet, function })),
	}
}

/// From `id ++ arguments` to `id ++ length ++ arguments`.
fn wrap(id_and_arguments: &[u8]) -> Vec<u8> {
	let (id, arguments) = id_and_arguments.split_at(ID_LEN.min(id_and_arguments.len()));
	[id, &Compact(arguments.len() as u32).encode(), arguments].concat()
}

/// From the encoded result to what a success holds: `Some(None)` is the runtime's error.
fn unwrap(mut answer: &[u8]) -> Option<Option<Vec<u8>>> {
	match u8::decode(&mut answer).ok()? {
		0 => Vec::decode(&mut answer).ok().map(Some),
		1 => Some(None),
		_ => None,
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn arguments_should_be_wrapped_as_the_runtime_reads_them() {
		let wrapped = wrap(&[[7; ID_LEN].as_slice(), b"xyz"].concat());
		assert_eq!(wrapped, ([7u8; ID_LEN], b"xyz".to_vec()).encode());
	}

	#[test]
	fn answer_should_be_unwrapped_as_the_runtime_writes_it() {
		assert_eq!(unwrap(&Ok::<_, u8>(b"xyz".to_vec()).encode()), Some(Some(b"xyz".to_vec())));
		assert_eq!(unwrap(&Err::<Vec<u8>, u8>(2).encode()), Some(None));
		assert_eq!(unwrap(&[]), None);
	}
}
