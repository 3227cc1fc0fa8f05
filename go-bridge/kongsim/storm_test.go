package kongsim

import (
	"net"

	pb "github.com/Kong/go-pdk/server/kong_plugin_protocol"
	"google.golang.org/protobuf/proto"

	"aws-masker/go-bridge/internal/frame"
)

// closeOnEvents is a plugin server as it must not be: it starts instances and closes the connection on every event.
func closeOnEvents(socket net.Conn) {
	defer socket.Close()
	for {
		payload, err := frame.Read(socket, frameLimit)
		if err != nil {
			return
		}
		var call pb.RpcCall
		if proto.Unmarshal(payload, &call) != nil || call.GetCmdHandleEvent() != nil {
			return
		}
		answer, err := proto.Marshal(&pb.RpcReturn{
			Sequence: call.Sequence,
			Return:   &pb.RpcReturn_InstanceStatus{InstanceStatus: &pb.InstanceStatus{InstanceId: 1}},
		})
		if err != nil {
			return
		}
		if _, err := socket.Write(frame.Append(nil, answer)); err != nil {
			return
		}
	}
}
