// A shop takes a payment with nothing but Go's standard library.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"os"
	"strings"
)

func main() {
	form := url.Values{
		"amount": {"2499"}, "currency": {"usd"}, "confirm": {"true"}, "metadata[order_id]": {"order-7"},
		"payment_method": {"pm_card_visa"}, "allowed_payment_method_types[0]": {"card"},
	}
	request, err := http.NewRequest("POST", "https://api.stripe.com/v1/payment_intents", strings.NewReader(form.Encode()))
	if err != nil {
		log.Fatal(err)
	}
	request.SetBasicAuth(os.Getenv("STRIPE_SECRET_KEY"), "")
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	var intent struct {
		Status string
		Amount int
	}
	if err := json.NewDecoder(response.Body).Decode(&intent); err != nil {
		log.Fatal(err)
	}
	fmt.Println(intent.Status, intent.Amount)
}
