package plugin

import (
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/Kong/go-pdk/bridge"

	"aws-masker/go-bridge/engine"
	"aws-masker/go-bridge/pluginserver"
)

// What a request's access phase leaves for its response travels in kong.ctx.shared, in one table:
//
//	mapping  what the response is restored from
//	entry    what Kong's log entry will say of the request; put there with the response, so that it is one call
//	config   how to restore, for the companion
//
// The two modes have keys of their own: a response that this plugin has restored must not be restored again by the
// companion.
const (
	bufferedKey  = "aws_masker"
	streamingKey = "aws_masker_stream" // kong/plugins/aws-masker-stream/handler.lua
)

// handover is that table.
type handover struct {
	mapping string
	entry   *structpb.Struct
}

// leave puts what a masked request leaves where its response will be restored.
func (i *instance) leave(masked engine.MaskedParts) pluginserver.Call {
	fields := map[string]*structpb.Value{
		"mapping": structpb.NewStringValue(masked.Mapping),
		"entry":   structpb.NewStructValue(entryOf(masked.Report)),
	}
	key := bufferedKey
	if i.mode == Streaming {
		key = streamingKey
		fields["config"] = structpb.NewStringValue(i.restoring)
	}
	return keyValue("kong.ctx.shared.set", key, structpb.NewStructValue(&structpb.Struct{Fields: fields}))
}

// bufferedPlace is where it is in the buffered mode.
var bufferedPlace = bridge.WrapString(bufferedKey)

// takeHandover returns what access has left; nil if nothing was masked. What is there but is not ours ends the request:
// without the mapping its response cannot be restored.
func takeHandover(event *pluginserver.Event) (*handover, error) {
	var shared structpb.Value
	err := event.Ask(pluginserver.Call{Method: "kong.ctx.shared.get", Args: bufferedPlace, Reply: &shared})
	if _, none := shared.GetKind().(*structpb.Value_NullValue); err != nil || none || shared.GetKind() == nil {
		return nil, err
	}
	fields := shared.GetStructValue().GetFields()
	handed := &handover{mapping: fields["mapping"].GetStringValue(), entry: fields["entry"].GetStructValue()}
	if handed.mapping == "" || handed.entry == nil {
		return nil, refuse(codeUnmasking, "What the request has left for its response in kong.ctx.shared cannot be read.")
	}
	return handed, nil
}
