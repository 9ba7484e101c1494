// Dated versions and limits as stripe-node meets them.

import assert from 'node:assert/strict';
import {beforeEach, test} from 'node:test';
import Stripe from 'stripe';
import {PAY, admin, client, fresh} from './brownout.mjs';

beforeEach(fresh);

test('one payment, in the shape of the version that a client pins', async () => {
  const made = await client().paymentIntents.create(PAY);
  const shapes = {};
  for (const apiVersion of ['2022-08-01', '2024-06-20', '2025-02-24.acacia', '2025-03-31.basil']) {
    const seen = await client({apiVersion}).paymentIntents.retrieve(made.id);
    assert.equal(seen.lastResponse.apiVersion, apiVersion);
    shapes[apiVersion] = ['charges', 'invoice'].filter((name) => name in seen);
  }

  assert.deepEqual(shapes, {
    '2022-08-01': ['charges', 'invoice'],
    '2024-06-20': ['invoice'],
    '2025-02-24.acacia': ['invoice'],
    '2025-03-31.basil': [],
  });
});

test('a request may pin itself apart from its client', async () => {
  const made = await client().paymentIntents.create(PAY, {apiVersion: '2022-08-01'});

  assert.equal(made.charges.data[0].id, made.latest_charge);
});

test('the newest version refuses payment_method_types', async () => {
  const {allowed_payment_method_types: types, ...rest} = PAY;
  const before = {...rest, payment_method_types: types};
  const older = await client({apiVersion: '2026-08-26.dahlia'}).paymentIntents.create(before);

  assert.equal(older.status, 'succeeded');
  await assert.rejects(client().paymentIntents.create(before), (error) => {
    assert.ok(error instanceof Stripe.errors.StripeInvalidRequestError);
    assert.equal(error.code, 'payment_method_types_no_longer_supported');
    return true;
  });
});

test('an endpoint over its 25 a second is a rate limit, with its reason', async () => {
  await admin('PUT', '/scenario?reset=true', 'brownout: 1\nclock: {frozen: true}\nlimits: [{use: stripe.live}]');
  for (let call = 0; call < 25; call += 1) {
    await client().customers.list();
  }

  await assert.rejects(client().customers.list(), (error) => {
    assert.ok(error instanceof Stripe.errors.StripeRateLimitError);
    assert.equal(error.headers['stripe-rate-limited-reason'], 'endpoint-rate');
    return true;
  });
});

test('a lock is retried as it asks for, a limit is not', async () => {
  const slow = 'faults: [{name: slow, kind: latency, target: request, delay: 300ms, match: {method: POST}}]';
  await admin('PUT', '/scenario?reset=true', `brownout: 1\nlimits: [{use: stripe.locks}]\n${slow}`);
  const {id} = await client().paymentIntents.create({amount: 1000, currency: 'usd'});
  const update = (options, by) => client(options).paymentIntents.update(id, {metadata: {[by]: '1'}});

  const once = await Promise.allSettled([update({}, 'a'), update({}, 'b')]);
  const patient = await Promise.allSettled([update({maxNetworkRetries: 5}, 'c'), update({maxNetworkRetries: 5}, 'd')]);

  const [refused] = once.filter((one) => one.status === 'rejected');
  assert.equal(refused.reason.code, 'lock_timeout');
  assert.equal(refused.reason.headers['stripe-rate-limited-reason'], undefined);
  assert.equal(refused.reason.headers['stripe-should-retry'], 'true');
  assert.deepEqual(patient.map((one) => one.status), ['fulfilled', 'fulfilled']);
});
