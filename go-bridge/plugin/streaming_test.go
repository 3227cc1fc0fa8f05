package plugin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"google.golang.org/protobuf/types/known/structpb"

	"aws-masker/go-bridge/engine"
	"aws-masker/go-bridge/pluginserver"
)

func TestTheStreamingDumpLeavesResponseOut(t *testing.T) {
	for mode, want := range map[Mode]struct {
		phases string
		field  bool
	}{Buffered: {"[access response]", false}, Streaming: {"[access]", true}} {
		text, err := Dump("/x", mode)
		if err != nil {
			t.Fatal(err)
		}
		var dump struct {
			Plugins []struct {
				Phases []string
				Schema struct {
					Fields []map[string]struct {
						Fields       []map[string]any
						EntityChecks []any `json:"entity_checks"`
					}
				}
			}
		}
		if err := json.Unmarshal(text, &dump); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(dump.Plugins[0].Phases); got != want.phases {
			t.Errorf("mode %d has phases %s", mode, got)
		}
		config := dump.Plugins[0].Schema.Fields[1]["config"]
		found := false
		for _, field := range config.Fields {
			if declared, is := field["streaming"]; is {
				found = true
				if got := fmt.Sprint(declared.(map[string]any)["eq"], declared.(map[string]any)["default"]); got != "true true" {
					t.Errorf("streaming can be %s", got)
				}
			}
		}
		if found != want.field || len(config.EntityChecks) == 0 {
			t.Errorf("mode %d: the schema tells it: %v; %d entity checks", mode, found, len(config.EntityChecks))
		}
	}
}

// TestAModeThatKongDoesNotShareRefusesEveryRequest: Kong would call no response phase and nothing would be restored.
func TestAModeThatKongDoesNotShareRefusesEveryRequest(t *testing.T) {
	var lines bytes.Buffer
	started := start(t, &lines, Buffered).Start([]byte(`{"use_redis":false,"streaming":true}`))
	defer started.Close()
	var refused *pluginserver.Refusal
	if err := started.Handle(&pluginserver.Event{Phase: "access"}); !errors.As(err, &refused) {
		t.Fatalf("%v", err)
	}
	if refused.Status != 500 || !strings.Contains(string(refused.Body), "start_cmd") ||
		!strings.Contains(string(refused.Body), codeConfig) || strings.Count(lines.String(), "\n") != 1 {
		t.Errorf("%d %s, logged %q", refused.Status, refused.Body, lines.String())
	}
}

// TestAServerThatStreamsNeedsNoFieldInTheConfiguration: in a database the configurations written before lack it.
func TestAServerThatStreamsNeedsNoFieldInTheConfiguration(t *testing.T) {
	for _, config := range []string{`{"use_redis":false}`, `{"use_redis":false,"streaming":true}`} {
		started, usable := start(t, io.Discard, Streaming).Start([]byte(config)).(*instance)
		if !usable {
			t.Fatalf("%s is refused", config)
		}
		started.Close()
	}
}

// TestAResponsePhaseInTheStreamingModeIsLeftToTheCompanion: it would restore the restored response again.
func TestAResponsePhaseInTheStreamingModeIsLeftToTheCompanion(t *testing.T) {
	var lines bytes.Buffer
	started := start(t, &lines, Streaming).Start([]byte(`{"use_redis":false}`))
	defer started.Close()
	for range 3 {
		if err := started.Handle(&pluginserver.Event{Phase: "response"}); err != nil { // without a Kong to call
			t.Fatal(err)
		}
	}
	if strings.Count(lines.String(), "query_cmd") != 1 {
		t.Errorf("logged %q", lines.String())
	}
}

func TestARequestWithoutTheCompanionIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		present *structpb.Value
		code    string
	}{
		"none":          {structpb.NewNullValue(), codeConfigMissing},
		"no text":       {structpb.NewNumberValue(1), codeConfigMissing},
		"other release": {structpb.NewStringValue("0.0.1"), codeConfig},
		"this release":  {structpb.NewStringValue(engine.Version()), ""},
	} {
		refused := checkCompanion(test.present)
		if (refused == nil) != (test.code == "") || refused != nil && !strings.Contains(string(refused.Body), test.code) {
			t.Errorf("%s: %v", name, refused)
		}
	}
}

func TestOnlyWhatRestoringNeedsIsHandedOver(t *testing.T) {
	got, err := restoringConfig(`{"redis_password":"hunter2","restore_thinking":true,"use_redis":true,"mapping_ttl":1}`)
	if err != nil || got != `{"restore_thinking":true,"use_redis":false}` {
		t.Errorf("%s, %v", got, err)
	}
}
