// A shop takes a payment with stripe-node, as its first page shows; nothing here knows of Brownout.

import Stripe from 'stripe';

const stripe = new Stripe(process.env.STRIPE_SECRET_KEY);
const intent = await stripe.paymentIntents.create({
  amount: 2499,
  currency: 'usd',
  payment_method: 'pm_card_visa',
  allowed_payment_method_types: ['card'],
  confirm: true,
  metadata: {order_id: 'order-7'},
});
console.log(intent.status, intent.amount);
