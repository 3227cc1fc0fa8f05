package plugin

import (
	"encoding/json"
	"fmt"
)

// Mode is who restores the responses.
type Mode int

const (
	// Buffered: this plugin, in its response phase, for which Kong holds every response of the route back until it is
	// complete.
	Buffered Mode = iota
	// Streaming: the Lua plugin aws-masker-stream, inside Kong's worker, while the response arrives. This plugin has no
	// response phase then and leaves that one what it needs in kong.ctx.shared.
	Streaming
)

// phases are what Kong calls the plugin for.
func (m Mode) phases() []string {
	if m == Streaming {
		return []string{"access"}
	}
	return []string{"access", "response"}
}

// streamingField is what the streaming schema has and the buffered one has not. Nobody can set it to anything else, so it
// tells the server which of the two Kong has loaded.
const streamingField = `{
	"streaming": {
		"type": "boolean",
		"required": true,
		"default": true,
		"eq": true,
		"description": "True while the plugin server runs with -streaming. It may be written down, so that Kong refuses the configuration under a server that buffers."
	}
}`

// schema is the plugin's schema in the mode.
func (m Mode) schema() ([]byte, error) {
	if m == Buffered {
		return schema, nil
	}
	var root struct {
		Name   string                       `json:"name"`
		Fields []map[string]json.RawMessage `json:"fields"`
	}
	if err := json.Unmarshal(schema, &root); err != nil {
		return nil, err
	}
	for _, field := range root.Fields {
		record, found := field["config"]
		if !found {
			continue
		}
		extended, err := addField(record, streamingField)
		if err != nil {
			return nil, err
		}
		field["config"] = extended
	}
	return json.Marshal(root)
}

// addField adds a field's declaration to a record's.
func addField(record json.RawMessage, field string) (json.RawMessage, error) {
	var attributes map[string]json.RawMessage
	if err := json.Unmarshal(record, &attributes); err != nil {
		return nil, err
	}
	var fields []json.RawMessage
	if err := json.Unmarshal(attributes["fields"], &fields); err != nil {
		return nil, err
	}
	extended, err := json.Marshal(append(fields, json.RawMessage(field)))
	if err != nil {
		return nil, err
	}
	attributes["fields"] = extended
	return json.Marshal(attributes)
}

// check refuses a configuration that was written under the streaming schema on a server that does not stream: Kong calls
// no response phase then, and nothing would be restored.
func (m Mode) check(own settings) error {
	if own.Streaming && m != Streaming {
		return refuse(codeConfig, fmt.Sprintf("Kong has loaded %s with -streaming (pluginserver_aws_masker_query_cmd), but its "+
			"server runs without (pluginserver_aws_masker_start_cmd); responses would not be restored.", name))
	}
	return nil
}
