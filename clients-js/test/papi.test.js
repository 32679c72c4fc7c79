// Polkadot-API, with the typed descriptors that `papi generate` makes of the runtime's metadata.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createClient } from 'polkadot-api';
import { getWsProvider } from 'polkadot-api/ws';
import { WebSocket } from 'ws';
import { assay } from '../.papi/descriptors/dist/index.js';
import { CEILING, TEST_TIMEOUT, UNIT, UNITS, url } from './chain.js';
import { account, submission } from './papi.js';

let client;
let api;

before(
  () => {
    // Node has a WebSocket of its own from version 22 on.
    client = createClient(getWsProvider(url(), { websocketClass: WebSocket }));
    api = client.getTypedApi(assay);
  },
  { timeout: TEST_TIMEOUT },
);

after(() => client?.destroy());

test('PAPI should find the descriptors current when it has connected', { timeout: TEST_TIMEOUT }, async () => {
  const { name, properties } = await client.getChainSpecData();
  assert.match(name, /Assay/i);
  assert.equal(properties.tokenSymbol, 'ASY');
  assert.equal(await api.constants.Balances.ExistentialDeposit(), UNIT / 1_000n);
});

test('PAPI should read a job when it has submitted it', { timeout: TEST_TIMEOUT }, async () => {
  const ferdie = await account('Ferdie');
  const now = await api.query.System.Number.getValue();
  const { ok, dispatchError, events } = await api.tx.ComputeMarket.submit_job(submission(now)).signAndSubmit(
    ferdie.signer,
  );
  assert.ok(ok, JSON.stringify(dispatchError));

  const [{ payload: submitted }] = api.event.ComputeMarket.JobSubmitted.filter(events);
  assert.equal(submitted.client, ferdie.address);
  assert.equal(submitted.escrow, CEILING * BigInt(UNITS));

  const job = await api.query.ComputeMarket.Jobs.getValue(submitted.job);
  assert.equal(job.client, ferdie.address);
  assert.equal(job.spec.units, UNITS);
  assert.equal(job.escrow, CEILING * BigInt(UNITS));
  assert.equal(job.state.type, 'Open');
});

test('PAPI should see the bond when a provider has bonded', { timeout: TEST_TIMEOUT }, async () => {
  const eve = await account('Eve');
  const amount = 2_000n * UNIT;
  const { ok, events } = await api.tx.StakingSlash.bond({ amount }).signAndSubmit(eve.signer);
  assert.ok(ok);
  const [{ payload: bonded }] = api.event.StakingSlash.Bonded.filter(events);
  assert.equal(bonded.amount, amount);
  const ledger = await api.query.StakingSlash.Ledgers.getValue(eve.address);
  assert.equal(ledger.bonded, amount);
});
