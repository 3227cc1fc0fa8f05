package plugin

import (
	"fmt"
	"log"
	"sync"

	"aws-masker/go-bridge/internal/tuning"
	"aws-masker/go-bridge/pluginserver"
)

// instance is the plugin with one configuration. It keeps nothing between the phases of a request: what response needs
// travels in kong.ctx.shared, so that a server that was restarted in between restores all the same.
type instance struct {
	log       *log.Logger
	masker    *sharedMasker
	waits     *tuning.Processors // is told of calls of the masker, which may wait
	mode      Mode
	restoring string // the configuration with which the companion restores
	audit     bool
	scoped    bool // mappings are kept per consumer
	apiKey    string

	maxBody     int64    // bytes of a body, encoded or decoded
	allow       bool     // bodies that cannot be inspected pass
	maskURI     bool     // the query is masked, the path looked at
	maskHeaders []string // in lower case
	counts      bool     // the client is told how much was masked

	unexpected sync.Once // the log line on a response phase in the streaming mode
}

// Handle runs a phase. Its error is a refusal, also that of a panic, which puts its code on Kong's log entry.
func (i *instance) Handle(event *pluginserver.Event) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = refusal(pluginserver.Panicked(value))
		}
	}()
	if err := i.handle(event); err != nil {
		return refusal(err)
	}
	return nil
}

func (i *instance) handle(event *pluginserver.Event) error {
	switch event.Phase {
	case "access":
		return i.access(event)
	case "response":
		if i.mode == Streaming {
			i.buffersInVain()
			return nil // the companion restores the response
		}
		return i.response(event)
	default:
		return fmt.Errorf("the plugin has no phase %q", event.Phase)
	}
}

// Close gives the engine back.
func (i *instance) Close() { i.masker.release() }
