package plugin

import (
	"bytes"
	"errors"

	pb "github.com/Kong/go-pdk/server/kong_plugin_protocol"
	"google.golang.org/protobuf/types/known/structpb"

	"aws-masker/go-bridge/engine"
	"aws-masker/go-bridge/pluginserver"
)

// describing are the response headers that describe a body byte for byte, and so no longer hold for a restored one.
// Upstream headers survive kong.response.exit.
var describing = []string{"etag", "content-md5", "digest", "content-digest", "repr-digest", "content-encoding"}

// response restores the response to a masked request. A request that was not masked costs one call to Kong.
//
// An empty body is left alone, so that a HEAD and a bodiless status keep their Content-Length.
func (i *instance) response(event *pluginserver.Event) error {
	handed, err := takeHandover(event)
	if err != nil || handed == nil {
		return err
	}
	if err := i.restoreAnswer(event, handed); err != nil {
		return &unrestored{err, handed.entry}
	}
	return nil
}

// unrestored is why a masked request's response is refused, with what its log entry has to say of the request.
type unrestored struct {
	error
	entry *structpb.Struct
}

func (u *unrestored) Unwrap() error { return u.error }

// restoreAnswer answers the client with the restored response, if there is anything to restore in it.
func (i *instance) restoreAnswer(event *pluginserver.Event, handed *handover) error {
	answer, err := readAnswer(event)
	if errors.Is(err, pluginserver.ErrTooLarge) || int64(len(answer.body)) > i.maxBody {
		return refuse(codeUnmasking, "The response is larger than config.max_body_bytes, so its tokens cannot be restored.")
	}
	if err != nil {
		return err
	}
	restored, count, err := i.restore(event, handed.mapping, answer)
	if err != nil {
		return err
	}
	defer restored.Free()
	if err := event.Tell(logRestored(handed.entry, count)); err != nil {
		return err
	}
	counts := i.countsHeader(handed.entry, count)
	body := restored.Bytes()
	if body == nil {
		return event.Tell(counts.calls()...)
	}
	dropped := make(map[string][]string, len(describing)+1)
	for _, name := range describing {
		dropped[name] = nil
	}
	counts.addTo(dropped)
	return event.Exit(answer.status, body, dropped)
}

// restore returns the restored body and the number of tokens in it; nothing if the body stays as it is.
func (i *instance) restore(event *pluginserver.Event, mapping string, answer answer) (engine.Lent, uint64, error) {
	if len(answer.body) == 0 {
		return engine.Lent{}, 0, nil
	}
	body, err := decode(answer.headers.get("content-encoding"), answer.body, i.maxBody)
	switch {
	case errors.Is(err, errUnknownEncoding):
		event.Log("a response is left as it is: its Content-Encoding is none of gzip, deflate, br and zstd", "")
		return engine.Lent{}, 0, nil
	case err != nil:
		return engine.Lent{}, 0, refuse(codeUnmasking, "The response is compressed and cannot be decoded, or becomes too large.")
	}
	return i.masker.UnmaskLent(answer.headers.contentType(), mapping, body)
}

// answer is what the upstream has answered. Its body is lent: it is good until the event ends.
type answer struct {
	status  int
	headers *headers // nil if the body says enough
	body    []byte
}

func readAnswer(event *pluginserver.Event) (answer, error) {
	var status pb.Int
	var body byteString
	err := event.Ask(pluginserver.Call{Method: "kong.response.get_status", Reply: &status}, getResponseBody(&body))
	got := answer{status: int(status.V), body: body}
	if err != nil || len(got.body) == 0 || looksLikeJSON(got.body) && !hasManyValues(got.body) {
		return got, err
	}
	got.headers, err = readHeaders(event, "kong.response")
	return got, err
}

// hasManyValues reports a text that looks like JSON but cannot be one value, so that its type decides how it is read:
// after an object or array that has ended with its line, one value goes on with a comma or a bracket, or ends.
func hasManyValues(text []byte) bool {
	for at := bytes.IndexByte(text, '\n'); at >= 0; {
		before := bytes.TrimRight(text[:at], " \t\r")
		after := bytes.TrimLeft(text[at+1:], " \t\r\n")
		if len(before) > 0 && len(after) > 0 &&
			bytes.IndexByte([]byte("}]"), before[len(before)-1]) >= 0 && bytes.IndexByte([]byte(",}]"), after[0]) < 0 {
			return true
		}
		next := bytes.IndexByte(text[at+1:], '\n')
		if next < 0 {
			return false
		}
		at += 1 + next
	}
	return false
}
