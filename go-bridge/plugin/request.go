package plugin

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	pb "github.com/Kong/go-pdk/server/kong_plugin_protocol"
	"google.golang.org/protobuf/types/known/structpb"

	"aws-masker/go-bridge/engine"
	"aws-masker/go-bridge/pluginserver"
)

// request is what the plugin has read of a request. Its bytes are lent: they are good until the event ends.
type request struct {
	consumer    string  // its id, where mappings are kept per consumer
	received    rawBody // the body as Kong gave it
	body        []byte
	contentType string // empty: the engine looks at the body
	encoded     bool   // the request's own body is compressed
	query       byteString
	line        byteString
	method      []byte // empty if it was not asked for, as the path
	path        []byte
	headers     *headers // nil if they were not needed

	firstHeader int      // the first of the parts that is a header; so are all behind it
	names       []string // of those
}

// mostReceived is how many calls receive makes at most, without that for the headers.
const mostReceived = 5

// receive asks Kong for what is looked at of every request, in one turn. In the streaming mode it makes sure first that
// somebody will restore the response.
func (i *instance) receive(event *pluginserver.Event) (*request, error) {
	got := &request{}
	var present *structpb.Value
	var consumer *pb.Consumer
	calls := append(make([]pluginserver.Call, 0, mostReceived), getRawBody(&got.received))
	if i.maskURI {
		calls = append(calls, getQuery(&got.query), getRequestLine(&got.line))
	}
	if i.scoped {
		consumer = &pb.Consumer{}
		calls = append(calls, getConsumer(consumer))
	}
	if i.mode == Streaming {
		present = &structpb.Value{}
		calls = append(calls, getPresence(present))
	}
	var found *headers
	var err error
	if len(i.maskHeaders) > 0 {
		found, err = readHeaders(event, "kong.request", calls...)
	} else {
		err = event.Ask(calls...)
	}
	if i.mode == Streaming && !errors.Is(err, pluginserver.ErrEnded) {
		if refused := checkCompanion(present); refused != nil {
			return nil, refused
		}
	}
	tooLarge := errors.Is(err, pluginserver.ErrTooLarge) // the body; the rest has arrived
	if err != nil && !tooLarge {
		return nil, err
	}
	if found != nil && !i.canMask(found) {
		return nil, refuse(codeUninspectable, "The request has too many headers, or one of config.mask_headers that is no text, so"+
			" they cannot be masked; it was not sent.")
	}
	got.consumer, got.headers = consumer.GetId(), found
	got.method, got.path = methodAndPath(got.line)
	if tooLarge {
		return got, i.uninspectable(event, errTooLarge)
	}
	got.body, err = requestBody(got.received, i.maxBody)
	return got, i.uninspectable(event, err)
}

// methodAndPath are two of the parts of a request line (RFC 9112, 3).
func methodAndPath(line []byte) (method, path []byte) {
	method, target, _ := bytes.Cut(line, []byte(" "))
	if version := bytes.LastIndexByte(target, ' '); version >= 0 {
		target = target[:version]
	}
	path, _, _ = bytes.Cut(target, []byte("?"))
	return method, path
}

// canMask reports that all headers of mask_headers are known and that others can be put in their place.
func (i *instance) canMask(headers *headers) bool {
	return headers.complete() && !slices.ContainsFunc(i.maskHeaders, func(name string) bool {
		return !utf8.ValidString(headers.get(name))
	})
}

// errTooManyHeaders reports a request of which a header may be unknown that says what its body is.
var errTooManyHeaders = &uninspectable{"The request has more headers than can be looked at."}

// errWebSocket reports a request that is the beginning of a WebSocket.
var errWebSocket = &uninspectable{"The messages of a WebSocket cannot be inspected."}

// uninspectable decides on a body that cannot be looked through: the request is refused, or the body passes as it is.
func (i *instance) uninspectable(event *pluginserver.Event, err error) error {
	if err == nil {
		return nil
	}
	var why *uninspectable
	if !errors.As(err, &why) {
		return err
	}
	if !i.allow {
		return why.answer()
	}
	event.Log(fmt.Sprintf("a body has passed uninspected: %s", why), "")
	return nil
}

// inspect finds out what the body is, and undoes its compression. A GET, whatever its body, may begin a WebSocket (RFC 6455,
// 4.1), whose messages no plugin sees.
func (i *instance) inspect(event *pluginserver.Event, request *request) error {
	if looksLikeJSON(request.body) && string(request.method) != http.MethodGet {
		return nil
	}
	if request.headers == nil {
		found, err := readHeaders(event, "kong.request")
		if err != nil {
			return err
		}
		request.headers = found
	}
	if !request.headers.complete() {
		if err := i.uninspectable(event, errTooManyHeaders); err != nil {
			return err
		}
	}
	if strings.Contains(strings.ToLower(request.headers.get("upgrade")), "websocket") {
		if err := i.uninspectable(event, errWebSocket); err != nil {
			return err
		}
	}
	request.contentType = request.headers.contentType()
	encoding := request.headers.get("content-encoding")
	if encoding == "" || len(request.body) == 0 {
		return nil
	}
	decoded, err := decode(encoding, request.body, i.maxBody)
	if err != nil {
		request.body = nil
		return i.uninspectable(event, undecodable(err))
	}
	request.body, request.encoded = decoded, true
	return nil
}

// undecodable says why a compressed body cannot be looked into.
func undecodable(err error) error {
	switch {
	case errors.Is(err, errUnknownEncoding):
		return &uninspectable{"The request's Content-Encoding is none of gzip, deflate, br and zstd."}
	case errors.Is(err, errDecodedTooLarge):
		return &uninspectable{"The request's body is compressed and becomes too large."}
	default:
		return &uninspectable{"The request's body is compressed and cannot be decoded."}
	}
}

// parts adds what the engine looks at to parts.
func (r *request) parts(i *instance, parts []engine.Part) []engine.Part {
	parts = append(parts, engine.Part{Place: engine.Body, ContentType: r.contentType, Bytes: r.body})
	add := func(place engine.Place, bytes []byte) {
		if len(bytes) > 0 {
			parts = append(parts, engine.Part{Place: place, Bytes: bytes})
		}
	}
	add(engine.Query, r.query)
	add(engine.Path, r.path)
	r.firstHeader = len(parts)
	for _, name := range i.maskHeaders {
		if value := r.headers.get(name); value != "" {
			add(engine.Header, []byte(value))
			r.names = append(r.names, name)
		}
	}
	return parts
}

// name is that of the header that a part is; empty for other parts.
func (r *request) name(at int) string {
	if at < r.firstHeader {
		return ""
	}
	return r.names[at-r.firstHeader]
}

// pathLine says, by kind, that there are identifiers in a path, where nothing can be done about them.
func pathLine(event *pluginserver.Event, report engine.Report) {
	event.Log("identifiers are in a request's path, which is sent as it is: ", kinds(report.Path))
}
