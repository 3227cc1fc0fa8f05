package e2e

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"aws-masker/go-bridge/kongsim"
)

const (
	instanceID = "i-0123456789abcdef0"
	vpcID      = "vpc-0a1b2c3d4e5f67890"
)

var body = []byte(`{ "model":"m", "messages":[{"role":"user","content":"Is ` + instanceID + ` in ` + vpcID + `?\n` + instanceID + `"}]}`)

func TestARequestIsMaskedAndItsResponseRestored(t *testing.T) {
	s := startServer(t)
	provider := &upstream{}
	g := startGateway(t, s, embedded, provider)
	for range 4 {
		got := g.post(t, body)
		if got.status != 200 || !bytes.Equal(got.body, body) {
			t.Fatalf("%d %s", got.status, got.body)
		}
		if got.header.Get("Content-Length") != fmt.Sprint(len(body)) {
			t.Errorf("Content-Length %s for %d bytes", got.header.Get("Content-Length"), len(body))
		}
		seen := provider.last(t)
		if bytes.Contains(seen.raw, []byte(instanceID)) || bytes.Contains(seen.raw, []byte(vpcID)) {
			t.Errorf("the provider saw %s", seen.raw)
		}
		want := strings.NewReplacer(instanceID, "AWS_EC2_001", vpcID, "AWS_VPC_001").Replace(string(body))
		if string(seen.body) != want {
			t.Errorf("the provider saw %s, want %s", seen.body, want)
		}
	}
	entry := (<-g.entries)["aws_masker"].(map[string]any)
	if got := fmt.Sprint(entry["masked"], entry["restored"]); got != "map[AWS_EC2:2 AWS_VPC:1] 3" {
		t.Errorf("the log entry has %v", entry)
	}
	for _, name := range []string{"store_ms", "engine_ms"} {
		if took, is := entry[name].(float64); !is || took < 0 || took > 60_000 {
			t.Errorf("%s: %v", name, entry[name])
		}
	}
	if log := s.log.String() + g.log.String(); strings.Contains(log, instanceID) || strings.Contains(log, "error") {
		t.Errorf("logged %s", log)
	}
}

// bodyOnly looks at nothing but the body; withKey sends a key of ours too.
var (
	bodyOnly = config{"use_redis": false, "mask_query": false}
	withKey  = config{"use_redis": false, "mask_query": false, "anthropic_api_key": "k"}
)

// TestTheCostInCallsToKong pins how often a request goes through Kong's event loop: that is what the plugin costs.
func TestTheCostInCallsToKong(t *testing.T) {
	asked := []string{"access kong.request.get_raw_body", "response kong.ctx.shared.get"}
	uri := []string{"access kong.request.get_raw_query", "access kong.nginx.get_var"}
	masked := []string{
		"access kong.service.request.set_raw_body", "access kong.ctx.shared.set", "response kong.response.get_status",
		"response kong.service.response.get_raw_body", "response kong.log.set_serialize_value", "response kong.response.exit",
	}
	for _, test := range []struct {
		name     string
		body     string
		answered string // the content type of the answer, which is not JSON then
		plugin   config
		query    string
		calls    [][]string // each made once
		turns    map[string]int
	}{
		{
			name: "nothing to mask, body only", body: `{"hello":"world"}`, plugin: bodyOnly,
			calls: [][]string{asked},
			turns: map[string]int{"access": 2, "response": 2},
		},
		{
			name: "nothing to mask", body: `{"hello":"world"}`, plugin: embedded,
			calls: [][]string{asked, uri},
			turns: map[string]int{"access": 2, "response": 2},
		},
		{
			name: "identifiers, body only", body: string(body), plugin: bodyOnly,
			calls: [][]string{asked, masked},
			turns: map[string]int{"access": 2, "response": 3},
		},
		{
			name: "identifiers and a key of ours", body: string(body), plugin: withKey,
			calls: [][]string{asked, masked, {"access kong.service.request.set_headers"}},
			turns: map[string]int{"access": 2, "response": 3},
		},
		{
			name: "identifiers, also in the query", body: string(body), plugin: embedded, query: "id=" + vpcID,
			calls: [][]string{asked, uri, masked, {"access kong.service.request.set_raw_query"}},
			turns: map[string]int{"access": 2, "response": 3},
		},
		{
			name: "identifiers, answered with a stream", body: string(body), answered: "text/event-stream", plugin: embedded,
			calls: [][]string{asked, uri, masked, {"response kong.response.get_headers"}}, // only JSON says enough of itself
			turns: map[string]int{"access": 2, "response": 4},
		},
		{
			name: "a consumer's own names, and a header to mask", body: string(body),
			plugin: config{"use_redis": false, "mapping_scope": "consumer", "mask_headers": []string{"X-Trace"}},
			calls: [][]string{asked, uri, masked, {
				"access kong.client.get_consumer", "access kong.request.get_headers",
			}},
			turns: map[string]int{"access": 2, "response": 3},
		},
		{
			name: "refused", body: "{", plugin: config{"use_redis": "no"},
			calls: [][]string{{"access kong.log.set_serialize_value", "access kong.response.exit"}},
			turns: map[string]int{"access": 1},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := startGateway(t, startServer(t), test.plugin, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if test.answered == "" {
					(&upstream{}).ServeHTTP(w, r)
					return
				}
				w.Header().Set("Content-Type", test.answered)
				fmt.Fprint(w, delta("AWS_EC2_001"))
			}))
			g.address += "/?" + test.query + "&"
			if got := g.post(t, []byte(test.body)); got.status != 200 && test.name != "refused" {
				t.Fatalf("%d %s", got.status, got.body)
			}
			stats := g.Stats()
			want := map[string]int{}
			for _, call := range slices.Concat(test.calls...) {
				want[call] = 1
			}
			if fmt.Sprint(stats.PDK) != fmt.Sprint(want) {
				t.Errorf("calls %v, want %v", stats.PDK, want)
			}
			if fmt.Sprint(stats.Turns) != fmt.Sprint(test.turns) {
				t.Errorf("turns %v, want %v", stats.Turns, test.turns)
			}
		})
	}
}

func TestHeadersThatDescribeTheBodyAreDroppedAndOthersStay(t *testing.T) {
	describing := []string{"ETag", "Content-MD5", "Digest", "Content-Digest", "Repr-Digest"}
	links := []string{`</v1/messages?after=b>; rel="next"`, `</docs, v1>; rel="help"`}
	for _, encoding := range []string{"", "gzip"} {
		t.Run("encoding "+encoding, func(t *testing.T) {
			g := startGateway(t, startServer(t), embedded, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				var text bytes.Buffer
				_, _ = text.ReadFrom(r.Body)
				w.Header()["Set-Cookie"] = []string{"a=1", "b=2"}
				w.Header()["Link"] = links
				w.Header().Set("Cache-Control", "private, max-age=60")
				for _, name := range describing {
					w.Header().Set(name, `"x"`)
				}
				w.Header().Set("X-Latin", "caf\xe9") // which protobuf has no text for
				w.Header().Set("Content-Type", "application/json")
				if encoding != "" {
					w.Header().Set("Content-Encoding", encoding)
				}
				w.WriteHeader(http.StatusAccepted)
				if encoding == "" {
					_, _ = w.Write(text.Bytes())
					return
				}
				z := gzip.NewWriter(w)
				_, _ = z.Write(text.Bytes())
				_ = z.Close()
			}))
			got := g.post(t, body)
			if got.status != http.StatusAccepted || !bytes.Equal(got.body, body) {
				t.Fatalf("%d %q", got.status, got.body)
			}
			for _, name := range append([]string{"Content-Encoding"}, describing...) {
				if got.header.Values(name) != nil {
					t.Errorf("%s survives", name)
				}
			}
			for name, want := range map[string][]string{
				"Set-Cookie":    {"a=1", "b=2"},
				"Link":          links,
				"Cache-Control": {"private, max-age=60"},
				"Content-Type":  {"application/json"},
			} {
				if values := got.header.Values(name); !slices.Equal(values, want) {
					t.Errorf("%s: %q, want %q", name, values, want)
				}
			}
		})
	}
}

func TestAnAnswerInAnUnknownEncodingIsLeftAlone(t *testing.T) {
	s := startServer(t)
	const packed = "\x1f\x9d\x90 of a kind that nobody sends any more"
	g := startGateway(t, s, embedded, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "compress")
		w.Header().Set("ETag", `"1"`)
		_, _ = w.Write([]byte(packed))
	}))
	for range 4 {
		got := g.post(t, body)
		if got.status != 200 || string(got.body) != packed || got.header.Get("ETag") == "" {
			t.Errorf("%d %q %v", got.status, got.body, got.header)
		}
	}
	eventually(t, "a log line", func() bool { return strings.Contains(s.log.String(), "left as it is") })
	if n := strings.Count(s.log.String(), "left as it is"); n > 2 { // once per worker
		t.Errorf("%d log lines", n)
	}
}

func TestAnAnswerThatCannotBeDecodedIsRefused(t *testing.T) {
	g := startGateway(t, startServer(t), embedded, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write([]byte("no gzip"))
	}))
	got := g.post(t, body)
	refused(t, got, 500, "AWS_MASKER_3001")
	if got.header.Get("Content-Encoding") != "" {
		t.Error("the error body is called gzip")
	}
}

func TestAnEventStreamIsRestored(t *testing.T) {
	g := startGateway(t, startServer(t), embedded, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, "event: content_block_delta\n"+
			`data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"AWS_EC2_001 is up"}}`+"\n\n")
	}))
	got := g.post(t, body)
	if !strings.Contains(string(got.body), `"text":"`+instanceID+` is up"`) {
		t.Errorf("%s", got.body)
	}
}

func TestWithoutIdentifiersNothingIsTouched(t *testing.T) {
	s := startServer(t)
	provider := &upstream{}
	g := startGateway(t, s, embedded, provider)
	for _, text := range []string{`{"hello":"world"}`, `{"token":"AWS_EC2"}`, ``} {
		header := http.Header{"Accept-Encoding": {"gzip"}, "X-Api-Key": {"the client's"}}
		got := g.send(t, http.MethodPost, "application/json", []byte(text), header)
		if got.status != 200 || string(got.body) != text {
			t.Errorf("%q: %d %q", text, got.status, got.body)
		}
		seen := provider.last(t)
		if string(seen.body) != text || seen.header.Get("Accept-Encoding") != "gzip" ||
			seen.header.Get("X-Api-Key") != "the client's" {
			t.Errorf("%q: the provider saw %s", text, seen.raw)
		}
	}
}

func TestTheAPIKeyIsSentUpstream(t *testing.T) {
	const key = "sk-ant-secret"
	for name, test := range map[string]struct {
		plugin      config
		environment []string
	}{
		"configured":  {config{"use_redis": false, "anthropic_api_key": key}, nil},
		"environment": {embedded, []string{"ANTHROPIC_API_KEY=" + key}},
	} {
		t.Run(name, func(t *testing.T) {
			s := startServer(t, test.environment...)
			provider := &upstream{}
			g := startGateway(t, s, test.plugin, provider)
			for _, text := range []string{`{"clean":true}`, string(body)} {
				got := g.send(t, http.MethodPost, "application/json", []byte(text), http.Header{"X-Api-Key": {"mine"}})
				if got.status != 200 || string(got.body) != text {
					t.Fatalf("%d %s", got.status, got.body)
				}
				seen := provider.last(t).header
				if fmt.Sprint(seen.Values("X-Api-Key")) != "["+key+"]" || seen.Get("Anthropic-Version") != "2023-06-01" {
					t.Errorf("the provider saw %v", seen)
				}
			}
			if strings.Contains(s.log.String(), key) {
				t.Error("the key was logged")
			}
		})
	}
}

func TestTheAuditLineHasKindsAndCountsOnly(t *testing.T) {
	s := startServer(t)
	g := startGateway(t, s, config{"use_redis": false, "log_masked_requests": true}, &upstream{})
	g.post(t, []byte(`{"clean":true}`))
	id := g.post(t, body).header.Get(kongsim.RequestIDHeader)
	eventually(t, "the audit line", func() bool { return strings.Contains(s.log.String(), "masked AWS_EC2=") })
	if log := s.log.String(); strings.Count(log, "masked ") != 1 || !strings.Contains(log, "(request "+id+")") || !strings.Contains(log, "AWS_VPC=1") ||
		strings.Contains(log, instanceID) || strings.Contains(log, vpcID) {
		t.Errorf("logged %s", log)
	}
}

func TestACompressedRequestIsInspected(t *testing.T) {
	s := startServer(t)
	provider := &upstream{}
	g := startGateway(t, s, embedded, provider)
	for encoding, packed := range packed(t, body) {
		header := http.Header{"Content-Encoding": {encoding}, "Content-Md5": {"x"}}
		got := g.send(t, http.MethodPost, "application/json", packed, header)
		if got.status != 200 || !bytes.Equal(got.body, body) {
			t.Fatalf("%s: %d %q", encoding, got.status, got.body)
		}
		seen := provider.last(t)
		if seen.header.Get("Content-Encoding") != "" || seen.header.Get("Content-Md5") != "" ||
			!bytes.Contains(seen.body, []byte("AWS_EC2_001")) {
			t.Errorf("%s: the provider saw %s", encoding, seen.raw)
		}
	}
	before := len(provider.sightings())
	for _, encoding := range []string{"br", "zstd", "gzip", "compress", "aws-chunked"} {
		got := g.send(t, http.MethodPost, "application/json", []byte("\x0b\x02\x80"), http.Header{"Content-Encoding": {encoding}})
		if got.status != 403 || !bytes.Contains(got.body, []byte("AWS_MASKER_5001")) {
			t.Errorf("%s: %d %s", encoding, got.status, got.body)
		}
	}
	got := g.send(t, http.MethodPost, "application/grpc", []byte("\x00\x00\x00\x00\x00"), nil)
	if got.status != 403 || !bytes.Contains(got.body, []byte("AWS_MASKER_5001")) {
		t.Errorf("gRPC: %d %s", got.status, got.body)
	}
	if after := len(provider.sightings()); after != before {
		t.Errorf("%d uninspected requests reached the provider", after-before)
	}
}

// TestACleanCompressedRequestIsForwardedAsItCame: it is looked through, and no byte of it is packed anew.
func TestACleanCompressedRequestIsForwardedAsItCame(t *testing.T) {
	provider := &upstream{}
	g := startGateway(t, startServer(t), embedded, provider)
	clean := []byte(`{"messages":[{"role":"user","content":"` + strings.Repeat("Nothing to hide. ", 20) + `"}]}`)
	for encoding, packed := range packed(t, clean) {
		header := http.Header{"Content-Encoding": {encoding}, "Content-Md5": {"x"}, "Content-Digest": {"sha-256=:eA==:"}}
		got := g.send(t, http.MethodPost, "application/json", packed, header)
		if got.status != 200 || !bytes.Equal(got.body, packed) { // the upstream's echo
			t.Fatalf("%s: %d %q", encoding, got.status, got.body)
		}
		seen := provider.last(t)
		if !bytes.Equal(seen.body, packed) {
			t.Errorf("%s: the provider saw %q for %q", encoding, seen.body, packed)
		}
		for name, want := range header {
			if values := seen.header.Values(name); !slices.Equal(values, want) {
				t.Errorf("%s: the provider saw %s: %q, want %q", encoding, name, values, want)
			}
		}
	}
}

func TestAChangedConfigurationTakesOver(t *testing.T) {
	s := startServer(t)
	provider := &upstream{}
	g := startGatewayWith(t, kongsim.Config{Socket: s.socket, PluginConfig: embedded, Workers: 4}, provider)
	for range 8 {
		g.post(t, body)
	}
	if err := g.Configure(config{"use_redis": false, "mask_ec2_instances": false}); err != nil {
		t.Fatal(err)
	}
	for range 8 {
		if got := g.post(t, body); !bytes.Equal(got.body, body) {
			t.Fatalf("%d %s", got.status, got.body)
		}
		if seen := provider.last(t); !bytes.Contains(seen.body, []byte(instanceID)) || bytes.Contains(seen.body, []byte(vpcID)) {
			t.Errorf("the provider saw %s", seen.body)
		}
	}
	stats := g.Stats()
	if stats.Calls["start_instance"] != 8 || stats.Calls["close_instance"] != 4 || stats.Retries != 0 {
		t.Errorf("stats %+v", stats)
	}
}
