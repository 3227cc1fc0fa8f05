package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"aws-masker/go-bridge/kongsim"
)

// at sends a body to another path or query.
func (g *gateway) at(target string) *gateway {
	there := *g
	there.address += target
	return &there
}

func TestQueryHeadersAndBodyShareTheirNames(t *testing.T) {
	s := startServer(t)
	provider := &upstream{}
	plugin := config{"use_redis": false, "mask_headers": []string{"X-Trace", "X-Absent"}}
	g := startGateway(t, s, plugin, provider)
	header := http.Header{"X-Trace": {"of " + instanceID, "and " + vpcID}, "X-Other": {instanceID}}
	// try adds the path, so that it is the end of the query here.
	got := g.at("/x?a=%20b&id="+strings.ReplaceAll(instanceID, "-", "%2D")+"&n=").send(t, http.MethodPost, "application/json", body, header)
	if got.status != 200 || !bytes.Equal(got.body, body) {
		t.Fatalf("%d %s", got.status, got.body)
	}
	seen := provider.last(t)
	line, _, _ := strings.Cut(string(seen.raw), "\n")
	if line != "POST /x?a=%20b&id=AWS_%45C2_001&n=/v1/messages" {
		t.Errorf("the provider saw %s", line)
	}
	if trace := seen.header.Get("X-Trace"); trace != "of AWS_EC2_001, and AWS_VPC_001" {
		t.Errorf("X-Trace: %q", trace)
	}
	if other := seen.header.Get("X-Other"); other != instanceID {
		t.Errorf("X-Other, which is not listed: %q", other)
	}
	entry := (<-g.entries)["aws_masker"].(map[string]any)
	if text := fmt.Sprint(entry["masked"]); text != "map[AWS_EC2:4 AWS_VPC:2]" {
		t.Errorf("the log entry has %s", text)
	}
}

func TestATokenOfTheQueryIsRestoredInTheAnswer(t *testing.T) {
	g := startGateway(t, startServer(t), embedded, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"asked":%q}`, r.URL.Query().Get("id"))
	}))
	got := g.at("/x?id="+instanceID+"&n=").send(t, http.MethodGet, "", nil, nil)
	if string(got.body) != `{"asked":"`+instanceID+`"}` {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestIdentifiersInThePathAreLoggedByKindAndStay(t *testing.T) {
	s := startServer(t)
	provider := &upstream{}
	g := startGateway(t, s, embedded, provider)
	for range 5 {
		if got := g.at("/vpcs/"+vpcID).post(t, []byte(`{"clean":true}`)); got.status != 200 {
			t.Fatalf("%d %s", got.status, got.body)
		}
	}
	if !bytes.Contains(provider.last(t).raw, []byte("/vpcs/"+vpcID)) {
		t.Error("the path was rewritten")
	}
	entry := (<-g.entries)["aws_masker"].(map[string]any)
	if fmt.Sprint(entry["path"]) != "map[AWS_VPC:1]" || entry["masked"] != nil {
		t.Errorf("the log entry has %v", entry)
	}
	eventually(t, "a log line", func() bool { return strings.Contains(s.log.String(), "in a request's path") })
	if log := s.log.String(); strings.Count(log, "AWS_VPC=1") > 2 || strings.Contains(log, vpcID) { // one instance per worker
		t.Errorf("logged %s", log)
	}
	off := startGateway(t, s, bodyOnly, provider)
	off.at("/vpcs/"+vpcID+"?id="+vpcID+"&n=").post(t, []byte(`{"clean":true}`))
	if entry := (<-off.entries)["aws_masker"]; entry != nil || !bytes.Contains(provider.last(t).raw, []byte("?id="+vpcID)) {
		t.Errorf("mask_query is off: %v, %s", entry, provider.last(t).raw)
	}
}

// TestHeadersThatAreNoTextHideNothing: protobuf has no text that is not UTF-8, HTTP has.
func TestHeadersThatAreNoTextHideNothing(t *testing.T) {
	provider := &upstream{}
	g := startGateway(t, startServer(t), config{"use_redis": false, "mask_headers": []string{"X-Trace"}}, provider)
	header := http.Header{"X-Trace": {instanceID}, "X-Latin": {"caf\xe9"}, "Content-Encoding": {"identity", "gzip"}}
	got := g.send(t, http.MethodPost, "application/json", packed(t, body)["gzip"], header)
	if got.status != 200 || !bytes.Equal(got.body, body) {
		t.Fatalf("%d %q", got.status, got.body)
	}
	seen := provider.last(t)
	if bytes.Contains(seen.raw, []byte(instanceID)) || seen.header.Get("X-Latin") != "caf\xe9" || seen.header["Content-Encoding"] != nil {
		t.Errorf("the provider saw %q", seen.raw)
	}
	header["X-Trace"] = []string{"caf\xe9 " + instanceID} // nothing can be put in its place
	refused(t, g.send(t, http.MethodPost, "application/json", body, header), 403, "AWS_MASKER_5001")
}

// TestHeadersThatKongDoesNotTellHideNothing: it tells a thousand, and what a body is may be said by the next.
func TestHeadersThatKongDoesNotTellHideNothing(t *testing.T) {
	s := startServer(t)
	header := http.Header{"Z-Encoding": {"gzip"}}
	for n := range 1000 {
		header.Add(fmt.Sprintf("A-%d", n/2), "x")
	}
	for _, plugin := range []config{embedded, {"use_redis": false, "uninspectable_body": "allow", "mask_headers": []string{"Z-Encoding"}}} {
		g := startGateway(t, s, plugin, &upstream{})
		refused(t, g.send(t, http.MethodPost, "text/plain", []byte("x"), header), 403, "AWS_MASKER_5001")
	}
	header.Del("A-0") // two of them, and there are the client's own
	header.Del("A-1")
	header.Del("A-2")
	g := startGateway(t, s, embedded, &upstream{})
	if got := g.send(t, http.MethodPost, "text/plain", []byte("x"), header); got.status != 200 {
		t.Errorf("fewer: %d %s", got.status, got.body)
	}
}

func TestEveryBodyFormatIsMaskedAndRestored(t *testing.T) {
	s := startServer(t)
	provider := &upstream{}
	g := startGateway(t, s, embedded, provider)
	utf16 := []byte("\xff\xfe")
	for _, b := range body {
		utf16 = append(utf16, b, 0)
	}
	for contentType, sent := range map[string][]byte{
		"application/x-www-form-urlencoded": []byte("q=is+" + strings.ReplaceAll(instanceID, "-", "%2d") + "&x=%20"),
		"multipart/form-data; boundary=b": []byte("--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"" + vpcID +
			"\"\r\n\r\n" + instanceID + "\r\n--b--\r\n"),
		"application/xml":                         []byte(`<a id="` + instanceID + `"><![CDATA[` + vpcID + `]]></a>`),
		"application/x-ndjson":                    []byte(`{"a":"` + instanceID + `"}` + "\n" + `{"b":"\n` + vpcID + `"}` + "\n"),
		"application/json":                        utf16,
		"application/octet-stream":                []byte("\x00\x01 nothing in it"),
		"text/event-stream":                       []byte("data: {\"a\":\"" + instanceID + "\"}\n\n"),
		"multipart/mixed; boundary=\"not there\"": []byte("--b\r\n\r\n" + instanceID),
	} {
		got := g.send(t, http.MethodPost, contentType, sent, nil)
		if got.status != 200 || !bytes.Equal(got.body, sent) {
			t.Errorf("%s: %d %q", contentType, got.status, got.body)
		}
		seen := bytes.ReplaceAll(provider.last(t).body, []byte{0}, nil)
		if bytes.Contains(seen, []byte(instanceID[3:])) || bytes.Contains(seen, []byte(vpcID)) {
			t.Errorf("%s: the provider saw %q", contentType, seen)
		}
	}
	before := len(provider.sightings())
	refused(t, g.send(t, http.MethodPost, "image/png", []byte("\x89PNG "+instanceID), nil), 503, "AWS_MASKER_5002")
	refused(t, g.send(t, http.MethodPost, "multipart/encrypted; boundary=b", []byte("--b\r\n\r\nx"), nil), 403, "AWS_MASKER_5001")
	if after := len(provider.sightings()); after != before {
		t.Errorf("%d refused requests reached the provider", after-before)
	}
}

func TestAnUninspectableBodyPassesWhereTheOperatorSaysSo(t *testing.T) {
	s := startServer(t)
	provider := &upstream{}
	plugin := config{"use_redis": false, "uninspectable_body": "allow", "max_body_bytes": 4096}
	g := startGateway(t, s, plugin, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		provider.ServeHTTP(httptest.NewRecorder(), r) // an echo would be too large to be restored
	}))
	for name, test := range map[string]struct {
		contentType, encoding string
		body                  []byte
	}{
		"gRPC":              {"application/grpc", "", []byte("\x00\x00\x00\x00\x00")},
		"unknown encoding":  {"text/plain", "compress", []byte("\x1f\x9d\x90")},
		"broken encoding":   {"text/plain", "gzip", []byte("\x1f\x8b\x08")},
		"too large":         {"text/plain", "", bytes.Repeat([]byte("x"), 4097)},
		"too large a file":  {"text/plain", "", bytes.Repeat([]byte("x"), 20<<10)},
		"becomes too large": {"text/plain", "gzip", packed(t, make([]byte, 5000))["gzip"]},
	} {
		header := http.Header{}
		if test.encoding != "" {
			header.Set("Content-Encoding", test.encoding)
		}
		got := g.at("/x?id="+instanceID+"&n=").send(t, http.MethodPost, test.contentType, test.body, header)
		if got.status != 200 {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
		seen := provider.last(t)
		if !bytes.Equal(seen.body, test.body) || seen.header.Get("Content-Encoding") != test.encoding {
			t.Errorf("%s: %d bytes arrived of %d, %v", name, len(seen.body), len(test.body), seen.header)
		}
		if !bytes.Contains(seen.raw, []byte("id=AWS_EC2_001")) {
			t.Errorf("%s: the query was sent as it is", name)
		}
	}
	refused(t, g.send(t, http.MethodPost, "image/png", []byte("\x89PNG "+instanceID), nil), 503, "AWS_MASKER_5002")
	eventually(t, "a log line", func() bool { return strings.Contains(s.log.String(), "passed uninspected") })
	if n := strings.Count(s.log.String(), "passed uninspected: The request's Content-Encoding is none"); n != 1 { // of several
		t.Errorf("%d log lines", n)
	}
}

func TestALogEntryTellsARefusalAndWhatWasMaskedBefore(t *testing.T) {
	s := startServer(t)
	large := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(bytes.Repeat([]byte("x"), 5000)) })
	g := startGateway(t, s, config{"use_redis": false, "max_body_bytes": 4096}, large)
	refused(t, g.post(t, body), 500, "AWS_MASKER_3001")
	entry, _ := (<-g.entries)["aws_masker"].(map[string]any)
	if entry["refused"] != "AWS_MASKER_3001" || entry["masked"] == nil || entry["engine_ms"] == nil {
		t.Errorf("a refused response: %v", entry)
	}
	refused(t, g.post(t, bytes.Repeat([]byte("x"), 5000)), 403, "AWS_MASKER_5001")
	if entry := fmt.Sprint((<-g.entries)["aws_masker"]); entry != "map[refused:AWS_MASKER_5001]" {
		t.Errorf("a refused request: %s", entry)
	}
}

// What does not fit into a frame of the protocol is no reason to pass over the rest of the request.
func TestTheQueryIsMaskedBesideABodyLargerThanAFrame(t *testing.T) {
	s := startServer(t)
	provider := &upstream{}
	plugin := config{"use_redis": false, "uninspectable_body": "allow"}
	setup := kongsim.Config{Socket: s.socket, PluginConfig: plugin, BodyBuffer: 1 << 30}
	g := startGatewayWith(t, setup, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		provider.ServeHTTP(httptest.NewRecorder(), r)
	}))
	body := bytes.Repeat([]byte("x"), 129<<20)
	if got := g.at("/x?id="+instanceID).send(t, http.MethodPost, "text/plain", body, nil); got.status != 200 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	seen := provider.last(t)
	if len(seen.body) != len(body) || !bytes.Contains(seen.raw, []byte("id=AWS_EC2_001")) {
		t.Errorf("%d bytes arrived of %d, with query %q", len(seen.body), len(body), seen.raw)
	}
}

func TestTheLimitHoldsForRequestsAndResponses(t *testing.T) {
	s := startServer(t)
	size := 0
	g := startGateway(t, s, config{"use_redis": false, "max_body_bytes": 4096}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = w.Write(bytes.Repeat([]byte("AWS_EC2_001 "), size/12))
	}))
	for _, n := range []int{4097, 20 << 10} { // in memory, in a file
		refused(t, g.send(t, http.MethodPost, "text/plain", bytes.Repeat([]byte("x"), n), nil), 403, "AWS_MASKER_5001")
	}
	size = 4096
	if got := g.post(t, body); got.status != 200 || !bytes.Contains(got.body, []byte(instanceID)) {
		t.Errorf("at the limit: %d", got.status)
	}
	size = 4200
	refused(t, g.post(t, body), 500, "AWS_MASKER_3001")
	if got := g.post(t, []byte(`{"clean":true}`)); got.status != 200 {
		t.Errorf("nothing to restore: %d", got.status)
	}
}

// TestAResponseThatFitsNoFrameEndsOneRequest: closing the connection would make Kong try again for ever.
func TestAResponseThatFitsNoFrameEndsOneRequest(t *testing.T) {
	piece := bytes.Repeat([]byte("x"), 1<<20)
	g := startGateway(t, startServer(t), embedded, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for range 129 {
			_, _ = w.Write(piece)
		}
	}))
	refused(t, g.post(t, body), 500, "AWS_MASKER_3001")
	if stats := g.Stats(); stats.Retries != 0 {
		t.Errorf("%d retries", stats.Retries)
	}
}

func TestErrorAnswersAreRestoredWithTheirStatusAndHeaders(t *testing.T) {
	for _, status := range []int{400, 404, 429, 500, 529} {
		g := startGateway(t, startServer(t), embedded, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Retry-After"] = []string{"7"}
			w.Header()["Set-Cookie"] = []string{"a=1", "b=2"}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			fmt.Fprint(w, `{"error":"AWS_EC2_001 is unknown"}`)
		}))
		got := g.post(t, body)
		if got.status != status || string(got.body) != `{"error":"`+instanceID+` is unknown"}` {
			t.Errorf("%d became %d %s", status, got.status, got.body)
		}
		if got.header.Get("Retry-After") != "7" || len(got.header.Values("Set-Cookie")) != 2 {
			t.Errorf("%d: headers %v", status, got.header)
		}
	}
}

// TestASlowStreamIsRestoredAsItsJoinedText: a token in two events, which arrive one after the other.
func TestASlowStreamIsRestoredAsItsJoinedText(t *testing.T) {
	g := startGateway(t, startServer(t), embedded, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for _, piece := range []string{"see AWS_E", "C2_0", "01 and AWS_VP", "C_001."} {
			fmt.Fprint(w, delta(piece))
			w.(http.Flusher).Flush()
			time.Sleep(20 * time.Millisecond)
		}
	}))
	got := g.post(t, body)
	var text strings.Builder
	for _, found := range regexp.MustCompile(`"text":"([^"]*)"`).FindAllSubmatch(got.body, -1) {
		text.Write(found[1])
	}
	if text.String() != "see "+instanceID+" and "+vpcID+"." {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// TestATruncatedAnswerIsNotDelivered: Kong runs no response phase for it and answers with an error of its own.
func TestATruncatedAnswerIsNotDelivered(t *testing.T) {
	g := startGateway(t, startServer(t), embedded, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		fmt.Fprint(w, `{"text":"AWS_EC2_001 and AWS_V`)
		panic(http.ErrAbortHandler)
	}))
	got := g.post(t, body)
	if bytes.Contains(got.body, []byte("AWS_")) || bytes.Contains(got.body, []byte(instanceID)) {
		t.Errorf("half an answer was delivered: %d %s", got.status, got.body)
	}
	if n := g.Stats().Events["response"]; n != 0 {
		t.Errorf("%d response phases", n)
	}
}

func TestBodilessAnswersAreLeftAlone(t *testing.T) {
	s := startServer(t)
	for _, test := range []struct {
		method string
		status int
		length string
	}{{http.MethodPost, 204, ""}, {http.MethodPost, 304, ""}, {http.MethodHead, 200, "1234"}} {
		g := startGateway(t, s, embedded, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", `"1"`)
			if test.length != "" {
				w.Header().Set("Content-Length", test.length)
			}
			w.WriteHeader(test.status)
		}))
		got := g.send(t, test.method, "application/json", body, nil)
		if got.status != test.status || got.header.Get("ETag") == "" || got.header.Get("Content-Length") != test.length || len(got.body) != 0 {
			t.Errorf("%s %d: %d %v %q", test.method, test.status, got.status, got.header, got.body)
		}
		if n := g.Stats().PDK["response kong.response.exit"]; n != 0 {
			t.Errorf("%s %d: %d exits", test.method, test.status, n)
		}
	}
}

func TestCountsAreShownToTheClientWhereTheOperatorSaysSo(t *testing.T) {
	s := startServer(t)
	for _, answered := range []bool{true, false} {
		g := startGateway(t, s, config{"use_redis": false, "expose_counts": true}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if answered {
				_, _ = io.Copy(w, r.Body)
				return
			}
			fmt.Fprint(w, "ok")
		}))
		want := "masked=3, restored=0"
		if answered {
			want = "masked=3, restored=3"
		}
		if got := g.post(t, body).header.Get("aws_masker"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if got := g.post(t, []byte(`{"clean":true}`)).header.Values("aws_masker"); got != nil {
			t.Errorf("nothing was masked: %q", got)
		}
	}
	g := startGateway(t, s, embedded, &upstream{})
	if got := g.post(t, body).header.Values("aws_masker"); got != nil {
		t.Errorf("nobody asked for it: %q", got)
	}
}

func TestThePreambleIsAddedToAMaskedRequest(t *testing.T) {
	s := startServer(t)
	provider := &upstream{}
	g := startGateway(t, s, config{"use_redis": false, "token_preamble": true}, provider)
	g.post(t, body)
	if seen := provider.last(t).body; !bytes.Contains(seen, []byte(`{"role":"system","content":"Some values in this conversation`)) {
		t.Errorf("the provider saw %s", seen)
	}
	clean := []byte(`{"model":"m","messages":[{"role":"user","content":"hello"}]}`)
	g.post(t, clean)
	if seen := provider.last(t).body; !bytes.Equal(seen, clean) {
		t.Errorf("the provider saw %s", seen)
	}
}

// TestHTTP2ClientsAreServed: Kong runs the response phase for them too.
func TestHTTP2ClientsAreServed(t *testing.T) {
	provider := &upstream{}
	g := startGatewayWith(t, kongsim.Config{Socket: startServer(t).socket, PluginConfig: embedded}, provider)
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: &protocols, DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	got, err := (&http.Client{Transport: transport, Timeout: patience}).Post(g.address, "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil || got.ProtoMajor != 2 || !bytes.Equal(text, body) {
		t.Errorf("HTTP/%d: %d %s, %v", got.ProtoMajor, got.StatusCode, text, err)
	}
	if !bytes.Contains(provider.last(t).body, []byte("AWS_EC2_001")) {
		t.Errorf("the provider saw %s", provider.last(t).body)
	}
}

// TestAWebSocketIsRefusedUnlessTheOperatorAllowsIt: no plugin sees its messages. The upstream here is no WebSocket server, only
// one that says back what it hears once it has agreed to the upgrade.
func TestAWebSocketIsRefusedUnlessTheOperatorAllowsIt(t *testing.T) {
	s := startServer(t)
	asked := 0
	echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		conn, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		fmt.Fprint(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
		_, _ = io.Copy(conn, buffered)
	})
	upgrade := func(g *gateway, body string) (*http.Response, net.Conn) {
		conn, err := net.Dial("tcp", strings.TrimPrefix(g.address, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		fmt.Fprintf(conn, "GET /v1/realtime HTTP/1.1\r\nHost: gateway\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		return answer, conn
	}
	for _, body := range []string{"", `{"as": "any JSON"}`} {
		refused, _ := upgrade(startGateway(t, s, embedded, echo), body)
		text, _ := io.ReadAll(refused.Body)
		if refused.StatusCode != http.StatusForbidden || !bytes.Contains(text, []byte("AWS_MASKER_5001")) || asked != 0 {
			t.Errorf("%q: %d %s, the upstream was asked %d times", body, refused.StatusCode, text, asked)
		}
	}
	g := startGateway(t, s, config{"use_redis": false, "uninspectable_body": "allow"}, echo)
	passed, conn := upgrade(g, "")
	if passed.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("%d", passed.StatusCode)
	}
	fmt.Fprint(conn, "hello")
	back := make([]byte, 5)
	if _, err := io.ReadFull(conn, back); err != nil || string(back) != "hello" {
		t.Errorf("%q %v", back, err)
	}
	conn.Close()
	if n := g.Stats().Events["response"]; n != 0 {
		t.Errorf("%d response phases", n)
	}
}

// TestInterimAnswersChangeNothing: what an upstream says before its answer (RFC 9110, 15.2), Kong does not buffer.
func TestInterimAnswersChangeNothing(t *testing.T) {
	g := startGateway(t, startServer(t), embedded, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		heard, _ := io.ReadAll(r.Body)
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusProcessing)
		w.WriteHeader(http.StatusOK)
		_, _ = w.Write(heard)
	}))
	got := g.send(t, http.MethodPost, "application/json", body, http.Header{"Expect": {"100-continue"}})
	if got.status != http.StatusOK || !bytes.Equal(got.body, body) {
		t.Errorf("%d %s", got.status, got.body)
	}
	if n := g.Stats().Events["response"]; n != 1 {
		t.Errorf("%d response phases", n)
	}
}
