// A shop's core flow through stripe-go, against the port in BROWNOUT_STRIPE_URL: it prints one JSON object of what it saw.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/stripe/stripe-go/v85"
	"github.com/stripe/stripe-go/v85/webhook"
)

type delivery struct {
	body      []byte
	signature string
}

var (
	seen = map[string]any{}
	ctx  = context.Background()
)

func client(key string) *stripe.Client {
	return stripe.NewClient(key, stripe.WithBackends(stripe.NewBackendsWithConfig(&stripe.BackendConfig{
		URL:               stripe.String(os.Getenv("BROWNOUT_STRIPE_URL")),
		MaxNetworkRetries: stripe.Int64(0),
		LeveledLogger:     &stripe.LeveledLogger{Level: stripe.LevelNull},
	})))
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func params(amount int64, method string) *stripe.PaymentIntentCreateParams {
	return &stripe.PaymentIntentCreateParams{
		Amount:             stripe.Int64(amount),
		Currency:           stripe.String("usd"),
		PaymentMethod:      stripe.String(method),
		PaymentMethodTypes: []*string{stripe.String("card")},
	}
}

// What an error says: its class, status, type, code and decline code.
func told(err error) map[string]any {
	var problem *stripe.Error
	if !errors.As(err, &problem) {
		log.Fatal("no Stripe error: ", err)
	}
	_, card := problem.Err.(*stripe.CardError)
	_, invalid := problem.Err.(*stripe.InvalidRequestError)
	_, key := problem.Err.(*stripe.IdempotencyError)
	class := map[bool]string{card: "CardError", invalid: "InvalidRequestError", key: "IdempotencyError"}[true]
	return map[string]any{
		"class": class, "status": problem.HTTPStatusCode, "type": problem.Type, "code": problem.Code,
		"decline": problem.DeclineCode, "request": problem.RequestID != "", "param": problem.Param,
	}
}

// Take payments: one by one, declined, held and captured in part, given back in part, under one idempotency key.
func pay(shop *stripe.Client) {
	customer := must(shop.V1Customers.Create(ctx, &stripe.CustomerCreateParams{
		Name: stripe.String("Ada Lövelace"), Email: stripe.String("ada@example.com"),
		Metadata: map[string]string{"user_id": "u-1"},
	}))
	seen["customer"] = []any{customer.Name, customer.Email, customer.Metadata["user_id"], customer.Deleted}

	given := params(2000, "pm_card_visa")
	given.Customer = stripe.String(customer.ID)
	intent := must(shop.V1PaymentIntents.Create(ctx, given))
	paid := must(shop.V1PaymentIntents.Confirm(ctx, intent.ID, &stripe.PaymentIntentConfirmParams{
		Params: stripe.Params{Expand: []*string{stripe.String("latest_charge")}},
	}))
	seen["paid"] = []any{intent.Status, paid.Status, paid.AmountReceived, paid.LatestCharge.PaymentMethodDetails.Card.Brand}

	declined := params(2000, "pm_card_visa_chargeDeclinedInsufficientFunds")
	declined.Confirm = stripe.Bool(true)
	_, err := shop.V1PaymentIntents.Create(ctx, declined)
	seen["declined"] = told(err)
	_, err = shop.V1PaymentIntents.Retrieve(ctx, "pi_nobody", nil)
	seen["missing"] = told(err)

	refund := must(shop.V1Refunds.Create(ctx, &stripe.RefundCreateParams{
		PaymentIntent: stripe.String(intent.ID), Amount: stripe.Int64(500),
	}))
	charge := must(shop.V1Charges.Retrieve(ctx, paid.LatestCharge.ID, nil))
	seen["refunded"] = []any{refund.Status, refund.Amount, charge.AmountRefunded, charge.Refunded}

	held := params(1000, "pm_card_visa")
	held.Confirm, held.CaptureMethod = stripe.Bool(true), stripe.String("manual")
	hold := must(shop.V1PaymentIntents.Create(ctx, held))
	taken := must(shop.V1PaymentIntents.Capture(ctx, hold.ID, &stripe.PaymentIntentCaptureParams{
		AmountToCapture: stripe.Int64(700),
	}))
	seen["captured"] = []any{hold.Status, taken.Status, taken.AmountReceived}

	same := func(amount int64) (*stripe.PaymentIntent, error) {
		given := params(amount, "pm_card_visa")
		given.SetIdempotencyKey("order-1")
		return shop.V1PaymentIntents.Create(ctx, given)
	}
	first, again := must(same(300)), must(same(300))
	_, err = same(301)
	seen["repeated"] = []any{first.ID == again.ID, told(err)}
}

// Read more than a page of customers, newest first.
func list(shop *stripe.Client) {
	for range 7 {
		must(shop.V1Customers.Create(ctx, &stripe.CustomerCreateParams{Email: stripe.String("many@example.com")}))
	}
	given := &stripe.CustomerListParams{Email: stripe.String("many@example.com")}
	given.Limit = stripe.Int64(3)
	ids := map[string]bool{}
	for customer, err := range shop.V1Customers.List(ctx, given).All(ctx) {
		ids[must(customer, err).ID] = true
	}
	seen["listed"] = len(ids)
}

// Receive the webhook of a payment, and verify it: as it came, changed, and with another secret.
func receive(shop *stripe.Client) {
	got := make(chan delivery, 1)
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	go http.Serve(listener, http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		got <- delivery{must(io.ReadAll(request.Body)), request.Header.Get("Stripe-Signature")}
	}))
	endpoint := must(shop.V1WebhookEndpoints.Create(ctx, &stripe.WebhookEndpointCreateParams{
		APIVersion:    stripe.String(stripe.APIVersion),
		EnabledEvents: []*string{stripe.String("payment_intent.succeeded")},
		URL:           stripe.String("http://" + listener.Addr().String() + "/hook"),
	}))
	given := params(900, "pm_card_visa")
	given.Confirm = stripe.Bool(true)
	paid := must(shop.V1PaymentIntents.Create(ctx, given))

	var one delivery
	select {
	case one = <-got:
	case <-time.After(30 * time.Second):
		log.Fatal("no webhook came")
	}
	event := must(webhook.ConstructEvent(one.body, one.signature, endpoint.Secret))
	var intent stripe.PaymentIntent
	if err := json.Unmarshal(event.Data.Raw, &intent); err != nil {
		log.Fatal(err)
	}
	_, changed := webhook.ConstructEvent(append(one.body, ' '), one.signature, endpoint.Secret)
	_, other := webhook.ConstructEvent(one.body, one.signature, "whsec_other")
	seen["webhook"] = []any{
		event.Type, event.APIVersion == stripe.APIVersion, intent.ID == paid.ID,
		errors.Is(changed, webhook.ErrNoValidSignature), errors.Is(other, webhook.ErrNoValidSignature),
	}
}

func main() {
	shop := client("sk_test_shop")
	pay(shop)
	list(shop)
	receive(shop)
	_, err := client("nonsense").V1Balance.Retrieve(ctx, nil)
	seen["nobody"] = told(err)
	if err := json.NewEncoder(os.Stdout).Encode(seen); err != nil {
		log.Fatal(err)
	}
}
