package plugin

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// settings are the fields of a configuration that are the plugin server's own; all others are the engine's.
type settings struct {
	AnthropicAPIKey   *string `json:"anthropic_api_key"`
	LogMaskedRequests bool    `json:"log_masked_requests"`
	Streaming         bool    `json:"streaming"`

	MaxBodyBytes *float64 `json:"max_body_bytes"` // Kong may send 1e9
	MaskQuery    *bool    `json:"mask_query"`
	MaskHeaders  names    `json:"mask_headers"`
	ExposeCounts bool     `json:"expose_counts"`

	// These are the engine's too.
	UninspectableBody string `json:"uninspectable_body"`

	MappingScope    string `json:"mapping_scope"`
	RedisSSLEnabled bool   `json:"redis_ssl_enabled"`
	RedisSSLVerify  *bool  `json:"redis_ssl_verify"`

	unknown []string // fields that this version does not have
}

// ownFields are the names of the settings.
var ownFields = []string{
	"anthropic_api_key", "expose_counts", "log_masked_requests", "mask_headers", "mask_query", "max_body_bytes", "streaming",
}

// names is a list of names. Lua has one spelling for an empty list and an empty table, so an empty object is one too.
type names []string

func (n *names) UnmarshalJSON(text []byte) error {
	if string(text) == "{}" {
		*n = nil
		return nil
	}
	return json.Unmarshal(text, (*[]string)(n))
}

const (
	// largestBody is the default and the largest max_body_bytes: what one frame of Kong's protocol carries here.
	largestBody  = 128 << 20
	smallestBody = 1024
)

// maxBody is the most bytes that a body may have, encoded or decoded.
func (s settings) maxBody() (int64, error) {
	if s.MaxBodyBytes == nil {
		return largestBody, nil
	}
	if *s.MaxBodyBytes < smallestBody || *s.MaxBodyBytes > largestBody {
		return 0, refuse(codeConfig, fmt.Sprintf("config.max_body_bytes must be from %d to %d.", smallestBody, largestBody))
	}
	return int64(*s.MaxBodyBytes), nil
}

// apiKey is what is sent upstream as our key: the configuration's, else the environment's, else none.
func (s settings) apiKey(environment string) (string, error) {
	switch {
	case s.AnthropicAPIKey == nil || *s.AnthropicAPIKey == "" && environment != "":
		return environment, nil
	case *s.AnthropicAPIKey == "":
		return "", refuse(codeConfigMissing, "config.anthropic_api_key is empty; give it a value or leave it out."+
			" A secret reference that does not resolve is empty.")
	}
	return *s.AnthropicAPIKey, nil
}

// headersToMask are the names of mask_headers in lower case.
func (s settings) headersToMask() ([]string, error) {
	var out []string
	for _, name := range s.MaskHeaders {
		name = strings.ToLower(name)
		if name == "" || strings.Trim(name, inNames) != "" {
			return nil, refuse(codeConfig, "config.mask_headers has an entry that no header can be called.")
		}
		if slices.Contains(framing, name) {
			return nil, refuse(codeConfig, "config.mask_headers names "+name+", which says how the request is framed or where it goes.")
		}
		out = append(out, name)
	}
	return out, nil
}

// inNames are the characters of a header's name in lower case (RFC 9110, 5.6.2).
const inNames = "abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~"

// framing are the headers that cannot be rewritten without breaking the request.
var framing = []string{"connection", "content-encoding", "content-length", "content-type", "host", "transfer-encoding", "upgrade"}

// readConfig splits the config JSON that Kong sends into our settings and the engine's part, in a canonical form: equal
// configurations become equal strings, whichever worker, route or version they come from.
func readConfig(config []byte) (settings, string, error) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(config, &fields) != nil {
		return settings{}, string(config), nil // the engine refuses it and says why
	}
	var own settings
	for field, value := range fields {
		known := slices.Contains(fieldNames(), field)
		if !known && !kongsOwn(field) {
			own.unknown = append(own.unknown, field)
		}
		if !known || string(value) == "null" {
			delete(fields, field)
		}
	}
	slices.Sort(own.unknown)
	known, err := json.Marshal(fields)
	if err != nil {
		return settings{}, "", err
	}
	if err := json.Unmarshal(known, &own); err != nil { // which takes a name in any letters for a field's
		var wrong *json.UnmarshalTypeError
		if !errors.As(err, &wrong) {
			return settings{}, "", err
		}
		details := fmt.Sprintf("config.%s has the wrong type; expected a %s.", wrong.Field, typeNames[wrong.Type.Kind()])
		return settings{}, "", refuse(codeConfig, details)
	}
	for _, field := range ownFields {
		delete(fields, field)
	}
	canonical, err := json.Marshal(fields) // sorts the keys
	return own, string(canonical), err
}

// typeNames are the names that operators know the types of settings by.
var typeNames = map[reflect.Kind]string{
	reflect.Bool: "boolean", reflect.Float64: "number", reflect.Slice: "list", reflect.String: "string",
}

// kongsOwn reports the keys that Kong adds to a configuration (kong/runloop/plugins_iterator.lua, get_plugin_config).
func kongsOwn(field string) bool {
	switch field {
	case "route_id", "service_id", "consumer_id", "consumer_group_id", "plugin_instance_name", "ordering", "$refs":
		return true
	}
	return strings.HasPrefix(field, "__")
}
