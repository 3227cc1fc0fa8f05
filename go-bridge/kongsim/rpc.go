package kongsim

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"time"

	pb "github.com/Kong/go-pdk/server/kong_plugin_protocol"
	"google.golang.org/protobuf/proto"

	"aws-masker/go-bridge/internal/frame"
)

// pdkFunc runs a PDK call of the plugin and returns the encoded result.
type pdkFunc func(method string, args []byte) ([]byte, error)

// errExit reports that the plugin has called kong.response.exit: there is no reply to it, and the rest of the exchange
// does not take place.
var errExit = errors.New("exit")

// frameLimit is generous: the server's own limit is what is tested.
const frameLimit = 1 << 30

// exchange makes one call (pb_rpc.lua, Rpc:call). With pdk it serves the plugin's PDK calls until the event ends. The
// connection goes back to the pool only after a complete exchange.
func (w *worker) exchange(name string, call *pb.RpcCall, sequence int64, pdk pdkFunc, phase string) (*pb.RpcReturn, error) {
	w.gateway.stats.count(func(s *Stats) { s.Calls[name]++ })
	connection, opened, err := w.pool.get()
	if err != nil {
		return nil, socketError(err)
	}
	if opened {
		w.gateway.stats.count(func(s *Stats) { s.Connections++ })
	}
	complete := false
	defer func() {
		if complete {
			w.pool.put(connection)
		} else {
			connection.Close()
		}
	}()

	l := &line{connection: connection, in: bufio.NewReader(connection), timeout: w.gateway.config.ReadTimeout, chaos: w.gateway.config.Chaos}
	call.Sequence = sequence
	payload, err := proto.Marshal(call)
	if err != nil {
		return nil, err
	}
	if err := l.write(payload); err != nil {
		return nil, socketError(err)
	}
	if pdk != nil {
		turns, err := serveBridge(l, pdk)
		w.gateway.stats.count(func(s *Stats) { s.Turns[phase] += turns })
		if err != nil {
			return nil, err
		}
	}
	payload, err = l.read()
	if err != nil {
		return nil, socketError(err)
	}
	var result pb.RpcReturn
	if err := proto.Unmarshal(payload, &result); err != nil {
		return nil, fmt.Errorf("malformed RpcReturn: %w", err)
	}
	if result.Sequence != sequence {
		return nil, fmt.Errorf("assertion failed: sequence %d, want %d", result.Sequence, sequence)
	}
	complete = l.in.Buffered() == 0 // nginx keeps no connection with unread data
	return &result, nil
}

// serveBridge answers PDK calls until the empty frame. It returns how often it had to wait for the server.
func serveBridge(l *line, pdk pdkFunc) (turns int, err error) {
	for {
		if l.in.Buffered() == 0 {
			turns++
		}
		method, err := l.read()
		if err != nil {
			return turns, socketError(err)
		}
		if len(method) == 0 {
			return turns, nil
		}
		args, err := l.read()
		if err != nil {
			return turns, socketError(err)
		}
		reply, err := pdk(string(method), args)
		if err != nil {
			return turns, err
		}
		if err := l.write(reply); err != nil {
			return turns, socketError(err)
		}
	}
}

// line is a connection during one call.
type line struct {
	connection net.Conn
	in         *bufio.Reader
	timeout    time.Duration
	chaos      Chaos
}

func (l *line) read() ([]byte, error) {
	if err := l.connection.SetReadDeadline(time.Now().Add(l.timeout)); err != nil {
		return nil, err
	}
	return frame.Read(l.in, frameLimit)
}

// write sends a frame in two pieces, as Kong does.
func (l *line) write(payload []byte) error {
	if err := l.connection.SetWriteDeadline(time.Now().Add(l.timeout)); err != nil {
		return err
	}
	if err := l.chaos.write(l.connection, frame.AppendHeader(nil, len(payload))); err != nil {
		return err
	}
	return l.chaos.write(l.connection, payload)
}
