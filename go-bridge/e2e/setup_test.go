// Package e2e tests the built plugin server through a simulated Kong, over real HTTP and with a real redis-server.
package e2e

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"aws-masker/go-bridge/kongsim"
)

// patience bounds every wait of the tests.
const patience = 20 * time.Second

// binary is the plugin server under test, built by TestMain.
var binary string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "aws-masker-e2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "aws-masker")
	// Into a new file each time: go build does not see that the engine's archive has changed.
	args := append([]string{"build", "-o", binary}, buildFlags...)
	build := exec.Command("go", append(args, "aws-masker/go-bridge/cmd/aws-masker")...)
	if output, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the plugin server: %v\n%s", err, output)
		return 1
	}
	return m.Run()
}

// config is a plugin's config block.
type config = map[string]any

// embedded keeps mappings in the plugin server's process.
var embedded = config{"use_redis": false}

// lines collects lines from many goroutines.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintln(&l.text, line)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// server is a plugin server process.
type server struct {
	*kongsim.Process
	socket string
	log    *lines
}

// startServer starts the built plugin server as Kong does and stops it when the test ends. What it has logged must not
// hold anything from a body.
func startServer(t *testing.T, environment ...string) *server {
	t.Helper()
	return startServerWith(t, nil, environment...)
}

func startServerWith(t *testing.T, flags []string, environment ...string) *server {
	t.Helper()
	prefix := t.TempDir()
	s := &server{socket: filepath.Join(prefix, "aws-masker.socket"), log: &lines{}}
	command := append([]string{binary, "-kong-prefix", prefix}, flags...)
	s.Process = kongsim.Start(command, environment, s.log.add)
	t.Cleanup(func() {
		if err := s.Stop(patience); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("plugin server's log:\n%s", s.log)
		}
	})
	if err := kongsim.WaitForSocket(s.socket, patience); err != nil {
		t.Fatal(err)
	}
	return s
}

// gateway is a simulated Kong with its address and what it logged.
type gateway struct {
	*kongsim.Gateway
	address string
	log     *lines
	entries chan map[string]any
}

// startGateway runs a simulated Kong in front of an upstream.
func startGateway(t *testing.T, s *server, plugin config, upstream http.Handler) *gateway {
	t.Helper()
	return startGatewayWith(t, kongsim.Config{Socket: s.socket, PluginConfig: plugin}, upstream)
}

func startGatewayWith(t *testing.T, c kongsim.Config, upstream http.Handler) *gateway {
	t.Helper()
	behind := httptest.NewServer(upstream)
	t.Cleanup(behind.Close)
	var err error
	if c.Upstream, err = url.Parse(behind.URL); err != nil {
		t.Fatal(err)
	}
	g := &gateway{log: &lines{}, entries: make(chan map[string]any, 1<<14)}
	c.OnKongLog = g.log.add
	c.OnLog = func(entry map[string]any) { g.entries <- entry }
	if g.Gateway, err = kongsim.New(c); err != nil {
		t.Fatal(err)
	}
	front := httptest.NewUnstartedServer(g)
	front.Config.Protocols = new(http.Protocols)
	front.Config.Protocols.SetHTTP1(true)
	front.Config.Protocols.SetUnencryptedHTTP2(true) // with prior knowledge, as Kong's http2 listener has it
	front.Start()
	g.address = front.URL
	t.Cleanup(func() {
		front.Close()
		if err := g.Close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("Kong's log:\n%s", g.log)
		}
	})
	return g
}

// answer is what a client got.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// post sends a body as JSON.
func (g *gateway) post(t *testing.T, body []byte) answer {
	t.Helper()
	return g.send(t, http.MethodPost, "application/json", body, nil)
}

func (g *gateway) send(t *testing.T, method, contentType string, body []byte, header http.Header) answer {
	t.Helper()
	a, err := g.try(method, contentType, body, header)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// client is shared by the tests. It asks for no compression of its own.
var client = &http.Client{
	Timeout:   2 * patience,
	Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64},
}

func (g *gateway) try(method, contentType string, body []byte, header http.Header) (answer, error) {
	request, err := http.NewRequest(method, g.address+"/v1/messages", bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	for name, values := range header {
		request.Header[name] = values
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	got, err := client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	return answer{got.StatusCode, got.Header, text}, err
}

// upstream is a provider that answers with what it was sent, and remembers all of it.
type upstream struct {
	mu   sync.Mutex
	seen []sighting
	// then runs before the answer, if set.
	then func()
}

// sighting is one request as the provider saw it.
type sighting struct {
	header http.Header
	body   []byte
	raw    []byte // request line, headers and body
}

func (u *upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var raw bytes.Buffer
	fmt.Fprintf(&raw, "%s %s\n", r.Method, r.URL)
	_ = r.Header.Write(&raw)
	raw.Write(body)
	u.mu.Lock()
	u.seen = append(u.seen, sighting{r.Header.Clone(), body, raw.Bytes()})
	u.mu.Unlock()
	if u.then != nil {
		u.then()
	}
	w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
	_, _ = w.Write(body)
}

func (u *upstream) sightings() []sighting {
	u.mu.Lock()
	defer u.mu.Unlock()
	return append([]sighting(nil), u.seen...)
}

// last is the latest request the provider saw.
func (u *upstream) last(t *testing.T) sighting {
	t.Helper()
	all := u.sightings()
	if len(all) == 0 {
		t.Fatal("the upstream has seen nothing")
	}
	return all[len(all)-1]
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}
