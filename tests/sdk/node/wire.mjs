// Answers in part, slowly or as no JSON: what stripe-node makes of them, and that the money has moved all the same.

import assert from 'node:assert/strict';
import {beforeEach, test} from 'node:test';
import {CREATE, PAY, admin, captured, client, duplicated, exchanges, fresh} from './brownout.mjs';

const FAULTS = {
  'cut and closed': {fault: {kind: 'cut'}, type: 'StripeConnectionError'},
  'cut and reset': {fault: {kind: 'cut', connection: 'reset'}, type: 'StripeConnectionError'},
  'cut in chunks': {fault: {kind: 'cut', framing: 'chunked'}, type: 'StripeConnectionError'},
  'cut and said to be whole': {fault: {kind: 'cut', framing: 'cut'}, type: 'StripeAPIError'},
  'cut and stalled': {fault: {kind: 'cut', connection: 'stall'}, type: 'StripeConnectionError', timeout: 200},
  'a slow body': {fault: {kind: 'trickle', first_byte: '100ms'}},
  'half a document': {fault: {kind: 'malformed', change: 'cut_off'}, type: 'StripeAPIError'},
  'NaN': {fault: {kind: 'malformed', change: 'nan'}, type: 'StripeAPIError'},
  'no body': {fault: {kind: 'malformed', change: 'empty'}, type: 'StripeAPIError'},
  'another content type': {fault: {kind: 'mislabel', change: 'html'}},
  "Cloudflare's page": {fault: {kind: 'gateway', status: 520, target: 'response'}, type: 'StripeAPIError'},
};

beforeEach(fresh);

for (const [name, {fault, type, timeout}] of Object.entries(FAULTS)) {
  test(name, async () => {
    await admin('PUT', '/faults/fault', {...fault, match: {operation: CREATE}, first: 1});

    const first = await client(timeout === undefined ? {} : {timeout})
      .paymentIntents.create(PAY, {idempotencyKey: 'k-1'})
      .catch((error) => error);
    const again = await client().paymentIntents.create(PAY, {idempotencyKey: 'k-1'});

    assert.equal(first.type, type, String(first));
    assert.equal(again.status, 'succeeded');
    assert.equal(await captured('o-1'), 2000);
    assert.deepEqual(await duplicated(), []);
    assert.deepEqual(
      (await exchanges(CREATE)).map((one) => one.decided.idempotency),
      ['first', 'replay'],
    );
  });
}
