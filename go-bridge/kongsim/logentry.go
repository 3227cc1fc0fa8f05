package kongsim

import (
	"maps"
	"strings"
)

// serializeValue is one call of kong.log.set_serialize_value.
type serializeValue struct {
	key   string
	value any
}

// log writes the request's log entry and then runs the plugin's log phase.
//
// In this order: Kong serializes the entry, and its own log plugins write it, before the timer starts in which an
// external plugin's log phase runs (kong/runloop/plugin_servers/plugin.lua, build_phases).
func (r *request) log(w *worker) {
	if r.gateway.config.OnLog != nil {
		r.gateway.config.OnLog(r.entry())
	}
	if !r.gateway.hasPhase("log") {
		return
	}
	r.gateway.events.Add(1)
	go func() {
		defer r.gateway.events.Done()
		if err := w.handleEvent(r, "log"); err != nil {
			r.gateway.kongLog("[error] %v", err)
		}
	}()
}

// entry is a small part of what kong.log.serialize returns, with what the plugin has put on it.
func (r *request) entry() map[string]any {
	entry := map[string]any{
		"request":  map[string]any{"method": r.http.Method, "uri": r.http.URL.RequestURI()},
		"response": map[string]any{"status": r.response.status},
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, set := range r.serialize {
		path := strings.Split(set.key, ".")
		table := entry
		for _, name := range path[:len(path)-1] {
			sub, ok := table[name].(map[string]any)
			if !ok {
				sub = map[string]any{}
			}
			sub = maps.Clone(sub)
			table[name] = sub
			table = sub
		}
		table[path[len(path)-1]] = set.value
	}
	return entry
}
