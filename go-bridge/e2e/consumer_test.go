package e2e

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"aws-masker/go-bridge/kongsim"
)

// TestConsumersHaveTokensOfTheirOwn sends different identifiers for two consumers and for nobody: with counters of their
// own, each gets the first token.
func TestConsumersHaveTokensOfTheirOwn(t *testing.T) {
	provider := &upstream{}
	g := startGateway(t, startServer(t), config{"use_redis": false, "mapping_scope": "consumer"}, provider)
	for i, consumer := range []string{"alice", "bob", ""} {
		header := http.Header{}
		if consumer != "" {
			header.Set(kongsim.ConsumerHeader, consumer)
		}
		sent := inventory([]string{identifiers(100)[8*i]})
		for range 2 {
			got, err := g.try(http.MethodPost, "application/json", sent, header)
			if err != nil || got.status != 200 || !bytes.Equal(got.body, sent) {
				t.Fatalf("%q: %d %s, %v", consumer, got.status, got.body, err)
			}
			if tokens := listed(t, provider.last(t).body); tokens[0] != "AWS_EC2_001" {
				t.Errorf("%q: the provider saw %q", consumer, tokens)
			}
		}
	}
}

func TestAnUnverifiedStoreIsWarnedOfOnce(t *testing.T) {
	s := startServer(t)
	unsafe := config{"redis_ssl_enabled": true, "redis_ssl_verify": false, "redis_host": "127.0.0.1", "redis_port": 1}
	g := startGateway(t, s, unsafe, &upstream{})
	for range 8 { // all workers
		if _, err := g.try(http.MethodPost, "text/plain", []byte("no identifier"), nil); err != nil {
			t.Fatal(err)
		}
	}
	const warning = "redis_ssl_verify is false"
	eventually(t, "a warning", func() bool { return strings.Contains(s.log.String(), warning) })
	if n := strings.Count(s.log.String(), warning); n != 1 {
		t.Errorf("%d warnings:\n%s", n, s.log)
	}
}
