package pluginserver

import (
	"errors"
	"fmt"
	"strings"

	"github.com/Kong/go-pdk"
	"github.com/Kong/go-pdk/bridge"
	pb "github.com/Kong/go-pdk/server/kong_plugin_protocol"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"aws-masker/go-bridge/internal/frame"
)

// Event is one phase of one request. It ends with the Handle it was given to and is used by one goroutine at a time.
type Event struct {
	// Phase is Kong's name of the phase: "access", "response".
	Phase string

	// Kong is go-pdk's interface to the request. Every call waits for Kong.
	Kong *pdk.PDK

	conn  *conn
	lines *lines
}

// Call is one call of a PDK method that go-pdk has no function for, or one that travels with others.
type Call struct {
	Method string        // as in kong/pluginsocket.proto, for example "kong.ctx.shared.set"
	Args   proto.Message // nil for none
	Reply  proto.Message // where the result goes; nil drops it

	// Lent is given the result as it came, instead of Reply, which would copy it.
	Lent Borrower
}

// Borrower reads a result that is lent to it: the bytes are good until the event ends.
type Borrower interface {
	Borrow(result []byte) error
}

// ErrTooLarge reports a reply that is longer than a frame may be. All calls have been done.
var ErrTooLarge = errors.New("reply is longer than the limit")

// ErrEnded reports that Kong has ended the exchange. There is nothing left to do for the event.
var ErrEnded = errors.New("kong ended the connection")

// newEvent makes the event of a connection, which has one at a time.
func newEvent(phase string, c *conn, lines *lines) *Event {
	c.event = Event{Phase: phase, Kong: c.kong, conn: c, lines: lines}
	return &c.event
}

// Log writes a line about the request: the cause, the details, and the request's id. A cause has one line a minute, which
// tells how many more there were. It waits for Kong where a line is written. The line must hold nothing from a body.
func (e *Event) Log(cause, details string) {
	e.lines.write(cause, func() string {
		if id := e.RequestID(); id != "" {
			return details + " (request " + id + ")"
		}
		return details
	})
}

// RequestID asks Kong for the id that its own log lines have of the request, and X-Kong-Request-Id (Kong 3.5 and later:
// kong/globalpatches.lua, nginx variable kong_request_id); empty if Kong has none, or is gone.
func (e *Event) RequestID() string {
	if e.conn.closed || e.conn.broken != nil {
		return ""
	}
	var id pb.String
	err := e.Ask(Call{Method: "kong.nginx.get_var", Args: bridge.WrapString("kong_request_id"), Reply: &id})
	if err != nil || len(id.V) > longestID || strings.ContainsFunc(id.V, isNoIDRune) {
		return ""
	}
	return id.V
}

// longestID is longer than any id of Kong's, which have 32 characters.
const longestID = 64

func isNoIDRune(r rune) bool {
	return !('0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r == '-')
}

// Ask runs calls in their order and waits once, for all their results: Kong's event loop is entered once instead of
// once per call.
//
// An error is ErrEnded or ErrTooLarge, or says which call could not be encoded or decoded; then all the others have been
// done.
func (e *Event) Ask(calls ...Call) error {
	if err := e.write(calls); err != nil {
		return err
	}
	var failed error
	for _, call := range calls {
		reply, err := e.conn.readReply()
		switch {
		case errors.Is(err, frame.ErrTooLarge) && e.conn.broken == nil:
			failed = fmt.Errorf("%s: %w", call.Method, ErrTooLarge)
		case err != nil:
			return fmt.Errorf("%w: %w", ErrEnded, err)
		default:
			if err := call.take(reply); err != nil && failed == nil {
				failed = fmt.Errorf("%s: reply cannot be decoded: %w", call.Method, err)
			}
		}
	}
	return failed
}

// take decodes the call's result.
func (c Call) take(reply []byte) error {
	switch {
	case c.Lent != nil:
		return c.Lent.Borrow(reply)
	case c.Reply != nil:
		return proto.Unmarshal(reply, c.Reply)
	default:
		return nil
	}
}

// Tell runs calls in their order without waiting: they leave with the next call that waits, or with the end of the
// event. Kong reports no failure of a call other than by ending the connection, so nothing is lost by not waiting.
func (e *Event) Tell(calls ...Call) error {
	for _, call := range calls {
		if err := e.conn.tell(call.Method, call.Args); err != nil {
			return fmt.Errorf("%s: arguments cannot be encoded: %w", call.Method, err)
		}
	}
	return nil
}

// Exit answers the client with kong.response.exit and ends the event: nothing can be called after it. Kong sends no
// reply to an exit but drops the connection.
//
// The headers of an upstream response survive; those given here replace them, and one without values is removed: Kong
// assigns the list to ngx.header (kong/pdk/response.lua, send). Content-Length is Kong's business.
func (e *Event) Exit(status int, body []byte, headers map[string][]string) error {
	fields := make(map[string]*structpb.Value, len(headers))
	for name, values := range headers {
		fields[name] = headerValue(values)
	}
	err := e.Tell(Call{Method: "kong.response.exit", Args: &pb.ExitArgs{
		Status:  int32(status),
		Body:    body,
		Headers: &structpb.Struct{Fields: fields},
	}})
	if err != nil {
		return err
	}
	if err := e.conn.end(); err != nil {
		return fmt.Errorf("%w: %w", ErrEnded, err)
	}
	return nil
}

func headerValue(values []string) *structpb.Value {
	if len(values) == 1 {
		return structpb.NewStringValue(values[0])
	}
	list := &structpb.ListValue{}
	for _, value := range values {
		list.Values = append(list.Values, structpb.NewStringValue(value))
	}
	return structpb.NewListValue(list)
}

// write collects calls whose replies will be read.
func (e *Event) write(calls []Call) error {
	if err := e.Tell(calls...); err != nil {
		return err
	}
	e.conn.owed -= len(calls)
	return nil
}
