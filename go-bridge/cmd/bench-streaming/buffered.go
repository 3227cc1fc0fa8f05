package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	pb "github.com/Kong/go-pdk/server/kong_plugin_protocol"

	"aws-masker/go-bridge/kongsim"
	"aws-masker/go-bridge/plugin"
	"aws-masker/go-bridge/pluginserver"
)

// bodySize is the size of the answer that is restored whole.
const bodySize = 20 << 20

// buffered compares the plugin's response phase on a large answer with one that only takes the body from Kong and gives
// it back over the same socket.
func buffered(rounds int) error {
	ours, err := plugin.New(log.New(io.Discard, "", 0), plugin.Buffered)
	if err != nil {
		return err
	}
	restoring, err := responseTimes(ours, rounds)
	if err != nil {
		return err
	}
	copying, err := responseTimes(copier{}, rounds)
	if err != nil {
		return err
	}
	row(fmt.Sprintf("plugin server, JSON answer of %d MB, response phase", bodySize>>20), "MB/s", speeds(restoring), speeds(copying))
	return nil
}

func speeds(times []time.Duration) []float64 {
	out := make([]float64, len(times))
	for i, took := range times {
		out[i] = bodySize / took.Seconds() / (1 << 20)
	}
	return out
}

// responseTimes are the times of the response phase behind a simulated Kong.
func responseTimes(served pluginserver.Plugin, rounds int) ([]time.Duration, error) {
	dir, err := os.MkdirTemp("", "aws-masker-bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	socket := filepath.Join(dir, "plugin.socket")
	listener, err := pluginserver.Listen(socket, pluginserver.Access{})
	if err != nil {
		return nil, err
	}
	server := pluginserver.New(served, log.New(os.Stderr, "", 0), pluginserver.Limits{})
	go func() { _ = server.Serve(listener) }()
	defer func() { _ = server.Shutdown(context.Background()) }()

	answer := largeAnswer()
	behind := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(answer)
	}))
	defer behind.Close()
	upstream, err := url.Parse(behind.URL)
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	var times []time.Duration
	gateway, err := kongsim.New(kongsim.Config{
		Socket: socket, Upstream: upstream, PluginConfig: map[string]any{"use_redis": false}, Workers: 1,
		OnPhase: func(phase string, took time.Duration) {
			if phase == "response" {
				mu.Lock()
				defer mu.Unlock()
				times = append(times, took)
			}
		},
	})
	if err != nil {
		return nil, err
	}
	defer gateway.Close()
	front := httptest.NewServer(gateway)
	defer front.Close()
	for range rounds + 1 {
		got, err := http.Post(front.URL, "application/json", strings.NewReader(`{"id":"i-0123456789abcdef0"}`))
		if err != nil {
			return nil, err
		}
		size, err := io.Copy(io.Discard, got.Body)
		got.Body.Close()
		if err != nil || size < bodySize {
			return nil, fmt.Errorf("the client got %d bytes with %d: %v", size, got.StatusCode, err)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	return times[1:], nil // the first makes the connection
}

// largeAnswer is a JSON array of texts of a kilobyte, each with the request's token.
func largeAnswer() []byte {
	text := strings.Repeat("The instance runs and its volume is attached.\\n", 22)
	item := `{"type":"text","text":"` + text + `AWS_EC2_001 is one of them."}`
	return []byte("[" + strings.Repeat(item+",", bodySize/len(item)+1) + item + "]")
}

// copier is the peer: the same calls to Kong, the same bytes, no work.
type copier struct{}

func (copier) Info() pluginserver.Info {
	return pluginserver.Info{Name: "copier", Version: "1.0.0", Phases: []string{"access", "response"}}
}
func (c copier) Start([]byte) pluginserver.Instance { return c }
func (copier) Close()                               {}

func (copier) Handle(event *pluginserver.Event) error {
	if event.Phase == "access" {
		return nil
	}
	var body pb.ByteString
	if err := event.Ask(pluginserver.Call{Method: "kong.service.response.get_raw_body", Reply: &body}); err != nil {
		return err
	}
	return event.Exit(200, body.V, nil)
}
