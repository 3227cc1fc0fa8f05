package plugin

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"testing"

	pb "github.com/Kong/go-pdk/server/kong_plugin_protocol"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
)

// messages are results as Kong sends them, and what chance makes of them.
func messages(t *testing.T, random *rand.Rand) []byte {
	t.Helper()
	text := string(bytes.Repeat([]byte{'a' + byte(random.IntN(26))}, random.IntN(300)))
	kinds := []proto.Message{
		&pb.RawBodyResult{},
		&pb.RawBodyResult{Kind: &pb.RawBodyResult_Content{Content: []byte(text)}},
		&pb.RawBodyResult{Kind: &pb.RawBodyResult_BodyFilepath{BodyFilepath: text}},
		&pb.RawBodyResult{Kind: &pb.RawBodyResult_Error{Error: text}},
		&pb.ByteString{V: []byte(text)},
		&pb.Int{V: int32(random.Uint32())},
		&pb.KV{K: text},
	}
	var message []byte
	for range 1 + random.IntN(3) {
		part, err := proto.Marshal(kinds[random.IntN(len(kinds))])
		if err != nil {
			t.Fatal(err)
		}
		message = append(message, part...)
	}
	if len(message) > 0 && random.IntN(3) == 0 {
		message[random.IntN(len(message))] ^= byte(1 << random.IntN(8))
	}
	if random.IntN(4) == 0 {
		message = message[:random.IntN(len(message)+1)]
	}
	return message
}

// What is read where it lies is what go-pdk's messages say. They also refuse text that is not UTF-8, which changes nothing for us.
func TestWhatIsLentIsWhatWasSent(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	compared := 0
	for range 20_000 {
		message := messages(t, random)
		var bytesOf pb.ByteString
		var lent byteString
		if proto.Unmarshal(message, &bytesOf) == nil {
			if err := lent.Borrow(message); err != nil || !bytes.Equal(lent, bytesOf.V) {
				t.Fatalf("%x: %q, %v; want %q", message, lent, err, bytesOf.V)
			}
			compared++
		}
		var result pb.RawBodyResult
		var body rawBody
		if proto.Unmarshal(message, &result) == nil {
			if err := body.Borrow(message); err != nil || !sameBody(body, &result) {
				t.Fatalf("%x: %v, %v; want %v", message, body, err, &result)
			}
			compared++
		}
	}
	if compared < 20_000 {
		t.Errorf("only %d messages were compared", compared)
	}
}

func sameBody(got rawBody, want *pb.RawBodyResult) bool {
	switch kind := want.Kind.(type) {
	case *pb.RawBodyResult_Content:
		return got.kind == rawBodyContent && bytes.Equal(got.value, kind.Content)
	case *pb.RawBodyResult_BodyFilepath:
		return got.kind == rawBodyFilepath && string(got.value) == kind.BodyFilepath
	case *pb.RawBodyResult_Error:
		return got.kind == rawBodyError && string(got.value) == kind.Error
	default:
		return got.kind == 0
	}
}

func TestABrokenMessageIsNotLent(t *testing.T) {
	for _, message := range [][]byte{{0xff}, {0x0a}, {0x0a, 5, 'x'}, {0x0a, 0xff, 0xff, 0xff, 0xff, 0xff}, {0x00, 0x01}} {
		if new(byteString).Borrow(message) == nil || new(rawBody).Borrow(message) == nil || new(headers).Borrow(message) == nil {
			t.Errorf("%x was read", message)
		}
	}
}

// TestHeadersAreReadAsKongSendsThem also where protobuf has no text for a value.
func TestHeadersAreReadAsKongSendsThem(t *testing.T) {
	sent, err := structpb.NewStruct(map[string]any{"content-type": "text/plain", "Link": []any{"<a>", "<b>"}, "x": "caf?", "y": ""})
	if err != nil {
		t.Fatal(err)
	}
	message, err := proto.Marshal(sent)
	if err != nil {
		t.Fatal(err)
	}
	var got headers
	if err := got.Borrow(bytes.ReplaceAll(message, []byte("caf?"), []byte("caf\xe9"))); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"content-type": "text/plain", "link": "<a>, <b>", "x": "caf\xe9", "y": ""}
	if !maps.Equal(got.byName, want) || got.lines != 5 {
		t.Errorf("%d lines: %q", got.lines, got.byName)
	}
	if new(headers).Borrow(bytes.Replace(message, []byte("\x1a\x00"), []byte("\x1a\x7f"), 1)) == nil {
		t.Error("a broken value was read")
	}
}

func TestNothingIsCopied(t *testing.T) {
	message, err := proto.Marshal(&pb.RawBodyResult{Kind: &pb.RawBodyResult_Content{Content: make([]byte, 8<<10)}})
	if err != nil {
		t.Fatal(err)
	}
	if allocated := testing.AllocsPerRun(100, func() { _ = new(rawBody).Borrow(message) }); allocated > 1 {
		t.Errorf("%v allocations", allocated)
	}
}
