// Signs order events as spec/partner-signing.md says (the § in comments), with Go's standard library only (1.18 or
// later). Copy the file and call push, or sign for requests of another kind.
//
//	go run sign.go check-vectors ../../../test-vectors/flat/hmac-signing.txt
//	go run sign.go push https://api.example.com A-1001 shipped
//
// push reads PARTNER_KEY_ID, PARTNER_SECRET, PARTNER_ENVIRONMENT (live) and PARTNER_API (orders) from the environment.
package main

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"
)

// fields are byte strings by name; the names are those of the vectors.
type fields map[string]string

var spaces = regexp.MustCompile(` +`)

func sha256Hex(data string) string {
	return fmt.Sprintf("%x", sha256.Sum256([]byte(data)))
}

func hmacSha256(key []byte, data string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(data))
	return mac.Sum(nil)
}

func canonicalURI(path string, escapedPaths bool) string { // §4.1
	if !escapedPaths {
		return path
	}
	return strings.NewReplacer("+", "%20", "%2F", "/").Replace(url.QueryEscape(path))
}

func canonicalHeaders(headers string, names []string) string { // §4.3
	values := map[string][]string{}
	for _, line := range strings.Split(strings.TrimSuffix(headers, "\n"), "\n") {
		name, value, _ := strings.Cut(line, ":")
		value = spaces.ReplaceAllLiteralString(strings.Trim(value, " \t"), " ") // only spaces and tabs are blanks
		values[strings.ToLower(name)] = append(values[strings.ToLower(name)], value)
	}
	lines := ""
	for _, name := range names {
		if values[name] == nil {
			panic("signedHeaders lists " + name + ", but there is no such header")
		}
		lines += name + ":" + strings.Join(values[name], ",") + "\n"
	}
	return lines
}

func deriveSigningKey(f fields) []byte { // §7
	key := []byte(f["secretPrefix"] + f["secret"])
	for _, part := range []string{f["timestamp"][:8], f["environment"], f["api"], f["terminator"]} {
		key = hmacSha256(key, part)
	}
	return key
}

// sign returns every step of the signature, the Authorization header last.
func sign(f fields) fields {
	path, query, _ := strings.Cut(f["target"], "?")
	uri := canonicalURI(path, f["escapedPaths"] == "1")
	headers := canonicalHeaders(f["headers"], strings.Split(f["signedHeaders"], ";"))
	payloadHash := sha256Hex(f["body"]) // §4.4
	canonicalRequest := strings.Join([]string{f["method"], uri, query, headers, f["signedHeaders"], payloadHash}, "\n")
	digest := sha256Hex(canonicalRequest)
	scope := strings.Join([]string{f["timestamp"][:8], f["environment"], f["api"], f["terminator"]}, "/") // §3
	stringToSign := strings.Join([]string{f["algorithm"], f["timestamp"], scope, digest}, "\n")           // §6
	signingKey := deriveSigningKey(f)
	signature := hex.EncodeToString(hmacSha256(signingKey, stringToSign)) // §8
	authorization := fmt.Sprintf("%s Credential=%s/%s, SignedHeaders=%s, Signature=%s",
		f["algorithm"], f["keyId"], scope, f["signedHeaders"], signature)
	return fields{"canonicalUri": uri, "canonicalQuery": query, "canonicalHeaders": headers, "payloadHash": payloadHash,
		"canonicalRequest": canonicalRequest, "canonicalRequestSha256": digest, "stringToSign": stringToSign,
		"signingKey": hex.EncodeToString(signingKey), "signature": signature, "authorization": authorization}
}

// push sends one order status. A retry calls it again: new time, new nonce (§1), but the eventId of the first attempt.
func push(baseURL, orderID, status string) bool {
	target, err := url.Parse(baseURL)
	check(err)
	target.Path = "/v1/orders/" + orderID + "/statuses"
	now := time.Now().UTC()
	event := fields{"eventId": randomHex(), "status": status, "occurredAt": now.Format("2006-01-02T15:04:05Z")}
	body, err := json.Marshal(event)
	check(err)
	timestamp := now.Format("20060102T150405Z") // §5
	headers := [][2]string{{"Content-Type", "application/json"}, {"X-Partner-Content-Sha256", sha256Hex(string(body))},
		{"X-Partner-Date", timestamp}, {"X-Partner-Nonce", randomHex()}}
	request, err := http.NewRequest("POST", target.String(), strings.NewReader(string(body)))
	check(err)
	lines := "Host:" + request.Host + "\n"
	for _, header := range headers {
		request.Header.Set(header[0], header[1])
		lines += header[0] + ":" + header[1] + "\n"
	}
	signed := sign(fields{
		"algorithm": "PARTNER4-HMAC-SHA256", "secretPrefix": "PARTNER4", "terminator": "partner4_request", // §2
		"keyId": os.Getenv("PARTNER_KEY_ID"), "secret": os.Getenv("PARTNER_SECRET"),
		"environment": setting("PARTNER_ENVIRONMENT", "live"), "api": setting("PARTNER_API", "orders"),
		"timestamp": timestamp, "method": "POST", "target": target.Path, "headers": lines, "body": string(body),
		"signedHeaders": "content-type;host;x-partner-content-sha256;x-partner-date;x-partner-nonce"})
	request.Header.Set("Authorization", signed["authorization"])
	noRedirect := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := (&http.Client{Timeout: 30 * time.Second, CheckRedirect: noRedirect}).Do(request)
	check(err)
	answer, err := io.ReadAll(response.Body)
	check(err)
	fmt.Println(response.StatusCode, string(answer))
	return response.StatusCode == http.StatusAccepted
}

func setting(name, otherwise string) string {
	if value, isSet := os.LookupEnv(name); isSet {
		return value
	}
	return otherwise
}

func randomHex() string {
	random := make([]byte, 16)
	_, err := rand.Read(random)
	check(err)
	return hex.EncodeToString(random)
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func checkVectors(file string) bool {
	passed, failed, vector := 0, 0, fields{}
	content, err := os.ReadFile(file)
	check(err)
	for _, line := range strings.Split(string(content), "\n") {
		if line != "" && line[0] != '#' {
			name, value, _ := strings.Cut(line, " ")
			vector[name], err = url.PathUnescape(value)
			check(err)
		} else if line == "" && len(vector) > 0 {
			wrong := ""
			for step, value := range sign(vector) {
				if value != vector[step] {
					wrong += " " + step
				}
			}
			if wrong == "" {
				passed++
			} else {
				failed++
				fmt.Println(vector["id"] + ": wrong" + wrong)
			}
			vector = fields{}
		}
	}
	fmt.Printf("%d passed, %d failed\n", passed, failed)
	return passed > 0 && failed == 0
}

func main() {
	ok := false
	if len(os.Args) == 3 && os.Args[1] == "check-vectors" {
		ok = checkVectors(os.Args[2])
	} else if len(os.Args) == 5 && os.Args[1] == "push" {
		ok = push(os.Args[2], os.Args[3], os.Args[4])
	} else {
		fmt.Fprintln(os.Stderr, "usage: go run sign.go check-vectors FILE | push URL ORDER_ID STATUS")
	}
	if !ok {
		os.Exit(1)
	}
}
