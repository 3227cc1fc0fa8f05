package plugin

import (
	"errors"

	pb "github.com/Kong/go-pdk/server/kong_plugin_protocol"
	"google.golang.org/protobuf/types/known/structpb"

	"aws-masker/go-bridge/pluginserver"
)

// describing are the response headers that describe a body byte for byte, and so no longer hold for a restored one.
// Upstream headers survive kong.response.exit.
var describing = []string{"etag", "content-md5", "digest", "content-digest", "repr-digest", "content-encoding"}

// response restores the response to a masked request. A request that was not masked costs one call to Kong.
//
// An empty body is left alone, so that a HEAD and a bodiless status keep their Content-Length.
func (i *instance) response(event *pluginserver.Event) error {
	mapping, err := event.Kong.Ctx.GetSharedAny(mappingKey)
	if err != nil {
		return err
	}
	text, masked := mapping.(string)
	if !masked {
		return nil
	}
	answer, err := readAnswer(event)
	if err != nil || len(answer.body) == 0 {
		return err
	}
	body, err := decode(answer.headers["content-encoding"], answer.body, decodedLimit)
	switch {
	case errors.Is(err, errUnknownEncoding):
		i.unreadable.Do(func() {
			i.log.Print("a response is left as it is, and later ones like it: its Content-Encoding is not gzip or deflate," +
				" although identity was asked for")
		})
		return nil
	case err != nil:
		return refuse(codeUnmasking, "The response is compressed and cannot be decoded.")
	}
	restored, err := i.masker.Unmask(answer.headers.contentType(), []byte(text), body)
	if err != nil || restored.Body == nil {
		return err
	}
	return deliver(event, answer, restored.Body, restored.Count)
}

// answer is what the upstream has answered.
type answer struct {
	status  int
	headers headers
	body    []byte
}

func readAnswer(event *pluginserver.Event) (answer, error) {
	var status pb.Int
	var body pb.ByteString
	wanted := append([]string{"content-type"}, describing...)
	fields, err := readHeaders(event, "kong.response", wanted,
		pluginserver.Call{Method: "kong.response.get_status", Reply: &status},
		pluginserver.Call{Method: "kong.service.response.get_raw_body", Reply: &body},
	)
	return answer{status: int(status.V), headers: fields, body: body.V}, err
}

// deliver replaces the body of the answer.
func deliver(event *pluginserver.Event, a answer, body []byte, count uint64) error {
	for _, name := range describing {
		if _, present := a.headers[name]; !present {
			continue
		}
		if err := event.Tell(clearResponseHeader(name)); err != nil {
			return err
		}
	}
	err := event.Tell(setLogValue(logKey+".restored", structpb.NewNumberValue(float64(count))))
	if err != nil {
		return err
	}
	return event.Exit(a.status, body, nil)
}
