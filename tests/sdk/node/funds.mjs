// Money out and between accounts through stripe-node: payouts, transfers, shared payments, fees, top-ups, credit.

import assert from 'node:assert/strict';
import {beforeEach, test} from 'node:test';
import {client, fresh, PAY} from './brownout.mjs';
import {seller} from './operations/world.mjs';

const stripe = client();

beforeEach(fresh);

const rich = () =>
  stripe.paymentIntents.create({...PAY, amount: 100_000, capture_method: 'automatic', payment_method: 'pm_card_bypassPending'});

test('a payout is made, cancelled and refused', async () => {
  await assert.rejects(stripe.payouts.create({amount: 1000, currency: 'usd'}), {
    type: 'StripeInvalidRequestError',
    code: 'balance_insufficient',
  });
  await rich();
  const payout = await stripe.payouts.create({amount: 1000, currency: 'usd'});
  const cancelled = await stripe.payouts.cancel(payout.id);

  assert.deepEqual([payout.status, cancelled.status], ['pending', 'canceled']);
  await assert.rejects(stripe.payouts.cancel(payout.id), /can only be canceled while they are pending/);
  assert.equal((await stripe.payouts.list({status: 'canceled'})).data.length, 1);
});

test('a transfer is made and reversed in parts', async () => {
  await rich();
  const transfer = await stripe.transfers.create({amount: 4000, currency: 'usd', destination: await seller()});
  const reversal = await stripe.transfers.createReversal(transfer.id, {amount: 1000});
  const shown = await stripe.transfers.retrieve(transfer.id);

  assert.deepEqual([reversal.transfer, shown.amount_reversed, shown.reversed], [transfer.id, 1000, false]);
  assert.equal((await stripe.transfers.listReversals(transfer.id)).data[0].id, reversal.id);
});

test('a destination charge takes a fee, which is given back', async () => {
  const destination = await seller();
  await stripe.paymentIntents.create({
    ...PAY,
    capture_method: 'automatic',
    application_fee_amount: 200,
    transfer_data: {destination},
  });
  const [fee] = (await stripe.applicationFees.list()).data;
  const refund = await stripe.applicationFees.createRefund(fee.id, {amount: 50});
  const balance = await stripe.balance.retrieve({}, {stripeAccount: destination});

  assert.deepEqual([fee.account, fee.amount, refund.fee], [destination, 200, fee.id]);
  assert.equal(balance.pending[0].amount, 2000 - 200 + 50);
});

test('a top-up and a customer\'s credit', async () => {
  const topup = await stripe.topups.create({amount: 500, currency: 'usd'});
  const customer = await stripe.customers.create({});
  const credit = await stripe.customers.createBalanceTransaction(customer.id, {amount: -300, currency: 'usd'});

  assert.deepEqual([topup.status, credit.ending_balance], ['pending', -300]);
  assert.equal((await stripe.customers.retrieve(customer.id)).balance, -300);
});
