// What the tests of all clients share: the chain under test, and a job to ask of it.

// Most milliseconds that a test may take: a transaction is final after a few blocks of some seconds.
export const TEST_TIMEOUT = 60_000;

// The node that scripts/test.sh starts.
export function url() {
  const given = process.env.ASSAY_WS;
  if (!given) throw new Error('ASSAY_WS does not name the WebSocket of a node: run ./scripts/test.sh js');
  return given;
}

// One JSON-RPC call to that node.
export async function rpc(method, ...params) {
  const response = await fetch(url().replace(/^ws/, 'http'), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    signal: AbortSignal.timeout(TEST_TIMEOUT),
  });
  const { result, error } = await response.json();
  if (error) throw new Error(`${method}: ${error.message}`);
  return result;
}

// One token in its smallest denomination.
export const UNIT = 10n ** 12n;

export const GUEST = new Uint8Array(32).fill(1);
export const INPUT = new Uint8Array(32).fill(2);
export const SOURCE = 'http://127.0.0.1:8700';
export const UNITS = 4;
export const CEILING = UNIT / 2n;
// In blocks. The market wants at least ten between the end of the auction and the deadline; the ten that are more than
// that are for the blocks that pass until the transaction is in one.
export const AUCTION_BLOCKS = 5;
export const DEADLINE_BLOCKS = 25;
export const REVIEW_BLOCKS = 5;

export const toHex = (bytes) => `0x${Buffer.from(bytes).toString('hex')}`;
