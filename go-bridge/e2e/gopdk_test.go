package e2e

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	gopdk "github.com/Kong/go-pdk/test"
)

// run runs one phase of a request with go-pdk's own test environment in Kong's place. true: the plugin has answered.
func (l *rawLine) run(id int32, phase string, env *gopdk.TestEnv) bool {
	l.t.Helper()
	if _, err := l.Write(event(id, phase)); err != nil {
		l.t.Fatal(err)
	}
	for method := string(l.receive()); method != ""; method = string(l.receive()) {
		args := l.receive()
		switch method {
		case "kong.log.set_serialize_value", "kong.nginx.get_var": // which the environment does not know
			l.send(nil)
			continue
		}
		reply := env.Handle(method, args)
		if method == "kong.response.exit" {
			return true
		}
		l.send(reply)
	}
	l.receive()
	return false
}

func environment(t *testing.T, headers http.Header, text []byte) *gopdk.TestEnv {
	t.Helper()
	env, err := gopdk.New(t, gopdk.Request{Method: "POST", Url: "http://example.com/v1/messages", Headers: headers, Body: text})
	if err != nil {
		t.Fatal(err)
	}
	return env
}

func TestInGoPDKsOwnEnvironmentARequestIsMaskedAndItsResponseRestored(t *testing.T) {
	l := dialRaw(t, startServer(t).socket)
	id := l.start(`{"use_redis":false}`)
	env := environment(t, http.Header{"Content-Type": {"application/json"}}, body)
	if l.run(id, "access", env) {
		t.Fatalf("refused: %+v", env.ClientRes)
	}
	sent := env.ServiceRes.Body // the environment keeps a changed request body there
	if bytes.Contains(sent, []byte(instanceID)) || !bytes.Contains(sent, []byte("AWS_EC2_001")) {
		t.Fatalf("sent %s", sent)
	}
	env.ServiceRes = gopdk.Response{
		Status: 200, Headers: http.Header{"Etag": {"x"}, "Content-Type": {"application/json"}}, Body: sent,
	}
	env.DoResponse(nil) // makes it the client's response
	if !l.run(id, "response", env) {
		t.Fatal("the response is left as it is")
	}
	if !bytes.Equal(env.ClientRes.Body, body) || env.ClientRes.Status != 200 || env.ClientRes.Headers.Get("ETag") != "" {
		t.Errorf("the client gets %+v", env.ClientRes)
	}
}

func TestInGoPDKsOwnEnvironmentARequestIsRefused(t *testing.T) {
	l := dialRaw(t, startServer(t).socket)
	env := environment(t, http.Header{"Content-Encoding": {"compress"}}, []byte("\x1f\x9d"))
	if !l.run(l.start(`{"use_redis":false}`), "access", env) || env.ClientRes.Status != 403 ||
		!strings.Contains(string(env.ClientRes.Body), "AWS_MASKER_5001") {
		t.Errorf("the client gets %+v", env.ClientRes)
	}
}
