package main

import (
	"github.com/Kong/go-pdk/bridge"
	pb "github.com/Kong/go-pdk/server/kong_plugin_protocol"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"aws-masker/go-bridge/engine"
	"aws-masker/go-bridge/pluginserver"
)

func info(name string) pluginserver.Info {
	return pluginserver.Info{Name: name, Version: "1.0.0", Phases: []string{"access", "response"}}
}

// null does nothing.
type null struct{}

func (null) Info() pluginserver.Info              { return info("null") }
func (n null) Start([]byte) pluginserver.Instance { return n }
func (null) Close()                               {}
func (null) Handle(*pluginserver.Event) error     { return nil }

// asking asks for what a plugin needs at least to know that there is nothing to do: in access for these, in one write, and
// in response for what access has left.
type asking []pluginserver.Call

// bodyAlone and bodyAndURI are what ours asks for without and with mask_query.
var (
	bodyAlone  = asking{lent("kong.request.get_raw_body", nil)}
	bodyAndURI = asking{bodyAlone[0], lent("kong.request.get_raw_query", nil), lent("kong.nginx.get_var", bridge.WrapString("request"))}
)

func (asking) Info() pluginserver.Info              { return info("asking") }
func (a asking) Start([]byte) pluginserver.Instance { return a }
func (asking) Close()                               {}

func (a asking) Handle(event *pluginserver.Event) error {
	if event.Phase != "access" {
		return event.Ask(getShared(&structpb.Value{}))
	}
	return event.Ask(a...)
}

// lent asks for something that is not looked at, and not copied, as ours does not.
func lent(method string, args proto.Message) pluginserver.Call {
	return pluginserver.Call{Method: method, Args: args, Lent: dropped{}}
}

// dropped looks at no result.
type dropped struct{}

func (dropped) Borrow([]byte) error { return nil }

// sharedPlace is where ours leaves what a response needs.
var sharedPlace = bridge.WrapString("aws_masker")

func getShared(value *structpb.Value) pluginserver.Call {
	return pluginserver.Call{Method: "kong.ctx.shared.get", Args: sharedPlace, Reply: value}
}

// constant makes the calls that masking and restoring the dense body make, with bodies and a mapping that were made once.
type constant struct {
	masked engine.Masked
	entry  *structpb.Struct
}

func (*constant) Info() pluginserver.Info { return info("constant") }
func (*constant) Close()                  {}

func (*constant) Start(config []byte) pluginserver.Instance {
	masker, err := engine.New(config)
	if err != nil {
		return nil
	}
	defer masker.Close()
	masked, err := masker.Mask("", denseBody())
	if err != nil {
		return nil
	}
	kinds := map[string]any{}
	for kind, n := range masked.Report.Masked {
		kinds[kind] = float64(n)
	}
	entry, err := structpb.NewStruct(map[string]any{"masked": kinds, "store_ms": 0.01, "engine_ms": 0.01})
	if err != nil {
		return nil
	}
	return &constant{masked: masked, entry: entry}
}

func (c *constant) Handle(event *pluginserver.Event) error {
	if event.Phase == "access" {
		return c.access(event)
	}
	var shared structpb.Value
	if err := event.Ask(getShared(&shared)); err != nil {
		return err
	}
	var status pb.Int
	err := event.Ask(
		pluginserver.Call{Method: "kong.response.get_status", Reply: &status},
		lent("kong.service.response.get_raw_body", nil),
	)
	if err != nil {
		return err
	}
	entry := shared.GetStructValue().GetFields()["entry"]
	err = event.Tell(pluginserver.Call{
		Method: "kong.log.set_serialize_value", Args: &pb.KV{K: "aws_masker", V: entry},
	})
	if err != nil {
		return err
	}
	dropped := map[string][]string{}
	for _, name := range []string{"etag", "content-md5", "digest", "content-digest", "repr-digest", "content-encoding"} {
		dropped[name] = nil
	}
	return event.Exit(int(status.V), restored, dropped)
}

var restored = denseBody()

func (c *constant) access(event *pluginserver.Event) error {
	if err := bodyAndURI.Handle(event); err != nil {
		return err
	}
	fields := map[string]*structpb.Value{
		"mapping": structpb.NewStringValue(c.masked.Mapping),
		"entry":   structpb.NewStructValue(c.entry),
	}
	return event.Tell(
		pluginserver.Call{Method: "kong.service.request.set_raw_body", Args: bridge.WrapByteString(c.masked.Body)},
		pluginserver.Call{Method: "kong.ctx.shared.set", Args: &pb.KV{
			K: "aws_masker", V: structpb.NewStructValue(&structpb.Struct{Fields: fields}),
		}},
	)
}
