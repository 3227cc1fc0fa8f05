package plugin

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// settings are the fields of a configuration that are the plugin server's own; all others are the engine's.
type settings struct {
	AnthropicAPIKey   string `json:"anthropic_api_key"`
	LogMaskedRequests bool   `json:"log_masked_requests"`
	Streaming         bool   `json:"streaming"`

	// These are the engine's too.
	MappingScope    string `json:"mapping_scope"`
	RedisSSLEnabled bool   `json:"redis_ssl_enabled"`
	RedisSSLVerify  *bool  `json:"redis_ssl_verify"`
}

// ownFields are the names of the settings.
var ownFields = []string{"anthropic_api_key", "log_masked_requests", "streaming"}

// readConfig splits the config JSON that Kong sends into our settings and the engine's part, in a canonical form: equal
// configurations become equal strings, whichever worker, route or version they come from.
func readConfig(config []byte) (settings, string, error) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(config, &fields) != nil {
		return settings{}, string(config), nil // the engine refuses it and says why
	}
	var own settings
	if err := json.Unmarshal(config, &own); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			details := fmt.Sprintf("config.%s has the wrong type; expected a %s.", wrong.Field, wrong.Type.Kind())
			return settings{}, "", refuse(codeConfig, details)
		}
		return settings{}, "", refuse(codeConfig, "config is not a JSON object.")
	}
	for field, value := range fields {
		if slices.Contains(ownFields, field) || kongsOwn(field) || string(value) == "null" {
			delete(fields, field)
		}
	}
	canonical, err := json.Marshal(fields) // sorts the keys
	return own, string(canonical), err
}

// kongsOwn reports the keys that Kong adds to a configuration.
func kongsOwn(field string) bool {
	switch field {
	case "route_id", "service_id", "consumer_id", "consumer_group_id", "$refs":
		return true
	}
	return strings.HasPrefix(field, "__")
}
