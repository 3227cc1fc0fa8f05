package plugin

import (
	"sync"
	"time"
)

// throttle lets one log line a minute through. Safe for concurrent use.
type throttle struct {
	mu   sync.Mutex
	next time.Time
	held int
}

// quiet is how long a line is not repeated.
const quiet = time.Minute

// pass reports whether the line may be written now, and how many like it were not since the last that was.
func (t *throttle) pass(now time.Time) (bool, int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now.Before(t.next) {
		t.held++
		return false, 0
	}
	held := t.held
	t.next, t.held = now.Add(quiet), 0
	return true, held
}
