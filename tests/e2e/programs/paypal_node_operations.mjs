// A shop calls all that paypal-server-sdk for Node has, and is then refused each call in every way that the SDK knows.
// A client whose id ends in -409 is one whose calls fail with 409. Printed are the SDK's methods.

import assert from 'node:assert/strict';
import * as sdk from '@paypal/paypal-server-sdk';

const {ApiError, Client, Environment} = sdk;
const [ID, SECRET] = [process.env.PAYPAL_CLIENT_ID, process.env.PAYPAL_CLIENT_SECRET];
const HOST = 'https://api-m.sandbox.paypal.com';
const FULL = {prefer: 'return=representation'};
const CARD = {number: '4005519200000004', expiry: '2099-01', securityCode: '123', name: 'Jane Roe'};
const UNLISTED = 503;
const UNREAD = {requestToken: ['/app_id', '/nonce']};

// Every method by its name, with its class.
const OWNED = Object.entries(sdk)
  .filter(([name]) => name.endsWith('Controller'))
  .flatMap(([, one]) => Object.getOwnPropertyNames(one.prototype).map((method) => [method, one]))
  .filter(([method]) => method !== 'constructor');
const METHODS = Object.fromEntries(OWNED);
assert.equal(Object.keys(METHODS).length, OWNED.length); // no two have one name
const called = {}; // by method, the arguments and which class the SDK has for which status

// A client that notes which error classes the method that was called last has.
let noted;
class Noting extends Client {
  getRequestBuilderFactory() {
    const make = super.getRequestBuilderFactory();
    return (...words) => {
      const request = make(...words);
      const {throwOn, defaultToError} = request;
      const notes = {listed: new Map(), other: ApiError};
      request.throwOn = (status, error, ...more) => {
        notes.listed.set(status, error);
        return throwOn.call(request, status, error, ...more);
      };
      request.defaultToError = (error, ...more) => {
        notes.other = error;
        return defaultToError.call(request, error, ...more);
      };
      noted = notes;
      return request;
    };
  }
}

function client(suffix = '') {
  return new Noting({
    clientCredentialsAuthCredentials: {oAuthClientId: `${ID}${suffix}`, oAuthClientSecret: SECRET},
    environment: Environment.Sandbox,
  });
}

function usd(value) {
  return {currencyCode: 'USD', value};
}

// What was sent and isn't in the parsed result: the SDK has no such field.
function unread(sent, parsed, path = '') {
  if (sent === null || typeof sent !== 'object') return parsed === undefined ? [path] : [];
  if (parsed === undefined) return [path];
  return Object.entries(sent).flatMap(([name, inner]) => {
    const field = name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
    return unread(inner, parsed[field], `${path}/${Array.isArray(sent) ? '*' : name}`);
  });
}

const shop = client();

async function call(method, ...given) {
  const answering = new METHODS[method](shop)[method](...given);
  called[method] = {given, ...noted};
  const {result, statusCode, body} = await answering;
  assert.equal(statusCode === 204, body === '', method);
  if (body) assert.deepEqual(unread(JSON.parse(body), result), UNREAD[method] ?? [], method);
  return result;
}

async function thrown(name, answering) {
  try {
    await answering;
  } catch (error) {
    return error;
  }
  return assert.fail(`${name}: nothing was thrown`);
}

async function refused(method, ...given) {
  return thrown(method, call(method, ...given));
}

// ---------------------------------------------------------------- orders

const basic = (id) => `Basic ${Buffer.from(`${id}:${SECRET}`).toString('base64')}`;
const token = await call('requestToken', {authorization: basic(ID)});
assert.deepEqual([token.tokenType, token.expiresIn], ['Bearer', 32400n]);

const unit = {amount: usd('24.99'), description: 'Tea'};
const order = await call('createOrder', {
  body: {intent: 'CAPTURE', purchaseUnits: [unit]},
  paypalRequestId: 'o-1',
  ...FULL,
});
const {id} = order;
assert.deepEqual([order.status, order.purchaseUnits[0].amount.value], ['CREATED', '24.99']);
assert.equal(order.links.find((one) => one.rel === 'approve').method, 'GET');
await call('patchOrder', {
  id,
  body: [{op: 'add', path: "/purchase_units/@reference_id=='default'/invoice_id", value: 'order-9'}],
});
assert.equal((await call('getOrder', {id})).purchaseUnits[0].invoiceId, 'order-9');
const confirmed = await call('confirmOrder', {id, body: {paymentSource: {card: CARD}}, ...FULL});
assert.deepEqual([confirmed.status, confirmed.paymentSource.card.lastDigits], ['APPROVED', '0004']);

const done = await call('captureOrder', {id, paypalRequestId: 'c-1', ...FULL});
const [capture] = done.purchaseUnits[0].payments.captures;
assert.deepEqual([done.id, done.status, capture.status, capture.finalCapture], [id, 'COMPLETED', 'COMPLETED', true]);
assert.deepEqual(capture.sellerReceivableBreakdown.paypalFee, usd('1.36'));

const items = [{name: 'Tea', quantity: '1'}];
const parcel = {captureId: capture.id, trackingNumber: '443844607820', carrier: 'FEDEX', items};
const [{shipping}] = (await call('createOrderTracking', {id, body: parcel})).purchaseUnits;
const trackerId = shipping.trackers[0].id;
assert.equal(trackerId, `${capture.id}-443844607820`);
await call('updateOrderTracking', {id, trackerId, body: [{op: 'replace', path: '/status', value: 'CANCELLED'}]});
assert.equal((await call('getOrder', {id})).purchaseUnits[0].shipping.trackers[0].status, 'CANCELLED');

// ---------------------------------------------------------------- payments

async function held(number) {
  const body = {intent: 'AUTHORIZE', purchaseUnits: [{amount: usd('100.00'), invoiceId: `hold-${number}`}]};
  const {id} = await call('createOrder', {body, paypalRequestId: `h-${number}`});
  const {purchaseUnits} = await call('authorizeOrder', {id, ...FULL});
  return purchaseUnits[0].payments.authorizations[0].id;
}

const authorizationId = await held(1);
const authorization = await call('getAuthorizedPayment', {authorizationId});
assert.deepEqual([authorization.status, authorization.amount], ['CREATED', usd('100.00')]);
const soon = await refused('reauthorizePayment', {authorizationId, body: {amount: usd('100.00')}});
assert.equal(soon.result.details[0].issue, 'REAUTHORIZATION_TOO_SOON'); // it takes three days
const part = {amount: usd('40.00'), finalCapture: false};
const taken = await call('captureAuthorizedPayment', {authorizationId, body: part, ...FULL});
assert.deepEqual([taken.status, taken.amount, taken.invoiceId], ['COMPLETED', usd('40.00'), 'hold-1']);
const captured = await call('getCapturedPayment', {captureId: taken.id});
assert.equal(captured.supplementaryData.relatedIds.authorizationId, authorizationId);
const refund = await call('refundCapturedPayment', {captureId: taken.id, body: {amount: usd('15.00')}, ...FULL});
assert.deepEqual([refund.status, refund.sellerPayableBreakdown.totalRefundedAmount], ['COMPLETED', usd('15.00')]);
assert.deepEqual((await call('getRefund', {refundId: refund.id})).amount, usd('15.00'));
assert.equal(await call('voidPayment', {authorizationId: await held(2)}), null);
assert.equal((await call('voidPayment', {authorizationId: await held(3), ...FULL})).status, 'VOIDED');

// ---------------------------------------------------------------- vault

const setup = await call('createSetupToken', {
  body: {paymentSource: {card: CARD}, customer: {id: 'ada'}},
  paypalRequestId: 's-1',
});
assert.deepEqual([setup.status, setup.paymentSource.card.lastDigits], ['APPROVED', '0004']);
assert.equal((await call('getSetupToken', setup.id)).customer.id, 'ada');
const saved = await call('createPaymentToken', {
  body: {paymentSource: {token: {id: setup.id, type: 'SETUP_TOKEN'}}},
  paypalRequestId: 'p-1',
});
assert.equal(saved.customer.id, 'ada');
assert.equal((await call('getPaymentToken', saved.id)).paymentSource.card.brand, 'VISA');
const kept = await call('listCustomerPaymentTokens', {customerId: 'ada', totalRequired: true});
assert.deepEqual([kept.totalItems, kept.paymentTokens[0].id], [1, saved.id]);
await call('deletePaymentToken', saved.id);

// ---------------------------------------------------------------- transaction search

const DAY = 86_400_000;
const days = [-DAY, DAY].map((away) => `${new Date(Date.now() + away).toISOString().slice(0, 19)}Z`);
const search = {startDate: days[0], endDate: days[1], fields: 'all', pageSize: 10};
const found = await call('searchTransactions', search);
const rows = found.transactionDetails.map(({transactionInfo: row}) => row);
assert.deepEqual(
  rows.map((row) => [row.transactionId, row.transactionEventCode, row.transactionAmount.value]),
  [[capture.id, 'T0006', '24.99'], [taken.id, 'T0006', '40.00'], [refund.id, 'T1107', '-15.00']],
);
const {balances} = await call('searchBalances', {currencyCode: 'USD'});
assert.deepEqual([balances.length, balances[0].currency, balances[0].primary], [1, 'USD', true]);

// ---------------------------------------------------------------- subscriptions

const product = await fetch(`${HOST}/v1/catalogs/products`, {
  method: 'POST',
  headers: {'Content-Type': 'application/json', Authorization: `Bearer ${token.accessToken}`},
  body: JSON.stringify({name: 'Tea'}),
}).then((answer) => answer.json()); // the SDK has no call for it

async function planned(price) {
  const cycle = {
    tenureType: 'REGULAR',
    sequence: 1,
    totalCycles: 12,
    frequency: {intervalUnit: 'MONTH', intervalCount: 1},
    pricingScheme: {fixedPrice: usd(price)},
  };
  const paymentPreferences = {paymentFailureThreshold: 3};
  const body = {productId: product.id, name: 'Tea a month', billingCycles: [cycle], paymentPreferences};
  return call('createBillingPlan', {body, paypalRequestId: `plan-${price}`, ...FULL});
}

const plan = await planned('10.00');
assert.deepEqual([plan.status, plan.billingCycles[0].pricingScheme.fixedPrice], ['ACTIVE', usd('10.00')]);
await call('patchBillingPlan', {id: plan.id, body: [{op: 'replace', path: '/description', value: 'Good tea'}]});
await call('updateBillingPlanPricingSchemes', {
  id: plan.id,
  body: {pricingSchemes: [{billingCycleSequence: 1, pricingScheme: {fixedPrice: usd('12.00')}}]},
});
await call('deactivateBillingPlan', plan.id);
assert.equal((await call('getBillingPlan', plan.id)).status, 'INACTIVE');
await call('activateBillingPlan', plan.id);
const plans = await call('listBillingPlans', {productId: product.id, totalRequired: true, ...FULL});
assert.deepEqual([plans.totalItems, plans.plans[0].description], [1, 'Good tea']);

async function subscribed(card, customId) {
  const body = {planId: plan.id, customId, subscriber: {emailAddress: 'ada@example.com', paymentSource: {card}}};
  return call('createSubscription', {body, paypalRequestId: customId, ...FULL});
}

const owing = await subscribed({...CARD, name: 'CCREJECT-IF'}, 'owing');
const paid = await call('captureSubscription', {
  id: owing.id,
  body: {note: 'Owed', captureType: 'OUTSTANDING_BALANCE', amount: usd('12.00')},
});
assert.deepEqual([paid.status, paid.amountWithBreakdown.grossAmount], ['COMPLETED', usd('12.00')]);
const subscription = await subscribed(CARD, 'member');
assert.deepEqual([subscription.status, subscription.planId, subscription.customId], ['ACTIVE', plan.id, 'member']);
const one = {id: subscription.id};
const shipped = {currency_code: 'USD', value: '1.00'}; // a patch's value is sent as it is
await call('patchSubscription', {...one, body: [{op: 'replace', path: '/shipping_amount', value: shipped}]});
const dear = await planned('20.00');
assert.equal((await call('reviseSubscription', {...one, body: {planId: dear.id}})).planId, dear.id);
for (const [method, status] of [['suspend', 'SUSPENDED'], ['activate', 'ACTIVE'], ['cancel', 'CANCELLED']]) {
  await call(`${method}Subscription`, {...one, body: {reason: 'Holiday'}});
  assert.equal((await call('getSubscription', {...one})).status, status);
}
const payments = await call('listSubscriptionTransactions', {...one, startTime: days[0], endTime: days[1]});
assert.deepEqual(payments.transactions.map((each) => each.status), ['COMPLETED']);
const {subscriptions} = await call('listSubscriptions', {planIds: plan.id});
assert.deepEqual(subscriptions.map((each) => each.id), [owing.id]);

// ---------------------------------------------------------------- errors

assert.deepEqual(Object.keys(called).sort(), Object.keys(METHODS).sort());

// By each status that the SDK lists for a method, and by one that it doesn't. It parses the bodies of the former alone,
// and only for classes of its own.
const failing = new Map();
async function failed(method, status, expected) {
  if (!failing.has(status)) failing.set(status, client(`-${status}`));
  const error = await thrown(method, new METHODS[method](failing.get(status))[method](...called[method].given));
  const about = `${method} ${status}`;
  assert.deepEqual([error.constructor, error.statusCode], [expected, status], about);
  const told = JSON.parse(error.body);
  const parsed = called[method].listed.has(status) && expected !== ApiError;
  if (status === 401) assert.equal(told.error, 'invalid_token', about); // a dead token is told in OAuth's words
  else assert.ok(told.name && told.message && told.debug_id === error.headers['paypal-debug-id'], about);
  assert.deepEqual({...error.result}.debug_id, parsed ? told.debug_id : undefined, about);
}
for (const [method, {listed, other}] of Object.entries(called)) {
  if (method === 'requestToken') continue;
  await Promise.all([...listed, [UNLISTED, other]].map(([status, expected]) => failed(method, status, expected)));
}

// By the trigger that PayPal has for it, where the SDK can send it.
const ISSUES = {
  400: 'MALFORMED_REQUEST_JSON',
  401: 'INVALID_ACCOUNT_STATUS',
  403: 'PERMISSION_DENIED',
  404: 'INVALID_RESOURCE_ID',
  409: 'PREVIOUS_REQUEST_IN_PROGRESS',
};
const UNPROCESSABLE = {
  createOrder: 'TRANSACTION_REFUSED',
  patchOrder: 'AMOUNT_MISMATCH',
  authorizeOrder: 'TRANSACTION_REFUSED',
  captureOrder: 'INSTRUMENT_DECLINED',
  captureAuthorizedPayment: 'AUTHORIZATION_EXPIRED',
  voidPayment: 'CANNOT_BE_VOIDED',
  refundCapturedPayment: 'CAPTURE_FULLY_REFUNDED',
};
const triggered = new Set();
for (const [method, {given, listed}] of Object.entries(called)) {
  if (!METHODS[method].prototype[method].toString().includes('paypalMockResponse')) continue;
  for (const [status, expected] of listed) {
    if (status === 500) continue; // no issue has it
    const issue = ISSUES[status] ?? UNPROCESSABLE[method];
    const paypalMockResponse = JSON.stringify({mock_application_codes: issue});
    const asked = {...given[0], paypalRequestId: undefined, paypalMockResponse};
    const error = await thrown(method, new METHODS[method](shop)[method](asked));
    assert.deepEqual([error.constructor, error.statusCode], [expected, status], `${method} ${issue}`);
    assert.equal(error.result.details[0].issue, issue, method);
    triggered.add(method);
  }
}
assert.equal(triggered.size, 11);

// By what shops do: each class that there is.
const far = {startDate: '2026-01-01T00:00:00Z', endDate: '2026-03-01T00:00:00Z'};
const unavailable = new sdk.VaultController(failing.get(UNLISTED));
const WAYS = {
  ApiError: [UNLISTED, 'SERVICE_UNAVAILABLE', () => unavailable.getSetupToken('1')],
  CustomError: [422, 'UNPROCESSABLE_ENTITY', () => call('captureOrder', {id})],
  DefaultError: [400, 'INVALID_REQUEST', () => call('searchBalances', {asOfTime: 'now'})],
  OAuthProviderError: [401, undefined, () => call('requestToken', {authorization: 'Basic bm9ib2R5Og=='})],
  SearchError: [400, 'INVALID_REQUEST', () => call('searchTransactions', far)],
  SubscriptionError: [404, 'RESOURCE_NOT_FOUND', () => call('getSubscription', {id: 'I-1'})],
};
// The SDK exports an enum of that name instead of OAuthProviderError, so classes are also sought where they are thrown.
const thrownBy = Object.values(called).flatMap(({listed, other}) => [...listed.values(), other]);
const classes = new Set([...Object.values(sdk), ...thrownBy]);
const errors = [...classes].filter((one) => one === ApiError || one?.prototype instanceof ApiError);
assert.deepEqual(errors.map((one) => one.name).sort(), Object.keys(WAYS));
for (const [name, [status, words, way]] of Object.entries(WAYS)) {
  const error = await thrown(name, way());
  assert.deepEqual([error.constructor.name, error.statusCode, JSON.parse(error.body).name], [name, status, words]);
}
const unknown = await refused('requestToken', {authorization: basic(ID)}, {grant_type: 'nonsense'});
assert.equal(unknown.constructor.name, 'OAuthProviderError');
assert.deepEqual([unknown.statusCode, unknown.result.error], [400, 'unsupported_grant_type']);

console.log(Object.keys(METHODS).join('\n'));
