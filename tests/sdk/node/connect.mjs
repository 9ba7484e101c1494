// Connect through stripe-node: acting for a connected account, OAuth, and restricted keys.

import assert from 'node:assert/strict';
import {beforeEach, test} from 'node:test';
import Stripe from 'stripe';
import {PAY, admin, client, fresh} from './brownout.mjs';

const stripe = client();
const {errors} = Stripe;
const CLIENT = 'ca_node';

beforeEach(fresh);

// Answer the consent page that stripe-node names. Its address is always https and has no port.
async function consent(result) {
  const named = stripe.oauth.authorizeUrl({client_id: CLIENT, redirect_uri: 'https://platform.example/', state: 's'});
  const {pathname, search} = new URL(named);
  const url = new URL(pathname + search, process.env.BROWNOUT_STRIPE_URL);
  const answer = await fetch(url, {method: 'POST', body: new URLSearchParams({result}), redirect: 'manual'});
  assert.equal(answer.status, 303);
  return new URL(answer.headers.get('location')).searchParams;
}

test('a call acts for a connected account', async () => {
  const account = await stripe.accounts.create({type: 'express'});
  const made = await stripe.customers.create({name: 'Ada'}, {stripeAccount: account.id});

  assert.deepEqual((await stripe.customers.list()).data, []);
  assert.deepEqual((await stripe.customers.list({}, {stripeAccount: account.id})).data.map((one) => one.id), [made.id]);
});

test('a key comes of a consent, and ends with it', async () => {
  const code = (await consent('approve')).get('code');
  const token = await stripe.oauth.token({grant_type: 'authorization_code', code});
  const theirs = client({}, token.access_token);
  await theirs.paymentIntents.create(PAY);
  await stripe.oauth.deauthorize({client_id: CLIENT, stripe_user_id: token.stripe_user_id});

  assert.equal(token.scope, 'read_write');
  await assert.rejects(() => theirs.balance.retrieve(), errors.StripePermissionError);
});

test('refusals are the classes of OAuth', async () => {
  const code = (await consent('approve')).get('code');
  await stripe.oauth.token({grant_type: 'authorization_code', code});

  assert.equal((await consent('deny')).get('error'), 'access_denied');
  for (const [given, kind] of [
    [{grant_type: 'authorization_code', code}, errors.StripeInvalidGrantError],
    [{grant_type: 'refresh_token'}, errors.StripeOAuthInvalidRequestError],
    [{grant_type: 'password'}, errors.StripeUnsupportedGrantTypeError],
  ]) {
    await assert.rejects(() => stripe.oauth.token(given), kind);
  }
  await assert.rejects(
    () => stripe.oauth.deauthorize({client_id: CLIENT, stripe_user_id: 'acct_nobody'}),
    errors.StripeInvalidClientError,
  );
});

test('a restricted key does what it may', async () => {
  const scenario = 'brownout: 1\nproviders: {stripe: {restricted_keys: {rk_test_node: {customers: read}}}}';
  await admin('PUT', '/scenario?reset=true', scenario);
  const restricted = client({}, 'rk_test_node');

  assert.deepEqual((await restricted.customers.list()).data, []);
  await assert.rejects(() => restricted.customers.create({}), errors.StripePermissionError);
});
