package pluginserver

// Plugin is one Kong plugin as the server sees it. Its methods are called from many goroutines at once.
type Plugin interface {
	// Info describes the plugin to Kong.
	Info() Info

	// Start makes an instance for one plugin configuration; config is the JSON Kong sends, its extra keys included.
	//
	// There is no error result because Kong's protocol has no error reply: a configuration that cannot be used becomes
	// an instance that refuses every request.
	Start(config []byte) Instance
}

// Instance is a Plugin with one configuration. Kong's workers each start their own.
type Instance interface {
	// Handle runs one phase of one request. It is called from many goroutines at once.
	//
	// An error ends the request: a *Refusal with the answer it carries, any other error and a panic with a 503.
	Handle(event *Event) error

	// Close is called once, after Kong has closed the instance and the last Handle has returned.
	Close()
}

// Info is what Kong knows about a plugin before it sends it traffic.
type Info struct {
	Name     string
	Version  string // x.y.z, or Kong does not start
	Priority int    // plugins with a higher one run first
	Phases   []string
	Schema   []byte // JSON
}

// Refusal is an error that carries the answer for the client.
type Refusal struct {
	Status int
	Body   []byte // JSON
	Reason string // for a log line, without anything taken from a body; empty: the refusal is not logged
	Before []Call // made before the answer; their results are dropped
}

// Error returns the reason, not the body.
func (r *Refusal) Error() string { return r.Reason }
