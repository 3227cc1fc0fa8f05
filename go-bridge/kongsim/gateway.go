// Package kongsim is a SIMULATED Kong: a small HTTP gateway that plays Kong's side of the plugin server socket, for tests
// and the demo. It is no gateway for real traffic.
//
// It does what Kong Gateway OSS 3.9 does with one external plugin on every route, in front of one upstream: one
// instance per worker, pooled connections, a dropped connection after kong.response.exit, an immediate retry when the
// server closes a connection during an event, bodies above the buffer size in files, buffered responses, upstream headers that
// survive an exit, a log entry that is written before the log phase of an external plugin runs. What Kong retries for
// ever is retried a bounded number of times here, and reported. It passes WebSockets on; it does not play balancing. It speaks
// HTTP/2 where its http.Server does. Of a plugin without a response phase it passes responses on as they arrive; Lua plugins
// beside it run in a real nginx (see Access).
package kongsim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Config says what to simulate. Socket and Upstream are required; the zero value of any other field is Kong's default.
type Config struct {
	// Socket is the path of the plugin server's socket.
	Socket string
	// Upstream is the service behind the gateway.
	Upstream *url.URL
	// Plugin is the plugin's name; "aws-masker".
	Plugin string
	// Phases are those of the plugin's dump; access and response.
	Phases []string
	// PluginConfig is the plugin's config block; empty.
	PluginConfig map[string]any
	// Workers is the number of simulated worker processes; 2.
	Workers int
	// BodyBuffer is nginx_http_client_body_buffer_size: a larger request body goes into a file; 10 KB, which is where a
	// real Kong was seen to start.
	BodyBuffer int
	// BodyDir is the directory of these files, client_body_temp; one of its own in the system's place for temporary files.
	BodyDir string
	// HideBodyFiles gives the plugin server the names of files it cannot open, as if it ran in another container.
	HideBodyFiles bool
	// Shared is what other plugins have put into kong.ctx.shared before ours runs.
	Shared map[string]any
	// ReadTimeout is nginx_proxy_lua_socket_read_timeout; 60 s.
	ReadTimeout time.Duration
	// MaxRetries is how often an event is retried where Kong retries without end; 20.
	MaxRetries int
	// Chaos is what goes wrong on the socket; nothing.
	Chaos Chaos
	// OnPhase gets the time that each phase of each request has taken at the plugin server.
	OnPhase func(phase string, took time.Duration)
	// OnLog gets every log entry when Kong's own log plugins would.
	OnLog func(entry map[string]any)
	// OnKongLog gets every line that lands in Kong's error log.
	OnKongLog func(line string)
}

// Gateway is the simulated Kong. It is an http.Handler and safe for concurrent use.
type Gateway struct {
	config  Config
	workers []*worker
	client  *http.Transport
	bodies  *bodyFiles
	stats   stats

	next   atomic.Uint64 // the worker that gets the next request
	plugin atomic.Pointer[pluginConfig]
	events sync.WaitGroup // log phases that run behind their requests
}

// pluginConfig is the plugin entity as it is now configured.
type pluginConfig struct {
	id   string
	seq  int64
	json []byte
}

// New makes a gateway. It must be closed.
func New(config Config) (*Gateway, error) {
	setDefault(&config.Plugin, "aws-masker")
	setDefault(&config.Workers, 2)
	setDefault(&config.BodyBuffer, 10<<10)
	setDefault(&config.ReadTimeout, 60*time.Second)
	setDefault(&config.MaxRetries, 20)
	if config.Phases == nil {
		config.Phases = []string{"access", "response"}
	}
	bodies, err := newBodyFiles(config.BodyDir)
	if err != nil {
		return nil, err
	}
	g := &Gateway{
		config: config,
		bodies: bodies,
		client: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64},
	}
	for range config.Workers {
		g.workers = append(g.workers, newWorker(g))
	}
	return g, g.Configure(config.PluginConfig)
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Configure replaces the plugin's configuration, as a change through the Admin API does.
func (g *Gateway) Configure(config map[string]any) error {
	seq := int64(1)
	if before := g.plugin.Load(); before != nil {
		seq = before.seq + 1
	}
	const id = "2f5d3c1e-7a0b-4c55-9d0e-6b1f0a3c9e77"
	full := map[string]any{ // with the keys that Kong adds
		"__key__":     "plugins:" + g.config.Plugin + ":::::",
		"__seq__":     seq,
		"__ws_id":     "0dc6f45b-8f8d-40d2-a504-473544ee190b",
		"__plugin_id": id,
		"route_id":    "a3b1c2d4-0000-4000-8000-000000000001",
	}
	for key, value := range config {
		if value != nil {
			full[key] = value
		}
	}
	text, err := json.Marshal(full)
	if err != nil {
		return fmt.Errorf("plugin config: %w", err)
	}
	g.plugin.Store(&pluginConfig{id: id, seq: seq, json: text})
	return nil
}

// ConfigureRaw replaces the plugin's configuration by any text, also one that Kong would never send.
func (g *Gateway) ConfigureRaw(text string) {
	before := g.plugin.Load()
	g.plugin.Store(&pluginConfig{id: before.id, seq: before.seq + 1, json: []byte(text)})
}

// Close waits for the log phases that still run, and closes all connections to the plugin server.
func (g *Gateway) Close() error {
	g.events.Wait()
	for _, w := range g.workers {
		w.pool.close()
	}
	g.client.CloseIdleConnections()
	return g.bodies.close()
}

func (g *Gateway) hasPhase(phase string) bool { return slices.Contains(g.config.Phases, phase) }

func (g *Gateway) kongLog(format string, args ...any) {
	if g.config.OnKongLog != nil {
		g.config.OnKongLog(fmt.Sprintf(format, args...))
	}
}
