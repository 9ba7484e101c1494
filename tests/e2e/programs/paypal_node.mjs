// A shop takes a payment with paypal-server-sdk for Node, whose host can't be set.

import {CheckoutPaymentIntent, Client, Environment, OrdersController} from '@paypal/paypal-server-sdk';

const client = new Client({
  clientCredentialsAuthCredentials: {
    oAuthClientId: process.env.PAYPAL_CLIENT_ID,
    oAuthClientSecret: process.env.PAYPAL_CLIENT_SECRET,
  },
  environment: Environment.Sandbox,
});
const {result} = await new OrdersController(client).createOrder({
  paypalRequestId: 'order-8',
  body: {
    intent: CheckoutPaymentIntent.Capture,
    purchaseUnits: [{amount: {currencyCode: 'USD', value: '24.99'}, invoiceId: 'order-8'}],
    paymentSource: {card: {number: '4005519200000004', expiry: '2099-01', securityCode: '123', name: 'Jane Roe'}},
  },
});
console.log(result.status);
