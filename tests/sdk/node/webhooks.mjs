// Deliveries to a receiver in this process, verified by stripe-node's own verifier.

import assert from 'node:assert/strict';
import {once} from 'node:events';
import {createServer} from 'node:http';
import {after, before, beforeEach, test} from 'node:test';
import Stripe from 'stripe';
import {PAY, admin, client, fresh} from './brownout.mjs';

const PAID = 'payment_intent.succeeded';
const stripe = client();
const got = [];
const answers = [];
let url;

const receiver = createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) {
    parts.push(part);
  }
  got.push({body: Buffer.concat(parts), header: request.headers['stripe-signature']});
  response.writeHead(answers.shift() ?? 200).end();
});

before(async () => {
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  url = `http://127.0.0.1:${receiver.address().port}/hook`;
});

after(() => {
  receiver.closeAllConnections();
  receiver.close();
});

beforeEach(async () => {
  await fresh();
  got.length = 0;
  answers.length = 0;
});

const TIMES = {
  'at wall speed': [],
  'at speed 60': [{speed: 60}],
  'after thirty days': [{advance: '30d'}],
  frozen: [{freeze: true}],
};

for (const [name, changes] of Object.entries(TIMES)) {
  test(`a delivery and its retry verify ${name}`, async () => {
    const {secret} = await stripe.webhookEndpoints.create({url, enabled_events: [PAID]});
    for (const change of changes) {
      await admin('POST', '/clock', change);
    }
    answers.push(500);

    const paid = await stripe.paymentIntents.create(PAY);
    await admin('POST', '/clock', {advance: '2m'});

    const events = got.map(({body, header}) => stripe.webhooks.constructEvent(body, header, secret));
    assert.equal(events.length, 2);
    assert.equal(events[0].id, events[1].id);
    assert.deepEqual(events.map((event) => [event.type, event.data.object.id]), [[PAID, paid.id], [PAID, paid.id]]);
    for (const {header} of got) {
      assert.ok(Math.abs(Number(/^t=(\d+)/.exec(header)[1]) - Date.now() / 1000) < 60, `${header} isn't the wall's time`);
    }
    const later = await stripe.webhooks.constructEventAsync(got[1].body.toString(), got[1].header, secret);
    assert.deepEqual(later, events[1]);
  });
}

test('the SDK signs the same, and refuses another secret, another body and a stale time', async () => {
  const {secret} = await stripe.webhookEndpoints.create({url, enabled_events: [PAID]});
  await stripe.paymentIntents.create(PAY);
  await admin('POST', '/clock', {advance: '1s'});
  const [{body, header}] = got;
  const timestamp = Number(/^t=(\d+)/.exec(header)[1]);
  const {StripeSignatureVerificationError} = Stripe.errors;
  const verify = (...spoiled) => stripe.webhooks.constructEvent(...spoiled);

  const oracle = stripe.webhooks.generateTestHeaderString({payload: body.toString(), secret, timestamp});

  assert.equal(header, oracle);
  assert.throws(() => verify(body, header, `${secret}x`), StripeSignatureVerificationError);
  assert.throws(() => verify(`${body} `, header, secret), StripeSignatureVerificationError);
  assert.throws(
    () => verify(body, header, secret, 300, undefined, (timestamp + 301) * 1000),
    (error) => error instanceof StripeSignatureVerificationError && /tolerance/.test(error.message),
  );
  assert.equal(verify(body, header, secret, 300, undefined, (timestamp + 300) * 1000).type, PAID);
});
