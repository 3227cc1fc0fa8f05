package plugin

import (
	pb "github.com/Kong/go-pdk/server/kong_plugin_protocol"

	"aws-masker/go-bridge/pluginserver"
)

// consumer returns the id of the request's consumer, empty if it has none. Kong is asked only where mappings are kept
// per consumer.
func (i *instance) consumer(event *pluginserver.Event) (string, error) {
	if !i.scoped {
		return "", nil
	}
	var consumer pb.Consumer
	err := event.Ask(pluginserver.Call{Method: "kong.client.get_consumer", Reply: &consumer})
	return consumer.Id, err
}
