// Signs order events as spec/partner-signing.md says (the § in comments), with the JDK only (11 or later). Copy the
// file and call push, or sign for requests of another kind.
//
//   java Sign.java check-vectors ../../../test-vectors/flat/hmac-signing.txt
//   java Sign.java push https://api.example.com A-1001 shipped
//
// push reads PARTNER_KEY_ID, PARTNER_SECRET, PARTNER_ENVIRONMENT (live) and PARTNER_API (orders) from the environment.
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.math.BigInteger;
import java.net.*;
import java.net.http.*;
import java.nio.file.*;
import java.security.*;
import java.time.*;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.*;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public class Sign {
    // Every string here is a string of bytes: one char, one byte. ISO_8859_1 turns it into bytes and back.

    static String hex(byte[] data) {
        return String.format("%0" + data.length * 2 + "x", new BigInteger(1, data));
    }

    static String sha256Hex(String data) throws GeneralSecurityException {
        return hex(MessageDigest.getInstance("SHA-256").digest(data.getBytes(ISO_8859_1)));
    }

    static byte[] hmacSha256(byte[] key, String data) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(data.getBytes(ISO_8859_1));
    }

    static String canonicalUri(String path, boolean escapedPaths) { // §4.1; URLEncoder leaves "*" and escapes "~"
        if (!escapedPaths) return path;
        return URLEncoder.encode(path, ISO_8859_1).replace("*", "%2A").replace("%7E", "~").replace("%2F", "/");
    }

    static String canonicalValue(String value) { // §4.3: only spaces and tabs are blanks
        return value.replaceAll("^[ \t]+|[ \t]+\\z", "").replaceAll(" +", " ");
    }

    static String canonicalHeaders(String headers, String[] names) { // §4.3
        Map<String, List<String>> values = new TreeMap<>();
        for (String line : headers.split("\n")) {
            String[] pair = line.split(":", 2);
            values.computeIfAbsent(pair[0].toLowerCase(Locale.ROOT), name -> new ArrayList<>()).add(canonicalValue(pair[1]));
        }
        StringBuilder lines = new StringBuilder();
        for (String name : names) {
            if (!values.containsKey(name)) throw new IllegalArgumentException("signedHeaders lists " + name + ", which is absent");
            lines.append(name).append(':').append(String.join(",", values.get(name))).append('\n');
        }
        return lines.toString();
    }

    static byte[] deriveSigningKey(Map<String, String> request) throws GeneralSecurityException { // §7
        byte[] key = (request.get("secretPrefix") + request.get("secret")).getBytes(ISO_8859_1);
        String date = request.get("timestamp").substring(0, 8);
        for (String part : List.of(date, request.get("environment"), request.get("api"), request.get("terminator")))
            key = hmacSha256(key, part);
        return key;
    }

    /** The names are those of the vectors. Every step is returned. */
    static Map<String, String> sign(Map<String, String> request) throws GeneralSecurityException {
        String[] target = request.get("target").split("\\?", 2);
        String uri = canonicalUri(target[0], "1".equals(request.get("escapedPaths")));
        String query = target.length == 2 ? target[1] : "";
        String names = request.get("signedHeaders");
        String headers = canonicalHeaders(request.get("headers"), names.split(";"));
        String payloadHash = sha256Hex(request.get("body")); // §4.4
        String canonicalRequest = String.join("\n", request.get("method"), uri, query, headers, names, payloadHash); // §4
        String digest = sha256Hex(canonicalRequest);
        String timestamp = request.get("timestamp");
        String scope = String.join("/", timestamp.substring(0, 8), request.get("environment"), request.get("api"),
            request.get("terminator")); // §3
        String stringToSign = String.join("\n", request.get("algorithm"), timestamp, scope, digest); // §6
        byte[] signingKey = deriveSigningKey(request);
        String signature = hex(hmacSha256(signingKey, stringToSign)); // §8
        String authorization = request.get("algorithm") + " Credential=" + request.get("keyId") + "/" + scope
            + ", SignedHeaders=" + names + ", Signature=" + signature; // §3
        return Map.of("canonicalUri", uri, "canonicalQuery", query, "canonicalHeaders", headers, "payloadHash", payloadHash,
            "canonicalRequest", canonicalRequest, "canonicalRequestSha256", digest, "stringToSign", stringToSign,
            "signingKey", hex(signingKey), "signature", signature, "authorization", authorization);
    }

    /** Sends one order status. A retry calls it again: new time, new nonce (§1), but the eventId of the first attempt. */
    static boolean push(URI baseUrl, String orderId, String status) throws Exception {
        if (!status.matches("[a-z_]+")) throw new IllegalArgumentException("Not a status: " + status); // needs no JSON escape
        URI url = baseUrl.resolve("/v1/orders/" + orderId + "/statuses");
        boolean defaultPort = url.getPort() == -1 || url.getPort() == (url.getScheme().equals("https") ? 443 : 80);
        Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        String body = String.format("{\"eventId\":\"%s\",\"status\":\"%s\",\"occurredAt\":\"%s\"}", randomHex(), status, now);
        String timestamp = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC).format(now); // §5
        Map<String, String> headers = new TreeMap<>(Map.of("content-type", "application/json",
            "host", url.getHost() + (defaultPort ? "" : ":" + url.getPort()), // as HttpClient sends it
            "x-partner-content-sha256", sha256Hex(body), "x-partner-date", timestamp, "x-partner-nonce", randomHex()));
        StringBuilder lines = new StringBuilder();
        headers.forEach((name, value) -> lines.append(name).append(':').append(value).append('\n'));
        Map<String, String> request = new LinkedHashMap<>(Map.of(
            "algorithm", "PARTNER4-HMAC-SHA256", "secretPrefix", "PARTNER4", "terminator", "partner4_request", // §2
            "method", "POST", "target", url.getRawPath(), "headers", lines.toString(), "body", body,
            "timestamp", timestamp, "signedHeaders", String.join(";", headers.keySet())));
        request.put("keyId", System.getenv("PARTNER_KEY_ID"));
        request.put("secret", new String(System.getenv("PARTNER_SECRET").getBytes(UTF_8), ISO_8859_1)); // §7: UTF-8 bytes
        request.put("environment", System.getenv().getOrDefault("PARTNER_ENVIRONMENT", "live"));
        request.put("api", System.getenv().getOrDefault("PARTNER_API", "orders"));
        headers.remove("host"); // HttpClient sends it itself
        headers.put("authorization", sign(request).get("authorization"));
        HttpRequest.Builder builder = HttpRequest.newBuilder(url).POST(HttpRequest.BodyPublishers.ofString(body, ISO_8859_1));
        headers.forEach(builder::header);
        // HTTP/2 is switched off: over cleartext HttpClient would ask for it with an Upgrade header
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build(); // follows no redirect
        HttpResponse<String> response = client.send(builder.build(), HttpResponse.BodyHandlers.ofString());
        System.out.println(response.statusCode() + " " + response.body());
        return response.statusCode() == 202;
    }

    static String randomHex() {
        byte[] random = new byte[16];
        new SecureRandom().nextBytes(random);
        return hex(random);
    }

    static boolean checkVectors(Path file) throws Exception {
        int passed = 0, failed = 0;
        Map<String, String> vector = new LinkedHashMap<>();
        for (String line : Files.readAllLines(file, ISO_8859_1)) {
            if (line.startsWith("#")) continue;
            if (!line.isEmpty()) {
                String[] pair = line.split(" ", 2);
                vector.put(pair[0], pair.length == 2 ? URLDecoder.decode(pair[1], ISO_8859_1) : "");
            } else if (!vector.isEmpty()) {
                List<String> wrong = new ArrayList<>();
                sign(vector).forEach((step, value) -> { if (!value.equals(vector.get(step))) wrong.add(step); });
                if (!wrong.isEmpty()) System.out.println(vector.get("id") + ": wrong " + String.join(", ", wrong));
                if (wrong.isEmpty()) passed++; else failed++;
                vector.clear();
            }
        }
        System.out.println(passed + " passed, " + failed + " failed");
        return passed > 0 && failed == 0;
    }

    public static void main(String[] arguments) throws Exception {
        boolean ok = false;
        if (arguments.length == 2 && arguments[0].equals("check-vectors")) ok = checkVectors(Path.of(arguments[1]));
        else if (arguments.length == 4 && arguments[0].equals("push"))
            ok = push(URI.create(arguments[1]), arguments[2], arguments[3]);
        else System.err.println("usage: java Sign.java check-vectors FILE | push URL ORDER_ID STATUS");
        System.exit(ok ? 0 : 1);
    }
}
