// Checkout through stripe-node: sessions, links and shipping rates, paid by a POST of the page's form.

import assert from 'node:assert/strict';
import {beforeEach, test} from 'node:test';
import {captured, client, fresh} from './brownout.mjs';

const stripe = client();

beforeEach(fresh);

const selling = (more = {}) => ({
  mode: 'payment',
  success_url: 'https://shop.example/ok?s={CHECKOUT_SESSION_ID}',
  line_items: [{price_data: {currency: 'usd', unit_amount: 2000, product_data: {name: 'Tea'}}, quantity: 2}],
  ...more,
});

const post = (url, form) => fetch(url, {method: 'POST', body: new URLSearchParams(form), redirect: 'manual'});

test('a session is paid on its page, after a decline', async () => {
  const session = await stripe.checkout.sessions.create(selling({client_reference_id: 'order-7'}));
  const declined = await post(session.url, {card: '4000000000000002'});
  const paid = await post(session.url, {card: '4242424242424242'});
  const done = await stripe.checkout.sessions.retrieve(session.id, {expand: ['line_items', 'payment_intent']});
  const items = await stripe.checkout.sessions.listLineItems(session.id);

  assert.deepEqual([declined.status, paid.status], [402, 303]);
  assert.match(await declined.text(), /role="alert">Your card was declined\./);
  assert.equal(paid.headers.get('location'), `https://shop.example/ok?s=${session.id}`);
  assert.deepEqual([done.status, done.payment_status, done.payment_intent.status], ['complete', 'paid', 'succeeded']);
  assert.deepEqual([done.line_items.data[0].description, items.data[0].amount_total], ['Tea', 4000]);
  assert.equal(await captured('order-7'), 4000);
});

test('a session is updated, listed and expired', async () => {
  const session = await stripe.checkout.sessions.create(selling());
  await stripe.checkout.sessions.update(session.id, {metadata: {a: '1'}});
  const gone = await stripe.checkout.sessions.expire(session.id);
  const listed = await stripe.checkout.sessions.list({status: 'expired'});

  assert.deepEqual([gone.status, gone.url, gone.metadata.a], ['expired', null, '1']);
  assert.deepEqual(listed.data.map((one) => one.id), [session.id]);
  await assert.rejects(stripe.checkout.sessions.expire(session.id), {
    type: 'StripeInvalidRequestError',
    message: /Only Checkout Sessions with a status in \["open"\] can be expired/,
  });
});

test('a link opens a session at each visit', async () => {
  const rate = await stripe.shippingRates.create({
    display_name: 'Post', type: 'fixed_amount', fixed_amount: {amount: 100, currency: 'usd'},
  });
  const link = await stripe.paymentLinks.create({
    line_items: selling().line_items, shipping_options: [{shipping_rate: rate.id}], metadata: {order_id: 'order-8'},
  });
  const visit = await fetch(link.url, {redirect: 'manual'});
  const paid = await post(visit.headers.get('location'), {card: '4242424242424242'});
  await stripe.paymentLinks.update(link.id, {active: false});
  const off = await fetch(link.url);
  const items = await stripe.paymentLinks.listLineItems(link.id);

  assert.deepEqual([visit.status, paid.status, off.status, items.data.length], [303, 303, 410, 1]);
  assert.equal(await captured('order-8'), 4100);
});
