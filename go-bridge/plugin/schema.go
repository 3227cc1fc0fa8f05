package plugin

import (
	_ "embed"
	"encoding/json"
	"sync"
)

// schema is the plugin's schema as data. Kong validates configurations against it when they are written, so that a bad
// one never reaches an instance.
//
//go:embed schema.json
var schema []byte

// fieldNames are the names of a configuration's fields in both modes.
var fieldNames = sync.OnceValue(func() []string {
	var root struct {
		Fields []map[string]struct{ Fields []map[string]json.RawMessage }
	}
	text, err := Streaming.schema() // has all
	if err == nil {
		err = json.Unmarshal(text, &root)
	}
	if err != nil {
		panic(err) // the schema is a constant
	}
	var all []string
	for _, field := range root.Fields {
		for _, declaration := range field["config"].Fields {
			for name := range declaration {
				all = append(all, name)
			}
		}
	}
	return all
})

// protocol is the name Kong knows the plugin server protocol by. Without it Kong takes the server for one that speaks
// MessagePack.
const protocol = "ProtoBuf:1"

// Dump returns what the server prints for Kong's query command: one JSON object with one plugin, of which Kong reads
// only the first (Kong: kong/runloop/plugin_servers/process.lua). What it says of phases and schema depends on the mode.
func Dump(socketPath string, mode Mode) ([]byte, error) {
	type plugin struct {
		Name     string
		Phases   []string
		Version  string
		Priority int
		Schema   json.RawMessage
	}
	info, err := info(mode)
	if err != nil {
		return nil, err
	}
	return json.Marshal(struct {
		Protocol   string
		SocketPath string
		Plugins    []plugin
	}{protocol, socketPath, []plugin{{info.Name, info.Phases, info.Version, info.Priority, info.Schema}}})
}
