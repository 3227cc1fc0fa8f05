package plugin

import (
	"errors"

	"github.com/Kong/go-pdk/bridge"
	pb "github.com/Kong/go-pdk/server/kong_plugin_protocol"
	"google.golang.org/protobuf/types/known/structpb"

	"aws-masker/go-bridge/pluginserver"
)

// The calls of Kong's PDK that the plugin makes and go-pdk has no usable function for: its set_raw_body takes text
// only, its get_raw_body hides whether the body was in a file, and none of its functions can be sent without waiting
// for the reply. Names and types are those of kong/include/kong/pluginsocket.proto.

func getRawBody(body *rawBody) pluginserver.Call {
	return pluginserver.Call{Method: "kong.request.get_raw_body", Lent: body.lend}
}

// getQuery asks for the query string. Plugins that ran before may have changed it, so the request line does not say.
func getQuery(query *byteString) pluginserver.Call {
	return pluginserver.Call{Method: "kong.request.get_raw_query", Lent: query.lend}
}

// getPath asks for the path as the client has sent it, with its query string.
func getPath(path *byteString) pluginserver.Call {
	return pluginserver.Call{Method: "kong.request.get_path_with_query", Lent: path.lend}
}

func getResponseBody(body *byteString) pluginserver.Call {
	return pluginserver.Call{Method: "kong.service.response.get_raw_body", Lent: body.lend}
}

func setQuery(query []byte) pluginserver.Call {
	return pluginserver.Call{Method: "kong.service.request.set_raw_query", Args: bridge.WrapByteString(query)}
}

func setRawBody(body []byte) pluginserver.Call {
	return pluginserver.Call{Method: "kong.service.request.set_raw_body", Args: bridge.WrapByteString(body)}
}

func setRequestHeaders(headers *structpb.Struct) pluginserver.Call {
	return pluginserver.Call{Method: "kong.service.request.set_headers", Args: headers}
}

func clearRequestHeader(name string) pluginserver.Call {
	return pluginserver.Call{Method: "kong.service.request.clear_header", Args: bridge.WrapString(name)}
}

// setLogValue puts a value on Kong's log entry; dots in the key make sub-tables.
func setLogValue(key string, value *structpb.Value) pluginserver.Call {
	return keyValue("kong.log.set_serialize_value", key, value)
}

func keyValue(method, key string, value *structpb.Value) pluginserver.Call {
	return pluginserver.Call{Method: method, Args: &pb.KV{K: key, V: value}}
}

func textStruct(fields map[string]string) *structpb.Struct {
	out := &structpb.Struct{Fields: make(map[string]*structpb.Value, len(fields))}
	for name, value := range fields {
		out.Fields[name] = structpb.NewStringValue(value)
	}
	return out
}

// maxHeaders is the most headers Kong lets a plugin ask for at once.
const maxHeaders = 1000

// errNotText reports headers of which one is not UTF-8, which HTTP allows and protobuf does not.
var errNotText = errors.New("a header is not UTF-8")

// readAllHeaders returns the headers of the request (side "kong.request") or of the response ("kong.response"), together
// with the results of other calls; these are there with errNotText, too.
func readAllHeaders(event *pluginserver.Event, side string, others ...pluginserver.Call) (headers, error) {
	all := &structpb.Struct{}
	err := event.Ask(append(others, pluginserver.Call{
		Method: side + ".get_headers",
		Args:   &pb.Int{V: maxHeaders},
		Reply:  all,
	})...)
	switch {
	case err == nil:
		return fromStruct(all), nil
	case errors.Is(err, pluginserver.ErrTooLarge): // another call's reply
		return fromStruct(all), err
	case errors.Is(err, pluginserver.ErrEnded):
		return nil, err
	}
	return nil, errNotText
}

// readHeaders returns some headers. One call for all headers costs Kong's event loop less than one per header; where
// their reply cannot be decoded the wanted ones are read one by one.
func readHeaders(event *pluginserver.Event, side string, wanted []string) (headers, error) {
	found, err := readAllHeaders(event, side)
	if errors.Is(err, errNotText) {
		return readEachHeader(event, side, wanted)
	}
	return found, err
}

func readEachHeader(event *pluginserver.Event, side string, wanted []string) (headers, error) {
	values := make([]byteString, len(wanted))
	calls := make([]pluginserver.Call, len(wanted))
	for i, name := range wanted {
		calls[i] = pluginserver.Call{Method: side + ".get_header", Args: bridge.WrapString(name), Lent: values[i].lend}
	}
	if err := event.Ask(calls...); err != nil {
		return nil, err
	}
	found := headers{}
	for i, name := range wanted {
		if len(values[i]) > 0 {
			found[name] = string(values[i])
		}
	}
	return found, nil
}
