package plugin

import (
	"google.golang.org/protobuf/types/known/structpb"

	"aws-masker/go-bridge/engine"
	"aws-masker/go-bridge/pluginserver"
)

// logKey is the plugin's place on Kong's log entry:
//
//	{"masked": {"AWS_EC2": 2}, "store_ms": 0.4, "engine_ms": 0.02, "restored": 3}
//	{"path": {"AWS_VPC": 1}, "store_ms": 0, "engine_ms": 0.01}
//	{"refused": "AWS_MASKER_1001"}
const logKey = "aws_masker"

// entryOf is what a request adds: one that was masked, or has identifiers in its path.
func entryOf(report engine.Report) *structpb.Struct {
	entry := &structpb.Struct{Fields: map[string]*structpb.Value{
		"store_ms":  structpb.NewNumberValue(float64(report.StoreMicroseconds) / 1000),
		"engine_ms": structpb.NewNumberValue(float64(report.EngineMicroseconds) / 1000),
	}}
	for name, counts := range map[string]map[string]int{"masked": report.Masked, "path": report.Path} {
		if len(counts) > 0 {
			entry.Fields[name] = countsOf(counts)
		}
	}
	return entry
}

func countsOf(counts map[string]int) *structpb.Value {
	kinds := &structpb.Struct{Fields: make(map[string]*structpb.Value, len(counts))}
	for kind, n := range counts {
		kinds.Fields[kind] = structpb.NewNumberValue(float64(n))
	}
	return structpb.NewStructValue(kinds)
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
