// The payment path through stripe-node.

import assert from 'node:assert/strict';
import {beforeEach, test} from 'node:test';
import {PAY, admin, captured, client, exchanges, fresh} from './brownout.mjs';

const stripe = client();

beforeEach(fresh);

test('a payment step by step', async () => {
  const made = await stripe.paymentIntents.create({amount: 1500, currency: 'eur', metadata: {order_id: 'o-1'}});
  const given = await stripe.paymentIntents.update(made.id, {payment_method: 'pm_card_visa', amount: 1600});
  const done = await stripe.paymentIntents.confirm(made.id, {return_url: 'https://example.com/back'});
  const found = await stripe.paymentIntents.retrieve(made.id);

  assert.deepEqual(
    [made.status, given.status, done.status, found.status],
    ['requires_payment_method', 'requires_confirmation', 'succeeded', 'succeeded'],
  );
  assert.equal(found.amount_received, 1600);
  assert.equal(await captured('o-1'), 1600);
});

test('a held payment is captured in part or cancelled', async () => {
  const held = await stripe.paymentIntents.create({...PAY, capture_method: 'manual'});
  const other = await stripe.paymentIntents.create({...PAY, capture_method: 'manual'});

  const done = await stripe.paymentIntents.capture(held.id, {amount_to_capture: 700});
  const gone = await stripe.paymentIntents.cancel(other.id, {cancellation_reason: 'abandoned'});

  assert.deepEqual([done.status, done.amount_received], ['succeeded', 700]);
  assert.deepEqual([gone.status, gone.cancellation_reason], ['canceled', 'abandoned']);
  assert.equal(await captured(), 700);
});

test('customers and their cards', async () => {
  const ada = await stripe.customers.create({
    name: 'Ada Lövelace & Söhne [x]=1+1',
    address: {city: 'Köln', country: 'DE'},
    preferred_locales: ['de', 'en'],
    metadata: {a: '1', 'b[c]': 'd=e&f'},
  });
  const changed = await stripe.customers.update(ada.id, {metadata: {a: '', g: '2'}, name: ''});
  const card = await stripe.paymentMethods.create({
    type: 'card',
    card: {number: '5555555555554444', exp_month: 3, exp_year: 2031, cvc: '123'},
    billing_details: {address: {postal_code: '50667'}},
  });
  await stripe.paymentMethods.attach(card.id, {customer: ada.id});
  await stripe.paymentMethods.update(card.id, {card: {exp_year: 2040}});
  const listed = await stripe.customers.listPaymentMethods(ada.id);
  const one = await stripe.customers.retrievePaymentMethod(ada.id, card.id);
  const detached = await stripe.paymentMethods.detach(card.id);
  const gone = await stripe.customers.del(ada.id);

  assert.equal(ada.name, 'Ada Lövelace & Söhne [x]=1+1');
  assert.deepEqual([ada.address.city, ada.address.line1], ['Köln', null]);
  assert.deepEqual(ada.preferred_locales, ['de', 'en']);
  assert.deepEqual(ada.metadata, {a: '1', 'b[c]': 'd=e&f'});
  assert.deepEqual(changed.metadata, {'b[c]': 'd=e&f', g: '2'});
  assert.equal(changed.name, null);
  assert.deepEqual(listed.data.map((found) => found.id), [card.id]);
  assert.deepEqual([one.card.exp_year, one.card.brand, one.billing_details.address.postal_code], [2040, 'mastercard', '50667']);
  assert.equal(detached.customer, null);
  assert.ok(gone.deleted);
  assert.ok((await stripe.customers.retrieve(ada.id)).deleted);
});

test('nested parameters and lists arrive', async () => {
  const made = await stripe.paymentIntents.create({
    amount: 2000,
    currency: 'USD',
    automatic_payment_methods: {enabled: true, allow_redirects: 'never'},
    payment_method_options: {card: {request_three_d_secure: 'any'}},
    payment_method_data: {
      type: 'card',
      card: {number: '4242424242424242', exp_month: 12, exp_year: 2034},
      billing_details: {address: {line1: '1 & 2'}, email: 'a+b@example.com'},
    },
    shipping: {name: 'Ada', address: {line1: 'x'}},
    expand: ['payment_method', 'customer'],
  });

  assert.deepEqual(made.payment_method_types, ['card', 'link']);
  assert.equal(made.payment_method_options.card.request_three_d_secure, 'any');
  assert.equal(made.payment_method.billing_details.address.line1, '1 & 2');
  assert.equal(made.payment_method.billing_details.email, 'a+b@example.com');
  assert.equal(made.shipping.address.line1, 'x');
});

test('charges, refunds and their balance transactions', async () => {
  const paid = await stripe.paymentIntents.create({...PAY, capture_method: 'automatic'});
  const refund = await stripe.refunds.create({payment_intent: paid.id, amount: 500, reason: 'duplicate'});
  await stripe.refunds.update(refund.id, {metadata: {a: '1'}});
  const charge = await stripe.charges.retrieve(paid.latest_charge, {expand: ['refunds', 'balance_transaction']});
  await stripe.charges.update(charge.id, {description: 'shoes'});
  const rows = await stripe.balanceTransactions.list({limit: 2});
  const row = await stripe.balanceTransactions.retrieve(rows.data[1].id, {expand: ['source']});
  const balance = await stripe.balance.retrieve();

  assert.equal(charge.amount_refunded, 500);
  assert.deepEqual(charge.refunds.data.map((one) => one.id), [refund.id]);
  assert.deepEqual([charge.balance_transaction.fee, charge.balance_transaction.net], [88, 1912]);
  assert.deepEqual(rows.data.map((one) => one.amount), [-500, 2000]);
  assert.equal(row.source.description, 'shoes');
  assert.equal(balance.pending[0].amount, 1412);
  assert.deepEqual((await stripe.refunds.list({charge: charge.id})).data.map((one) => one.id), [refund.id]);
  assert.equal((await stripe.refunds.retrieve(refund.id)).metadata.a, '1');
  assert.deepEqual((await stripe.charges.list({payment_intent: paid.id})).data.map((one) => one.id), [charge.id]);
});

test('what is expanded comes in place of its id, four levels deep', async () => {
  await stripe.paymentIntents.create({...PAY, capture_method: 'automatic'});

  const listed = await stripe.paymentIntents.list({
    expand: ['data.latest_charge.payment_intent.latest_charge.balance_transaction'],
  });

  const inner = listed.data[0].latest_charge.payment_intent.latest_charge;
  assert.equal(inner.balance_transaction.object, 'balance_transaction');
});

test('auto-paging meets every object once, in both directions and with its filters', async () => {
  const made = [];
  for (let number = 0; number < 5; number += 1) {
    made.push((await stripe.customers.create({email: 'a@example.com'})).id);
  }
  await stripe.customers.create({email: 'b@example.com'});

  const forwards = [];
  for await (const one of stripe.customers.list({limit: 2, email: 'a@example.com'})) {
    forwards.push(one.id);
  }
  const backwards = [];
  for await (const one of stripe.customers.list({limit: 2, ending_before: made[0], email: 'a@example.com'})) {
    backwards.push(one.id);
  }
  const some = await stripe.customers.list({limit: 2}).autoPagingToArray({limit: 3});

  assert.deepEqual(forwards, made.toReversed());
  assert.deepEqual(backwards, made.slice(1));
  assert.equal(some.length, 3);
});

test('ranges are filtered by world time', async () => {
  await admin('POST', '/clock', {freeze: true});
  const early = await stripe.customers.create();
  await admin('POST', '/clock', {advance: '1h'});
  const late = await stripe.customers.create();

  const after = await stripe.customers.list({created: {gt: early.created, lte: late.created}});

  assert.equal(late.created - early.created, 3600);
  assert.deepEqual(after.data.map((one) => one.id), [late.id]);
});

test('events are found by type', async () => {
  const paid = await stripe.paymentIntents.create(PAY);

  const found = await stripe.events.list({types: ['payment_intent.succeeded', 'payment_intent.created']});
  const one = await stripe.events.retrieve(found.data[0].id);

  assert.deepEqual(found.data.map((event) => event.type), ['payment_intent.succeeded', 'payment_intent.created']);
  assert.equal(one.data.object.id, paid.id);
  assert.equal((await stripe.events.list({type: 'charge.*'})).data.length, 1);
});

test('webhook endpoints are made, changed and deleted', async () => {
  const made = await stripe.webhookEndpoints.create({url: 'http://127.0.0.1:9/', enabled_events: ['charge.failed']});
  const changed = await stripe.webhookEndpoints.update(made.id, {enabled_events: ['*'], disabled: true});
  const found = await stripe.webhookEndpoints.retrieve(made.id);

  assert.match(made.secret, /^whsec_/);
  assert.deepEqual([changed.status, found.enabled_events, found.secret], ['disabled', ['*'], undefined]);
  assert.equal((await stripe.webhookEndpoints.list()).data.length, 1);
  assert.ok((await stripe.webhookEndpoints.del(made.id)).deleted);
});

test('a key replays its first answer and is good for one request only', async () => {
  const first = await stripe.paymentIntents.create(PAY, {idempotencyKey: 'o-1'});
  const again = await stripe.paymentIntents.create(PAY, {idempotencyKey: 'o-1'});

  assert.deepEqual(again, first);
  assert.equal(again.lastResponse.headers['idempotent-replayed'], 'true');
  assert.equal(again.lastResponse.headers['original-request'], first.lastResponse.requestId);
  await assert.rejects(stripe.paymentIntents.create({...PAY, amount: 2001}, {idempotencyKey: 'o-1'}), {
    type: 'StripeIdempotencyError',
    statusCode: 400,
  });
  assert.equal(await captured('o-1'), 2000);
});

test('every call arrived as the operation of its name', async () => {
  await stripe.customers.create();
  await stripe.customers.list();
  await stripe.balance.retrieve();

  const names = (await exchanges('stripe.*')).map((one) => one.decided.operation);
  assert.deepEqual(names, ['stripe.customers.create', 'stripe.customers.list', 'stripe.balance.retrieve']);
});
