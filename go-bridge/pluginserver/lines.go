package pluginserver

import (
	"fmt"
	"log"
	"maps"
	"sync"
	"time"
)

// quiet is how long a line is not repeated.
const quiet = time.Minute

// mostCauses is how many causes are told apart; causes hold texts of other programs. The others share one line.
const mostCauses = 256

// lines writes log lines, each cause's at most once a minute: what fails for one request mostly fails for all of them, and a
// log that drowns says nothing. Safe for concurrent use.
type lines struct {
	log *log.Logger
	now func() time.Time

	mu     sync.Mutex
	causes map[string]*cause
}

// cause is why lines are written.
type cause struct {
	next time.Time // when the next one may be written
	held int       // how many were not since the last one
}

func newLines(log *log.Logger) *lines {
	return &lines{log: log, now: time.Now, causes: map[string]*cause{}}
}

// write writes a line unless its cause has had one within the last minute. details is only called for what is written.
func (l *lines) write(cause string, details func() string) {
	held, now := l.pass(cause)
	if !now {
		return
	}
	line := cause + details()
	if held > 0 {
		line += fmt.Sprintf(" (%d more like it since the last line)", held)
	}
	l.log.Print(line)
}

// pass reports whether a cause may have its line now, and how many it did not have.
func (l *lines) pass(name string) (held int, now bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.now()
	c := l.causes[name]
	if c == nil {
		c = l.add(name, at)
	}
	if at.Before(c.next) {
		c.held++
		return 0, false
	}
	held = c.held
	c.next, c.held = at.Add(quiet), 0
	return held, true
}

// add makes room for a cause. Those that may have a line again are forgotten first.
func (l *lines) add(name string, at time.Time) *cause {
	if len(l.causes) >= mostCauses {
		maps.DeleteFunc(l.causes, func(_ string, c *cause) bool { return !at.Before(c.next) })
	}
	if len(l.causes) >= mostCauses {
		name = others
	}
	c := l.causes[name]
	if c == nil {
		c = &cause{}
		l.causes[name] = c
	}
	return c
}

// others is the cause of what is too much to be told apart. No cause has this name.
const others = ""
