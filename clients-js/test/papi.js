// What the tests of Polkadot-API share: signing, and the job of chain.js as its types want it.

import { Keyring } from '@polkadot/api';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import { getPolkadotSigner } from 'polkadot-api/signer';
import {
  AUCTION_BLOCKS,
  CEILING,
  DEADLINE_BLOCKS,
  GUEST,
  INPUT,
  REVIEW_BLOCKS,
  SOURCE,
  toHex,
  UNITS,
} from './chain.js';

// The development account of that name: its address and public key, and what signs for it.
export async function account(name) {
  await cryptoWaitReady();
  const pair = new Keyring({ type: 'sr25519' }).addFromUri(`//${name}`);
  return {
    address: pair.address,
    publicKey: toHex(pair.publicKey),
    signer: getPolkadotSigner(pair.publicKey, 'Sr25519', (message) => pair.sign(message)),
  };
}

// The arguments of a job that is asked for in block `now`, and paid in native tokens.
export const submission = (now) => ({
  spec: jobSpec(now),
  payment: { type: 'Native' },
});

const jobSpec = (now) => ({
  guest: toHex(GUEST),
  input: toHex(INPUT),
  units: UNITS,
  gas_per_unit: 1_000_000n,
  ceiling: CEILING,
  min_tier: 1,
  min_reputation: 0,
  auction_blocks: AUCTION_BLOCKS,
  deadline: now + DEADLINE_BLOCKS,
  review_blocks: REVIEW_BLOCKS,
  source: Buffer.from(SOURCE),
});
