#!/usr/bin/env escript
%% -*- coding: latin-1 -*-
%% Signs order events as spec/partner-signing.md says (the section in comments), with Erlang/OTP only (25 or later:
%% crypto, inets, ssl). Copy the file and call push/3, or sign/1 for requests of another kind.
%%
%%   escript sign.escript check-vectors ../../../test-vectors/flat/hmac-signing.txt
%%   escript sign.escript push https://api.example.com A-1001 shipped
%%
%% push reads PARTNER_KEY_ID, PARTNER_SECRET, PARTNER_ENVIRONMENT (live) and PARTNER_API (orders) from the environment.
-mode(compile).

main(["check-vectors", File]) -> halt(exit_code(check_vectors(File)));
main(["push", Url, OrderId, Status]) -> halt(exit_code(push(Url, OrderId, Status)));
main(_) ->
    io:put_chars(standard_error, "usage: escript sign.escript check-vectors FILE | push URL ORDER_ID STATUS\n"),
    halt(1).

exit_code(true) -> 0;
exit_code(false) -> 1.

hex(Data) -> string:lowercase(binary:encode_hex(Data)).
sha256_hex(Data) -> hex(crypto:hash(sha256, Data)).
hmac_sha256(Key, Data) -> crypto:mac(hmac, sha256, Key, Data).
join(Parts, Separator) -> iolist_to_binary(lists:join(Separator, Parts)).

canonical_uri(Path, <<"1">>) -> %% 4.1
    << <<(case lists:member(Byte, "-._~/") orelse (Byte band 16#DF >= $A andalso Byte band 16#DF =< $Z)
              orelse (Byte >= $0 andalso Byte =< $9) of
              true -> <<Byte>>;
              false -> iolist_to_binary(io_lib:format("%~2.16.0B", [Byte]))
          end)/binary>> || <<Byte>> <= Path >>;
canonical_uri(Path, _) -> Path.

canonical_value(Value) -> %% 4.3: only spaces and tabs are blanks
    Trimmed = re:replace(Value, "\\A[ \t]+|[ \t]+\\z", "", [global, {return, binary}]),
    re:replace(Trimmed, " +", " ", [global, {return, binary}]).

canonical_headers(Headers, Names) -> %% 4.3
    Pairs = [{string:lowercase(Name), canonical_value(Value)}
             || Line <- binary:split(Headers, <<"\n">>, [global, trim]), [Name, Value] <- [binary:split(Line, <<":">>)]],
    iolist_to_binary([case [Value || {Key, Value} <- Pairs, Key =:= Name] of
                          [] -> error({signed_header_is_absent, Name});
                          Values -> [Name, ":", lists:join(",", Values), "\n"]
                      end || Name <- Names]).

derive_signing_key(#{<<"secretPrefix">> := Prefix, <<"secret">> := Secret} = Request) -> %% 7
    lists:foldl(fun(Part, Key) -> hmac_sha256(Key, Part) end, <<Prefix/binary, Secret/binary>>, scope(Request)).

scope(#{<<"timestamp">> := <<Date:8/binary, _/binary>>, <<"environment">> := Environment, <<"api">> := Api,
        <<"terminator">> := Terminator}) -> [Date, Environment, Api, Terminator]. %% 3

%% Takes and returns binaries by name; the names are those of the vectors. Every step is returned.
sign(#{<<"algorithm">> := Algorithm, <<"keyId">> := KeyId, <<"timestamp">> := Timestamp, <<"method">> := Method,
       <<"target">> := Target, <<"escapedPaths">> := EscapedPaths, <<"headers">> := Headers,
       <<"signedHeaders">> := SignedHeaders, <<"body">> := Body} = Request) ->
    [Path, Query | _] = binary:split(Target, <<"?">>) ++ [<<>>],
    Uri = canonical_uri(Path, EscapedPaths),
    CanonicalHeaders = canonical_headers(Headers, binary:split(SignedHeaders, <<";">>, [global])),
    PayloadHash = sha256_hex(Body), %% 4.4
    CanonicalRequest = join([Method, Uri, Query, CanonicalHeaders, SignedHeaders, PayloadHash], "\n"), %% 4
    Digest = sha256_hex(CanonicalRequest),
    Scope = join(scope(Request), "/"), %% 3
    StringToSign = join([Algorithm, Timestamp, Scope, Digest], "\n"), %% 6
    SigningKey = derive_signing_key(Request),
    Signature = hex(hmac_sha256(SigningKey, StringToSign)), %% 8
    Authorization = join([Algorithm, " Credential=", KeyId, "/", Scope, ", SignedHeaders=", SignedHeaders,
                          ", Signature=", Signature], ""), %% 3
    #{<<"canonicalUri">> => Uri, <<"canonicalQuery">> => Query, <<"canonicalHeaders">> => CanonicalHeaders,
      <<"payloadHash">> => PayloadHash, <<"canonicalRequest">> => CanonicalRequest,
      <<"canonicalRequestSha256">> => Digest, <<"stringToSign">> => StringToSign, <<"signingKey">> => hex(SigningKey),
      <<"signature">> => Signature, <<"authorization">> => Authorization}.

%% Sends one order status. A retry calls it again: new time, new nonce (1), but the eventId of the first attempt.
push(Url, OrderId, Status) ->
    match = re:run(Status, "\\A[a-z_]+\\z", [{capture, none}]), %% so it needs no JSON escapes
    {ok, _} = application:ensure_all_started(inets),
    {ok, _} = application:ensure_all_started(ssl),
    [Scheme, Authority | _] = string:lexemes(Url, "/"),
    {{Year, Month, Day}, {Hour, Minute, Second}} = calendar:universal_time(),
    Format = fun(Text, Values) -> iolist_to_binary(io_lib:format(Text, Values)) end,
    Now = [Year, Month, Day, Hour, Minute, Second],
    Timestamp = Format("~4..0B~2..0B~2..0BT~2..0B~2..0B~2..0BZ", Now), %% 5
    Body = Format("{\"eventId\":\"~s\",\"status\":\"~s\",\"occurredAt\":\"~4..0B-~2..0B-~2..0BT~2..0B:~2..0B:~2..0BZ\"}",
                  [random_hex(), Status | Now]),
    Target = "/v1/orders/" ++ OrderId ++ "/statuses",
    Headers = [{"content-type", "application/json"}, {"host", Authority}, {"x-partner-content-sha256", sha256_hex(Body)},
               {"x-partner-date", Timestamp}, {"x-partner-nonce", random_hex()}],
    #{<<"authorization">> := Authorization} = sign(#{
        <<"algorithm">> => <<"PARTNER4-HMAC-SHA256">>, <<"secretPrefix">> => <<"PARTNER4">>, %% 2
        <<"terminator">> => <<"partner4_request">>, <<"keyId">> => setting("PARTNER_KEY_ID"),
        <<"secret">> => setting("PARTNER_SECRET"), <<"environment">> => setting("PARTNER_ENVIRONMENT", "live"),
        <<"api">> => setting("PARTNER_API", "orders"), <<"timestamp">> => Timestamp, <<"escapedPaths">> => <<"0">>,
        <<"method">> => <<"POST">>, <<"target">> => list_to_binary(Target), <<"body">> => Body,
        <<"headers">> => iolist_to_binary([[Name, ":", Value, "\n"] || {Name, Value} <- Headers]),
        <<"signedHeaders">> => join([Name || {Name, _} <- Headers], ";")}),
    Sent = [{Name, unicode:characters_to_list(Value)} || {Name, Value} <- Headers ++ [{"authorization", Authorization}]],
    Options = [{timeout, 30000}, {autoredirect, false} | tls(Scheme)],
    {ok, {{_, Code, _}, _, Answer}} = httpc:request(
        post, {Scheme ++ "//" ++ Authority ++ Target, Sent, "application/json", Body}, Options, [{body_format, binary}]),
    io:format("~B ~ts~n", [Code, Answer]),
    Code =:= 202.

tls("https:") -> %% httpc checks no certificate unless told to
    Match = [{match_fun, public_key:pkix_verify_hostname_match_fun(https)}],
    [{ssl, [{verify, verify_peer}, {cacerts, public_key:cacerts_get()}, {depth, 5}, {customize_hostname_check, Match}]}];
tls("http:") -> [].

random_hex() -> hex(crypto:strong_rand_bytes(16)).
setting(Name) -> setting(Name, false).
setting(Name, Otherwise) ->
    case os:getenv(Name, Otherwise) of
        false -> error({not_set, Name});
        Value -> unicode:characters_to_binary(Value) %% 7: the UTF-8 bytes
    end.

check_vectors(File) ->
    {ok, Content} = file:read_file(File),
    Lines = [Line || Line <- binary:split(Content, <<"\n">>, [global]), binary:first(<<Line/binary, " ">>) =/= $#],
    {Passed, Failed, _} = lists:foldl(fun check_line/2, {0, 0, #{}}, Lines),
    io:format("~B passed, ~B failed~n", [Passed, Failed]),
    Passed > 0 andalso Failed =:= 0.

check_line(<<>>, {_, _, Vector} = Counts) when map_size(Vector) =:= 0 -> Counts;
check_line(<<>>, {Passed, Failed, Vector}) ->
    case [Step || {Step, Value} <- maps:to_list(sign(Vector)), Value =/= map_get(Step, Vector)] of
        [] -> {Passed + 1, Failed, #{}};
        Wrong -> io:format("~s: wrong ~s~n", [map_get(<<"id">>, Vector), join(Wrong, ", ")]), {Passed, Failed + 1, #{}}
    end;
check_line(Line, {Passed, Failed, Vector}) ->
    [Name, Value | _] = binary:split(Line, <<" ">>) ++ [<<>>],
    {Passed, Failed, Vector#{Name => unescape(Value)}}.

unescape(<<$%, Hex:2/binary, Rest/binary>>) -> <<(binary_to_integer(Hex, 16)), (unescape(Rest))/binary>>;
unescape(<<Byte, Rest/binary>>) -> <<Byte, (unescape(Rest))/binary>>;
unescape(<<>>) -> <<>>.
