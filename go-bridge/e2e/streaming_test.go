package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"google.golang.org/protobuf/types/known/structpb"

	"aws-masker/go-bridge/engine"
	"aws-masker/go-bridge/kongsim"
	"aws-masker/go-bridge/nginxsim"
)

// repository is the root, as seen from this package.
const repository = "../.."

// streaming is the whole path of the streaming mode: a real nginx with the real Lua plugin, the built plugin server for
// the access phase, an upstream.
type streaming struct {
	*nginxsim.Nginx
	kong   *kongsim.Gateway
	server *server
}

func startStreaming(t *testing.T, upstream http.Handler, plugin config) *streaming {
	t.Helper()
	return startStreamingWith(t, upstream, plugin, nginxsim.Config{})
}

func startStreamingWith(t *testing.T, upstream http.Handler, plugin config, c nginxsim.Config) *streaming {
	t.Helper()
	s := &streaming{server: startServerWith(t, []string{"-streaming"})}
	var err error
	s.kong, err = kongsim.New(kongsim.Config{
		Socket: s.server.socket, Upstream: &url.URL{}, Phases: []string{"access"}, PluginConfig: plugin,
	})
	if err != nil {
		t.Fatal(err)
	}
	access := httptest.NewServer(s.kong.Access())
	t.Cleanup(func() {
		access.Close()
		if err := s.kong.Close(); err != nil {
			t.Error(err)
		}
	})
	c.Access = access.URL
	s.Nginx = startNginx(t, upstream, c)
	return s
}

// startNginx runs nginx in front of an upstream. Its log must not hold anything from a body, or an error that the test
// does not expect.
func startNginx(t *testing.T, upstream http.Handler, c nginxsim.Config) *nginxsim.Nginx {
	t.Helper()
	behind := httptest.NewServer(upstream)
	t.Cleanup(behind.Close)
	c.Repository, c.Upstream = repository, strings.TrimPrefix(behind.URL, "http://")
	n, err := nginxsim.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		log, err := n.Log()
		if err := errors.Join(err, n.Stop()); err != nil {
			t.Error(err)
		}
		if strings.Contains(log, instanceID) || strings.Contains(log, vpcID) {
			t.Error("an identifier was logged")
		}
		if t.Failed() {
			t.Logf("nginx's log:\n%s", log)
		}
	})
	return n
}

// handover is what an access phase leaves of a request with an instance's and a VPC's id.
func handover(t *testing.T) *nginxsim.Handover {
	t.Helper()
	const config = `{"use_redis":false}`
	masker, err := engine.New([]byte(config))
	if err != nil {
		t.Fatal(err)
	}
	defer masker.Close()
	masked, err := masker.Mask("application/json", body)
	if err != nil {
		t.Fatal(err)
	}
	return &nginxsim.Handover{Mapping: string(masked.Mapping), Config: config}
}

func do(t *testing.T, method, address string, text []byte) answer {
	t.Helper()
	request, err := http.NewRequest(method, address+"/v1/messages", bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	got, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	read, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{got.StatusCode, got.Header, read}
}

// delta is an event of a Claude stream.
func delta(text string) string {
	return "event: content_block_delta\n" +
		`data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"` + text + `"}}` + "\n\n"
}

// TestTheFirstTokenIsRestoredWhileTheUpstreamIsStillSending asserts an order: the upstream goes on only when the client has
// read the first identifier.
func TestTheFirstTokenIsRestoredWhileTheUpstreamIsStillSending(t *testing.T) {
	read := make(chan struct{})
	provider := &upstream{}
	s := startStreaming(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		provider.ServeHTTP(httptest.NewRecorder(), r)
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, delta("AWS_EC2_001 is up, "))
		w.(http.Flusher).Flush()
		select {
		case <-read:
			_, _ = io.WriteString(w, delta("AWS_VPC_001 too"))
		case <-r.Context().Done():
		}
	}), embedded)

	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	request, _ := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/v1/messages", bytes.NewReader(body))
	got, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	lines := bufio.NewReader(got.Body)
	for text := ""; !strings.Contains(text, instanceID); {
		if text, err = lines.ReadString('\n'); err != nil {
			t.Fatalf("the first identifier does not come before the upstream has ended: %v", err)
		}
	}
	close(read)
	rest, err := io.ReadAll(lines)
	if err != nil || !strings.Contains(string(rest), vpcID+" too") {
		t.Errorf("%q, %v", rest, err)
	}
	if seen := provider.last(t); strings.Contains(string(seen.raw), instanceID) || seen.header.Get("Accept-Encoding") != "identity" {
		t.Errorf("the provider saw %s", seen.raw)
	}
	if turns := s.kong.Stats().Turns; turns["access"] != 2 {
		t.Errorf("turns %v", turns)
	}
}

// responses are answers of many kinds; the masked request's tokens are in them.
var responses = map[string]struct{ contentType, body string }{
	"Claude":    {"text/event-stream", delta("stop AWS_EC2_001 in AWS_VPC_001, not AWS_EC2_0011") + delta("AWS_E") + delta("C2_001")},
	"OpenAI":    {"text/event-stream", `data: {"choices":[{"index":0,"delta":{"content":"AWS_EC2_001 ok"}}]}` + "\n\ndata: [DONE]\n\n"},
	"JSON":      {"application/json", `{"content":[{"type":"text","text":"AWS_EC2_001\nAWS_VPC_001"}]}`},
	"NDJSON":    {"application/x-ndjson", `{"a":"AWS_EC2_001"}` + "\n" + `{"b":"AWS_VPC_001"}`},
	"text":      {"text/plain; charset=utf-8", "é AWS_EC2_001 — AWS\\_VPC\\_001, cut off: AWS_EC2_0"},
	"untyped":   {"", "see AWS_EC2_001"},
	"no tokens": {"text/plain", "nothing to restore"},
}

// TestTheBytesAreThoseOfTheBufferedPath sends the same answers through both, cut into pieces of many sizes.
func TestTheBytesAreThoseOfTheBufferedPath(t *testing.T) {
	var now struct {
		contentType, body string
		size              int
	}
	provider := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = nil
		if now.contentType != "" {
			w.Header().Set("Content-Type", now.contentType)
		}
		for rest := now.body; rest != ""; {
			n := min(now.size, len(rest))
			_, _ = io.WriteString(w, rest[:n])
			w.(http.Flusher).Flush()
			rest = rest[n:]
		}
	})
	streamed := startStreaming(t, provider, embedded)
	buffered := startGateway(t, startServer(t), embedded, provider)
	for name, response := range responses {
		t.Run(name, func(t *testing.T) {
			for _, now.size = range []int{1, 3, 16, 1 << 20} {
				now.contentType, now.body = response.contentType, response.body
				want := buffered.post(t, body)
				got := do(t, http.MethodPost, streamed.URL, body)
				if got.status != 200 || !bytes.Equal(got.body, want.body) {
					t.Errorf("in pieces of %d:\n%q, want\n%q", now.size, got.body, want.body)
				}
				if strings.Contains(string(got.body), instanceID) != strings.Contains(response.body, "AWS_EC2_001") {
					t.Errorf("in pieces of %d: %q", now.size, got.body)
				}
			}
		})
	}
}

// TestTheRecordedStreamsArriveRestored sends the engine's own fixtures through nginx and through the buffered path.
func TestTheRecordedStreamsArriveRestored(t *testing.T) {
	const dir = repository + "/tests/fixtures/streams"
	types := map[string]string{
		".sse": "text/event-stream", ".ndjson": "application/x-ndjson", ".json": "application/json", ".txt": "text/plain",
	}
	mapping, err := os.ReadFile(filepath.Join(dir, "mapping.json"))
	if err != nil {
		t.Fatal(err)
	}
	var recorded, contentType string
	var size int
	provider := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		for rest := recorded; rest != ""; {
			n := min(size, len(rest))
			_, _ = io.WriteString(w, rest[:n])
			w.(http.Flusher).Flush()
			rest = rest[n:]
		}
	})
	streamed := startNginx(t, provider, nginxsim.Config{
		Handover: &nginxsim.Handover{Mapping: string(mapping), Config: `{"use_redis":false}`},
	})
	buffered := startGatewayWith(t, kongsim.Config{
		Socket: startServer(t).socket, PluginConfig: embedded, Phases: []string{"response"},
		Shared: map[string]any{"aws_masker": map[string]any{"mapping": string(mapping), "entry": map[string]any{}}},
	}, provider)
	files, err := filepath.Glob(dir + "/*.restored")
	if err != nil || len(files) < 8 {
		t.Fatalf("%d fixtures, %v", len(files), err)
	}
	for _, file := range files {
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		stream := strings.TrimSuffix(file, ".restored")
		text, err := os.ReadFile(stream)
		if err != nil {
			t.Fatal(err)
		}
		recorded, contentType = string(text), types[filepath.Ext(stream)]
		for _, size = range []int{7, 1000, 1 << 20} {
			if got := do(t, http.MethodPost, streamed.URL, nil); !bytes.Equal(got.body, want) {
				t.Errorf("%s in pieces of %d is streamed as\n%s", stream, size, got.body)
			}
		}
		got := buffered.post(t, nil)
		if strings.HasSuffix(stream, "-truncated.sse") {
			want = text // it has no whole token: the buffered path leaves it as it came, events included
		}
		if !bytes.Equal(got.body, want) {
			t.Errorf("%s is buffered as\n%s", stream, got.body)
		}
	}
}

func TestHeadersOfAStreamedResponse(t *testing.T) {
	const text = "AWS_EC2_001 is up"
	restored := strings.Replace(text, "AWS_EC2_001", instanceID, 1)
	describing := []string{"ETag", "Content-MD5", "Digest", "Content-Digest", "Repr-Digest"}
	for name, test := range map[string]struct {
		method   string
		status   int
		encoding string
		masked   bool
		want     string
		touched  bool
	}{
		"masked":          {"POST", 200, "", true, restored, true},
		"an error":        {"POST", 429, "", true, restored, true},
		"partial":         {"POST", 206, "", true, restored, true},
		"identity":        {"POST", 200, "identity", true, restored, true},
		"nothing masked":  {"POST", 200, "", false, text, false},
		"HEAD":            {"HEAD", 200, "", true, "", false},
		"204":             {"POST", 204, "", true, "", false},
		"304":             {"GET", 304, "", true, "", false},
		"empty":           {"POST", 200, "", true, "", false},
		"compressed":      {"POST", 200, "br", true, text, false},
		"compressed HEAD": {"HEAD", 200, "br", true, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			c := nginxsim.Config{}
			if test.masked {
				c.Handover = handover(t)
			}
			n := startNginx(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Set-Cookie"] = []string{"a=1", "b=2"}
				for _, header := range describing {
					w.Header().Set(header, `"x"`)
				}
				if test.encoding != "" {
					w.Header().Set("Content-Encoding", test.encoding)
				}
				w.Header().Set("Content-Type", "text/plain")
				length := len(text)
				if name == "empty" {
					length = 0
				}
				if test.status != 204 && test.status != 304 {
					w.Header().Set("Content-Length", fmt.Sprint(length))
				}
				w.WriteHeader(test.status)
				if test.method != "HEAD" && test.want != "" {
					_, _ = io.WriteString(w, text)
				}
			}), c)
			got := do(t, test.method, n.URL, nil)
			if got.status != test.status || string(got.body) != test.want {
				t.Errorf("%d %q", got.status, got.body)
			}
			for _, header := range describing {
				if (got.header.Get(header) == "") != test.touched {
					t.Errorf("%s: %q", header, got.header.Get(header))
				}
			}
			if !test.touched && test.status != 204 && test.status != 304 && got.header.Get("Content-Length") == "" {
				t.Error("Content-Length is gone")
			}
			if test.touched && got.header.Get("Content-Length") != "" {
				t.Errorf("Content-Length %s", got.header.Get("Content-Length"))
			}
			if len(got.header.Values("Set-Cookie")) != 2 || got.header.Get("Content-Encoding") != test.encoding {
				t.Errorf("headers are gone: %v", got.header)
			}
			log, err := n.Log()
			if said := strings.Count(log, "left as it is"); err != nil || said > 1 || (said == 1) != (name == "compressed") {
				t.Errorf("logged %q, %v", log, err)
			}
		})
	}
}

func TestAnUpgradedConnectionIsLeftAlone(t *testing.T) {
	n := startNginx(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		c, buffered, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer c.Close()
		fmt.Fprint(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\nETag: \"x\"\r\n\r\n")
		_, _ = io.Copy(c, buffered)
	}), nginxsim.Config{Handover: handover(t)})
	c, err := net.Dial("tcp", strings.TrimPrefix(n.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n")
	in := bufio.NewReader(c)
	got, err := http.ReadResponse(in, nil)
	if err != nil || got.StatusCode != 101 || got.Header.Get("ETag") == "" {
		t.Fatalf("%v, %v", got, err)
	}
	fmt.Fprint(c, "AWS_EC2_001\n")
	if line, err := in.ReadString('\n'); err != nil || line != "AWS_EC2_001\n" {
		t.Errorf("%q, %v", line, err)
	}
}

func TestWithoutTheCompanionNothingIsSent(t *testing.T) {
	provider := &upstream{}
	s := startStreamingWith(t, provider, embedded, nginxsim.Config{WithoutCompanion: true})
	for _, text := range []string{string(body), `{"clean":true}`} {
		got := do(t, http.MethodPost, s.URL, []byte(text))
		refused(t, got, 500, "AWS_MASKER_4002")
	}
	if n := len(provider.sightings()); n != 0 {
		t.Errorf("the provider saw %d requests", n)
	}
	eventually(t, "a log line", func() bool { return strings.Count(s.server.log.String(), "aws-masker-stream is not enabled") > 0 })
}

// TestALogEntrySaysWhatWasRestored: the access phase adds what was masked, the Lua plugin what was restored.
func TestALogEntrySaysWhatWasRestored(t *testing.T) {
	s := startStreamingWith(t, &upstream{}, embedded, nginxsim.Config{Entries: true})
	if got := do(t, http.MethodPost, s.URL, body); !bytes.Equal(got.body, body) {
		t.Fatalf("%d %q", got.status, got.body)
	}
	var entries string
	eventually(t, "an entry", func() bool {
		var err error
		entries, err = s.Entries()
		return err == nil && strings.HasSuffix(entries, "\n")
	})
	var entry struct {
		Ours map[string]any `json:"aws_masker"`
	}
	if err := json.Unmarshal([]byte(entries), &entry); err != nil {
		t.Fatalf("%q: %v", entries, err)
	}
	if got := fmt.Sprint(entry.Ours["masked"], entry.Ours["restored"]); got != "map[AWS_EC2:2 AWS_VPC:1] 3" {
		t.Errorf("the log entry has %v", entry.Ours)
	}
}

// TestAnUnmaskerIsFreedOnEveryPath: also where the client or the upstream goes away in the middle.
func TestAnUnmaskerIsFreedOnEveryPath(t *testing.T) {
	cut := make(chan struct{})
	n := startNginx(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		if strings.HasSuffix(r.URL.Path, "/whole") {
			_, _ = io.WriteString(w, delta("AWS_EC2_001"))
			return
		}
		_, _ = io.WriteString(w, delta("AWS_EC2_001")+"data: AWS_E")
		w.(http.Flusher).Flush()
		select {
		case <-cut:
			panic(http.ErrAbortHandler)
		case <-r.Context().Done():
		}
	}), nginxsim.Config{Handover: handover(t)})

	read := func(path string) io.ReadCloser {
		got, err := http.Get(n.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		first := make([]byte, 40)
		if _, err := io.ReadFull(got.Body, first); err != nil {
			t.Fatal(err)
		}
		return got.Body
	}
	for range 20 {
		whole := read("/whole")
		if _, err := io.ReadAll(whole); err != nil {
			t.Error(err)
		}
		whole.Close()
		abandoned := read("/endless")
		if alive, err := n.Alive(); err != nil || alive == 0 {
			t.Errorf("%d unmaskers during a response, %v", alive, err)
		}
		abandoned.Close()
	}
	half := read("/endless")
	close(cut)
	if _, err := io.ReadAll(half); err == nil {
		t.Error("half a response looks like a whole one")
	}
	half.Close()
	eventually(t, "every unmasker freed", func() bool {
		alive, err := n.Alive()
		return err == nil && alive == 0
	})
}

// library compiles a library for the failures that the real one does not show.
func library(t *testing.T, source string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "libaws_masker.so")
	output, err := exec.Command("cc", "-shared", "-fPIC", "-I"+repository+"/include", "-o", file, source).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return file
}

// TestKongDoesNotStartWithoutTheRightLibrary: the cause is one line.
func TestKongDoesNotStartWithoutTheRightLibrary(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ library, want string }{
		"damaged":         {empty, "aws-masker: libaws_masker.so.2 cannot be loaded; run `make install` and ldconfig ("},
		"other interface": {library(t, "testdata/abi3.c"), "aws-masker: libaws_masker.so.2 has interface 3 where 2 is needed; install"},
		"other library":   {library(t, "testdata/other.c"), "aws-masker: libaws_masker.so.2 has interface none where 2 is needed; install"},
		"missing":         {filepath.Join(t.TempDir(), "nowhere"), "aws-masker: libaws_masker.so.2 cannot be loaded; run `make install` and ldconfig ("},
	} {
		t.Run(name, func(t *testing.T) {
			n, err := nginxsim.Start(nginxsim.Config{Repository: repository, Upstream: "127.0.0.1:9", Library: test.library})
			if err == nil {
				t.Fatal("it starts", n.Stop())
			}
			said := 0
			for _, line := range strings.Split(err.Error(), "\n") {
				if strings.Contains(line, test.want) {
					said++
				}
			}
			if said == 0 {
				t.Errorf("nginx says %v", err)
			}
		})
	}
}

// TestAResponseThatCannotBeRestoredIsNeverDelivered injects failures that the real library does not have.
func TestAResponseThatCannotBeRestoredIsNeverDelivered(t *testing.T) {
	answer := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", `"x"`)
		w.Header().Set("Content-Type", "text/event-stream")
		for range 3 {
			_, _ = io.WriteString(w, "AWS_EC2_001 ")
			w.(http.Flusher).Flush()
		}
	})
	t.Run("from the beginning", func(t *testing.T) {
		n := startNginx(t, answer, nginxsim.Config{Handover: &nginxsim.Handover{Mapping: "no mapping", Config: `{"use_redis":false}`}})
		got := do(t, http.MethodPost, n.URL, nil)
		refused(t, got, 500, "AWS_MASKER_3001")
		if got.header.Get("ETag") != "" {
			t.Error("the error has the response's ETag")
		}
	})
	t.Run("in the middle", func(t *testing.T) {
		n := startNginx(t, answer, nginxsim.Config{Handover: handover(t), Library: library(t, "testdata/failing.c")})
		got, err := http.Get(n.URL)
		if err == nil { // the headers may have gone out
			_, err = io.ReadAll(got.Body)
			got.Body.Close()
		}
		if err == nil {
			t.Error("half a response looks like a whole one")
		}
	})
}

func TestTheWorkersMemoryIsFlat(t *testing.T) {
	const requests = 100_000
	answer := []byte(strings.Repeat(delta("AWS_EC2_001 and AWS_VPC_001"), 8))
	want := strings.Count(string(answer), "AWS_EC2_001")
	n := startNginx(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = w.Write(answer)
	}), nginxsim.Config{Handover: handover(t)})
	send := func(count int) {
		var left atomic.Int64
		left.Store(int64(count))
		var all sync.WaitGroup
		for range 8 {
			all.Add(1)
			go func() {
				defer all.Done()
				for left.Add(-1) >= 0 {
					got, err := client.Get(n.URL)
					if err != nil {
						t.Error(err)
						return
					}
					text, err := io.ReadAll(got.Body)
					got.Body.Close()
					if err != nil || strings.Count(string(text), instanceID) != want {
						t.Errorf("%q, %v", text, err)
						return
					}
				}
			}()
		}
		all.Wait()
	}
	resident := func() int {
		alive, err := n.Alive() // collects garbage too
		if err != nil || alive != 0 {
			t.Fatalf("%d unmaskers left, %v", alive, err)
		}
		bytes, err := n.Resident()
		if err != nil {
			t.Fatal(err)
		}
		return bytes
	}
	send(requests / 10)
	before := resident()
	send(requests)
	after := resident()
	t.Logf("%d requests: %d KB, then %d KB", requests, before>>10, after>>10)
	if grown := after - before; grown > 1<<20 {
		t.Errorf("the worker has grown by %d KB in %d requests", grown>>10, requests)
	}
}

// presence is what the Lua plugin leaves of itself for the plugin server.
func presence() *structpb.Value { return structpb.NewStringValue(engine.Version()) }
