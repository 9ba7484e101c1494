# curl against the real hosts of three providers.
set -e
curl -sS --fail https://api.stripe.com/v1/balance -u "$STRIPE_SECRET_KEY:" | grep -o '"object": *"balance"'
curl -sS --fail https://api-m.paypal.com/v1/oauth2/token -u "$PAYPAL_CLIENT_ID:$PAYPAL_CLIENT_SECRET" \
  -d grant_type=client_credentials | grep -o '"token_type": *"Bearer"'
curl -sS --fail https://api.us.onfido.com/v3.6/applicants -H "Authorization: Token token=$ONFIDO_API_TOKEN" \
  | grep -o '"applicants"'
