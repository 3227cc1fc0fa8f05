package plugin

import (
	"fmt"

	pb "github.com/Kong/go-pdk/server/kong_plugin_protocol"
	"google.golang.org/protobuf/types/known/structpb"

	"aws-masker/go-bridge/pluginserver"
)

// countsName is the response header that expose_counts adds.
const countsName = "aws_masker"

// countsHeader is its value; empty if it is not wanted.
type countsHeader string

func (i *instance) countsHeader(entry *structpb.Struct, restored uint64) countsHeader {
	if !i.counts {
		return ""
	}
	masked := 0.0
	for _, n := range entry.GetFields()["masked"].GetStructValue().GetFields() {
		masked += n.GetNumberValue()
	}
	return countsHeader(fmt.Sprintf("masked=%.0f, restored=%d", masked, restored))
}

// calls add the header to a response that goes to the client as it is.
func (c countsHeader) calls() []pluginserver.Call {
	if c == "" {
		return nil
	}
	args := &pb.KV{K: countsName, V: structpb.NewStringValue(string(c))}
	return []pluginserver.Call{{Method: "kong.response.set_header", Args: args}}
}

// addTo adds it to the headers of an exit.
func (c countsHeader) addTo(headers map[string][]string) {
	if c != "" {
		headers[countsName] = []string{string(c)}
	}
}
