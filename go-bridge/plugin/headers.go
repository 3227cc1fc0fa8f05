package plugin

import (
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/types/known/structpb"
)

// headers are HTTP header fields by their name in lower case. Repeated fields are joined with commas (RFC 9110, 5.3).
type headers map[string]string

// fromStruct reads headers as Kong sends them: a name has one value or a list of them.
func fromStruct(s *structpb.Struct) headers {
	out := make(headers, len(s.GetFields()))
	for name, value := range s.GetFields() {
		switch v := value.GetKind().(type) {
		case *structpb.Value_StringValue:
			out.add(name, v.StringValue)
		case *structpb.Value_ListValue:
			for _, item := range v.ListValue.GetValues() {
				out.add(name, item.GetStringValue())
			}
		}
	}
	return out
}

func (h headers) add(name, value string) {
	name = strings.ToLower(name)
	if before, repeated := h[name]; repeated {
		value = before + ", " + value
	}
	h[name] = value
}

// contentType is the Content-Type, or nothing where it is no text: the engine then looks at the body.
func (h headers) contentType() string {
	value := h["content-type"]
	if !utf8.ValidString(value) {
		return ""
	}
	return value
}
