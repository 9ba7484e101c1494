// Every operation that Stripe's provider models, called through stripe-node: the tables in operations/, a file a topic.
// A new operation needs one line there. The names come from the server's own table, so that none is left out.

import assert from 'node:assert/strict';
import {readdirSync} from 'node:fs';
import {test} from 'node:test';
import {admin, exchanges, fresh} from './brownout.mjs';

const MODELLED = JSON.parse(process.env.BROWNOUT_STRIPE_OPERATIONS);

const tables = await Promise.all(
  readdirSync(new URL('./operations/', import.meta.url))
    .filter((name) => name !== 'world.mjs')
    .map((name) => import(`./operations/${name}`)),
);
const CALLS = Object.assign({}, ...tables.map((one) => one.CALLS ?? {}));
const REFUSED = Object.assign({}, ...tables.map((one) => one.REFUSED ?? {}));

test('every operation is called', () => {
  assert.deepEqual([...Object.keys(CALLS), ...Object.keys(REFUSED)].sort(), MODELLED.toSorted());
});

for (const [name, call] of Object.entries(CALLS)) {
  test(name, async () => {
    await fresh();

    const answer = await call();

    const last = (await exchanges('stripe.*')).at(-1).decided;
    assert.deepEqual([last.operation, last.status, last.error], [`stripe.${name}`, 200, null]);
    assert.ok(answer.object || answer.deleted || answer.stripe_user_id, JSON.stringify(answer));
  });
}

for (const [name, call] of Object.entries(REFUSED)) {
  test(`${name} is refused`, async () => {
    await fresh();

    await assert.rejects(call(), {type: 'StripeInvalidRequestError', statusCode: 400});

    assert.equal((await exchanges('stripe.*')).at(-1).decided.operation, `stripe.${name}`);
    assert.deepEqual((await admin('GET', '/ledger')).violations, []);
  });
}
