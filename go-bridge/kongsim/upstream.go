package kongsim

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httputil"
	"strings"
)

// hopByHop are the headers that concern one connection only (RFC 9110, 7.6.1).
var hopByHop = []string{
	"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
}

// upgrades reports a request that Kong passes on as the beginning of a WebSocket.
func (r *request) upgrades() bool {
	return strings.EqualFold(r.http.Header.Get("Upgrade"), "websocket")
}

// tunnel connects the client with the upstream. No response phase runs, and no plugin sees what is said.
func (r *request) tunnel(w http.ResponseWriter) {
	proxy := httputil.ReverseProxy{Transport: r.gateway.client, Rewrite: func(p *httputil.ProxyRequest) {
		p.SetURL(r.gateway.config.Upstream)
		p.Out.URL.RawQuery = r.query
		p.Out.Header = r.header.Clone()
	}}
	proxy.ServeHTTP(w, r.http)
}

// proxy sends the request to the upstream. true: the response phase runs on what came back.
func (r *request) proxy() bool {
	target := *r.gateway.config.Upstream
	target.Path = r.http.URL.Path
	target.RawPath = r.http.URL.RawPath
	target.RawQuery = r.query
	out, err := http.NewRequestWithContext(r.http.Context(), r.http.Method, target.String(), bytes.NewReader(r.body))
	if err != nil {
		r.fail(http.StatusInternalServerError, "An unexpected error occurred")
		return false
	}
	out.Header = r.header.Clone()
	for _, name := range hopByHop {
		out.Header.Del(name)
	}
	answer, err := r.gateway.client.RoundTrip(out)
	if err != nil {
		r.fail(http.StatusBadGateway, "An invalid response was received from the upstream server")
		return false
	}
	r.response.status = answer.StatusCode
	r.response.header = answer.Header
	for _, name := range hopByHop {
		answer.Header.Del(name)
	}
	if !r.gateway.hasPhase("response") {
		r.response.stream = answer.Body
		return false
	}
	defer answer.Body.Close()
	r.response.body, err = io.ReadAll(answer.Body)
	if err != nil {
		// Kong keeps the status of a truncated response and replaces its body.
		r.fail(answer.StatusCode, "An invalid response was received from the upstream server")
		return false
	}
	return true
}
