package pluginserver

import (
	"google.golang.org/protobuf/encoding/protowire"

	"aws-masker/go-bridge/internal/frame"
)

// beginning is the call with which Kong begins an event.
type beginning struct {
	sequence int64
	instance int32
	phase    string
}

// The fields of an RpcCall, of its CmdHandleEvent and of an RpcReturn (kong/include/kong/pluginsocket.proto).
const (
	callSequence    protowire.Number = 1
	callHandleEvent protowire.Number = 36
	eventInstance   protowire.Number = 1
	eventName       protowire.Number = 2
	returnSequence  protowire.Number = 1
)

// readBeginning reads the call that nearly all are, as Kong writes it. go-pdk's messages take four pieces of memory for one.
// ok is false for every other call, and for what is no call: those messages decide then.
func readBeginning(call []byte) (begun beginning, ok bool) {
	for len(call) > 0 {
		number, kind, tag := protowire.ConsumeTag(call)
		switch {
		case number == callSequence && kind == protowire.VarintType:
			value, length := protowire.ConsumeVarint(call[tag:])
			if length < 0 {
				return beginning{}, false
			}
			begun.sequence = int64(value)
			call = call[tag+length:]
		case number == callHandleEvent && kind == protowire.BytesType && !ok:
			event, length := protowire.ConsumeBytes(call[tag:])
			if ok = length >= 0 && begun.readEvent(event); !ok {
				return beginning{}, false
			}
			call = call[tag+length:]
		default:
			return beginning{}, false
		}
	}
	return begun, ok
}

// readEvent reads the CmdHandleEvent of a phase that this server knows by name.
func (b *beginning) readEvent(event []byte) (ok bool) {
	for len(event) > 0 {
		number, kind, tag := protowire.ConsumeTag(event)
		length := -1
		switch {
		case number == eventInstance && kind == protowire.VarintType:
			var value uint64
			value, length = protowire.ConsumeVarint(event[tag:])
			b.instance = int32(value)
		case number == eventName && kind == protowire.BytesType:
			var name []byte
			name, length = protowire.ConsumeBytes(event[tag:])
			b.phase = phaseOf(name)
		}
		if length < 0 {
			return false
		}
		event = event[tag+length:]
	}
	return b.phase != ""
}

// phaseOf is the name of a phase, without memory for it; empty for one that plugins here do not have.
func phaseOf(name []byte) string {
	switch string(name) {
	case "access":
		return "access"
	case "response":
		return "response"
	default:
		return ""
	}
}

// appendAnswer adds the RpcReturn of an event as one frame: it says to which call it belongs.
func appendAnswer(buffer []byte, sequence int64) []byte {
	size := 0
	if sequence != 0 { // protobuf leaves out what is zero
		size = protowire.SizeTag(returnSequence) + protowire.SizeVarint(uint64(sequence))
	}
	buffer = frame.AppendHeader(buffer, size)
	if size == 0 {
		return buffer
	}
	buffer = protowire.AppendTag(buffer, returnSequence, protowire.VarintType)
	return protowire.AppendVarint(buffer, uint64(sequence))
}
