package tuning

import (
	"runtime"
	"testing"
	"time"
)

// processors gives some that are taken back after quiet.
func processors(t *testing.T, quiet time.Duration) *Processors {
	t.Helper()
	t.Setenv("GOMAXPROCS", "")
	usual := runtime.GOMAXPROCS(0)
	t.Cleanup(func() { runtime.GOMAXPROCS(usual) })
	p := NewProcessors()
	p.quiet = quiet
	return p
}

// wait lets calls wait for as long as it takes to believe it, and returns when each has begun.
func wait(p *Processors) (starts []int64) {
	for range p.usual + 1 {
		starts = append(starts, p.Enter())
	}
	for range 3 {
		time.Sleep(patience)
		starts = append(starts, p.Enter())
	}
	return starts
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(what)
		}
	}
}

func TestCallsThatWaitGetProcessorsAndGiveThemBack(t *testing.T) {
	p := processors(t, 50*time.Millisecond)
	starts := wait(p)
	if got := runtime.GOMAXPROCS(0); got != p.usual+more {
		t.Fatalf("%d processors for %d calls that wait, want %d", got, len(starts), p.usual+more)
	}
	for _, start := range starts {
		p.Leave(start)
	}
	if calls, sum := p.calls.Load(), p.starts.Load(); calls != 0 || sum != 0 {
		t.Fatalf("%d calls with a sum of %d are left", calls, sum)
	}
	eventually(t, "the processors are not taken back", func() bool { return runtime.GOMAXPROCS(0) == p.usual })
	eventually(t, "they cannot be given again", func() bool { return !p.raised.Load() })
	for _, start := range wait(p) {
		p.Leave(start)
	}
	if got := runtime.GOMAXPROCS(0); got != p.usual+more {
		t.Fatalf("%d processors the second time", got)
	}
}

func TestAsManyCallsAsProcessorsGetNoMore(t *testing.T) {
	p := processors(t, time.Minute)
	for range p.usual {
		defer p.Leave(p.Enter())
		time.Sleep(patience)
	}
	if got := runtime.GOMAXPROCS(0); got != p.usual {
		t.Fatalf("%d processors, want the usual %d", got, p.usual)
	}
}

func TestWhatTheEnvironmentSaysStays(t *testing.T) {
	t.Setenv("GOMAXPROCS", "2")
	usual := runtime.GOMAXPROCS(0)
	p := NewProcessors()
	for _, start := range wait(p) {
		p.Leave(start)
	}
	if got := runtime.GOMAXPROCS(0); got != usual {
		t.Fatalf("%d processors, want %d", got, usual)
	}
}
