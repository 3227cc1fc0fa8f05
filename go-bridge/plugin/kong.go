package plugin

import (
	"github.com/Kong/go-pdk/bridge"
	pb "github.com/Kong/go-pdk/server/kong_plugin_protocol"
	"google.golang.org/protobuf/types/known/structpb"

	"aws-masker/go-bridge/pluginserver"
)

// The calls of Kong's PDK that the plugin makes and go-pdk has no usable function for: its set_raw_body takes text
// only, its get_raw_body hides whether the body was in a file, and none of its functions can be sent without waiting
// for the reply. Names and types are those of kong/include/kong/pluginsocket.proto.

func getRawBody(body *rawBody) pluginserver.Call {
	return pluginserver.Call{Method: "kong.request.get_raw_body", Lent: body}
}

// getQuery asks for the query string. Plugins that ran before may have changed it, so the request line does not say.
func getQuery(query *byteString) pluginserver.Call {
	return pluginserver.Call{Method: "kong.request.get_raw_query", Lent: query}
}

// requestLine is nginx's name of the request line.
var requestLine = bridge.WrapString("request")

// getRequestLine asks for the request line as the client has sent it: it has the path, and the method, in one call.
func getRequestLine(line *byteString) pluginserver.Call {
	return pluginserver.Call{Method: "kong.nginx.get_var", Args: requestLine, Lent: line}
}

// getConsumer asks for the request's consumer; without one its id is empty.
func getConsumer(consumer *pb.Consumer) pluginserver.Call {
	return pluginserver.Call{Method: "kong.client.get_consumer", Reply: consumer}
}

func getResponseBody(body *byteString) pluginserver.Call {
	return pluginserver.Call{Method: "kong.service.response.get_raw_body", Lent: body}
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
