import {LABEL, advance, card, customer, hold, pay, refund, stripe} from './world.mjs';

const HOOK = {url: 'http://127.0.0.1:9/hook', enabled_events: ['charge.refunded']};
const hook = async () => (await stripe.webhookEndpoints.create(HOOK)).id;
const setup = async () =>
  (await stripe.setupIntents.create({payment_method: 'pm_card_visa', allowed_payment_method_types: ['card']})).id;

// The newest object of a list that a card with a bad payer fills a moment later.
async function later(method, list) {
  await pay({payment_method: method});
  await advance('1m');
  return (await list.list()).data[0].id;
}
const dispute = () => later('pm_card_createDispute', stripe.disputes);
const warning = () => later('pm_card_createIssuerFraudRecord', stripe.radar.earlyFraudWarnings);

export const CALLS = {
  'customers.create': () => stripe.customers.create({email: 'a@example.com'}),
  'customers.retrieve': async () => stripe.customers.retrieve(await customer()),
  'customers.update': async () => stripe.customers.update(await customer(), {name: 'Ada'}),
  'customers.delete': async () => stripe.customers.del(await customer()),
  'customers.list': () => stripe.customers.list(),
  'customers.search': () => stripe.customers.search({query: 'name:"A"'}),
  'customers.payment_methods.list': async () => stripe.customers.listPaymentMethods(await customer()),
  'customers.payment_methods.retrieve': async () => {
    const one = await card();
    return stripe.customers.retrievePaymentMethod(one.customer, one.id);
  },
  'payment_methods.create': () =>
    stripe.paymentMethods.create({type: 'card', card: {number: '4242424242424242', exp_month: 12, exp_year: 2034}}),
  'payment_methods.retrieve': () => stripe.paymentMethods.retrieve('pm_card_visa'),
  'payment_methods.update': async () => stripe.paymentMethods.update((await card()).id, LABEL),
  'payment_methods.list': async () => stripe.paymentMethods.list({customer: await customer()}),
  'payment_methods.attach': async () => stripe.paymentMethods.attach('pm_card_visa', {customer: await customer()}),
  'payment_methods.detach': async () => stripe.paymentMethods.detach((await card()).id),
  'payment_intents.create': () => stripe.paymentIntents.create({amount: 2000, currency: 'usd'}),
  'payment_intents.retrieve': async () => stripe.paymentIntents.retrieve((await pay()).id),
  'payment_intents.update': async () =>
    stripe.paymentIntents.update((await pay({confirm: false})).id, {amount: 1000}),
  'payment_intents.list': () => stripe.paymentIntents.list(),
  'payment_intents.search': () => stripe.paymentIntents.search({query: 'amount>1'}),
  'payment_intents.confirm': async () => stripe.paymentIntents.confirm((await pay({confirm: false})).id),
  'payment_intents.capture': async () => stripe.paymentIntents.capture((await hold()).id),
  'payment_intents.cancel': async () => stripe.paymentIntents.cancel((await hold()).id),
  'charges.retrieve': async () => stripe.charges.retrieve((await pay()).latest_charge),
  'charges.update': async () => stripe.charges.update((await pay()).latest_charge, {description: 'd'}),
  'charges.list': () => stripe.charges.list(),
  'charges.search': () => stripe.charges.search({query: 'amount>1'}),
  'charges.refunds.list': async () => stripe.rawRequest('GET', `/v1/charges/${(await refund()).charge}/refunds`),
  'charges.refunds.retrieve': async () => {
    const one = await refund();
    return stripe.rawRequest('GET', `/v1/charges/${one.charge}/refunds/${one.id}`);
  },
  'refunds.create': refund,
  'refunds.retrieve': async () => stripe.refunds.retrieve((await refund()).id),
  'refunds.update': async () => stripe.refunds.update((await refund()).id, LABEL),
  'refunds.list': () => stripe.refunds.list(),
  'balance.retrieve': () => stripe.balance.retrieve(),
  'balance_transactions.retrieve': async () =>
    stripe.balanceTransactions.retrieve((await refund()).balance_transaction),
  'balance_transactions.list': () => stripe.balanceTransactions.list(),
  'events.retrieve': async () => {
    await customer();
    return stripe.events.retrieve((await stripe.events.list()).data[0].id);
  },
  'events.list': () => stripe.events.list(),
  'webhook_endpoints.create': () => stripe.webhookEndpoints.create(HOOK),
  'webhook_endpoints.retrieve': async () => stripe.webhookEndpoints.retrieve(await hook()),
  'webhook_endpoints.update': async () => stripe.webhookEndpoints.update(await hook(), {disabled: true}),
  'webhook_endpoints.delete': async () => stripe.webhookEndpoints.del(await hook()),
  'webhook_endpoints.list': () => stripe.webhookEndpoints.list(),
  'setup_intents.create': () => stripe.setupIntents.create({allowed_payment_method_types: ['card']}),
  'setup_intents.retrieve': async () => stripe.setupIntents.retrieve(await setup()),
  'setup_intents.update': async () => stripe.setupIntents.update(await setup(), {description: 'd'}),
  'setup_intents.confirm': async () => stripe.setupIntents.confirm(await setup()),
  'setup_intents.cancel': async () => stripe.setupIntents.cancel(await setup()),
  'setup_intents.list': () => stripe.setupIntents.list(),
  'setup_attempts.list': async () => stripe.setupAttempts.list({setup_intent: await setup()}),
  'disputes.retrieve': async () => stripe.disputes.retrieve(await dispute()),
  'disputes.update': async () => stripe.disputes.update(await dispute(), LABEL),
  'disputes.close': async () => stripe.disputes.close(await dispute()),
  'disputes.list': () => stripe.disputes.list(),
  'radar.early_fraud_warnings.retrieve': async () => stripe.radar.earlyFraudWarnings.retrieve(await warning()),
  'radar.early_fraud_warnings.list': () => stripe.radar.earlyFraudWarnings.list(),
};

// These charges belong to payment intents, and no card's refund waits for anything.
export const REFUSED = {
  'charges.capture': async () => stripe.charges.capture((await hold()).latest_charge),
  'refunds.cancel': async () => stripe.refunds.cancel((await refund()).id),
};
