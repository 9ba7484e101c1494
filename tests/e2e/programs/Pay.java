// A shop takes a payment with nothing but Java's standard library, by both of its HTTP clients.

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public class Pay {
    private static final String KEY = System.getenv("STRIPE_SECRET_KEY");

    public static void main(String[] arguments) throws IOException, InterruptedException {
        String form = "amount=2499&currency=usd&confirm=true&payment_method=pm_card_visa"
            + "&allowed_payment_method_types[0]=card&metadata[order_id]=order-7";
        HttpRequest request = HttpRequest.newBuilder(URI.create("https://api.stripe.com/v1/payment_intents"))
            .header("Authorization", "Bearer " + KEY)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(form))
            .build();
        HttpResponse<String> paid = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        Matcher status = Pattern.compile("\"status\": *\"(\\w+)\"").matcher(paid.body());

        HttpURLConnection balance = (HttpURLConnection) new URL("https://api.stripe.com/v1/balance").openConnection();
        balance.setRequestProperty("Authorization", "Bearer " + KEY);
        System.out.println((status.find() ? status.group(1) : paid.body()) + " " + balance.getResponseCode());
    }
}
