package kongsim

import (
	"maps"
	"sync"
)

// Stats counts what went over the plugin server socket.
type Stats struct {
	// Calls counts RPC calls by command.
	Calls map[string]int
	// PDK counts PDK calls by phase and method ("access kong.request.get_raw_body").
	PDK map[string]int
	// Turns counts by phase how often Kong waited for the server during events: pipelined calls are one turn.
	Turns map[string]int
	// Events counts events by phase.
	Events map[string]int
	// Connections is the number of connections opened.
	Connections int
	// Retries is the number of times a closed connection made Kong retry an event.
	Retries int
	// Storms is the number of events given up after MaxRetries; Kong would have gone on for ever.
	Storms int
}

type stats struct {
	mu sync.Mutex
	s  Stats
}

func (s *stats) count(change func(*Stats)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.s.Calls == nil {
		s.s = Stats{Calls: map[string]int{}, PDK: map[string]int{}, Turns: map[string]int{}, Events: map[string]int{}}
	}
	change(&s.s)
}

// Stats returns the counts so far.
func (g *Gateway) Stats() Stats {
	var out Stats
	g.stats.count(func(s *Stats) {
		out = *s
		out.Calls = maps.Clone(s.Calls)
		out.PDK = maps.Clone(s.PDK)
		out.Turns = maps.Clone(s.Turns)
		out.Events = maps.Clone(s.Events)
	})
	return out
}
