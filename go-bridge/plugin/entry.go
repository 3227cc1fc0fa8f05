package plugin

import (
	"google.golang.org/protobuf/types/known/structpb"

	"aws-masker/go-bridge/engine"
	"aws-masker/go-bridge/pluginserver"
)

// logKey is the plugin's place on Kong's log entry:
//
//	{"masked": {"AWS_EC2": 2}, "store_ms": 0.4, "engine_ms": 0.02, "restored": 3}
//	{"refused": "AWS_MASKER_1001"}
const logKey = "aws_masker"

// entryOf is what a masked request adds.
func entryOf(report engine.Report) *structpb.Struct {
	kinds := &structpb.Struct{Fields: make(map[string]*structpb.Value, len(report.Masked))}
	for kind, n := range report.Masked {
		kinds.Fields[kind] = structpb.NewNumberValue(float64(n))
	}
	return &structpb.Struct{Fields: map[string]*structpb.Value{
		"masked":    structpb.NewStructValue(kinds),
		"store_ms":  structpb.NewNumberValue(float64(report.StoreMicroseconds) / 1000),
		"engine_ms": structpb.NewNumberValue(float64(report.EngineMicroseconds) / 1000),
	}}
}

// logRestored puts the whole entry of a request on the log, with what its response has added.
func logRestored(entry *structpb.Struct, count uint64) pluginserver.Call {
	if entry.Fields == nil {
		entry.Fields = map[string]*structpb.Value{}
	}
	entry.Fields["restored"] = structpb.NewNumberValue(float64(count))
	return setLogValue(logKey, structpb.NewStructValue(entry))
}

// logRefused says on the log entry with which code a request was refused.
func logRefused(code string) pluginserver.Call {
	return setLogValue(logKey+".refused", structpb.NewStringValue(code))
}
