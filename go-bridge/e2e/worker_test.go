package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"time"

	pb "github.com/Kong/go-pdk/server/kong_plugin_protocol"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"aws-masker/go-bridge/internal/frame"
)

// worker is one connection of a Kong's worker with next to nothing behind it, for tests that need very many requests. Its
// upstream answers with what it was sent. It is used by one goroutine.
type worker struct {
	socket   string
	conn     net.Conn
	in       *bufio.Reader
	access   []byte // the frames that begin the two events
	response []byte

	body     []byte // what the client sends
	encoding string // its Content-Encoding
	sent     []byte // what goes upstream
	shared   []byte // kong.ctx.shared: the Value as it came
}

// newWorker connects and starts an instance.
func newWorker(socket, config string) (*worker, error) {
	w := &worker{socket: socket}
	if err := w.connect(); err != nil {
		return nil, err
	}
	payload, err := proto.Marshal(&pb.RpcCall{Sequence: 1, Call: &pb.RpcCall_CmdStartInstance{
		CmdStartInstance: &pb.CmdStartInstance{Name: "aws-masker", Config: []byte(config)},
	}})
	if err != nil {
		return nil, err
	}
	if _, err := w.conn.Write(frame.Append(nil, payload)); err != nil {
		return nil, err
	}
	var started pb.RpcReturn
	if payload, err = w.read(); err == nil {
		err = proto.Unmarshal(payload, &started)
	}
	id := started.GetInstanceStatus().GetInstanceId()
	w.access, w.response = event(id, "access"), event(id, "response")
	return w, err
}

func (w *worker) connect() error {
	if w.conn != nil {
		w.conn.Close()
	}
	var err error
	if w.conn, err = net.Dial("unix", w.socket); err != nil {
		return err
	}
	w.in = bufio.NewReader(w.conn)
	return w.conn.SetDeadline(time.Now().Add(5 * time.Minute))
}

func (w *worker) read() ([]byte, error) { return frame.Read(w.in, 1<<20) }

// request runs a request through access and response. It returns the plugin's own answer, or nil if the upstream's is left
// as it is.
func (w *worker) request(body []byte, encoding string) (*pb.ExitArgs, error) {
	w.body, w.encoding, w.sent, w.shared = body, encoding, body, nil
	for _, begin := range [][]byte{w.access, w.response} {
		exit, err := w.event(begin)
		if err != nil {
			return nil, err
		}
		if exit != nil {
			return exit, w.connect() // Kong drops the connection
		}
	}
	return nil, nil
}

// event answers the plugin's calls until the event ends or the plugin answers the client.
func (w *worker) event(begin []byte) (*pb.ExitArgs, error) {
	if _, err := w.conn.Write(begin); err != nil {
		return nil, err
	}
	for {
		method, err := w.read()
		if err != nil {
			return nil, err
		}
		if len(method) == 0 {
			_, err := w.read() // the call's result
			return nil, err
		}
		args, err := w.read()
		if err != nil {
			return nil, err
		}
		if string(method) == "kong.response.exit" {
			exit := &pb.ExitArgs{}
			return exit, proto.Unmarshal(args, exit)
		}
		reply, err := w.pdk(string(method), args)
		if err != nil {
			return nil, err
		}
		if _, err := w.conn.Write(frame.Append(nil, reply)); err != nil {
			return nil, err
		}
	}
}

func (w *worker) pdk(method string, args []byte) ([]byte, error) {
	switch method {
	case "kong.request.get_raw_body":
		return proto.Marshal(&pb.RawBodyResult{Kind: &pb.RawBodyResult_Content{Content: w.body}})
	case "kong.request.get_headers":
		headers, err := structpb.NewStruct(map[string]any{"content-type": "text/plain", "content-encoding": w.encoding})
		if err != nil {
			return nil, err
		}
		return proto.Marshal(headers)
	case "kong.request.get_raw_query":
		return proto.Marshal(&pb.String{V: "beta=true"})
	case "kong.request.get_path_with_query":
		return proto.Marshal(&pb.String{V: "/v1/messages?beta=true"})
	case "kong.service.request.set_raw_body":
		var body pb.ByteString
		err := proto.Unmarshal(args, &body)
		w.sent = bytes.Clone(body.V)
		return nil, err
	case "kong.ctx.shared.set":
		var entry pb.KV
		if err := proto.Unmarshal(args, &entry); err != nil {
			return nil, err
		}
		var err error
		w.shared, err = proto.Marshal(entry.V)
		return nil, err
	case "kong.ctx.shared.get":
		return w.shared, nil
	case "kong.response.get_status":
		return proto.Marshal(&pb.Int{V: 200})
	case "kong.service.response.get_raw_body":
		return proto.Marshal(&pb.ByteString{V: w.sent})
	case "kong.log.set_serialize_value", "kong.nginx.get_var":
		return nil, nil
	}
	return nil, fmt.Errorf("this worker has no %s", method)
}
