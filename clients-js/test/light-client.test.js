// The light client smoldot: it joins the network as a peer, follows finality by GRANDPA's proofs, and believes no state
// without a proof. The node's RPC serves here only to get the specification, and to compare.

import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { createClient } from 'polkadot-api';
import { getSmProvider } from 'polkadot-api/sm-provider';
import { startFromWorker } from 'polkadot-api/smoldot/from-node-worker';
import { getWsProvider } from 'polkadot-api/ws';
import { WebSocket } from 'ws';
import { assay } from '../.papi/descriptors/dist/index.js';
import { CEILING, rpc, TEST_TIMEOUT, UNITS, url } from './chain.js';
import { account, submission } from './papi.js';

// The chain must first be long enough for what is tested, and a block takes two seconds.
const TIMEOUT = 3 * TEST_TIMEOUT;
// From here on a checkpoint has the two epochs that smoldot needs: the third epoch of twenty blocks begins.
const CHECKPOINT_BLOCK = 41;

const workers = [];
after(() => Promise.all(workers.map((worker) => worker.terminate())));

// Waits until the node says that a block of that height is final.
async function nodeFinalized(height) {
  for (;;) {
    const { number } = await rpc('chain_getHeader', await rpc('chain_getFinalizedHead'));
    if (Number(number) >= height) return;
    await sleep(500);
  }
}

// Gives the validator new keys, and waits until finality is by these.
async function changeAuthorities() {
  const alice = await account('Alice');
  const { keys, proof } = await rpc('author_rotateKeysWithOwner', alice.publicKey);
  const client = createClient(getWsProvider(url(), { websocketClass: WebSocket }));
  try {
    const parts = { babe: `0x${keys.slice(2, 66)}`, grandpa: `0x${keys.slice(66)}` };
    const call = client.getTypedApi(assay).tx.Session.set_keys({ keys: parts, proof: Buffer.from(proof.slice(2), 'hex') });
    const { ok, dispatchError } = await call.signAndSubmit(alice.signer);
    assert.ok(ok, JSON.stringify(dispatchError));
  } finally {
    client.destroy();
  }
  while ((await rpc('grandpa_roundState')).setId === 0) await sleep(500);
}

// The specification of the node's chain with a checkpoint, and the node itself to connect to.
async function specification(raw) {
  const spec = await rpc('sync_state_genSyncSpec', raw);
  spec.bootNodes = (await rpc('system_localListenAddresses')).filter((address) => address.includes('/ws/'));
  assert.notEqual(spec.bootNodes.length, 0, 'the node does not listen for WebSockets');
  return spec;
}

// A light client of its own for that chain, with what it logs.
async function lightClient(spec) {
  // In a thread, since smoldot leaves timers behind when it ends, which keep a process alive.
  const worker = new Worker(fileURLToPath(import.meta.resolve('polkadot-api/smoldot/node-worker')), {
    stdout: true,
    stderr: true,
  });
  workers.push(worker);
  const light = { log: '' };
  for (const stream of [worker.stdout, worker.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      light.log += text;
      if (process.env.ASSAY_LOGS) appendFileSync(`${process.env.ASSAY_LOGS}/smoldot.log`, text);
    });
  }
  const chain = await startFromWorker(worker, { maxLogLevel: 4 }).addChain({ chainSpec: JSON.stringify(spec) });
  light.client = createClient(getSmProvider(() => chain));
  light.api = light.client.getTypedApi(assay);
  return light;
}

// What a light client has logged that matches. The log comes from the thread on a way of its own, so perhaps later.
async function logged(light, pattern) {
  for (let tries = 0; tries < 50 && !pattern.test(light.log); tries++) await sleep(100);
  return pattern.exec(light.log);
}

// One that knows the first block only, for all tests that do with it.
let shared;
const fromGenesis = () =>
  (shared ??= (async () => {
    await changeAuthorities();
    const { lightSyncState, ...spec } = await specification(true);
    assert.ok(lightSyncState, 'the specification has no checkpoint');
    return lightClient(spec);
  })());

test('smoldot should check a warp proof when the authorities have changed', { timeout: TIMEOUT }, async () => {
  const light = await fromGenesis();
  const { number, hash } = await light.client.getFinalizedBlock();
  assert.ok(number > 0);
  assert.equal(hash, await rpc('chain_getBlockHash', number));
  // One part of the proof for each set of authorities. On a chain this short smoldot fetches all headers at the same
  // time, and goes on with whichever is there first.
  assert.ok(await logged(light, /(warp-sync-fragment-verify-success[^]*){2}/), 'it did not check a proof of two parts');
});

test('smoldot should follow the chain when it has synced', { timeout: TIMEOUT }, async () => {
  const { client } = await fromGenesis();
  const { number } = await client.getFinalizedBlock();
  const later = await new Promise((resolve, reject) => {
    const subscription = client.finalizedBlock$.subscribe({
      next: (block) => {
        if (block.number < number + 3) return;
        subscription.unsubscribe();
        resolve(block);
      },
      error: reject,
    });
  });
  assert.equal(later.hash, await rpc('chain_getBlockHash', later.number));
});

test('smoldot should read a job when it has submitted it', { timeout: TIMEOUT }, async () => {
  const { api } = await fromGenesis();
  const bob = await account('Bob');
  const before = await api.query.System.Account.getValue(bob.address);
  const now = await api.query.System.Number.getValue();
  const { ok, dispatchError, events } = await api.tx.ComputeMarket.submit_job(submission(now)).signAndSubmit(
    bob.signer,
  );
  assert.ok(ok, JSON.stringify(dispatchError));

  const [{ payload: submitted }] = api.event.ComputeMarket.JobSubmitted.filter(events);
  const job = await api.query.ComputeMarket.Jobs.getValue(submitted.job);
  assert.equal(job.client, bob.address);
  assert.equal(job.escrow, CEILING * BigInt(UNITS));
  const { nonce } = await api.query.System.Account.getValue(bob.address);
  assert.equal(nonce, before.nonce + 1);
});

test('smoldot should start at the checkpoint when the specification has one', { timeout: TIMEOUT }, async () => {
  await nodeFinalized(CHECKPOINT_BLOCK);
  // The first block's state is not needed then: its root is enough, and the file has kilobytes instead of megabytes.
  const spec = await specification(false);
  const { stateRoot } = await rpc('chain_getHeader', await rpc('chain_getBlockHash', 0));
  spec.genesis = { stateRootHash: stateRoot };
  const light = await lightClient(spec);

  const [, first] = (await logged(light, /starting at: .* \(#(\d+)\)/)) ?? [];
  assert.ok(Number(first) >= CHECKPOINT_BLOCK, `it started at block ${first}`);
  const { number, hash } = await light.client.getFinalizedBlock();
  assert.ok(number >= Number(first));
  assert.equal(hash, await rpc('chain_getBlockHash', number));
  assert.notEqual(await light.api.query.Balances.TotalIssuance.getValue(), 0n);
});
