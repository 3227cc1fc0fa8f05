package pluginserver

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"

	pb "github.com/Kong/go-pdk/server/kong_plugin_protocol"
	"google.golang.org/protobuf/proto"

	"aws-masker/go-bridge/internal/frame"
)

// calls are some as Kong sends them, and what chance makes of them.
func calls(t *testing.T, random *rand.Rand) []byte {
	t.Helper()
	event := func(phase string) *pb.RpcCall {
		return &pb.RpcCall{Sequence: random.Int64() >> random.IntN(64), Call: &pb.RpcCall_CmdHandleEvent{
			CmdHandleEvent: &pb.CmdHandleEvent{InstanceId: random.Int32() >> random.IntN(32), EventName: phase},
		}}
	}
	kinds := []*pb.RpcCall{
		event("access"), event("response"), event("access"), event("log"), event(""), event("acces\xff"), {Sequence: 1}, {},
		{Call: &pb.RpcCall_CmdGetPluginNames{CmdGetPluginNames: &pb.CmdGetPluginNames{}}},
		{Call: &pb.RpcCall_CmdCloseInstance{CmdCloseInstance: &pb.CmdCloseInstance{InstanceId: 7}}},
	}
	var call []byte
	for range 1 + random.IntN(8)/7 {
		part, err := proto.MarshalOptions{AllowPartial: true}.Marshal(kinds[random.IntN(len(kinds))])
		if err == nil { // one has a name that is no text
			call = append(call, part...)
		}
	}
	if len(call) > 0 && random.IntN(3) == 0 {
		call[random.IntN(len(call))] ^= byte(1 << random.IntN(8))
	}
	if random.IntN(4) == 0 {
		call = call[:random.IntN(len(call)+1)]
	}
	return call
}

// TestABeginningIsWhatTheMessageSays wherever it is read without one.
func TestABeginningIsWhatTheMessageSays(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	read := 0
	for range 50_000 {
		call := calls(t, random)
		begun, ok := readBeginning(call)
		if !ok {
			continue
		}
		read++
		var message pb.RpcCall
		if err := proto.Unmarshal(call, &message); err != nil {
			t.Fatalf("%x: read as %v: %v", call, begun, err)
		}
		event := message.GetCmdHandleEvent()
		if want := (beginning{message.Sequence, event.GetInstanceId(), event.GetEventName()}); event == nil || begun != want {
			t.Fatalf("%x: %v, want %v", call, begun, want)
		}
	}
	if read < 5_000 {
		t.Errorf("only %d were read", read)
	}
}

func TestABeginningTakesNoMemory(t *testing.T) {
	call, err := proto.Marshal(&pb.RpcCall{Sequence: 3, Call: &pb.RpcCall_CmdHandleEvent{
		CmdHandleEvent: &pb.CmdHandleEvent{InstanceId: 1 << 30, EventName: "response"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	allocated := testing.AllocsPerRun(100, func() {
		if begun, ok := readBeginning(call); !ok || begun != (beginning{3, 1 << 30, "response"}) {
			t.Errorf("%v, %v", begun, ok)
		}
	})
	if allocated > 0 {
		t.Errorf("%v allocations", allocated)
	}
}

func TestTheAnswerOfAnEventIsTheMessage(t *testing.T) {
	for _, sequence := range []int64{0, 1, 127, 128, 1 << 40, math.MaxInt64, -1} {
		want, err := frame.AppendMessage([]byte("before"), &pb.RpcReturn{Sequence: sequence})
		if err != nil {
			t.Fatal(err)
		}
		if got := appendAnswer([]byte("before"), sequence); !bytes.Equal(got, want) {
			t.Errorf("%d: %x, want %x", sequence, got, want)
		}
	}
}
