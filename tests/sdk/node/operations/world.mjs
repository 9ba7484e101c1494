// What the calls of the tables beside this file need to be there before.

import {PAY, admin, client} from '../brownout.mjs';

export const stripe = client();
export const LABEL = Object.freeze({metadata: {a: '1'}});

export const pay = (more = {}) => stripe.paymentIntents.create({...PAY, ...more});
export const hold = () => pay({capture_method: 'manual'});
export const refund = async () => stripe.refunds.create({payment_intent: (await pay()).id});
export const advance = (by) => admin('POST', '/clock', {advance: by});

export const customer = async () => (await stripe.customers.create({payment_method: 'pm_card_visa'})).id;
export const card = async () => (await stripe.customers.listPaymentMethods(await customer())).data[0];

export const product = () => stripe.products.create({name: 'Tea'});
export const price = () => stripe.prices.create({currency: 'usd', unit_amount: 450, product_data: {name: 'Tea'}});

// Money that can be used at once.
export const rich = () => pay({payment_method: 'pm_card_bypassPending', amount: 50_000, capture_method: 'automatic'});

// A connected account that may be transferred to; the date of birth is the one that is verified at once.
export const seller = async () => {
  const made = await stripe.accounts.create({
    type: 'custom',
    country: 'US',
    business_type: 'individual',
    capabilities: {transfers: {requested: true}, card_payments: {requested: true}},
    business_profile: {mcc: '5734', url: 'https://seller.example'},
    individual: {
      first_name: 'Jenny',
      last_name: 'Rosen',
      email: 'jenny@example.com',
      phone: '+15555550100',
      dob: {day: 1, month: 1, year: 1902},
      ssn_last_4: '0000',
      address: {line1: 'address_full_match', city: 'Mobile', state: 'AL', postal_code: '36602'},
    },
    tos_acceptance: {date: 1_767_225_600, ip: '127.0.0.1'},
    external_account: {
      object: 'bank_account', country: 'US', currency: 'usd', routing_number: '110000000', account_number: '000123456789',
    },
  });
  return made.id;
};
