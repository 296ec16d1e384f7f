#!/usr/bin/env ruby
# Signs order events as spec/partner-signing.md says (the § in comments), with Ruby's standard library only (2.5 or
# later). Copy the file and call push, or sign for requests of another kind.
#
#   ruby sign.rb check-vectors ../../../test-vectors/flat/hmac-signing.txt
#   ruby sign.rb push https://api.example.com A-1001 shipped
#
# push reads PARTNER_KEY_ID, PARTNER_SECRET, PARTNER_ENVIRONMENT (live) and PARTNER_API (orders) from the environment.
require 'json'
require 'net/http'
require 'openssl'
require 'securerandom'
require 'time'

PARTNER = { 'algorithm' => 'PARTNER4-HMAC-SHA256', 'secretPrefix' => 'PARTNER4', # §2
            'terminator' => 'partner4_request' }.freeze

def sha256_hex(data)
  OpenSSL::Digest::SHA256.hexdigest(data)
end

def hmac_sha256(key, data)
  OpenSSL::HMAC.digest('SHA256', key, data)
end

def canonical_uri(path, escaped_paths) # §4.1
  escaped_paths ? path.gsub(%r{[^A-Za-z0-9/._~-]}n) { |byte| format('%%%02X', byte.ord) } : path
end

def canonical_value(value) # §4.3: only spaces and tabs are blanks
  value.gsub(/\A[ \t]+|[ \t]+\z/n, '').squeeze(' ')
end

def canonical_headers(headers, names) # §4.3
  pairs = headers.split("\n").map { |line| line.split(':', 2) }
  lines = names.map do |name|
    values = pairs.select { |key, _| key.downcase == name }.map { |_, value| canonical_value(value) }
    raise ArgumentError, "signedHeaders lists #{name}, but there is no such header" if values.empty?

    "#{name}:".b << values.join(',') << "\n"
  end
  lines.join
end

def derive_signing_key(request) # §7
  parts = [request['timestamp'][0, 8], *request.values_at('environment', 'api', 'terminator')]
  parts.reduce(request['secretPrefix'].b + request['secret'].b) { |key, part| hmac_sha256(key, part) }
end

# Takes and returns byte strings by name; the names are those of the vectors. Every step is returned.
def sign(request)
  path, query = request['target'].split('?', 2)
  uri = canonical_uri(path, request['escapedPaths'] == '1')
  headers = canonical_headers(request['headers'], request['signedHeaders'].split(';'))
  payload_hash = sha256_hex(request['body']) # §4.4
  canonical_request = [request['method'], uri, query.to_s, headers, request['signedHeaders'], payload_hash].join("\n") # §4
  digest = sha256_hex(canonical_request)
  scope = [request['timestamp'][0, 8], *request.values_at('environment', 'api', 'terminator')].join('/') # §3
  string_to_sign = [request['algorithm'], request['timestamp'], scope, digest].join("\n") # §6
  signing_key = derive_signing_key(request)
  signature = hmac_sha256(signing_key, string_to_sign).unpack1('H*') # §8
  authorization = "#{request['algorithm']} Credential=#{request['keyId']}/#{scope}, " \
                  "SignedHeaders=#{request['signedHeaders']}, Signature=#{signature}" # §3
  { 'canonicalUri' => uri, 'canonicalQuery' => query.to_s, 'canonicalHeaders' => headers,
    'payloadHash' => payload_hash, 'canonicalRequest' => canonical_request, 'canonicalRequestSha256' => digest,
    'stringToSign' => string_to_sign, 'signingKey' => signing_key.unpack1('H*'), 'signature' => signature,
    'authorization' => authorization }
end

# Sends one order status. A retry calls it again: new time, new nonce (§1), but the eventId of the first attempt.
def push(base_url, order_id, status)
  url = URI(base_url)
  now = Time.now.utc
  body = JSON.generate('eventId' => SecureRandom.hex(16), 'status' => status, 'occurredAt' => now.iso8601)
  timestamp = now.strftime('%Y%m%dT%H%M%SZ') # §5
  host = url.port == url.default_port ? url.host : "#{url.host}:#{url.port}"
  headers = { 'Content-Type' => 'application/json', 'Host' => host, 'X-Partner-Content-Sha256' => sha256_hex(body),
              'X-Partner-Date' => timestamp, 'X-Partner-Nonce' => SecureRandom.hex(16) }
  path = "/v1/orders/#{order_id}/statuses"
  steps = sign(PARTNER.merge(
    'keyId' => ENV.fetch('PARTNER_KEY_ID'), 'secret' => ENV.fetch('PARTNER_SECRET'),
    'environment' => ENV.fetch('PARTNER_ENVIRONMENT', 'live'), 'api' => ENV.fetch('PARTNER_API', 'orders'),
    'timestamp' => timestamp, 'escapedPaths' => '0', 'method' => 'POST', 'target' => path, 'body' => body,
    'headers' => headers.map { |name, value| "#{name}:#{value}\n" }.join,
    'signedHeaders' => headers.keys.map(&:downcase).sort.join(';')
  ))
  request = Net::HTTP::Post.new(path, headers.merge('Authorization' => steps['authorization']))
  request.body = body
  response = Net::HTTP.start(url.host, url.port, use_ssl: url.scheme == 'https') { |http| http.request(request) }
  puts "#{response.code} #{response.body}"
  response.code == '202'
end

def check_vectors(file)
  passed = failed = 0
  vector = {}
  File.foreach(file, mode: 'rb', chomp: true) do |line|
    if line.empty? && vector.any?
      wrong = sign(vector).reject { |step, value| value.b == vector[step] }.keys
      puts "#{vector['id']}: wrong #{wrong.join(', ')}" if wrong.any?
      wrong.empty? ? passed += 1 : failed += 1
      vector = {}
    elsif !line.empty? && !line.start_with?('#')
      name, value = line.split(' ', 2)
      vector[name] = value.to_s.gsub(/%(..)/) { [Regexp.last_match(1)].pack('H2') }
    end
  end
  puts "#{passed} passed, #{failed} failed"
  passed.positive? && failed.zero?
end

case [ARGV[0], ARGV.size]
when ['check-vectors', 2] then exit check_vectors(ARGV[1])
when ['push', 4] then exit push(*ARGV.drop(1))
else abort 'usage: ruby sign.rb check-vectors FILE | push URL ORDER_ID STATUS'
end
