import {LABEL, price, product, stripe} from './world.mjs';

const BACK = 'https://shop.example';
const basket = async () => [{price: (await price()).id, quantity: 1}];
const session = async () =>
  (await stripe.checkout.sessions.create({mode: 'payment', success_url: BACK, line_items: await basket()})).id;
const link = async () => (await stripe.paymentLinks.create({line_items: await basket()})).id;
const rate = () =>
  stripe.shippingRates.create({
    display_name: 'Post',
    type: 'fixed_amount',
    fixed_amount: {amount: 100, currency: 'usd'},
  });

export const CALLS = {
  'products.create': product,
  'products.retrieve': async () => stripe.products.retrieve((await product()).id),
  'products.update': async () => stripe.products.update((await product()).id, {name: 'Milk'}),
  'products.delete': async () => stripe.products.del((await product()).id),
  'products.list': () => stripe.products.list(),
  'products.search': () => stripe.products.search({query: 'active:"true"'}),
  'prices.create': price,
  'prices.retrieve': async () => stripe.prices.retrieve((await price()).id),
  'prices.update': async () => stripe.prices.update((await price()).id, {nickname: 'n'}),
  'prices.list': () => stripe.prices.list(),
  'prices.search': () => stripe.prices.search({query: 'active:"true"'}),
  'checkout.sessions.create': async () =>
    stripe.checkout.sessions.create({mode: 'payment', success_url: BACK, line_items: await basket()}),
  'checkout.sessions.retrieve': async () => stripe.checkout.sessions.retrieve(await session()),
  'checkout.sessions.update': async () => stripe.checkout.sessions.update(await session(), LABEL),
  'checkout.sessions.expire': async () => stripe.checkout.sessions.expire(await session()),
  'checkout.sessions.list': () => stripe.checkout.sessions.list(),
  'checkout.sessions.line_items.list': async () => stripe.checkout.sessions.listLineItems(await session()),
  'payment_links.create': async () => stripe.paymentLinks.create({line_items: await basket()}),
  'payment_links.retrieve': async () => stripe.paymentLinks.retrieve(await link()),
  'payment_links.update': async () => stripe.paymentLinks.update(await link(), {active: false}),
  'payment_links.list': () => stripe.paymentLinks.list(),
  'payment_links.line_items.list': async () => stripe.paymentLinks.listLineItems(await link()),
  'shipping_rates.create': rate,
  'shipping_rates.retrieve': async () => stripe.shippingRates.retrieve((await rate()).id),
  'shipping_rates.update': async () => stripe.shippingRates.update((await rate()).id, {active: false}),
  'shipping_rates.list': () => stripe.shippingRates.list(),
};
