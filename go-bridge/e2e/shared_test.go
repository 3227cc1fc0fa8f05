package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// identifiers returns n identifiers of several kinds that the engine must know.
func identifiers(n int) []string {
	forms := []func(i int) string{
		func(i int) string { return fmt.Sprintf("i-0%016x", 0xe2e0000+i) },
		func(i int) string { return fmt.Sprintf("vpc-0%016x", 0xe2e0000+i) },
		func(i int) string { return fmt.Sprintf("subnet-0%016x", 0xe2e0000+i) },
		func(i int) string { return fmt.Sprintf("sg-0%016x", 0xe2e0000+i) },
		func(i int) string { return fmt.Sprintf("vol-0%016x", 0xe2e0000+i) },
		func(i int) string { return fmt.Sprintf("10.20.%d.%d", i/250, 1+i%250) },
		func(i int) string { return fmt.Sprintf("arn:aws:iam::%012d:role/service-%d", 210000000000+i, i) },
		func(i int) string {
			return fmt.Sprintf("arn:aws:lambda:eu-west-1:%012d:function:job-%d", 210000000000+i, i)
		},
	}
	out := make([]string, n)
	for i := range out {
		out[i] = forms[i%len(forms)](i)
	}
	return out
}

// inventory is a request that lists identifiers, in a form from which their tokens can be read again.
func inventory(names []string) []byte {
	text, err := json.Marshal(map[string]any{"messages": []any{map[string]any{"role": "user", "content": names}}})
	if err != nil {
		panic(err) // strings
	}
	return text
}

// listed reads the names of an inventory.
func listed(t *testing.T, text []byte) []string {
	t.Helper()
	var inventory struct{ Messages []struct{ Content []string } }
	if err := json.Unmarshal(text, &inventory); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return inventory.Messages[0].Content
}

// TestTwoServersShareOneStore is the promise of stable names: 8 clients send 2,000 requests with overlapping
// identifiers through two plugin servers that share one Redis. Every response is restored exactly, every identifier has
// one token, no token has two, and no original reaches the provider.
func TestTwoServersShareOneStore(t *testing.T) {
	const clients, requestsEach, pool, perRequest = 8, 250, 400, 12
	r := startRedis(t)
	provider := &upstream{}
	gateways := []*gateway{
		startGateway(t, startServer(t), r.config(), provider),
		startGateway(t, startServer(t), r.config(), provider),
	}
	names := identifiers(pool)

	began := time.Now()
	var all sync.WaitGroup
	for c := range clients {
		all.Add(1)
		go func() {
			defer all.Done()
			random := rand.New(rand.NewPCG(uint64(c), 1))
			for n := range requestsEach {
				chosen := make([]string, perRequest)
				for i := range chosen {
					chosen[i] = names[random.IntN(len(names))]
				}
				sent := inventory(chosen)
				got, err := gateways[(c+n)%2].try(http.MethodPost, "application/json", sent, nil)
				if err != nil || got.status != 200 || !bytes.Equal(got.body, sent) {
					t.Errorf("client %d, request %d: %d %s, %v", c, n, got.status, got.body, err)
					return
				}
			}
		}()
	}
	all.Wait()
	took := time.Since(began)

	seen := provider.sightings()
	if len(seen) != clients*requestsEach {
		t.Fatalf("the provider saw %d requests, want %d", len(seen), clients*requestsEach)
	}
	t.Logf("%d requests in %v (%.0f/s)", len(seen), took.Round(time.Millisecond), float64(len(seen))/took.Seconds())
	tokens := map[string]bool{}
	for _, s := range seen {
		for _, name := range names {
			if bytes.Contains(s.raw, []byte(name)) {
				t.Fatalf("the provider saw %s", name)
			}
		}
		for _, token := range listed(t, s.body) {
			tokens[token] = true
		}
	}
	oneTokenEach(t, r, names, tokens)
}

// oneTokenEach checks what the store holds against what the provider saw: map: and rev: are inverse to each other, over
// exactly these identifiers.
func oneTokenEach(t *testing.T, r *redisServer, names []string, seen map[string]bool) {
	t.Helper()
	forward, back := map[string]string{}, map[string]string{}
	for key, value := range r.contents() {
		if token, found := strings.CutPrefix(key, "aws_masker:map:"); found {
			forward[token] = value
		}
		if encoded, found := strings.CutPrefix(key, "aws_masker:rev:"); found {
			original, err := base64.StdEncoding.DecodeString(encoded)
			if err != nil {
				t.Fatalf("%s: %v", key, err)
			}
			back[string(original)] = value
		}
	}
	known := map[string]bool{}
	for _, name := range names {
		known[name] = true
	}
	owner := map[string]string{}
	for original, token := range back {
		if !known[original] {
			t.Errorf("the store knows %q, which no client has sent", original)
		}
		if other, taken := owner[token]; taken {
			t.Errorf("%s is the token of %q and of %q", token, other, original)
		}
		owner[token] = original
		if forward[token] != original {
			t.Errorf("%q has the token %s, which stands for %q", original, token, forward[token])
		}
	}
	for token := range seen {
		if owner[token] == "" {
			t.Errorf("the provider saw %s, which the store does not know as anyone's token", token)
		}
	}
	if len(seen) != len(back) {
		t.Errorf("the provider saw %d tokens for %d identifiers", len(seen), len(back))
	}
	t.Logf("%d identifiers, %d tokens, %d tokens drawn", len(back), len(owner), len(forward))
}
