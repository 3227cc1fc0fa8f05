package kongsim

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	pb "github.com/Kong/go-pdk/server/kong_plugin_protocol"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
)

// method is one function of Kong's PDK. Its error is a Lua error: the client gets 500.
type method struct {
	phases []string // where Kong allows it
	run    func(r *request, args []byte) ([]byte, error)
}

var (
	inAccess   = []string{"access"}
	inResponse = []string{"response", "log"}
	inRequest  = []string{"access", "response"}
	anywhere   = []string{"access", "response", "log"}
)

// methods are the PDK functions that are simulated; Kong has more.
var methods map[string]method

func init() {
	methods = map[string]method{
		"kong.client.get_consumer":  {anywhere, (*request).getConsumer},
		"kong.request.get_raw_body": {inRequest, (*request).getRawBody},
		"kong.request.get_raw_query": {inRequest, func(r *request, _ []byte) ([]byte, error) {
			return encodeString(r.query), nil
		}},
		"kong.service.request.set_raw_query": {inAccess, (*request).setRawQuery},
		"kong.response.set_header":           {inRequest, (*request).setResponseHeader},
		"kong.request.get_method": {anywhere, func(r *request, _ []byte) ([]byte, error) {
			return encodeString(r.http.Method), nil
		}},
		"kong.request.get_header":           {anywhere, getHeader((*request).requestHeader)},
		"kong.request.get_headers":          {anywhere, getHeaders((*request).requestHeader)},
		"kong.service.request.set_raw_body": {inAccess, (*request).setRawBody},
		"kong.service.request.set_header":   {inAccess, (*request).setUpstreamHeader},
		"kong.service.request.set_headers":  {inAccess, (*request).setUpstreamHeaders},
		"kong.service.request.clear_header": {inAccess, clearHeader((*request).requestHeader)},
		"kong.ctx.shared.get":               {anywhere, (*request).getShared},
		"kong.ctx.shared.set":               {anywhere, (*request).setShared},
		"kong.response.get_status":          {inResponse, (*request).getStatus},
		"kong.response.get_header":          {inResponse, getHeader((*request).responseHeader)},
		"kong.response.get_headers":         {inResponse, getHeaders((*request).responseHeader)},
		"kong.response.clear_header":        {inRequest, clearHeader((*request).responseHeader)},
		"kong.response.exit":                {inRequest, (*request).exit},
		"kong.service.response.get_status":  {inResponse, (*request).getStatus},
		"kong.service.response.get_header":  {inResponse, getHeader((*request).responseHeader)},
		"kong.service.response.get_raw_body": {inResponse, func(r *request, _ []byte) ([]byte, error) {
			return encodeString(string(r.response.body)), nil
		}},
		// A bug of Kong's: the Struct arrives empty.
		"kong.service.response.get_headers": {inResponse, func(*request, []byte) ([]byte, error) { return nil, nil }},
		"kong.nginx.get_var":                {anywhere, (*request).getVar},
		"kong.log.set_serialize_value":      {anywhere, (*request).setSerializeValue},
	}
	for _, level := range []string{"debug", "info", "notice", "warn", "err", "crit", "alert"} {
		methods["kong.log."+level] = method{anywhere, logLine(level)}
	}
}

// callPDK runs one call of the plugin (pb_rpc.lua, call_pdk).
func (r *request) callPDK(phase, name string, args []byte) ([]byte, error) {
	m, known := methods[name]
	if !known {
		return nil, fmt.Errorf("method %q not found", name)
	}
	if !slices.Contains(m.phases, phase) {
		return nil, fmt.Errorf("function %s cannot be called in %s phase", name, phase)
	}
	return m.run(r, args)
}

// ConsumerHeader is the request header that stands for authentication: its value is the id of the consumer.
const ConsumerHeader = "X-Kongsim-Consumer"

func (r *request) getConsumer([]byte) ([]byte, error) {
	id := r.http.Header.Get(ConsumerHeader)
	if id == "" {
		return nil, nil
	}
	return proto.Marshal(&pb.Consumer{Id: id})
}

func (r *request) getRawBody([]byte) ([]byte, error) {
	if r.bodyFile != "" {
		name := r.bodyFile
		if r.gateway.config.HideBodyFiles {
			name += ".elsewhere"
		}
		return proto.Marshal(&pb.RawBodyResult{Kind: &pb.RawBodyResult_BodyFilepath{BodyFilepath: name}})
	}
	return proto.Marshal(&pb.RawBodyResult{Kind: &pb.RawBodyResult_Content{Content: r.body}})
}

// getVar knows two variables of nginx: the request's id, which the client gets, too, and the request line as the client has
// sent it, whatever other plugins have made of it.
func (r *request) getVar(args []byte) ([]byte, error) {
	var name pb.String
	err := proto.Unmarshal(args, &name)
	switch {
	case err == nil && name.V == "kong_request_id":
		return encodeString(r.id), nil
	case err == nil && name.V == "request":
		return encodeString(r.http.Method + " " + r.http.RequestURI + " " + r.http.Proto), nil
	}
	return nil, err
}

func (r *request) setRawBody(args []byte) ([]byte, error) {
	var body pb.ByteString
	if err := proto.Unmarshal(args, &body); err != nil {
		return nil, err
	}
	r.body = body.V
	return nil, nil
}

func (r *request) setRawQuery(args []byte) ([]byte, error) {
	var query pb.ByteString
	if err := proto.Unmarshal(args, &query); err != nil {
		return nil, err
	}
	r.query = string(query.V)
	return nil, nil
}

func (r *request) setResponseHeader(args []byte) ([]byte, error) {
	var kv pb.KV
	if err := proto.Unmarshal(args, &kv); err != nil {
		return nil, err
	}
	return nil, setHeader(r.response.header, kv.K, fromValue(kv.V))
}

func (r *request) setUpstreamHeader(args []byte) ([]byte, error) {
	var kv pb.KV
	if err := proto.Unmarshal(args, &kv); err != nil {
		return nil, err
	}
	return nil, setHeader(r.header, kv.K, fromValue(kv.V))
}

func (r *request) setUpstreamHeaders(args []byte) ([]byte, error) {
	var fields structpb.Struct
	if err := proto.Unmarshal(args, &fields); err != nil {
		return nil, err
	}
	for name, value := range fromStruct(&fields) {
		if err := setHeader(r.header, name, value); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// setHeader sets a header to a value or to a list of them.
func setHeader(header http.Header, name string, value any) error {
	values, repeated := value.([]any)
	if !repeated {
		values = []any{value}
	}
	header.Del(name)
	for _, one := range values {
		text, ok := one.(string)
		if !ok {
			return fmt.Errorf("invalid value of %q: got %T, expected string", name, one)
		}
		header.Add(name, text)
	}
	return nil
}

func (r *request) getShared(args []byte) ([]byte, error) {
	var key pb.String
	if err := proto.Unmarshal(args, &key); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	value, err := structpb.NewValue(r.shared[key.V])
	if err != nil {
		return nil, err
	}
	return proto.Marshal(value)
}

func (r *request) setShared(args []byte) ([]byte, error) {
	var kv pb.KV
	if err := proto.Unmarshal(args, &kv); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.shared[kv.K] = fromValue(kv.V)
	return nil, nil
}

func (r *request) getStatus([]byte) ([]byte, error) {
	return proto.Marshal(&pb.Int{V: int32(r.response.status)})
}

func (r *request) setSerializeValue(args []byte) ([]byte, error) {
	var kv pb.KV
	if err := proto.Unmarshal(args, &kv); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.serialize = append(r.serialize, serializeValue{kv.K, fromValue(kv.V)})
	return nil, nil
}

// exit makes the answer of the request (kong/pdk/response.lua, exit and send). Headers that are there survive.
func (r *request) exit(args []byte) ([]byte, error) {
	var exit pb.ExitArgs
	if err := proto.Unmarshal(args, &exit); err != nil {
		return nil, err
	}
	if exit.Status < 100 || exit.Status > 599 {
		return nil, errors.New("code must be a number between 100 and 599")
	}
	given := false
	for name, value := range fromStruct(exit.Headers) {
		if strings.EqualFold(name, "Transfer-Encoding") {
			continue
		}
		given = given || strings.EqualFold(name, "Content-Length")
		if err := setHeader(r.response.header, name, value); err != nil {
			return nil, err
		}
	}
	r.response.status = int(exit.Status)
	r.response.body = exit.Body
	if !given {
		r.response.header.Set("Content-Length", strconv.Itoa(len(exit.Body)))
	} else if n, err := strconv.Atoi(r.response.header.Get("Content-Length")); err == nil && n < len(exit.Body) {
		r.response.body = exit.Body[:n]
	}
	return nil, errExit
}

func (r *request) requestHeader() http.Header  { return r.header }
func (r *request) responseHeader() http.Header { return r.response.header }

func getHeader(of func(*request) http.Header) func(*request, []byte) ([]byte, error) {
	return func(r *request, args []byte) ([]byte, error) {
		var name pb.String
		if err := proto.Unmarshal(args, &name); err != nil {
			return nil, err
		}
		values := of(r).Values(name.V)
		if len(values) == 0 {
			return nil, nil
		}
		return encodeString(values[0]), nil
	}
}

func getHeaders(of func(*request) http.Header) func(*request, []byte) ([]byte, error) {
	return func(r *request, args []byte) ([]byte, error) {
		var most pb.Int
		if err := proto.Unmarshal(args, &most); err != nil {
			return nil, err
		}
		if most.V < 1 || most.V > 1000 {
			return nil, fmt.Errorf("max_headers must be between 1 and 1000, got %d", most.V)
		}
		return encodeHeaders(of(r), int(most.V)), nil
	}
}

func clearHeader(of func(*request) http.Header) func(*request, []byte) ([]byte, error) {
	return func(r *request, args []byte) ([]byte, error) {
		var name pb.String
		if err := proto.Unmarshal(args, &name); err != nil {
			return nil, err
		}
		of(r).Del(name.V)
		return nil, nil
	}
}

func logLine(level string) func(*request, []byte) ([]byte, error) {
	return func(r *request, args []byte) ([]byte, error) {
		var list structpb.ListValue
		if err := proto.Unmarshal(args, &list); err != nil {
			return nil, err
		}
		r.gateway.kongLog("[%s] %v", level, list.AsSlice())
		return nil, nil
	}
}
