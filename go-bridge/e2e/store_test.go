package e2e

import (
	"bytes"
	"syscall"
	"testing"
	"time"
)

// storeCodes are what a store that fails may be called, by how it fails.
var storeCodes = []string{"AWS_MASKER_1001", "AWS_MASKER_1002", "AWS_MASKER_1003"}

// timely runs a request and checks that it took no longer than the time allowed where a server hangs: 500 ms for each of
// one connect, one send and one receive, with something to spare.
func timely(t *testing.T, request func() answer) answer {
	t.Helper()
	began := time.Now()
	got := request()
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("it took %v", took)
	}
	return got
}

func TestWhenTheStoreFails(t *testing.T) {
	for name, test := range map[string]struct {
		prepare func(t *testing.T) config
		codes   []string
	}{
		"down": {func(t *testing.T) config {
			r := startRedis(t)
			r.kill()
			return r.config()
		}, []string{"AWS_MASKER_1001"}},
		"hanging": {func(t *testing.T) config {
			r := startRedis(t)
			if err := r.command.Process.Signal(syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
			c := r.config()
			c["redis_timeout"] = 500
			return c
		}, []string{"AWS_MASKER_1001"}},
		"wrong password": {func(t *testing.T) config {
			c := startRedis(t, "--requirepass", "right").config()
			c["redis_password"] = "wrong"
			return c
		}, []string{"AWS_MASKER_1002"}},
		"no password": {func(t *testing.T) config {
			return startRedis(t, "--requirepass", "right").config()
		}, []string{"AWS_MASKER_1002", "AWS_MASKER_1003"}},
		"unknown user": {func(t *testing.T) config {
			c := startRedis(t).config()
			c["redis_user"], c["redis_auth_token"] = "nobody", "wrong"
			return c
		}, []string{"AWS_MASKER_1002"}},
		"full": {func(t *testing.T) config {
			return startRedis(t, "--maxmemory", "1", "--maxmemory-policy", "noeviction").config()
		}, []string{"AWS_MASKER_1003"}},
	} {
		t.Run(name, func(t *testing.T) {
			plugin := test.prepare(t)
			s := startServer(t)
			provider := &upstream{}
			g := startGateway(t, s, plugin, provider)
			for range 3 {
				refused(t, timely(t, func() answer { return g.post(t, body) }), 503, test.codes...)
			}
			if n := len(provider.sightings()); n != 0 {
				t.Errorf("%d requests passed", n)
			}
			clean := []byte(`{"nothing":"to mask"}`)
			got := timely(t, func() answer { return g.post(t, clean) })
			if got.status != 200 || !bytes.Equal(got.body, clean) {
				t.Errorf("a request without identifiers: %d %s", got.status, got.body)
			}
		})
	}
}

func TestAResponseInFlightNeedsNoStore(t *testing.T) {
	r := startRedis(t)
	s := startServer(t)
	provider := &upstream{then: r.kill}
	g := startGateway(t, s, r.config(), provider)
	if got := g.post(t, body); got.status != 200 || !bytes.Equal(got.body, body) {
		t.Errorf("in flight: %d %s", got.status, got.body)
	}
	other := bytes.ReplaceAll(body, []byte(instanceID), []byte("i-0fedcba9876543210"))
	refused(t, timely(t, func() answer { return g.post(t, other) }), 503, storeCodes...)
	if n := len(provider.sightings()); n != 1 {
		t.Errorf("%d requests reached the provider, want 1", n)
	}
}
