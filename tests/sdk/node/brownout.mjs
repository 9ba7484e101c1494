// What the scripts beside this one share: the SDK pointed at a port of Brownout's, and Brownout's admin API there.

import assert from 'node:assert/strict';
import Stripe from 'stripe';

const base = new URL(process.env.BROWNOUT_STRIPE_URL);

export const CREATE = 'stripe.payment_intents.create';

export const PAY = Object.freeze({
  amount: 2000,
  currency: 'usd',
  payment_method: 'pm_card_visa',
  allowed_payment_method_types: ['card'],
  confirm: true,
  metadata: {order_id: 'o-1'},
});

// A client of the server under test; it retries nothing by itself unless told to.
export function client(options = {}, key = 'sk_test_shop') {
  return new Stripe(key, {
    host: base.hostname,
    port: Number(base.port),
    protocol: 'http',
    maxNetworkRetries: 0,
    ...options,
  });
}

export async function admin(method, path, body) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await fetch(new URL(`/_brownout${path}`, base), {method, body: text});
  const value = await answer.json();
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${JSON.stringify(value)}`);
  return value;
}

// Start the world over, without any fault or limit.
export async function fresh() {
  await admin('PUT', '/scenario?reset=true', 'brownout: 1');
}

// Put a fault in force for as long as `run` takes.
export async function withFault(fault, run) {
  await admin('PUT', '/faults/fault', fault);
  try {
    return await run();
  } finally {
    await admin('DELETE', '/faults/fault');
  }
}

export async function captured(key) {
  const {entries} = await admin('GET', '/ledger');
  const taken = entries.filter((one) => one.kind === 'capture' && (key === undefined || one.key === key));
  return taken.reduce((sum, one) => sum + one.amount_minor, 0);
}

export async function duplicated() {
  return (await admin('GET', '/ledger')).duplicated.map((one) => one.key);
}

export async function exchanges(operation) {
  return (await admin('GET', `/exchanges?operation=${operation}`)).exchanges;
}
