package plugin

import (
	"fmt"
	"sort"
	"strings"

	"google.golang.org/protobuf/types/known/structpb"

	"aws-masker/go-bridge/engine"
	"aws-masker/go-bridge/pluginserver"
)

// anthropicVersion is the API version that goes with a key of ours.
const anthropicVersion = "2023-06-01"

// access masks the request. A JSON request is asked for in one turn of Kong's event loop, and one with identifiers costs
// one more turn for all changes together.
//
// What the engine lends goes into calls, which are written before this ends.
func (i *instance) access(event *pluginserver.Event) error {
	request, err := i.receive(event)
	if err != nil {
		return err
	}
	if err := i.inspect(event, request); err != nil {
		return err
	}
	parts := request.parts(i, make([]engine.Part, 0, engine.UsualParts))
	masked, err := i.mask(request.consumer, parts)
	if err != nil {
		return err
	}
	defer masked.Free()
	if i.apiKey == "" && masked.IsEmpty() {
		return nil
	}
	changes := newChanges(i.credentials())
	for at, part := range parts {
		if bytes := masked.Part(at).Bytes(); bytes != nil {
			changes.add(part, request.name(at), bytes, request)
		}
	}
	if len(masked.Report.Path) > 0 {
		pathLine(event, masked.Report)
	}
	switch {
	case masked.Mapping != "":
		if i.mode == Streaming {
			// The companion cannot decode a response.
			changes.headers["Accept-Encoding"] = structpb.NewStringValue("identity")
		}
		changes.calls = append(changes.calls, i.leave(masked))
	case len(masked.Report.Path) > 0:
		changes.calls = append(changes.calls, setLogValue(logKey, structpb.NewStructValue(entryOf(masked.Report))))
	}
	if err := event.Tell(changes.all()...); err != nil {
		return err
	}
	if i.audit && masked.Mapping != "" {
		i.log.Printf("masked %s (request %s)", kinds(masked.Report.Masked), event.RequestID())
	}
	return nil
}

// mask calls the engine, which may wait for the store.
func (i *instance) mask(consumer string, parts []engine.Part) (engine.MaskedParts, error) {
	defer i.waits.Leave(i.waits.Enter())
	return i.masker.MaskParts(consumer, parts)
}

// changes are what a request's masking does to it.
type changes struct {
	calls   []pluginserver.Call
	headers map[string]*structpb.Value
}

func newChanges(headers map[string]string) *changes {
	return &changes{headers: textStruct(headers).Fields}
}

// add takes in what goes where a part stood. name is a header's.
func (c *changes) add(part engine.Part, name string, bytes []byte, request *request) {
	switch part.Place {
	case engine.Query:
		c.calls = append(c.calls, setQuery(bytes))
	case engine.Header:
		c.headers[name] = structpb.NewStringValue(string(bytes))
	case engine.Body:
		c.calls = append(c.calls, setRawBody(bytes))
		if request.encoded {
			c.calls = append(c.calls, clearRequestHeader("Content-Encoding"))
		}
		for _, name := range describingRequest {
			if request.headers.get(name) != "" {
				c.calls = append(c.calls, clearRequestHeader(name))
			}
		}
	}
}

func (c *changes) all() []pluginserver.Call {
	if len(c.headers) == 0 {
		return c.calls
	}
	return append(c.calls, setRequestHeaders(&structpb.Struct{Fields: c.headers}))
}

// describingRequest are the headers that hold for one body byte for byte. They are cleared where the headers are known
// anyway; nobody sends them with JSON.
var describingRequest = []string{"content-md5", "digest", "content-digest", "repr-digest"}

// credentials are the headers that carry our API key upstream, if there is one.
func (i *instance) credentials() map[string]string {
	if i.apiKey == "" {
		return map[string]string{}
	}
	return map[string]string{"x-api-key": i.apiKey, "anthropic-version": anthropicVersion}
}

// kinds lists counts by kind.
func kinds(counts map[string]int) string {
	list := make([]string, 0, len(counts))
	for kind, n := range counts {
		list = append(list, fmt.Sprintf("%s=%d", kind, n))
	}
	sort.Strings(list)
	return strings.Join(list, " ")
}
