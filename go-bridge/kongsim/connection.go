package kongsim

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"time"

	pb "github.com/Kong/go-pdk/server/kong_plugin_protocol"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"aws-masker/go-bridge/internal/frame"
)

// Connection is one connection of a Kong's worker with next to nothing behind it, for benchmarks, and tests that need very
// many requests. Its upstream answers with what it was sent. It is used by one goroutine.
type Connection struct {
	socket string
	conn   net.Conn
	in     *bufio.Reader
	phases [][]byte // the frames that begin access and response

	body     []byte // what the client sends
	encoding string // its Content-Encoding
	sent     []byte // what goes upstream
	shared   []byte // kong.ctx.shared: the Value as it came
}

// Connect connects to the plugin server at a socket and starts an instance. The caller closes the connection.
func Connect(socket, config string) (*Connection, error) {
	c := &Connection{socket: socket}
	err := c.connect()
	if err == nil {
		err = c.start(config)
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// Close ends the connection.
func (c *Connection) Close() {
	if c.conn != nil {
		c.conn.Close()
	}
}

// longest is how long a connection may be used: longer than any test or benchmark.
const longest = 10 * time.Minute

func (c *Connection) connect() error {
	c.Close()
	var err error
	if c.conn, err = net.Dial("unix", c.socket); err != nil {
		return err
	}
	c.in = bufio.NewReaderSize(c.conn, 64<<10)
	return c.conn.SetDeadline(time.Now().Add(longest))
}

func (c *Connection) start(config string) error {
	begin, err := callFrame(&pb.RpcCall{Call: &pb.RpcCall_CmdStartInstance{
		CmdStartInstance: &pb.CmdStartInstance{Name: "aws-masker", Config: []byte(config)},
	}})
	if err != nil {
		return err
	}
	if _, err := c.conn.Write(begin); err != nil {
		return err
	}
	var started pb.RpcReturn
	payload, err := c.read()
	if err == nil {
		err = proto.Unmarshal(payload, &started)
	}
	for _, phase := range []string{"access", "response"} {
		if err != nil {
			return err
		}
		begin, err = callFrame(&pb.RpcCall{Call: &pb.RpcCall_CmdHandleEvent{
			CmdHandleEvent: &pb.CmdHandleEvent{InstanceId: started.GetInstanceStatus().GetInstanceId(), EventName: phase},
		}})
		c.phases = append(c.phases, begin)
	}
	return err
}

func callFrame(call *pb.RpcCall) ([]byte, error) { return frame.AppendMessage(nil, call) }

func (c *Connection) read() ([]byte, error) { return frame.Read(c.in, frameLimit) }

// Request runs a request through access and response. It returns the plugin's own answer, or nil if the upstream's is left
// as it is.
func (c *Connection) Request(body []byte, encoding string) (*pb.ExitArgs, error) {
	c.body, c.encoding, c.sent, c.shared = body, encoding, body, nil
	for _, begin := range c.phases {
		exit, err := c.event(begin)
		if err != nil {
			return nil, err
		}
		if exit != nil {
			return exit, c.connect() // Kong drops the connection
		}
	}
	return nil, nil
}

// Sent is the body that the last request's upstream was sent.
func (c *Connection) Sent() []byte { return c.sent }

// Shared is what the last request has left in kong.ctx.shared.
func (c *Connection) Shared() *structpb.Struct {
	var value structpb.Value
	if proto.Unmarshal(c.shared, &value) != nil {
		return nil
	}
	return value.GetStructValue()
}

// event answers the plugin's calls until the event ends or the plugin answers the client.
func (c *Connection) event(begin []byte) (*pb.ExitArgs, error) {
	if _, err := c.conn.Write(begin); err != nil {
		return nil, err
	}
	for {
		method, err := c.read()
		if err != nil {
			return nil, err
		}
		if len(method) == 0 {
			_, err := c.read() // the call's result
			return nil, err
		}
		args, err := c.read()
		if err != nil {
			return nil, err
		}
		if string(method) == "kong.response.exit" {
			exit := &pb.ExitArgs{}
			return exit, proto.Unmarshal(args, exit)
		}
		reply, err := c.pdk(string(method), args)
		if err != nil {
			return nil, err
		}
		if _, err := c.conn.Write(frame.Append(nil, reply)); err != nil {
			return nil, err
		}
	}
}

func (c *Connection) pdk(method string, args []byte) ([]byte, error) {
	switch method {
	case "kong.request.get_raw_body":
		return proto.Marshal(&pb.RawBodyResult{Kind: &pb.RawBodyResult_Content{Content: c.body}})
	case "kong.request.get_headers":
		return encodeHeaders(http.Header{"Content-Type": {"text/plain"}, "Content-Encoding": {c.encoding}}, 2), nil
	case "kong.request.get_raw_query":
		return encodeString("beta=true"), nil
	case "kong.nginx.get_var": // the request line, and as good an id as any
		return encodeString("POST /v1/messages?beta=true HTTP/1.1"), nil
	case "kong.service.request.set_raw_body":
		var body pb.ByteString
		err := proto.Unmarshal(args, &body)
		c.sent = body.V
		return nil, err
	case "kong.ctx.shared.set":
		var entry pb.KV
		if err := proto.Unmarshal(args, &entry); err != nil {
			return nil, err
		}
		var err error
		c.shared, err = proto.Marshal(entry.V)
		return nil, err
	case "kong.ctx.shared.get":
		return c.shared, nil
	case "kong.response.get_status":
		return proto.Marshal(&pb.Int{V: 200})
	case "kong.service.response.get_raw_body":
		return proto.Marshal(&pb.ByteString{V: c.sent})
	case "kong.log.set_serialize_value":
		return nil, nil
	}
	return nil, fmt.Errorf("this Kong has no %s", method)
}
