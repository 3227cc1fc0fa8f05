package pluginserver

import (
	"errors"
	"fmt"
)

// handleEvent runs one phase of one request. The connection goes on only if Kong still expects something on it.
func (s *Server) handleEvent(c *conn, begun beginning) error {
	instance := s.instances.use(begun.instance)
	if instance == nil {
		return errUnknownInstance
	}
	defer s.instances.done(instance)

	event := newEvent(begun.phase, c, s.lines)
	err := run(instance, event)
	switch {
	case c.closed: // exited
		return errExited
	case c.broken != nil:
		return c.broken
	case err != nil:
		return s.fail(event, err, begun.sequence)
	}
	return c.endEvent(begun.sequence)
}

// run calls the handler; a panic becomes an error.
func run(instance Instance, event *Event) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = Panicked(value)
		}
	}()
	return instance.Handle(event)
}

// fail answers a request whose handler failed. In the log phase there is no one left to answer.
func (s *Server) fail(event *Event, err error, sequence int64) error {
	refusal := AsRefusal(err)
	event.conn.discard()
	if refusal.Reason != "" {
		event.Log(fmt.Sprintf("%s refused with %d: %s", event.Phase, refusal.Status, refusal.Reason), "")
	}
	if event.Phase == "log" {
		return event.conn.endEvent(sequence)
	}
	event.refuse(refusal)
	return errExited
}

// errExited ends a connection after kong.response.exit. It is success.
var errExited = errors.New("kong.response.exit ends the connection")
