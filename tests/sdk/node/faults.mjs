// Every fault at every target, and stripe-node's own retries.

import assert from 'node:assert/strict';
import {beforeEach, test} from 'node:test';
import {CREATE, PAY, admin, captured, client, duplicated, exchanges, fresh, withFault} from './brownout.mjs';

// stripe-node tries once more by itself when a connection was closed, even if told to retry nothing: so `calls` is 2.
const FAULTS = {
  latency: {fault: {kind: 'latency', delay: '50ms'}},
  500: {fault: {kind: 'abort', status: 500}, type: 'StripeAPIError', kept: true},
  429: {fault: {kind: 'abort', status: 429}, type: 'StripeRateLimitError'},
  gateway: {fault: {kind: 'abort', status: 502, body: 'html'}, type: 'StripeAPIError'},
  reset: {fault: {kind: 'abort', connection: 'reset'}, type: 'StripeConnectionError', calls: 2},
  hang: {fault: {kind: 'abort', connection: 'hang'}, type: 'StripeConnectionError', timeout: 200},
};

async function pay(stripe, idempotencyKey) {
  try {
    return await stripe.paymentIntents.create(PAY, idempotencyKey === undefined ? {} : {idempotencyKey});
  } catch (error) {
    return error;
  }
}

// Wait for the server to notice that every exchange so far has ended on the wire.
async function untilOver() {
  for (;;) {
    const found = await exchanges(CREATE);
    if (found.length > 0 && found.every((one) => one.observed.outcome !== null)) {
      return;
    }
  }
}

beforeEach(fresh);

for (const [name, {fault, type, kept, timeout, calls = 1}] of Object.entries(FAULTS)) {
  for (const target of ['edge', 'request', 'response']) {
    test(`${name} at the ${target}`, async () => {
      await admin('PUT', '/faults/fault', {...fault, match: {operation: CREATE}, target, first: calls});

      const first = await pay(client(timeout === undefined ? {} : {timeout}), 'k-1');
      await untilOver();
      const moved = target === 'response' || type === undefined;
      const before = await captured('o-1');
      const again = await pay(client(), 'k-1');

      assert.equal(first.type, type);
      assert.equal((await exchanges(CREATE)).length, calls + 1);
      assert.equal(before, moved ? 2000 : 0);
      if (target === 'request' && kept) {
        assert.equal(again.type, type);
        assert.equal(again.headers['idempotent-replayed'], 'true');
      } else {
        assert.equal(again.status, 'succeeded');
        assert.equal(await captured('o-1'), 2000);
      }
      assert.deepEqual(await duplicated(), []);
    });
  }
}

test('a fresh key after a lost answer charges twice', async () => {
  const lost = {kind: 'abort', status: 502, body: 'html', match: {operation: CREATE}, target: 'response', first: 1};

  const [first, again] = await withFault(lost, async () => [await pay(client()), await pay(client())]);

  assert.equal(first.type, 'StripeAPIError');
  assert.equal(again.status, 'succeeded');
  assert.deepEqual(await duplicated(), ['o-1']);
  assert.equal(await captured('o-1'), 4000);
});

test("the SDK's own retries heal a lost answer without charging twice", async () => {
  const lost = {kind: 'abort', connection: 'reset', match: {operation: CREATE}, target: 'response', first: 2};

  const paid = await withFault(lost, () => pay(client({maxNetworkRetries: 2})));

  assert.equal(paid.status, 'succeeded');
  assert.equal(paid.lastResponse.headers['idempotent-replayed'], 'true');
  assert.equal(await captured('o-1'), 2000);
  const calls = await exchanges(CREATE);
  assert.equal(calls.length, 3);
  assert.equal(new Set(calls.map((one) => one.observed.idempotency_key)).size, 1);
});

test('an executed failure tells the SDK not to retry', async () => {
  const failed = await withFault({kind: 'abort', status: 500, match: {operation: CREATE}}, () =>
    pay(client({maxNetworkRetries: 2})),
  );

  assert.equal(failed.type, 'StripeAPIError');
  assert.equal((await exchanges(CREATE)).length, 1);
});

test('twenty payments at once over four keys make four', async () => {
  const stripe = client();

  const answers = await Promise.all(Array.from({length: 20}, (_, number) => pay(stripe, `k-${number % 4}`)));

  const paid = answers.filter((one) => one.status === 'succeeded');
  const refused = answers.filter((one) => one.status !== 'succeeded');
  assert.equal(new Set(paid.map((one) => one.id)).size, 4);
  assert.ok(refused.every((one) => one.statusCode === 409 && one.code === 'idempotency_key_in_use'));
  assert.equal(await captured(), 8000);
});
