package kongsim

import (
	"net/http"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/types/known/structpb"
)

// fromValue is what Lua gets of a protobuf Value (pb_rpc.lua, pb_unwrap): false becomes nil there.
func fromValue(v *structpb.Value) any {
	switch kind := v.GetKind().(type) {
	case *structpb.Value_ListValue:
		list := make([]any, 0, len(kind.ListValue.GetValues()))
		for _, item := range kind.ListValue.GetValues() {
			list = append(list, fromValue(item))
		}
		return list
	case *structpb.Value_StructValue:
		return fromStruct(kind.StructValue)
	case *structpb.Value_BoolValue:
		if kind.BoolValue {
			return true
		}
	case *structpb.Value_StringValue:
		return kind.StringValue
	case *structpb.Value_NumberValue:
		return kind.NumberValue
	}
	return nil
}

func fromStruct(s *structpb.Struct) map[string]any {
	table := make(map[string]any, len(s.GetFields()))
	for key, value := range s.GetFields() {
		table[key] = fromValue(value)
	}
	return table
}

// encodeHeaders is a protobuf Struct of at most so many headers, the way Kong makes one: names in lower case, a list for a
// repeated header. It is written by hand because Lua's protobuf, unlike Go's, sends strings that are not UTF-8.
func encodeHeaders(header http.Header, most int) []byte {
	var out []byte
	names := make([]string, 0, len(header))
	for name := range header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		values := header[name][:min(most, len(header[name]))]
		if most -= len(values); len(values) == 0 {
			continue
		}
		var entry []byte
		entry = appendString(entry, 1, strings.ToLower(name))
		entry = appendMessage(entry, 2, encodeHeader(values))
		out = appendMessage(out, 1, entry)
	}
	return out
}

// encodeHeader is the Value of one header: string_value is field 3, list_value field 6 with its values in field 1.
func encodeHeader(values []string) []byte {
	if len(values) == 1 {
		return appendString(nil, 3, values[0])
	}
	var list []byte
	for _, value := range values {
		list = appendMessage(list, 1, appendString(nil, 3, value))
	}
	return appendMessage(nil, 6, list)
}

// encodeString is a String or ByteString message.
func encodeString(s string) []byte {
	return appendString(nil, 1, s)
}

func appendString(b []byte, field protowire.Number, s string) []byte {
	return protowire.AppendString(protowire.AppendTag(b, field, protowire.BytesType), s)
}

func appendMessage(b []byte, field protowire.Number, message []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), message)
}
