// polkadot.js API, which most wallets and explorers are built on. It learns everything from the chain's metadata.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';
import {
  AUCTION_BLOCKS,
  CEILING,
  DEADLINE_BLOCKS,
  GUEST,
  INPUT,
  REVIEW_BLOCKS,
  SOURCE,
  TEST_TIMEOUT,
  toHex,
  UNIT,
  UNITS,
  url,
} from './chain.js';

let api;
let keyring;

before(
  async () => {
    // Without the second argument an unreachable node would be dialled for ever.
    const provider = new WsProvider(url(), 1_000, {}, TEST_TIMEOUT);
    api = await ApiPromise.create({ provider, throwOnConnect: true, noInitWarn: true });
    keyring = new Keyring({ type: 'sr25519' });
  },
  { timeout: TEST_TIMEOUT },
);

after(() => api?.disconnect());

// Sends a transaction and returns the events that it caused, once it is in a block.
function submit(transaction, signer) {
  return new Promise((resolve, reject) => {
    transaction
      .signAndSend(signer, ({ status, events, dispatchError }) => {
        if (dispatchError) {
          const error = dispatchError.isModule
            ? api.registry.findMetaError(dispatchError.asModule)
            : { section: 'dispatch', name: dispatchError.toString() };
          reject(new Error(`${error.section}.${error.name}`));
        } else if (status.isInBlock) {
          resolve(events.map(({ event }) => event));
        }
      })
      .catch(reject);
  });
}

test('polkadot.js should know the token when it has connected', { timeout: TEST_TIMEOUT }, () => {
  assert.deepEqual(api.registry.chainTokens, ['ASY']);
  assert.deepEqual(api.registry.chainDecimals, [12]);
  assert.equal(api.registry.chainSS58, 42);
  for (const pallet of ['stakingSlash', 'tokenMint', 'computeMarket']) assert.ok(api.tx[pallet], `no pallet ${pallet}`);
});

test('polkadot.js should read a job when it has submitted it', { timeout: TEST_TIMEOUT }, async () => {
  const now = (await api.rpc.chain.getHeader()).number.toNumber();
  const alice = keyring.addFromUri('//Alice');
  const events = await submit(
    api.tx.computeMarket.submitJob({
      guest: toHex(GUEST),
      input: toHex(INPUT),
      units: UNITS,
      gasPerUnit: 1_000_000,
      ceiling: CEILING,
      minTier: 1,
      minReputation: 0,
      auctionBlocks: AUCTION_BLOCKS,
      deadline: now + DEADLINE_BLOCKS,
      reviewBlocks: REVIEW_BLOCKS,
      source: SOURCE,
    }, 'Native'),
    alice,
  );
  const submitted = events.find((event) => api.events.computeMarket.JobSubmitted.is(event));
  assert.ok(submitted, 'no event JobSubmitted');
  assert.equal(submitted.data.client.toString(), alice.address);
  assert.equal(submitted.data.escrow.toBigInt(), CEILING * BigInt(UNITS));

  const job = (await api.query.computeMarket.jobs(submitted.data.job)).unwrap();
  assert.equal(job.client.toString(), alice.address);
  assert.equal(job.spec.guest.toHex(), toHex(GUEST));
  assert.equal(job.spec.units.toNumber(), UNITS);
  assert.equal(job.spec.source.toUtf8(), SOURCE);
  assert.equal(job.escrow.toBigInt(), CEILING * BigInt(UNITS));
  assert.ok(job.state.isOpen, `the job is ${job.state.type}`);
});

test('polkadot.js should see the bond when a provider has bonded', { timeout: TEST_TIMEOUT }, async () => {
  const charlie = keyring.addFromUri('//Charlie');
  const amount = 2_000n * UNIT;
  const events = await submit(api.tx.stakingSlash.bond(amount), charlie);
  const bonded = events.find((event) => api.events.stakingSlash.Bonded.is(event));
  assert.ok(bonded, 'no event Bonded');
  assert.equal(bonded.data.amount.toBigInt(), amount);
  const ledger = (await api.query.stakingSlash.ledgers(charlie.address)).unwrap();
  assert.equal(ledger.bonded.toBigInt(), amount);
});

test('polkadot.js should name the error when the chain refuses a call', { timeout: TEST_TIMEOUT }, async () => {
  const dave = keyring.addFromUri('//Dave');
  await assert.rejects(submit(api.tx.stakingSlash.withdrawUnbonded(), dave), /^Error: stakingSlash\.\w+$/);
});
