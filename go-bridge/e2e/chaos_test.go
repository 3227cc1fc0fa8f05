package e2e

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"

	"aws-masker/go-bridge/kongsim"
)

func TestFramesMayArriveByteByByteAndLate(t *testing.T) {
	s := startServer(t)
	g := startGatewayWith(t, kongsim.Config{
		Socket: s.socket, PluginConfig: embedded, Chaos: kongsim.Chaos{Split: true, Delay: time.Millisecond},
	}, &upstream{})
	for range 3 {
		if got := g.post(t, body); got.status != 200 || !bytes.Equal(got.body, body) {
			t.Errorf("%d %s", got.status, got.body)
		}
	}
}

// TestAConnectionThatIsCutAnywhereLeaksNothing: a request is restored or has failed, and the server goes on.
func TestAConnectionThatIsCutAnywhereLeaksNothing(t *testing.T) {
	s := startServer(t)
	provider := &upstream{}
	g := startGatewayWith(t, kongsim.Config{
		Socket: s.socket, PluginConfig: embedded, Chaos: kongsim.Chaos{Drop: 0.05},
	}, provider)
	var mu sync.Mutex
	failed, restored := 0, 0
	var all sync.WaitGroup
	for range 8 {
		all.Add(1)
		go func() {
			defer all.Done()
			for range 50 {
				got, err := g.try("POST", "application/json", body, nil)
				mu.Lock()
				switch {
				case err == nil && got.status == 200 && bytes.Equal(got.body, body):
					restored++
				case err == nil && got.status == 500 && !bytes.Contains(got.body, []byte("AWS_EC2")):
					failed++
				default:
					t.Errorf("%d %s, %v", got.status, got.body, err)
				}
				mu.Unlock()
			}
		}()
	}
	all.Wait()
	if failed == 0 || restored == 0 {
		t.Errorf("%d failed, %d restored", failed, restored)
	}
	for _, seen := range provider.sightings() {
		if bytes.Contains(seen.raw, []byte(instanceID)) {
			t.Fatal("an identifier left")
		}
	}
	calm := startGateway(t, s, embedded, provider)
	if got := calm.post(t, body); !bytes.Equal(got.body, body) {
		t.Errorf("afterwards: %d %s", got.status, got.body)
	}
	if strings.Contains(s.log.String(), instanceID) || strings.Contains(s.log.String(), "panic") {
		t.Error("the log has an identifier or a panic")
	}
}
