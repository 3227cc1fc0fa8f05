package plugin

import (
	"encoding/json"
	"fmt"

	"github.com/Kong/go-pdk/bridge"
	"google.golang.org/protobuf/types/known/structpb"

	"aws-masker/go-bridge/engine"
	"aws-masker/go-bridge/pluginserver"
)

// presenceKey is where the companion leaves its library's version in kong.ctx.shared, before this plugin runs.
const presenceKey = "aws_masker_restorer" // kong/plugins/aws-masker-stream/handler.lua

// companion is the Lua plugin that restores the responses in the streaming mode.
const companion = "aws-masker-stream"

// getPresence asks what the companion has left of itself: the version of its library.
func getPresence(version *structpb.Value) pluginserver.Call {
	return pluginserver.Call{Method: "kong.ctx.shared.get", Args: bridge.WrapString(presenceKey), Reply: version}
}

// checkCompanion refuses a request whose response nobody would restore. It runs before anything is masked, on every
// request of the route, so that a missing companion is noticed with the first.
func checkCompanion(present *structpb.Value) *pluginserver.Refusal {
	version := present.GetStringValue()
	switch {
	case version == "":
		return refuse(codeConfigMissing, fmt.Sprintf("The plugin %s is not enabled where %s is, so responses would not be "+
			"restored; enable it on the same route, or run the plugin server without -streaming.", companion, name))
	case version != engine.Version():
		return refuse(codeConfig, fmt.Sprintf("The plugin %s has loaded libaws_masker %s and the plugin server is %s; install "+
			"one release and restart Kong.", companion, version, engine.Version()))
	}
	return nil
}

// buffersInVain says once that Kong holds responses back although the companion restores them.
func (i *instance) buffersInVain() {
	i.unexpected.Do(func() {
		i.log.Print("Kong buffers responses: it has loaded the plugin without -streaming (pluginserver_aws_masker_query_cmd)")
	})
}

// restoring are the engine's fields that say how a response is restored.
var restoring = []string{"restore_thinking", "max_event_bytes"}

// restoringConfig is the part of an engine's configuration that the companion needs. Nothing else may leave: the rest has
// passwords in it, and a masker made from it would have a store.
func restoringConfig(engineConfig string) (string, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal([]byte(engineConfig), &all); err != nil {
		return "", err
	}
	part := map[string]json.RawMessage{"use_redis": json.RawMessage("false")}
	for _, field := range restoring {
		if value, set := all[field]; set {
			part[field] = value
		}
	}
	text, err := json.Marshal(part)
	return string(text), err
}
