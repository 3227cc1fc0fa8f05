package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"aws-masker/go-bridge/kongsim"
	"aws-masker/go-bridge/pluginserver"
)

// refused checks an error answer of the plugin's.
func refused(t *testing.T, got answer, status int, codes ...string) {
	t.Helper()
	var body struct{ Error, Message, Details string }
	if err := json.Unmarshal(got.body, &body); err != nil {
		t.Errorf("%d with body %q: %v", got.status, got.body, err)
		return
	}
	known := false
	for _, code := range codes {
		known = known || body.Error == code
	}
	if got.status != status || !known || body.Details == "" || body.Message != http.StatusText(status) {
		t.Errorf("%d %s, want %d with one of %v", got.status, got.body, status, codes)
	}
	if kind := got.header.Get("Content-Type"); kind != "application/json" {
		t.Errorf("Content-Type %q", kind)
	}
}

func TestARefusedConfigurationLetsNothingPass(t *testing.T) {
	for name, test := range map[string]struct {
		config string
		code   string
		names  string
	}{
		"malformed JSON":         {`{"use_redis":`, "AWS_MASKER_4001", "JSON"},
		"unknown redis_type":     {`{"redis_type":"magic"}`, "AWS_MASKER_4001", "redis_type"},
		"user without token":     {`{"redis_user":"app"}`, "AWS_MASKER_4002", "redis_user"},
		"cluster, no endpoint":   {`{"redis_cluster_mode":true}`, "AWS_MASKER_4002", "redis_cluster_endpoint"},
		"endpoint, no cluster":   {`{"redis_cluster_endpoint":"x"}`, "AWS_MASKER_4001", "redis_cluster_mode"},
		"a field of wrong type":  {`{"mapping_ttl":"long"}`, "AWS_MASKER_4001", "mapping_ttl"},
		"our own field is wrong": {`{"anthropic_api_key":1}`, "AWS_MASKER_4001", "anthropic_api_key"},
	} {
		t.Run(name, func(t *testing.T) {
			s := startServer(t)
			provider := &upstream{}
			g := startGateway(t, s, embedded, provider)
			g.ConfigureRaw(test.config)
			for _, text := range [][]byte{body, []byte(`{"clean":true}`)} {
				got := g.post(t, text)
				refused(t, got, 500, test.code)
				if !bytes.Contains(got.body, []byte(test.names)) {
					t.Errorf("%s does not name %s", got.body, test.names)
				}
			}
			if n := len(provider.sightings()); n != 0 {
				t.Errorf("%d requests passed", n)
			}
			eventually(t, "a log line", func() bool {
				text := s.log.String()
				return strings.Contains(text, "configuration refused: "+test.code) && strings.Contains(text, test.names)
			})
			if err := g.Configure(embedded); err != nil {
				t.Fatal(err)
			}
			if got := g.post(t, body); !bytes.Equal(got.body, body) {
				t.Errorf("after the repair: %d %s", got.status, got.body)
			}
		})
	}
}

func TestBodiesThatAreNotWhatTheyClaim(t *testing.T) {
	s := startServer(t)
	provider := &upstream{}
	g := startGateway(t, s, embedded, provider)
	deep := strings.Repeat(`{"a":[`, 5000) + `"` + instanceID + `"` + strings.Repeat(`]}`, 5000)
	large := bytes.NewBuffer(nil)
	large.WriteString(`{"text":"`)
	for i := 0; large.Len() < 20<<20; i++ {
		fmt.Fprintf(large, `line %d of a log that mentions nothing in particular, again and again.\n`, i)
		if i%10_000 == 0 {
			fmt.Fprintf(large, `i-%017x\n`, i)
		}
	}
	large.WriteString(instanceID + `"}`)
	for name, text := range map[string]string{
		"not JSON":                    `Is ` + instanceID + ` up? {"`,
		"JSON cut off":                string(body[:len(body)-4]),
		"invalid UTF-8":               "\xfe\xfe " + instanceID + " \x80",
		"invalid UTF-8 in JSON":       "{\"a\":\"\xff " + instanceID + "\"}",
		"nested 10,000 deep":          deep,
		"nested 10,000 deep, cut off": deep[:len(deep)-100],
		"NUL bytes":                   "\x00" + instanceID + "\x00",
		"two documents":               `{"a":"` + instanceID + `"}{"b":"` + instanceID + `"}`,
		"20 MB":                       large.String(),
	} {
		t.Run(name, func(t *testing.T) {
			got := g.post(t, []byte(text))
			if got.status != 200 || string(got.body) != text {
				t.Fatalf("%d, %d bytes for %d", got.status, len(got.body), len(text))
			}
			if seen := provider.last(t); bytes.Contains(seen.raw, []byte(instanceID)) {
				t.Error("the provider saw the identifier")
			}
		})
	}
}

func TestABodyInAFileThatCannotBeReadIsRefused(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "client_body_temp")
	s := startServer(t)
	provider := &upstream{}
	g := startGatewayWith(t, kongsim.Config{Socket: s.socket, PluginConfig: embedded, BodyDir: dir}, provider)
	text := []byte(`{"text":"` + strings.Repeat(instanceID+" ", 1000) + `"}`)
	if got := g.post(t, text); !bytes.Equal(got.body, text) {
		t.Fatalf("%d, %d bytes", got.status, len(got.body))
	}
	eventually(t, "the body's file is gone", func() bool {
		files, err := os.ReadDir(dir)
		return err == nil && len(files) == 0
	})

	// A server in another container has another file system: the name it is given leads nowhere.
	elsewhere := kongsim.Config{Socket: s.socket, PluginConfig: embedded, BodyDir: dir, HideBodyFiles: true}
	g = startGatewayWith(t, elsewhere, provider)
	before := len(provider.sightings())
	got := g.post(t, text)
	refused(t, got, 403, "AWS_MASKER_5001")
	if bytes.Contains(got.body, []byte(dir)) {
		t.Errorf("the client hears of paths: %s", got.body)
	}
	if len(provider.sightings()) != before {
		t.Error("the request passed")
	}
	eventually(t, "the log names the setting", func() bool {
		return strings.Contains(s.log.String(), "nginx_http_client_body_buffer_size")
	})
	if got := g.post(t, body); !bytes.Equal(got.body, body) {
		t.Errorf("a small body: %d %s", got.status, got.body)
	}
}

func TestAGarbledMappingIsNoAnswer(t *testing.T) {
	s := startServer(t)
	for name, left := range map[string]any{
		"no mapping":   map[string]any{"mapping": "not a mapping " + instanceID, "entry": map[string]any{}},
		"no table":     "not a mapping " + instanceID,
		"not complete": map[string]any{"entry": map[string]any{}},
		"a number":     1.0,
	} {
		g := startGatewayWith(t, kongsim.Config{
			Socket: s.socket, PluginConfig: embedded,
			Phases: []string{"response"},
			Shared: map[string]any{"aws_masker": left},
		}, &upstream{})
		got := g.post(t, []byte(`{"a":"AWS_EC2_001"}`))
		refused(t, got, 500, "AWS_MASKER_3001")
		if bytes.Contains(got.body, []byte(instanceID)) || strings.Contains(s.log.String(), instanceID) {
			t.Errorf("%s: the mapping came out: %s, %s", name, got.body, s.log)
		}
		if entry := fmt.Sprint((<-g.entries)["aws_masker"]); entry != "map[refused:AWS_MASKER_3001]" {
			t.Errorf("%s: the log entry has %s", name, entry)
		}
	}
}

// panicking is the real protocol server with a plugin that panics on one body.
type panicking struct{}

func (panicking) Info() pluginserver.Info {
	return pluginserver.Info{Name: "panicking", Version: "1.0.0"}
}
func (panicking) Start([]byte) pluginserver.Instance { return panicking{} }
func (panicking) Close()                             {}
func (panicking) Handle(event *pluginserver.Event) error {
	text, err := event.Kong.Request.GetRawBody()
	if err != nil {
		return err
	}
	switch {
	case bytes.Contains(text, []byte("panic")):
		panic(string(text))
	case bytes.Contains(text, []byte("error")):
		return errors.New("broken")
	}
	return nil
}

func TestAPanicCostsOneRequest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "panicking.socket")
	listener, err := pluginserver.Listen(path, pluginserver.Access{})
	if err != nil {
		t.Fatal(err)
	}
	var logged lines
	server := pluginserver.New(panicking{}, log.New(writer{&logged}, "", 0), pluginserver.Limits{})
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { listener.Close() })
	provider := &upstream{}
	g := startGatewayWith(t, kongsim.Config{Socket: path, Plugin: "panicking", Phases: []string{"access"}}, provider)
	for range 10 {
		refused(t, g.post(t, []byte("panic "+instanceID)), 503, "AWS_MASKER_2001")
		refused(t, g.post(t, []byte("error "+instanceID)), 503, "AWS_MASKER_2001")
		if got := g.post(t, []byte("fine")); got.status != 200 {
			t.Fatalf("%d", got.status)
		}
	}
	if n := len(provider.sightings()); n != 10 {
		t.Errorf("%d requests passed, want the 10 fine ones", n)
	}
	if stats := g.Stats(); stats.Retries != 0 || stats.Storms != 0 {
		t.Errorf("stats %+v", stats)
	}
	if text := logged.String(); strings.Contains(text, instanceID) || !strings.Contains(text, "panic at") {
		t.Errorf("logged %s", text)
	}
}

// writer makes lines an io.Writer.
type writer struct{ *lines }

func (w writer) Write(p []byte) (int, error) {
	w.add(strings.TrimSuffix(string(p), "\n"))
	return len(p), nil
}

var _ io.Writer = writer{}

func TestASlowUpstreamHoldsNothing(t *testing.T) {
	const slow = 500 * time.Millisecond
	s := startServer(t)
	g := startGateway(t, s, embedded, &upstream{then: func() { time.Sleep(slow) }})
	began := time.Now()
	done := make(chan answer, 40)
	for range cap(done) {
		go func() {
			got, err := g.try(http.MethodPost, "application/json", body, nil)
			if err != nil {
				t.Error(err)
			}
			done <- got
		}()
	}
	for range cap(done) {
		if got := <-done; !bytes.Equal(got.body, body) {
			t.Errorf("%d %s", got.status, got.body)
		}
	}
	if took := time.Since(began); took > 10*slow {
		t.Errorf("40 requests at once took %v", took)
	}
}
