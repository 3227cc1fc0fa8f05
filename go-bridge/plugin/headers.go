package plugin

import (
	"strings"
	"unicode/utf8"

	pb "github.com/Kong/go-pdk/server/kong_plugin_protocol"
	"google.golang.org/protobuf/encoding/protowire"

	"aws-masker/go-bridge/pluginserver"
)

// headers are the HTTP header fields of a message. They are read from Kong's reply by hand: HTTP allows values that are not
// UTF-8, protobuf's own reader does not.
type headers struct {
	byName map[string]string // in lower case; repeated ones are joined with commas (RFC 9110, 5.3)
	lines  int
}

// maxHeaders is the most headers Kong lets a plugin ask for at once. It does not say that there are more.
const maxHeaders = 1000

// complete reports that there are no others.
func (h *headers) complete() bool { return h.lines < maxHeaders }

// get returns a header; nothing if there is none, or if the headers were not needed.
func (h *headers) get(name string) string {
	if h == nil {
		return ""
	}
	return h.byName[name]
}

// contentType is the Content-Type, or nothing where it is no text: the engine then looks at the body.
func (h *headers) contentType() string {
	value := h.get("content-type")
	if !utf8.ValidString(value) {
		return ""
	}
	return value
}

// Borrow reads a google.protobuf.Struct: a map, whose entries have a name and a Value.
func (h *headers) Borrow(message []byte) error {
	*h = headers{byName: map[string]string{}}
	return eachField(message, func(_ protowire.Number, entry []byte) error {
		var name string
		var value []byte
		err := eachField(entry, func(number protowire.Number, field []byte) error {
			if number == 1 {
				name = strings.ToLower(string(field))
			} else {
				value = field
			}
			return nil
		})
		if err != nil {
			return err
		}
		return h.add(name, value)
	})
}

// add reads a google.protobuf.Value: one text, or a list of Values.
func (h *headers) add(name string, value []byte) error {
	const text, list = 3, 6
	return eachField(value, func(number protowire.Number, field []byte) error {
		switch number {
		case text:
			if before, repeated := h.byName[name]; repeated {
				field = append([]byte(before+", "), field...)
			}
			h.byName[name] = string(field)
			h.lines++
		case list:
			return eachField(field, func(_ protowire.Number, item []byte) error { return h.add(name, item) })
		}
		return nil
	})
}

// readHeaders returns the headers of the request (side "kong.request") or of the response ("kong.response"), together with
// the results of other calls. With ErrTooLarge, the reply to another call, they are there, too.
func readHeaders(event *pluginserver.Event, side string, others ...pluginserver.Call) (*headers, error) {
	all := &headers{}
	err := event.Ask(append(others, pluginserver.Call{Method: side + ".get_headers", Args: &pb.Int{V: maxHeaders}, Lent: all})...)
	return all, err
}
