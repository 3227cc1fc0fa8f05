package kongsim

import (
	"encoding/json"
	"maps"
	"net/http"
)

// SharedHeader carries what other plugins have put into kong.ctx.shared, as JSON, to Access.
const SharedHeader = "Kong-Ctx-Shared"

// Outcome is what an access phase has made of a request, as Access tells it.
type Outcome struct {
	// Exit: the plugin has answered the client, with the fields below. Otherwise they are the request for the upstream.
	Exit bool `json:"exit"`
	// Status is the answer's.
	Status int `json:"status"`
	// Headers are the answer's or the request's.
	Headers http.Header `json:"headers"`
	// Body is the answer's or the request's.
	Body []byte `json:"body"`
	// Shared is kong.ctx.shared.
	Shared map[string]any `json:"shared"`
}

// Access is a handler that runs the access phase alone and answers with its Outcome as JSON. It is for a gateway of which
// the other phases run elsewhere, in a real nginx with Lua plugins.
func (g *Gateway) Access() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, client *http.Request) {
		r, err := g.receive(client)
		if err == nil {
			err = json.Unmarshal([]byte(r.header.Get(SharedHeader)), &r.shared)
		}
		if err != nil {
			http.Error(w, "bad request", http.StatusBadRequest)
			return
		}
		defer r.removeBodyFile()
		r.header.Del(SharedHeader)

		outcome := Outcome{Headers: r.header, Shared: r.shared}
		if r.run(g.anyWorker(), "access") {
			outcome.Body = r.body
		} else {
			outcome.Exit, outcome.Status, outcome.Headers, outcome.Body = true, r.response.status, r.response.header, r.response.body
		}
		maps.DeleteFunc(outcome.Headers, func(name string, _ []string) bool { return name == "Content-Length" })
		_ = json.NewEncoder(w).Encode(outcome) // a gateway that has gone away is no news
	})
}
