package kongsim

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Kong/go-pdk/bridge"
	pb "github.com/Kong/go-pdk/server/kong_plugin_protocol"
	"google.golang.org/protobuf/types/known/structpb"

	"aws-masker/go-bridge/pluginserver"
)

// handlerFunc is a plugin whose every instance is the function.
type handlerFunc func(*pluginserver.Event) error

func (f handlerFunc) Info() pluginserver.Info {
	return pluginserver.Info{Name: "test", Version: "1.0.0"}
}
func (f handlerFunc) Start([]byte) pluginserver.Instance     { return f }
func (f handlerFunc) Handle(event *pluginserver.Event) error { return f(event) }
func (f handlerFunc) Close()                                 {}

// startPlugin serves a plugin until the test ends and returns its socket and a way to stop it earlier.
func startPlugin(t *testing.T, plugin pluginserver.Plugin) (path string, stop func()) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "test.socket")
	return path, servePlugin(t, path, plugin)
}

func servePlugin(t *testing.T, path string, plugin pluginserver.Plugin) (stop func()) {
	t.Helper()
	listener, err := pluginserver.Listen(path, pluginserver.Access{})
	if err != nil {
		t.Fatal(err)
	}
	server := pluginserver.New(plugin, log.New(io.Discard, "", 0), pluginserver.Limits{})
	go func() { _ = server.Serve(listener) }()
	stop = sync.OnceFunc(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := server.Shutdown(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// gateway runs a simulated Kong over HTTP until the test ends.
func gateway(t *testing.T, config Config, upstream http.Handler) (*Gateway, string) {
	t.Helper()
	behind := httptest.NewServer(upstream)
	t.Cleanup(behind.Close)
	config.Upstream, _ = url.Parse(behind.URL)
	g, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(g)
	t.Cleanup(func() {
		front.Close()
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	return g, front.URL
}

func post(t *testing.T, address, body string) (*http.Response, string) {
	t.Helper()
	answer, err := http.Post(address, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(text)
}

var echo = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("ETag", `"1"`)
	w.Header().Add("Set-Cookie", "a=1")
	w.Header().Add("Set-Cookie", "b=2")
	_, _ = io.Copy(w, r.Body)
})

func TestAnExitReplacesTheBodyAndKeepsTheHeaders(t *testing.T) {
	path, _ := startPlugin(t, handlerFunc(func(e *pluginserver.Event) error {
		if e.Phase == "access" {
			return nil
		}
		return e.Exit(200, []byte("replaced"), map[string][]string{"X-New": {"1"}})
	}))
	g, address := gateway(t, Config{Socket: path}, echo)
	for range 3 {
		answer, body := post(t, address, "hello")
		if body != "replaced" || answer.ContentLength != 8 || answer.Header.Get("X-New") != "1" {
			t.Fatalf("%q with %v", body, answer.Header)
		}
		if answer.Header.Get("ETag") == "" || len(answer.Header.Values("Set-Cookie")) != 2 {
			t.Errorf("upstream headers are gone: %v", answer.Header)
		}
	}
	stats := g.Stats()
	if stats.Calls["start_instance"] != 2 || stats.Calls["handle_event"] != 6 || stats.Retries != 0 {
		t.Errorf("stats %+v", stats)
	}
}

// TestConnectionsAreUsedAgain: a worker takes the connection it has used before, so that one after the other needs no other.
func TestConnectionsAreUsedAgain(t *testing.T) {
	path, _ := startPlugin(t, handlerFunc(func(*pluginserver.Event) error { return nil }))
	const workers, requests = 3, 60
	g, address := gateway(t, Config{Socket: path, Workers: workers}, echo)
	for range requests {
		if answer, body := post(t, address, "hello"); answer.StatusCode != 200 || body != "hello" {
			t.Fatalf("%d %q", answer.StatusCode, body)
		}
	}
	stats := g.Stats()
	if stats.Calls["handle_event"] != 2*requests || stats.Calls["start_instance"] != workers {
		t.Errorf("stats %+v", stats)
	}
	if stats.Connections != workers {
		t.Errorf("%d connections for %d workers", stats.Connections, workers)
	}
}

// TestAnExitCostsItsConnection: Kong drops it in the middle of the exchange, and the next event needs a new one.
func TestAnExitCostsItsConnection(t *testing.T) {
	path, _ := startPlugin(t, handlerFunc(func(e *pluginserver.Event) error { return e.Exit(200, []byte("no"), nil) }))
	const requests = 5
	g, address := gateway(t, Config{Socket: path, Workers: 1, Phases: []string{"access"}}, echo)
	for range requests {
		post(t, address, "hello")
	}
	if n := g.Stats().Connections; n != requests {
		t.Errorf("%d connections for %d requests", n, requests)
	}
}

func TestAnExitInAccessKeepsTheRequestFromTheUpstream(t *testing.T) {
	path, _ := startPlugin(t, handlerFunc(func(e *pluginserver.Event) error { return e.Exit(403, []byte("no"), nil) }))
	_, address := gateway(t, Config{Socket: path}, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the request reached the upstream")
	}))
	if answer, body := post(t, address, "hello"); answer.StatusCode != 403 || body != "no" {
		t.Errorf("%d %q", answer.StatusCode, body)
	}
}

func TestALargeBodyIsHandedOverAsAFile(t *testing.T) {
	files := make(chan string, 2)
	path, _ := startPlugin(t, handlerFunc(func(e *pluginserver.Event) error {
		var body pb.RawBodyResult
		if err := e.Ask(pluginserver.Call{Method: "kong.request.get_raw_body", Reply: &body}); err != nil {
			return err
		}
		files <- body.GetBodyFilepath()
		return nil
	}))
	_, address := gateway(t, Config{Socket: path, Phases: []string{"access"}, BodyBuffer: 100}, echo)
	for _, size := range []int{100, 101} {
		if _, body := post(t, address, strings.Repeat("x", size)); len(body) != size {
			t.Errorf("%d bytes came back for %d", len(body), size)
		}
	}
	if small := <-files; small != "" {
		t.Errorf("a body of the buffer's size is in file %q", small)
	}
	large := <-files
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		if _, err := os.Stat(large); large != "" && os.IsNotExist(err) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("file %q outlives its request", large)
		}
	}
}

func TestAClosedConnectionIsRetried(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.socket")
	g, address := gateway(t, Config{Socket: path, Phases: []string{"access"}}, echo)
	if answer, _ := post(t, address, "x"); answer.StatusCode != 500 {
		t.Errorf("%d without a server", answer.StatusCode)
	}
	stop := servePlugin(t, path, handlerFunc(func(*pluginserver.Event) error { return nil }))
	for range 4 {
		if answer, _ := post(t, address, "x"); answer.StatusCode != 200 {
			t.Fatalf("%d", answer.StatusCode)
		}
	}
	stop()
	servePlugin(t, path, handlerFunc(func(*pluginserver.Event) error { return nil }))
	for range 4 { // the instances of the old server are unknown to the new one
		if answer, _ := post(t, address, "x"); answer.StatusCode != 200 {
			t.Fatalf("%d after a restart", answer.StatusCode)
		}
	}
	stats := g.Stats()
	if stats.Retries == 0 || stats.Storms != 0 {
		t.Errorf("stats %+v", stats)
	}
}

func TestARetryStormIsReported(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.socket")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() { // a server that answers start_instance and closes on every event
		for {
			socket, err := listener.Accept()
			if err != nil {
				return
			}
			go closeOnEvents(socket)
		}
	}()
	g, address := gateway(t, Config{Socket: path, MaxRetries: 5}, echo)
	if answer, _ := post(t, address, "x"); answer.StatusCode != 500 {
		t.Errorf("%d", answer.StatusCode)
	}
	if stats := g.Stats(); stats.Storms != 1 || stats.Retries != 5 {
		t.Errorf("stats %+v", stats)
	}
}

func TestALuaErrorIs500(t *testing.T) {
	for name, call := range map[string]pluginserver.Call{
		"unknown method":   {Method: "kong.magic"},
		"wrong phase":      {Method: "kong.response.get_status"},
		"max_headers of 0": {Method: "kong.request.get_headers", Args: &pb.Int{}},
	} {
		t.Run(name, func(t *testing.T) {
			path, _ := startPlugin(t, handlerFunc(func(e *pluginserver.Event) error { return e.Ask(call) }))
			g, address := gateway(t, Config{Socket: path}, echo)
			if answer, _ := post(t, address, "x"); answer.StatusCode != 500 {
				t.Errorf("%d", answer.StatusCode)
			}
			if stats := g.Stats(); stats.Retries != 0 {
				t.Errorf("stats %+v", stats)
			}
		})
	}
}

func TestTheLogEntryIsWrittenBeforeTheLogPhaseRuns(t *testing.T) {
	set := func(e *pluginserver.Event, key string) error {
		return e.Tell(pluginserver.Call{
			Method: "kong.log.set_serialize_value",
			Args:   &pb.KV{K: key, V: structpb.NewNumberValue(1)},
		})
	}
	path, _ := startPlugin(t, handlerFunc(func(e *pluginserver.Event) error { return set(e, "test."+e.Phase) }))
	entries := make(chan map[string]any, 1)
	_, address := gateway(t, Config{
		Socket: path,
		Phases: []string{"access", "response", "log"},
		OnLog:  func(entry map[string]any) { entries <- entry },
	}, echo)
	post(t, address, "x")
	if got := fmt.Sprint((<-entries)["test"]); got != "map[access:1 response:1]" {
		t.Errorf("entry has %s", got)
	}
}

func TestServiceResponseHeadersArriveEmpty(t *testing.T) {
	path, _ := startPlugin(t, handlerFunc(func(e *pluginserver.Event) error {
		if e.Phase == "access" {
			return nil
		}
		theirs, err := e.Kong.ServiceResponse.GetHeaders(-1)
		if err != nil {
			return err
		}
		ours, err := e.Kong.Response.GetHeaders(-1)
		if err != nil {
			return err
		}
		return e.Exit(200, []byte(fmt.Sprint(len(theirs), " ", ours["set-cookie"])), nil)
	}))
	_, address := gateway(t, Config{Socket: path}, echo)
	if _, body := post(t, address, "x"); body != "0 [a=1 b=2]" {
		t.Errorf("%q", body)
	}
}

func TestAnUnreachableUpstreamSkipsTheResponsePhase(t *testing.T) {
	path, _ := startPlugin(t, handlerFunc(func(*pluginserver.Event) error { return nil }))
	g, address := gateway(t, Config{Socket: path}, echo)
	g.config.Upstream = &url.URL{Scheme: "http", Host: "127.0.0.1:1"}
	if answer, _ := post(t, address, "x"); answer.StatusCode != 502 {
		t.Errorf("%d", answer.StatusCode)
	}
	if stats := g.Stats(); stats.Events["response"] != 0 {
		t.Errorf("stats %+v", stats)
	}
}

func TestReconfiguringStartsTheNewInstanceFirst(t *testing.T) {
	var mu sync.Mutex
	var events []string
	note := func(text string) {
		mu.Lock()
		defer mu.Unlock()
		events = append(events, text)
	}
	path, _ := startPlugin(t, recorded{handlerFunc(func(*pluginserver.Event) error { return nil }), note})
	g, address := gateway(t, Config{Socket: path, Workers: 1, PluginConfig: map[string]any{"n": 1, "gone": nil}}, echo)
	post(t, address, "x")
	if err := g.Configure(map[string]any{"n": 2}); err != nil {
		t.Fatal(err)
	}
	post(t, address, "x")
	mu.Lock()
	defer mu.Unlock()
	if got := strings.Join(events, ", "); got != `start "n":1, start "n":2, close` {
		t.Errorf("events %s", got)
	}
}

// recorded is a plugin that notes starts and closes.
type recorded struct {
	handlerFunc
	note func(string)
}

func (r recorded) Start(config []byte) pluginserver.Instance {
	text := string(config)
	at := strings.Index(text, `"n":`)
	if strings.Contains(text, "gone") || !strings.Contains(text, `"__seq__"`) {
		at = 0
	}
	r.note("start " + text[at:at+5])
	return r
}
func (r recorded) Close() { r.note("close") }

func TestHeadersThatAreNotUTF8AreSentAsTheyAre(t *testing.T) {
	path, _ := startPlugin(t, handlerFunc(func(e *pluginserver.Event) error {
		if e.Phase == "access" {
			return nil
		}
		if _, err := e.Kong.Response.GetHeaders(-1); err == nil {
			return e.Exit(200, []byte("go-pdk could decode it"), nil)
		}
		var value pb.ByteString
		err := e.Ask(pluginserver.Call{Method: "kong.response.get_header", Args: bridge.WrapString("X-Latin"), Reply: &value})
		if err != nil {
			return err
		}
		return e.Exit(200, value.V, nil)
	}))
	_, address := gateway(t, Config{Socket: path}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Latin", "caf\xe9")
	}))
	if _, body := post(t, address, "x"); body != "caf\xe9" {
		t.Errorf("%q", body)
	}
}

func TestADeadServerIsStartedAgain(t *testing.T) {
	starts := make(chan string, 10)
	began := time.Now()
	p := Start([]string{"/bin/sh", "-c", "env; echo up; exit 3"}, []string{"ONLY=this"}, func(line string) { starts <- line })
	var lines []string
	for p.Starts() < 2 && time.Since(began) < 10*time.Second {
		select {
		case line := <-starts:
			lines = append(lines, line)
		case <-time.After(10 * time.Millisecond):
		}
	}
	if err := p.Stop(5 * time.Second); err != nil {
		t.Error(err)
	}
	if since := time.Since(began); p.Starts() < 2 || since < respawnPause {
		t.Errorf("%d starts in %v", p.Starts(), since)
	}
	text := strings.Join(lines, "\n")
	if !strings.Contains(text, "ONLY=this") || strings.Contains(text, "HOME=") {
		t.Errorf("the process saw %s", text)
	}
}
