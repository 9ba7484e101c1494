import {LABEL, advance, customer, pay, rich, seller, stripe} from './world.mjs';

const SOME = {amount: 1000, currency: 'usd'};
const topup = async () => (await stripe.topups.create(SOME)).id;

async function payout() {
  await rich();
  return (await stripe.payouts.create(SOME)).id;
}

async function transfer() {
  const destination = await seller();
  await rich();
  return (await stripe.transfers.create({...SOME, destination})).id;
}
const reversal = async () => stripe.transfers.createReversal(await transfer(), {amount: 100});

async function fee() {
  const destination = await seller();
  await pay({application_fee_amount: 100, transfer_data: {destination}, capture_method: 'automatic'});
  return (await stripe.applicationFees.list()).data[0].id;
}
const feeRefund = async () => stripe.applicationFees.createRefund(await fee(), {amount: 10});
const credit = async () =>
  stripe.customers.createBalanceTransaction(await customer(), {amount: -100, currency: 'usd'});

export const CALLS = {
  'payouts.create': async () => {
    await rich();
    return stripe.payouts.create(SOME);
  },
  'payouts.retrieve': async () => stripe.payouts.retrieve(await payout()),
  'payouts.update': async () => stripe.payouts.update(await payout(), LABEL),
  'payouts.cancel': async () => stripe.payouts.cancel(await payout()),
  'payouts.reverse': async () => {
    const one = await payout();
    await advance('10d');
    return stripe.payouts.reverse(one);
  },
  'payouts.list': () => stripe.payouts.list(),
  'transfers.create': async () => {
    const destination = await seller();
    await rich();
    return stripe.transfers.create({...SOME, destination});
  },
  'transfers.retrieve': async () => stripe.transfers.retrieve(await transfer()),
  'transfers.update': async () => stripe.transfers.update(await transfer(), {description: 'd'}),
  'transfers.list': () => stripe.transfers.list(),
  'transfers.reversals.create': reversal,
  'transfers.reversals.retrieve': async () => {
    const one = await reversal();
    return stripe.transfers.retrieveReversal(one.transfer, one.id);
  },
  'transfers.reversals.update': async () => {
    const one = await reversal();
    return stripe.transfers.updateReversal(one.transfer, one.id, LABEL);
  },
  'transfers.reversals.list': async () => stripe.transfers.listReversals(await transfer()),
  'application_fees.retrieve': async () => stripe.applicationFees.retrieve(await fee()),
  'application_fees.list': () => stripe.applicationFees.list(),
  'application_fees.refund': async () => stripe.rawRequest('POST', `/v1/application_fees/${await fee()}/refund`, {}),
  'application_fees.refunds.create': feeRefund,
  'application_fees.refunds.retrieve': async () => {
    const one = await feeRefund();
    return stripe.applicationFees.retrieveRefund(one.fee, one.id);
  },
  'application_fees.refunds.update': async () => {
    const one = await feeRefund();
    return stripe.applicationFees.updateRefund(one.fee, one.id, LABEL);
  },
  'application_fees.refunds.list': async () => stripe.applicationFees.listRefunds(await fee()),
  'topups.create': () => stripe.topups.create(SOME),
  'topups.retrieve': async () => stripe.topups.retrieve(await topup()),
  'topups.update': async () => stripe.topups.update(await topup(), {description: 'd'}),
  'topups.cancel': async () => stripe.topups.cancel(await topup()),
  'topups.list': () => stripe.topups.list(),
  'customers.balance_transactions.create': credit,
  'customers.balance_transactions.retrieve': async () => {
    const one = await credit();
    return stripe.customers.retrieveBalanceTransaction(one.customer, one.id);
  },
  'customers.balance_transactions.update': async () => {
    const one = await credit();
    return stripe.customers.updateBalanceTransaction(one.customer, one.id, {description: 'd'});
  },
  'customers.balance_transactions.list': async () =>
    stripe.customers.listBalanceTransactions((await credit()).customer),
};
