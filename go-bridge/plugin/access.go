package plugin

import (
	"errors"
	"fmt"
	"sort"
	"strings"

	pb "github.com/Kong/go-pdk/server/kong_plugin_protocol"
	"google.golang.org/protobuf/types/known/structpb"

	"aws-masker/go-bridge/engine"
	"aws-masker/go-bridge/pluginserver"
)

// anthropicVersion is the API version that goes with a key of ours.
const anthropicVersion = "2023-06-01"

// access masks the request. A JSON body without identifiers costs one call to Kong, one with identifiers that call and
// one more turn for all changes together.
func (i *instance) access(event *pluginserver.Event) error {
	body, err := i.receive(event)
	if err != nil {
		return err
	}
	content, err := inspect(event, body)
	if err != nil {
		return err
	}
	consumer, err := i.consumer(event)
	if err != nil {
		return err
	}
	masked, err := i.masker.MaskFor(consumer, content.contentType, content.body)
	if err != nil {
		return err
	}
	changed := i.credentials()
	if masked.Body != nil {
		// The response has to be read, so it must not come compressed.
		changed["Accept-Encoding"] = "identity"
		if err := event.Tell(i.send(masked, content.encoded)...); err != nil {
			return err
		}
		i.auditLine(masked.Report)
	}
	if len(changed) == 0 {
		return nil
	}
	return event.Tell(setRequestHeaders(changed))
}

// receive returns the request's body. In the streaming mode it makes sure first that somebody will restore the response.
func (i *instance) receive(event *pluginserver.Event) ([]byte, error) {
	var body pb.RawBodyResult
	if i.mode == Buffered {
		if err := event.Ask(getRawBody(&body)); err != nil {
			return nil, err
		}
		return requestBody(&body)
	}
	var present structpb.Value
	if err := event.Ask(getRawBody(&body), getPresence(&present)); err != nil {
		return nil, err
	}
	if refused := checkCompanion(&present); refused != nil {
		i.alone.Do(func() { i.log.Printf("requests are refused: %s", refused.Reason) })
		refused.Reason = "" // said once
		return nil, refused
	}
	return requestBody(&body)
}

// content is a request's body as the engine can read it.
type content struct {
	body        []byte
	contentType string // empty: the engine looks at the body
	encoded     bool   // the request's own body is compressed
}

// inspect finds out what a body is, and undoes its compression.
func inspect(event *pluginserver.Event, body []byte) (content, error) {
	if len(body) == 0 || looksLikeJSON(body) {
		return content{body: body}, nil
	}
	fields, err := readHeaders(event, "kong.request", []string{"content-type", "content-encoding"})
	if err != nil {
		return content{}, err
	}
	found := content{body: body, contentType: fields.contentType()}
	if strings.HasPrefix(found.contentType, "application/grpc") {
		return content{}, refuse(codeUninspectable, "The body of a gRPC call cannot be inspected, so it was not sent.")
	}
	if encoding := fields["content-encoding"]; encoding != "" {
		found.encoded = true
		if found.body, err = decode(encoding, body, decodedLimit); err != nil {
			return content{}, undecodable(err)
		}
	}
	return found, nil
}

// undecodable refuses a compressed body that cannot be looked into.
func undecodable(err error) error {
	details := "The request's body is compressed and cannot be decoded, so it was not sent."
	if errors.Is(err, errUnknownEncoding) {
		details = "The request's Content-Encoding is not gzip or deflate, so its body cannot be inspected and was not sent."
	}
	return refuse(codeUninspectable, details)
}

// send replaces the request's body and leaves what the response needs.
func (i *instance) send(masked engine.Masked, encoded bool) []pluginserver.Call {
	calls := []pluginserver.Call{setRawBody(masked.Body)}
	if encoded {
		calls = append(calls, clearRequestHeader("Content-Encoding"))
	}
	return append(calls,
		i.leave(masked),
	)
}

// credentials are the headers that carry our API key upstream, if there is one.
func (i *instance) credentials() map[string]string {
	if i.apiKey == "" {
		return map[string]string{}
	}
	return map[string]string{"x-api-key": i.apiKey, "anthropic-version": anthropicVersion}
}

// auditLine writes kinds and counts of one masked request, if the configuration asks for it.
func (i *instance) auditLine(report engine.Report) {
	if !i.audit {
		return
	}
	kinds := make([]string, 0, len(report.Masked))
	for kind, n := range report.Masked {
		kinds = append(kinds, fmt.Sprintf("%s=%d", kind, n))
	}
	sort.Strings(kinds)
	i.log.Printf("masked %s", strings.Join(kinds, " "))
}
