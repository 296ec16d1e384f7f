// Signs order events as spec/partner-signing.md says (the § in comments), with the class library only (C# 7, tried with
// Mono 6.8). Copy the file and call Push, or Sign for requests of another kind.
//
//   mcs Sign.cs
//   mono Sign.exe check-vectors ../../../test-vectors/flat/hmac-signing.txt
//   mono Sign.exe push https://api.example.com A-1001 shipped
//
// Push reads PARTNER_KEY_ID, PARTNER_SECRET, PARTNER_ENVIRONMENT (live) and PARTNER_API (orders) from the environment.
using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

// Strings of bytes by name, one char one byte; the names are those of the vectors.
class Fields : Dictionary<string, string> { }

static class Signer
{
    static readonly Encoding Bytes = Encoding.GetEncoding("iso-8859-1");

    static string Hex(byte[] data) => string.Concat(data.Select(octet => octet.ToString("x2")));

    static string Sha256Hex(string data)
    {
        using (var sha256 = SHA256.Create()) return Hex(sha256.ComputeHash(Bytes.GetBytes(data)));
    }

    static byte[] HmacSha256(byte[] key, string data)
    {
        using (var hmac = new HMACSHA256(key)) return hmac.ComputeHash(Bytes.GetBytes(data));
    }

    static string CanonicalUri(string path, bool escapedPaths) => // §4.1
        escapedPaths ? Regex.Replace(path, "[^A-Za-z0-9/._~-]", octet => "%" + ((int)octet.Value[0]).ToString("X2")) : path;

    static string CanonicalValue(string value) => // §4.3: only spaces and tabs are blanks
        Regex.Replace(value.Trim(' ', '\t'), " +", " ");

    static string CanonicalHeaders(string headers, string[] names) // §4.3
    {
        var pairs = headers.TrimEnd('\n').Split('\n').Select(line => line.Split(new[] { ':' }, 2)).ToList();
        var lines = new StringBuilder();
        foreach (var name in names)
        {
            var values = pairs.Where(pair => pair[0].ToLowerInvariant() == name).Select(pair => CanonicalValue(pair[1])).ToList();
            if (values.Count == 0) throw new ArgumentException("signedHeaders lists " + name + ", but there is no such header");
            lines.Append(name).Append(':').Append(string.Join(",", values)).Append('\n');
        }
        return lines.ToString();
    }

    static byte[] DeriveSigningKey(Fields request) // §7
    {
        var key = Bytes.GetBytes(request["secretPrefix"] + request["secret"]);
        foreach (var part in new[] { request["timestamp"].Substring(0, 8), request["environment"], request["api"], request["terminator"] })
            key = HmacSha256(key, part);
        return key;
    }

    // Returns every step.
    static Fields Sign(Fields request)
    {
        var target = request["target"].Split(new[] { '?' }, 2);
        var uri = CanonicalUri(target[0], request["escapedPaths"] == "1");
        var query = target.Length == 2 ? target[1] : "";
        var names = request["signedHeaders"];
        var headers = CanonicalHeaders(request["headers"], names.Split(';'));
        var payloadHash = Sha256Hex(request["body"]); // §4.4
        var canonicalRequest = string.Join("\n", request["method"], uri, query, headers, names, payloadHash); // §4
        var digest = Sha256Hex(canonicalRequest);
        var date = request["timestamp"].Substring(0, 8);
        var scope = string.Join("/", date, request["environment"], request["api"], request["terminator"]); // §3
        var stringToSign = string.Join("\n", request["algorithm"], request["timestamp"], scope, digest); // §6
        var signingKey = DeriveSigningKey(request);
        var signature = Hex(HmacSha256(signingKey, stringToSign)); // §8
        var authorization = request["algorithm"] + " Credential=" + request["keyId"] + "/" + scope // §3
            + ", SignedHeaders=" + names + ", Signature=" + signature;
        return new Fields { { "canonicalUri", uri }, { "canonicalQuery", query }, { "canonicalHeaders", headers },
            { "payloadHash", payloadHash }, { "canonicalRequest", canonicalRequest }, { "canonicalRequestSha256", digest },
            { "stringToSign", stringToSign }, { "signingKey", Hex(signingKey) }, { "signature", signature },
            { "authorization", authorization } };
    }

    // Sends one order status. A retry calls it again: new time, new nonce (§1), but the eventId of the first attempt.
    static bool Push(string baseUrl, string orderId, string status)
    {
        if (!Regex.IsMatch(status, @"\A[a-z_]+\z")) throw new ArgumentException("Not a status: " + status); // no JSON escapes
        var url = new Uri(new Uri(baseUrl), "/v1/orders/" + orderId + "/statuses");
        var now = DateTime.UtcNow;
        var body = "{\"eventId\":\"" + RandomHex() + "\",\"status\":\"" + status + "\",\"occurredAt\":\""
            + now.ToString(@"yyyy-MM-dd\THH\:mm\:ss\Z", CultureInfo.InvariantCulture) + "\"}";
        var timestamp = now.ToString(@"yyyyMMdd\THHmmss\Z", CultureInfo.InvariantCulture); // §5
        var host = url.IsDefaultPort ? url.Host : url.Host + ":" + url.Port;
        var own = new SortedDictionary<string, string> { { "x-partner-content-sha256", Sha256Hex(body) },
            { "x-partner-date", timestamp }, { "x-partner-nonce", RandomHex() } };
        var signed = Sign(new Fields { { "algorithm", "PARTNER4-HMAC-SHA256" }, { "secretPrefix", "PARTNER4" }, // §2
            { "terminator", "partner4_request" }, { "keyId", Setting("PARTNER_KEY_ID") },
            { "secret", Bytes.GetString(Encoding.UTF8.GetBytes(Setting("PARTNER_SECRET"))) }, // §7: the UTF-8 bytes
            { "environment", Setting("PARTNER_ENVIRONMENT", "live") }, { "api", Setting("PARTNER_API", "orders") },
            { "timestamp", timestamp }, { "escapedPaths", "0" }, { "method", "POST" }, { "target", url.AbsolutePath },
            { "headers", "content-type:application/json\nhost:" + host + "\n"
                + string.Concat(own.Select(header => header.Key + ":" + header.Value + "\n")) },
            { "signedHeaders", "content-type;host;" + string.Join(";", own.Keys) }, { "body", body } });

        var request = (HttpWebRequest)WebRequest.Create(url);
        request.Method = "POST";
        request.Host = host;
        request.ContentType = "application/json";
        request.AllowAutoRedirect = false;
        foreach (var header in own) request.Headers[header.Key] = header.Value;
        request.Headers["Authorization"] = signed["authorization"];
        using (var stream = request.GetRequestStream()) stream.Write(Bytes.GetBytes(body), 0, body.Length);
        HttpWebResponse response;
        try { response = (HttpWebResponse)request.GetResponse(); }
        catch (WebException refused) when (refused.Response != null) { response = (HttpWebResponse)refused.Response; }
        using (response)
        {
            Console.WriteLine((int)response.StatusCode + " " + new StreamReader(response.GetResponseStream()).ReadToEnd());
            return response.StatusCode == HttpStatusCode.Accepted;
        }
    }

    static string Setting(string name, string otherwise = null) =>
        Environment.GetEnvironmentVariable(name) ?? otherwise ?? throw new InvalidOperationException(name + " is not set");

    static string RandomHex()
    {
        var random = new byte[16];
        using (var source = RandomNumberGenerator.Create()) source.GetBytes(random);
        return Hex(random);
    }

    static bool CheckVectors(string file)
    {
        int passed = 0, failed = 0;
        var vector = new Fields();
        foreach (var line in File.ReadAllText(file, Bytes).Split('\n'))
        {
            if (line.StartsWith("#", StringComparison.Ordinal)) continue;
            if (line != "")
            {
                var pair = (line + " ").Split(' ');
                vector[pair[0]] = Regex.Replace(pair[1], "%(..)", octet => ((char)Convert.ToByte(octet.Groups[1].Value, 16)).ToString());
            }
            else if (vector.Count > 0)
            {
                var computed = Sign(vector);
                var wrong = computed.Keys.Where(step => computed[step] != vector[step]).ToList();
                if (wrong.Count > 0) Console.WriteLine(vector["id"] + ": wrong " + string.Join(", ", wrong));
                if (wrong.Count == 0) passed++; else failed++;
                vector = new Fields();
            }
        }
        Console.WriteLine(passed + " passed, " + failed + " failed");
        return passed > 0 && failed == 0;
    }

    static int Main(string[] arguments)
    {
        if (arguments.Length == 2 && arguments[0] == "check-vectors") return CheckVectors(arguments[1]) ? 0 : 1;
        if (arguments.Length == 4 && arguments[0] == "push") return Push(arguments[1], arguments[2], arguments[3]) ? 0 : 1;
        Console.Error.WriteLine("usage: mono Sign.exe check-vectors FILE | push URL ORDER_ID STATUS");
        return 1;
    }
}
