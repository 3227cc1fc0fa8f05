package tuning

import (
	"os"
	"runtime"
	"sync/atomic"
	"time"
)

// Processors gives Go more of its processors (GOMAXPROCS) while calls of C wait.
//
// To Go such a call runs, though it waits for a store: it keeps its processor until the runtime's monitor takes that away, which
// looks only every ten milliseconds where nothing else happens. With one processor for each core, two calls at a time reach a
// store that is some milliseconds away, and all other requests wait in line. With many, every request wakes threads that find
// nothing to do, which costs those that need no store a fifth of their throughput.
type Processors struct {
	usual, many int
	quiet       time.Duration
	began       time.Time

	// The calls at hand, and the sum of when each has begun: so the time that they have taken is known of all together.
	calls, starts atomic.Int64

	since   atomic.Int64 // from when on they have been seen to wait; 0: the last one has not seen it
	crowded atomic.Int64 // when that was seen last
	raised  atomic.Bool
}

const (
	// more is how many processors are added. Each takes a few hundred kilobytes once it is used.
	more = 16
	// slow is how old calls are on an average that wait for something.
	slow = time.Millisecond
	// patience is how long that must last: a machine that is busy with something else makes calls slow for a moment.
	patience = 20 * time.Millisecond
	// quiet is how long it must have been over before the added processors are taken back.
	quiet = 10 * time.Second
)

// NewProcessors starts with as many as there are. GOMAXPROCS in the environment is what somebody wants: it stays.
func NewProcessors() *Processors {
	usual := runtime.GOMAXPROCS(0)
	p := &Processors{usual: usual, many: usual + more, quiet: quiet, began: time.Now()}
	if os.Getenv("GOMAXPROCS") != "" {
		p.many = usual
	}
	return p
}

// Enter says that a call begins which may wait. What it returns is for Leave, which the caller calls when the call has ended.
func (p *Processors) Enter() (start int64) {
	now := p.now()
	starts := p.starts.Add(now)
	calls := p.calls.Add(1)
	waiting := time.Duration(calls*now - starts)
	if calls <= int64(p.usual) || waiting < time.Duration(calls)*slow {
		if p.since.Load() != 0 { // what is only read does not wander between the cores
			p.since.Store(0)
		}
		return now
	}
	if p.since.CompareAndSwap(0, now) || now-p.since.Load() < int64(patience) {
		return now
	}
	p.crowded.Store(now)
	if p.many > p.usual && p.raised.CompareAndSwap(false, true) {
		runtime.GOMAXPROCS(p.many)
		go p.lower()
	}
	return now
}

// Leave says that the call has ended that began at start.
func (p *Processors) Leave(start int64) {
	p.calls.Add(-1)
	p.starts.Add(-start)
}

// lower takes the added processors back when it has been quiet.
func (p *Processors) lower() {
	for {
		left := p.quiet - time.Duration(p.now()-p.crowded.Load())
		if left <= 0 {
			runtime.GOMAXPROCS(p.usual)
			p.raised.Store(false)
			return
		}
		time.Sleep(left)
	}
}

// now is in nanoseconds, and never 0.
func (p *Processors) now() int64 { return int64(time.Since(p.began)) + 1 }
