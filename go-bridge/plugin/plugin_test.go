package plugin

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/json"
	"errors"
	"io"
	"log"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"aws-masker/go-bridge/engine"
	"aws-masker/go-bridge/pluginserver"
)

// start makes a plugin that logs to w.
func start(t *testing.T, w io.Writer, mode Mode) *Plugin {
	t.Helper()
	p, err := New(log.New(w, "", 0), mode)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestEqualConfigurationsAreOneEngine(t *testing.T) {
	p := start(t, io.Discard, Buffered)
	configs := []string{
		`{"use_redis":false,"mapping_ttl":60,"__key__":"a","__seq__":1,"__ws_id":"w","__plugin_id":"p","route_id":"r","$refs":{}}`,
		`{"mapping_ttl":60, "use_redis":false, "__seq__":2, "anthropic_api_key":"k", "log_masked_requests":true, "redis_user":null}`,
	}
	var instances []pluginserver.Instance
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range 16 { // workers, all at once
		all.Add(1)
		go func() {
			defer all.Done()
			started := p.Start([]byte(configs[i%2]))
			mu.Lock()
			defer mu.Unlock()
			instances = append(instances, started)
		}()
	}
	all.Wait()
	first := instances[0].(*instance).masker
	for _, other := range instances {
		if other.(*instance).masker.Masker != first.Masker {
			t.Fatal("two engines for equal configurations")
		}
	}
	different := p.Start([]byte(`{"use_redis":false,"mapping_ttl":61}`)).(*instance)
	if different.masker.Masker == first.Masker {
		t.Error("one engine for different configurations")
	}
	different.Close()
	for _, one := range instances[1:] {
		one.Close()
	}
	if _, err := first.Mask("", []byte("i-0123456789abcdef0")); err != nil {
		t.Errorf("the engine is closed while an instance has it: %v", err)
	}
	instances[0].Close()
	if _, err := first.Mask("", nil); err == nil {
		t.Error("the engine is open although no instance has it")
	}
	if len(p.engines.byConfig) != 0 {
		t.Errorf("%d engines are kept", len(p.engines.byConfig))
	}
}

func TestARefusedConfigurationRefusesEveryRequest(t *testing.T) {
	for config, want := range map[string]struct{ code, names string }{
		`{"redis_type":"magic-hunter2"}`:       {"AWS_MASKER_4001", "redis_type"},
		`{"redis_user":"hunter2"}`:             {"AWS_MASKER_4002", "redis_user"},
		`{"redis_cluster_mode":true}`:          {"AWS_MASKER_4002", "redis_cluster_endpoint"},
		`{"redis_cluster_endpoint":"hunter2"}`: {"AWS_MASKER_4001", "redis_cluster_mode"},
		`{"anthropic_api_key":["hunter2"]}`:    {"AWS_MASKER_4001", "anthropic_api_key"},
		`{"log_masked_requests":"hunter2"}`:    {"AWS_MASKER_4001", "log_masked_requests has the wrong type; expected a boolean"},
		`{"max_body_bytes":1e400}`:             {"AWS_MASKER_4001", "max_body_bytes has the wrong type; expected a number"},
		`{"mask_headers":"hunter2"}`:           {"AWS_MASKER_4001", "mask_headers has the wrong type; expected a list"},
		`{"anthropic_api_key":""}`:             {"AWS_MASKER_4002", "anthropic_api_key is empty"},
		`{"use_redis":`:                        {"AWS_MASKER_4001", "JSON"},
		`[]`:                                   {"AWS_MASKER_4001", "JSON object"},
		`null`:                                 {"AWS_MASKER_4001", "JSON object"},
		``:                                     {"AWS_MASKER_4001", "JSON"},
	} {
		var lines bytes.Buffer
		p := start(t, &lines, Buffered)
		var refused *pluginserver.Refusal
		started := p.Start([]byte(config))
		if err := started.Handle(&pluginserver.Event{Phase: "access"}); !errors.As(err, &refused) {
			t.Fatalf("%s: %v", config, err)
		}
		var body struct{ Error, Message, Details string }
		if err := json.Unmarshal(refused.Body, &body); err != nil {
			t.Fatalf("%s: body %q: %v", config, refused.Body, err)
		}
		if refused.Status != 500 || body.Error != want.code || body.Message != "Internal Server Error" ||
			!strings.Contains(body.Details, want.names) {
			t.Errorf("%s: %d %s", config, refused.Status, refused.Body)
		}
		if refused.Reason != "" {
			t.Errorf("%s: every request would be logged", config)
		}
		if text := lines.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, want.names) {
			t.Errorf("%s: logged %q", config, text)
		}
		if strings.Contains(lines.String()+string(refused.Body), "hunter2") {
			t.Errorf("%s: a value came out: %q, %s", config, lines.String(), refused.Body)
		}
		started.Close()
	}
}

// TestWhatHasNoEffectIsSaidOnce: per engine, not per worker. Kong's own keys are no news, and a field in other letters is
// another field.
func TestWhatHasNoEffectIsSaidOnce(t *testing.T) {
	var lines bytes.Buffer
	p := start(t, &lines, Buffered)
	for _, config := range []string{
		`{"use_redis":false,"mask_query":false,"uninspectable_bodies":"allow","Uninspectable_Body":"allow"}`,
		`{"use_redis":false,"__key__":"a","plugin_instance_name":"b","ordering":{},"consumer_group_id":"c","$refs":{}}`,
	} {
		for range 3 { // workers
			started := p.Start([]byte(config)).(*instance)
			defer started.Close()
			if started.allow || started.masker != p.engines.byConfig[`{"use_redis":false}`] {
				t.Errorf("%s: allow %v, %d engines", config, started.allow, len(p.engines.byConfig))
			}
		}
	}
	for _, want := range []string{"mask_query is false", "config.uninspectable_bodies", "config.Uninspectable_Body"} {
		if strings.Count(lines.String(), want) != 1 {
			t.Errorf("%s: logged %q", want, lines.String())
		}
	}
	if strings.Count(lines.String(), "\n") != 2 {
		t.Errorf("logged %q", lines.String())
	}
}

func TestTheAPIKeyComesFromTheConfigurationThenTheEnvironment(t *testing.T) {
	for _, test := range []struct{ environment, config, want string }{
		{"", `{"use_redis":false}`, ""},
		{"env", `{"use_redis":false}`, "env"},
		{"env", `{"use_redis":false,"anthropic_api_key":"conf"}`, "conf"},
		{"env", `{"use_redis":false,"anthropic_api_key":""}`, "env"}, // a vault reference that did not resolve
	} {
		t.Setenv("ANTHROPIC_API_KEY", test.environment)
		started := start(t, io.Discard, Buffered).Start([]byte(test.config)).(*instance)
		if got := started.credentials()["x-api-key"]; got != test.want {
			t.Errorf("%+v: %q", test, got)
		}
		started.Close()
	}
}

func compressed(t *testing.T, make func(io.Writer) io.WriteCloser, text string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := make(&out)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// packers compress, by the names of their encodings.
var packers = map[string]func(io.Writer) io.WriteCloser{
	"gzip":    func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
	"deflate": func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) },
	"br":      func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) },
	"zstd":    func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w); return z },
}

func TestDecode(t *testing.T) {
	gz, zl := packers["gzip"], packers["deflate"]
	raw := func(w io.Writer) io.WriteCloser { f, _ := flate.NewWriter(w, 1); return f }
	const text = "AWS_EC2_001 is up"
	for _, test := range []struct {
		encoding string
		body     []byte
	}{
		{"", []byte(text)},
		{"identity", []byte(text)},
		{"GZIP", compressed(t, gz, text)},
		{"x-gzip", compressed(t, gz, text)},
		{"deflate", compressed(t, zl, text)},
		{"deflate", compressed(t, raw, text)},
		{"br", compressed(t, packers["br"], text)},
		{"zstd", compressed(t, packers["zstd"], text)},
		{"deflate, gzip", compressed(t, gz, string(compressed(t, zl, text)))},
	} {
		if got, err := decode(test.encoding, test.body, largestBody); err != nil || string(got) != text {
			t.Errorf("%s: %q, %v", test.encoding, got, err)
		}
	}
	if _, err := decode("compress", []byte(text), largestBody); !errors.Is(err, errUnknownEncoding) {
		t.Errorf("compress: %v", err)
	}
	if _, err := decode(strings.Repeat("identity,", 9), []byte(text), largestBody); !errors.Is(err, errUnknownEncoding) {
		t.Errorf("nine encodings: %v", err)
	}
	for encoding, pack := range packers {
		packed := compressed(t, pack, strings.Repeat(text, 100))
		if _, err := decode(encoding, []byte(text), largestBody); err == nil {
			t.Errorf("%s: text was decoded", encoding)
		}
		if _, err := decode(encoding, packed[:len(packed)-3], largestBody); err == nil {
			t.Errorf("%s: half a body was decoded", encoding)
		}
		if got, err := decode(encoding, append(packed, text...), largestBody); err == nil {
			t.Errorf("%s: what is behind the body was dropped: %q", encoding, got)
		}
		bomb := compressed(t, pack, strings.Repeat("\x00", 1<<20+1))
		if _, err := decode(encoding, bomb, 1<<20); !errors.Is(err, errDecodedTooLarge) {
			t.Errorf("%s: above the limit: %v", encoding, err)
		}
		if _, err := decode(encoding, bomb, largestBody); !errors.Is(err, errDecodedTooLarge) {
			t.Errorf("%s: %d bytes became %d: %v", encoding, len(bomb), 1<<20+1, err)
		}
		harmless := compressed(t, pack, strings.Repeat("\x00", 1<<20))
		if got, err := decode(encoding, harmless, largestBody); err != nil || len(got) != 1<<20 {
			t.Errorf("%s: %d bytes, %v", encoding, len(got), err)
		}
	}
}

func TestABodyAboveTheLimitIsRefusedUnread(t *testing.T) {
	path := filepath.Join(t.TempDir(), "body")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(file.Truncate(largestBody+1), file.Close()); err != nil { // sparse
		t.Fatal(err)
	}
	var why *uninspectable
	if _, err := bodyFromFile(path, largestBody); !errors.As(err, &why) {
		t.Errorf("%v", err)
	}
}

func TestTheOwnFieldsAreChecked(t *testing.T) {
	p := start(t, io.Discard, Buffered)
	for config, usable := range map[string]bool{
		`{"use_redis":false,"max_body_bytes":1024}`:             true,
		`{"use_redis":false,"max_body_bytes":1.34217728e8}`:     true,
		`{"use_redis":false,"max_body_bytes":1023}`:             false,
		`{"use_redis":false,"max_body_bytes":134217729}`:        false,
		`{"use_redis":false,"mask_headers":{}}`:                 true,
		`{"use_redis":false,"mask_headers":["X-Trace"]}`:        true,
		`{"use_redis":false,"mask_headers":["Content-Length"]}`: false,
		`{"use_redis":false,"mask_headers":[7]}`:                false,
	} {
		started := p.Start([]byte(config))
		if _, is := started.(*instance); is != usable {
			t.Errorf("%s starts: %v", config, is)
		}
		started.Close()
	}
}

func TestAPanicAndAClosedEngineAreRefusals(t *testing.T) {
	panics := (&instance{maxBody: 1}).Handle(&pluginserver.Event{Phase: "access"}) // there is no Kong to call
	for name, err := range map[string]error{"a panic": panics, "a closed engine": refusal(engine.ErrClosed)} {
		var answer *pluginserver.Refusal
		if !errors.As(err, &answer) || answer.Status != 503 || !strings.Contains(string(answer.Body), "AWS_MASKER_2001") ||
			len(answer.Before) != 1 || answer.Before[0].Method != "kong.log.set_serialize_value" {
			t.Errorf("%s: %+v", name, err)
		}
	}
	if !strings.Contains(panics.Error(), "panic at") {
		t.Errorf("a panic: %v", panics)
	}
}

func TestOnlyPlainJSONIsTakenForIt(t *testing.T) {
	for body, want := range map[string]bool{
		`{"a":1}`:                true,
		" \n[1]":                 true,
		``:                       false,
		`text`:                   false,
		`a=arn%3Aaws`:            false,
		"[\x00\xff\xfe":          false, // a compressed stream may begin so
		"\x1f\x8b\x08":           false,
		"--boundary\r\n{}":       false,
		"\x00\x00\x00\x00\x05{}": false,
	} {
		if got := looksLikeJSON([]byte(body)); got != want {
			t.Errorf("%q: %v", body, got)
		}
	}
}

func TestManyValuesAreNotTakenForOne(t *testing.T) {
	for text, want := range map[string]bool{
		`{"a":1}`:                             false,
		"{\n \"a\": [\n {}\n ,\n {}\n ]\n}\n": false,
		"[\n[1],\n[2]\n]\n\n":                 false,
		"{\"a\":1}\n{\"b\":2}\n":              true,
		"{\"a\":1}\r\n{\"b\":2}":              true,
		"{\"a\":1}  \n\n  [2]":                true,
		"[1]\n2":                              true,
		"{\"a\":\n{}}\n\"x\"":                 true,
	} {
		if got := hasManyValues([]byte(text)); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
