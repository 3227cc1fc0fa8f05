package pluginserver

import (
	"errors"
	"fmt"

	pb "github.com/Kong/go-pdk/server/kong_plugin_protocol"
	"google.golang.org/protobuf/proto"
)

// errUnknownInstance makes the server close the connection: Kong then starts the instance again and retries, which is
// the one case where the retry succeeds.
var errUnknownInstance = errors.New("unknown instance")

// call answers one RpcCall frame. An error ends the connection.
func (s *Server) call(c *conn, payload []byte) error {
	if begun, ok := readBeginning(payload); ok {
		return s.handleEvent(c, begun)
	}
	var call pb.RpcCall
	if err := proto.Unmarshal(payload, &call); err != nil {
		return fmt.Errorf("not a call: %w", err)
	}
	answer := &pb.RpcReturn{Sequence: call.Sequence}
	switch command := call.Call.(type) {
	case *pb.RpcCall_CmdHandleEvent:
		event := command.CmdHandleEvent
		return s.handleEvent(c, beginning{call.Sequence, event.GetInstanceId(), event.GetEventName()})
	case *pb.RpcCall_CmdStartInstance:
		answer.Return = s.status(s.instances.add(s.start(command.CmdStartInstance.GetConfig())))
	case *pb.RpcCall_CmdCloseInstance:
		answer.Return = s.status(s.instances.close(command.CmdCloseInstance.GetInstanceId()))
	case *pb.RpcCall_CmdGetInstanceStatus:
		answer.Return = s.status(s.instances.get(command.CmdGetInstanceStatus.GetInstanceId()))
	case *pb.RpcCall_CmdGetPluginNames:
		answer.Return = &pb.RpcReturn_PluginNames{PluginNames: &pb.PluginNames{Names: []string{s.plugin.Info().Name}}}
	case *pb.RpcCall_CmdGetPluginInfo:
		answer.Return = &pb.RpcReturn_PluginInfo{PluginInfo: s.info()}
	default:
		return fmt.Errorf("not a call: unknown command %T", command)
	}
	return c.answer(answer)
}

// start makes an instance. A panic makes one that refuses every request, because closing the connection would say
// nothing to anyone.
func (s *Server) start(config []byte) (instance Instance) {
	defer func() {
		if value := recover(); value != nil {
			cause := Panicked(value)
			s.log.Printf("start_instance failed: %v", cause)
			instance = failed{unexpected(cause)}
		}
	}()
	return s.plugin.Start(config)
}

// failed is the instance of a configuration whose start panicked.
type failed struct{ refusal *Refusal }

func (f failed) Handle(*Event) error { return f.refusal }
func (f failed) Close()              {}

// status is what Kong hears about an instance: its id. The configuration is left out, it holds secrets and Kong has it.
// An unknown instance has no status, which Kong accepts.
func (s *Server) status(r *running) *pb.RpcReturn_InstanceStatus {
	if r == nil {
		return nil
	}
	return &pb.RpcReturn_InstanceStatus{InstanceStatus: &pb.InstanceStatus{
		Name:       s.plugin.Info().Name,
		InstanceId: r.id,
		StartedAt:  r.started.Unix(),
	}}
}

func (s *Server) info() *pb.PluginInfo {
	info := s.plugin.Info()
	return &pb.PluginInfo{
		Name:     info.Name,
		Version:  info.Version,
		Priority: int32(info.Priority),
		Phases:   info.Phases,
		Schema:   string(info.Schema),
	}
}
