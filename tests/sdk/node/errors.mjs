// Every error class that stripe-node has, found by reflection, raised over the wire.

import assert from 'node:assert/strict';
import {beforeEach, test} from 'node:test';
import Stripe from 'stripe';
import {PAY, admin, captured, client, fresh, withFault} from './brownout.mjs';

const stripe = client();
const {errors} = Stripe;

const LIMIT = `brownout: 1
clock: {frozen: true}
limits:
  - {name: one, match: {operation: stripe.customers.list}, algorithm: token_bucket, rate: 1/m, burst: 1}
`;

// Raised by the payment path itself.
const ORGANIC = {
  StripeCardError: () =>
    stripe.paymentIntents.create({...PAY, payment_method: 'pm_card_visa_chargeDeclinedInsufficientFunds'}),
  StripeInvalidRequestError: () => stripe.customers.retrieve('cus_nobody'),
  StripeAuthenticationError: () => client({}, 'nonsense').customers.list(),
  StripePermissionError: () => stripe.customers.list({}, {stripeAccount: 'acct_1ofsomebodyelse'}),
  StripeIdempotencyError: async () => {
    await stripe.customers.create({name: 'Ada'}, {idempotencyKey: 'k'});
    await stripe.customers.create({name: 'Bob'}, {idempotencyKey: 'k'});
  },
  StripeRateLimitError: async () => {
    await admin('PUT', '/scenario?reset=true', LIMIT);
    await stripe.customers.list();
    await stripe.customers.list();
  },
  StripeConnectionError: () =>
    withFault({kind: 'abort', connection: 'reset', target: 'edge'}, () => stripe.customers.list()),
  StripeAPIError: () => withFault({kind: 'abort', status: 500}, () => stripe.customers.list()),
  StripeOAuthInvalidRequestError: () => stripe.oauth.token({grant_type: 'authorization_code'}),
};

// What each says beside its message: status, type, code and decline code.
const SAID = {
  StripeCardError: [402, 'card_error', 'card_declined', 'insufficient_funds'],
  StripeInvalidRequestError: [404, 'invalid_request_error', 'resource_missing', undefined],
  StripeAuthenticationError: [401, 'invalid_request_error', undefined, undefined],
  StripePermissionError: [403, 'invalid_request_error', 'account_invalid', undefined],
  StripeIdempotencyError: [400, 'idempotency_error', undefined, undefined],
  StripeRateLimitError: [429, 'invalid_request_error', 'rate_limit', undefined],
  StripeConnectionError: [undefined, undefined, undefined, undefined],
  StripeAPIError: [500, 'api_error', undefined, undefined],
  StripeOAuthInvalidRequestError: [400, 'invalid_request', undefined, undefined],
};

// Raised by a fault that names the error, in families of the API that aren't modelled.
const V2 = {
  AlreadyCanceledError: 'already_canceled',
  BlockedByStripeError: 'blocked_by_stripe',
  CannotProceedError: 'cannot_proceed',
  CapabilityNotEnabledError: 'capability_not_enabled',
  ControlledByAlternateResourceError: 'controlled_by_alternate_resource',
  FeatureNotEnabledError: 'feature_not_enabled',
  FinancialAccountNotOpenError: 'financial_account_not_open',
  FxQuoteNeedsRefreshError: 'fx_quote_needs_refresh',
  InsufficientFundsError: 'insufficient_funds',
  InvalidPaymentMethodError: 'invalid_payment_method',
  InvalidPayoutMethodError: 'invalid_payout_method',
  InvalidVaultedCredentialError: 'invalid_vaulted_credential',
  NotCancelableError: 'not_cancelable',
  QuotaExceededError: 'quota_exceeded',
  RateLimitError: 'rate_limit',
  RecipientNotNotifiableError: 'recipient_not_notifiable',
  TemporarySessionExpiredError: 'temporary_session_expired',
  VerificationAttemptFailedError: 'verification_attempt_failed',
  VerificationExpiredError: 'verification_expired',
  VerificationNotInitiatedError: 'verification_not_initiated',
};
const OAUTH = {
  StripeInvalidClientError: 'invalid_client',
  StripeInvalidGrantError: 'invalid_grant',
  StripeInvalidScopeError: 'invalid_scope',
  StripeUnsupportedGrantTypeError: 'unsupported_grant_type',
  StripeUnsupportedResponseTypeError: 'unsupported_response_type',
  StripeOAuthError: 'access_denied',
};
const VERIFIER = ['StripeSignatureVerificationError']; // about a delivery: webhooks.mjs
const BASE = ['StripeError'];

// Return what a call throws.
async function thrown(call) {
  try {
    await call();
  } catch (error) {
    return error;
  }
  return assert.fail('nothing was thrown');
}

beforeEach(fresh);

test('every class is raised here', () => {
  const classes = Object.values(errors).filter((one) => one === errors.StripeError || one.prototype instanceof errors.StripeError);
  const raised = [...Object.keys(ORGANIC), ...Object.keys(V2), ...Object.keys(OAUTH), ...VERIFIER, ...BASE];

  assert.deepEqual(classes.map((one) => one.name).sort(), raised.sort());
});

for (const [name, call] of Object.entries(ORGANIC)) {
  test(`the payment path raises ${name}`, async () => {
    const error = await thrown(call);

    assert.equal(error.constructor, errors[name], error.stack);
    assert.equal(error.type, name);
    assert.deepEqual([error.statusCode, error.rawType, error.code, error.decline_code], SAID[name]);
    assert.equal(await captured(), 0);
  });
}

for (const [name, code] of Object.entries(V2)) {
  test(`a fault raises ${name}`, async () => {
    const status = code === 'rate_limit' ? 429 : 400;

    const error = await withFault({kind: 'abort', match: {path: '/v2/*'}, status, code}, () =>
      thrown(() => stripe.rawRequest('POST', '/v2/core/accounts/acct_1/close', {})),
    );

    assert.equal(error.constructor, errors[name], error.stack);
    assert.deepEqual([error.statusCode, error.rawType, error.code], [status, code, code]);
    assert.match(error.requestId, /^req_/);
    assert.ok(error.message);
  });
}

for (const [name, code] of Object.entries(OAUTH)) {
  test(`a fault raises ${name}`, async () => {
    const error = await withFault({kind: 'abort', match: {path: '/oauth/*'}, status: 400, code}, () =>
      thrown(() => stripe.oauth.token({grant_type: 'refresh_token', refresh_token: 'rt_x'})),
    );

    assert.equal(error.constructor, errors[name], error.stack);
    assert.deepEqual([error.statusCode, error.rawType], [400, code]);
    assert.ok(error.message);
  });
}

test('a decline exposes its payment', async () => {
  const error = await thrown(ORGANIC.StripeCardError);

  assert.deepEqual(
    [error.statusCode, error.code, error.decline_code, error.message],
    [402, 'card_declined', 'insufficient_funds', 'Your card has insufficient funds.'],
  );
  assert.equal(error.doc_url, 'https://stripe.com/docs/error-codes/card-declined');
  assert.equal(error.payment_intent.status, 'requires_payment_method');
  assert.equal(error.payment_intent.latest_charge, error.charge);
  assert.equal(error.payment_method.card.last4, '9995');
  assert.match(error.requestId, /^req_/);
});

test('a refusal exposes what was wrong', async () => {
  const error = await thrown(() => stripe.customers.create({invoice_settings: {nope: '1'}}));

  assert.deepEqual(
    [error.statusCode, error.code, error.param],
    [400, 'parameter_unknown', 'invoice_settings[nope]'],
  );
});

test('a conflict and a gateway page are API errors', async () => {
  const conflict = await withFault({kind: 'abort', status: 409}, () => thrown(() => stripe.customers.list()));
  const page = await withFault({kind: 'abort', status: 502, body: 'html'}, () => thrown(() => stripe.customers.list()));

  assert.deepEqual([conflict.constructor, conflict.statusCode], [errors.StripeAPIError, 409]);
  assert.equal(page.constructor, errors.StripeAPIError);
  assert.match(page.message, /Invalid JSON/);
});

test('a live-looking key is refused without being repeated', async () => {
  const error = await thrown(() => client({}, 'sk_live_0123456789abcdef').customers.list());

  assert.equal(error.constructor, errors.StripeAuthenticationError);
  assert.match(error.message, /This is Brownout/);
  assert.ok(!error.message.includes('0123456789abcdef'));
});
