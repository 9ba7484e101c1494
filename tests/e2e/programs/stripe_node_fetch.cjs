// The same as a CommonJS module, with Node's own fetch beneath the SDK.

const Stripe = require('stripe');

async function main() {
  const stripe = new Stripe(process.env.STRIPE_SECRET_KEY, {httpClient: Stripe.createFetchHttpClient()});
  const customer = await stripe.customers.create({email: 'ada@example.com'});
  console.log(customer.email);
}

main();
