package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"time"

	pb "github.com/Kong/go-pdk/server/kong_plugin_protocol"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"aws-masker/go-bridge/internal/frame"
)

// exchange is a request, and the upstream's answer: an echo of what it was sent.
type exchange struct{ body []byte }

// kong is one connection of a worker, as far as a request needs one. It is used by one goroutine.
type kong struct {
	socket string
	conn   net.Conn
	in     *bufio.Reader

	instance int32
	sent     []byte // the body that goes upstream
	shared   []byte // kong.ctx.shared: the Value as it came
	answer   []byte // what the client gets
}

func dial(socket string) (*kong, error) {
	k := &kong{socket: socket}
	return k, k.redial()
}

func (k *kong) redial() error {
	if k.conn != nil {
		k.conn.Close()
	}
	var err error
	if k.conn, err = net.Dial("unix", k.socket); err != nil {
		return err
	}
	k.in = bufio.NewReaderSize(k.conn, 64<<10)
	return nil
}

func (k *kong) call(call *pb.RpcCall) error {
	payload, err := proto.Marshal(call)
	if err != nil {
		return err
	}
	_, err = k.conn.Write(frame.Append(nil, payload))
	return err
}

// start starts an instance for this connection.
func (k *kong) start(config string) error {
	err := k.call(&pb.RpcCall{Call: &pb.RpcCall_CmdStartInstance{CmdStartInstance: &pb.CmdStartInstance{
		Name: "aws-masker", Config: []byte(config),
	}}})
	if err != nil {
		return err
	}
	payload, err := frame.Read(k.in, 1<<20)
	if err != nil {
		return err
	}
	var result pb.RpcReturn
	if err := proto.Unmarshal(payload, &result); err != nil {
		return err
	}
	k.instance = result.GetInstanceStatus().GetInstanceId()
	return nil
}

// run runs a request through access and response, and returns what the client gets.
func (k *kong) run(x exchange) ([]byte, error) {
	k.sent, k.shared, k.answer = x.body, nil, nil
	for _, phase := range []string{"access", "response"} {
		err := k.call(&pb.RpcCall{Call: &pb.RpcCall_CmdHandleEvent{CmdHandleEvent: &pb.CmdHandleEvent{
			InstanceId: k.instance, EventName: phase,
		}}})
		if err != nil {
			return nil, err
		}
		exited, err := k.serve(x)
		if err != nil {
			return nil, err
		}
		if exited && phase == "access" {
			return nil, fmt.Errorf("refused: %s", k.answer)
		}
		if exited {
			return k.answer, k.redial() // Kong drops the connection
		}
	}
	return k.sent, nil
}

var errTooMany = errors.New("the event does not end")

// serve answers PDK calls until the event ends, or the plugin exits.
func (k *kong) serve(x exchange) (exited bool, err error) {
	for range 1000 {
		method, err := frame.Read(k.in, 1<<20)
		if err != nil {
			return false, err
		}
		if len(method) == 0 {
			_, err := frame.Read(k.in, 1<<20)
			return false, err
		}
		args, err := frame.Read(k.in, 16<<20)
		if err != nil {
			return false, err
		}
		reply, exited, err := k.pdk(string(method), args, x)
		if err != nil || exited {
			return exited, err
		}
		if _, err := k.conn.Write(frame.Append(nil, reply)); err != nil {
			return false, err
		}
	}
	return false, errTooMany
}

func (k *kong) pdk(method string, args []byte, x exchange) (reply []byte, exited bool, err error) {
	switch method {
	case "kong.request.get_raw_body":
		reply, err = proto.Marshal(&pb.RawBodyResult{Kind: &pb.RawBodyResult_Content{Content: x.body}})
	case "kong.request.get_raw_query":
		reply, err = proto.Marshal(&pb.String{V: "beta=true"})
	case "kong.request.get_path_with_query":
		reply, err = proto.Marshal(&pb.String{V: "/v1/messages?beta=true"})
	case "kong.service.request.set_raw_body":
		var body pb.ByteString
		err = proto.Unmarshal(args, &body)
		k.sent = body.V
	case "kong.ctx.shared.set":
		var kv pb.KV
		if err = proto.Unmarshal(args, &kv); err == nil {
			k.shared, err = proto.Marshal(kv.V)
		}
	case "kong.ctx.shared.get":
		reply = k.shared
		if reply == nil {
			reply, err = proto.Marshal(structpb.NewNullValue())
		}
	case "kong.response.get_status":
		reply, err = proto.Marshal(&pb.Int{V: 200})
	case "kong.service.response.get_raw_body":
		reply, err = proto.Marshal(&pb.ByteString{V: k.sent})
	case "kong.log.set_serialize_value":
	case "kong.response.exit":
		var exit pb.ExitArgs
		err = proto.Unmarshal(args, &exit)
		k.answer = exit.Body
		return nil, true, err
	default:
		err = fmt.Errorf("this Kong has no %s", method)
	}
	return reply, false, err
}

// storeTime is how long the last request has waited for the store, as its log entry says.
func (k *kong) storeTime() time.Duration {
	var shared structpb.Value
	if proto.Unmarshal(k.shared, &shared) != nil {
		return 0
	}
	entry := shared.GetStructValue().GetFields()["entry"].GetStructValue().GetFields()
	return time.Duration(entry["store_ms"].GetNumberValue() * float64(time.Millisecond))
}
