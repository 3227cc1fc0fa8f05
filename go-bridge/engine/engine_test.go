package engine

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
)

const embedded = `{"use_redis":false}`

func open(t *testing.T, config string) *Masker {
	t.Helper()
	m, err := New([]byte(config))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return m
}

func TestTheLibraryFitsTheHeader(t *testing.T) {
	if ABIVersion() != headerABI {
		t.Errorf("ABI version %d, header %d", ABIVersion(), headerABI)
	}
	if parts := strings.Split(Version(), "."); len(parts) != 3 {
		t.Errorf("version %q is not x.y.z", Version())
	}
}

func TestMaskThenUnmaskIsTheBody(t *testing.T) {
	m := open(t, embedded)
	body := []byte(`{"text":"i-0123456789abcdef0 in vpc-0123456789abcdef0,\ni-0123456789abcdef0"}`)
	masked, err := m.Mask("application/json", body)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(masked.Body, []byte("0123456789abcdef0")) || !bytes.Contains(masked.Body, []byte("AWS_EC2_001")) {
		t.Fatalf("masked %s", masked.Body)
	}
	if masked.Report.Masked["AWS_EC2"] == 0 || masked.Report.Masked["AWS_VPC"] != 1 {
		t.Errorf("report %+v", masked.Report)
	}
	restored, err := m.Unmask("application/json", masked.Mapping, masked.Body)
	if err != nil || !bytes.Equal(restored.Body, body) || restored.Count != 3 {
		t.Errorf("restored %s (%d), %v", restored.Body, restored.Count, err)
	}
}

func TestNothingFoundIsNoBody(t *testing.T) {
	m := open(t, embedded)
	for _, body := range [][]byte{nil, {}, []byte("{}"), []byte("hello \xff")} {
		masked, err := m.Mask("", body)
		if err != nil || masked.Body != nil || masked.Mapping != "" {
			t.Errorf("%q: %+v, %v", body, masked, err)
		}
		restored, err := m.Unmask("", "", body)
		if err != nil || restored.Body != nil {
			t.Errorf("%q: %+v, %v", body, restored, err)
		}
	}
}

func TestAStreamIsRestoredHoweverItIsCut(t *testing.T) {
	m := open(t, embedded)
	body := []byte("stop i-0123456789abcdef0, then start i-0fedcba9876543210.")
	masked, err := m.Mask("text/plain", body)
	if err != nil {
		t.Fatal(err)
	}
	for size := 1; size <= len(masked.Body); size++ {
		u, err := m.NewUnmasker("text/plain", masked.Mapping)
		if err != nil {
			t.Fatal(err)
		}
		var out []byte
		for rest := masked.Body; len(rest) > 0; {
			n := min(size, len(rest))
			piece, err := u.Push(rest[:n])
			if err != nil {
				t.Fatal(err)
			}
			out, rest = append(out, piece...), rest[n:]
		}
		last, err := u.Finish()
		if err != nil {
			t.Fatal(err)
		}
		if out = append(out, last...); !bytes.Equal(out, body) {
			t.Fatalf("in pieces of %d: %q", size, out)
		}
		u.Close()
		u.Close()
		if _, err := u.Push(nil); !errors.Is(err, ErrClosed) {
			t.Errorf("push after close: %v", err)
		}
		if _, err := u.Finish(); !errors.Is(err, ErrClosed) {
			t.Errorf("finish after close: %v", err)
		}
	}
}

func TestARefusedConfigurationNamesItsField(t *testing.T) {
	for config, want := range map[string]struct {
		status Status
		names  string
	}{
		"":                            {StatusConfigInvalid, "JSON"},
		"{":                           {StatusConfigInvalid, "JSON"},
		`{"redis_type":"magic"}`:      {StatusConfigInvalid, "redis_type"},
		`{"redis_user":"app"}`:        {StatusConfigMissing, "redis_user"},
		`{"redis_cluster_mode":true}`: {StatusConfigMissing, "redis_cluster_endpoint"},
	} {
		m, err := New([]byte(config))
		var refused *Error
		if m != nil || !errors.As(err, &refused) {
			t.Fatalf("%s: %v, %v", config, m, err)
		}
		var body struct{ Error, Message, Details string }
		if err := json.Unmarshal(refused.Body, &body); err != nil {
			t.Fatalf("%s: body %q: %v", config, refused.Body, err)
		}
		if refused.Status != want.status || refused.HTTPStatus != 500 || !strings.Contains(refused.Details, want.names) ||
			body.Error != fmt.Sprintf("AWS_MASKER_%d", want.status) || body.Details != refused.Details {
			t.Errorf("%s: %+v with %s", config, refused, refused.Body)
		}
	}
}

func TestAForeignMappingIsRefused(t *testing.T) {
	m := open(t, embedded)
	var refused *Error
	if _, err := m.Unmask("", "no mapping", []byte("AWS_EC2_001")); !errors.As(err, &refused) {
		t.Errorf("unmask: %v", err)
	}
	if _, err := m.NewUnmasker("", "no mapping"); !errors.As(err, &refused) {
		t.Errorf("unmasker: %v", err)
	}
}

func TestHealthAndMetrics(t *testing.T) {
	m := open(t, embedded)
	health, err := m.Health()
	if err != nil || !json.Valid(health) {
		t.Errorf("health %q, %v", health, err)
	}
	metrics, err := m.Metrics()
	if err != nil || !bytes.Contains(metrics, []byte("# TYPE")) {
		t.Errorf("metrics %q, %v", metrics, err)
	}
}

func TestCloseWaitsForRunningCalls(t *testing.T) {
	m := open(t, embedded)
	body := []byte(strings.Repeat("i-0123456789abcdef0 and i-0fedcba9876543210, ", 2000))
	var started, done sync.WaitGroup
	for range 8 {
		started.Add(1)
		done.Add(1)
		go func() {
			defer done.Done()
			started.Done()
			for {
				masked, err := m.Mask("", body)
				if errors.Is(err, ErrClosed) {
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := m.Unmask("", masked.Mapping, masked.Body); err != nil && !errors.Is(err, ErrClosed) {
					t.Error(err)
					return
				}
			}
		}()
	}
	started.Wait()
	for range 3 {
		m.Close()
	}
	done.Wait()
	for name, call := range map[string]func() error{
		"mask":     func() error { _, err := m.Mask("", nil); return err },
		"unmask":   func() error { _, err := m.Unmask("", "", nil); return err },
		"unmasker": func() error { _, err := m.NewUnmasker("", ""); return err },
		"health":   func() error { _, err := m.Health(); return err },
		"metrics":  func() error { _, err := m.Metrics(); return err },
	} {
		if err := call(); !errors.Is(err, ErrClosed) {
			t.Errorf("%s after close: %v", name, err)
		}
	}
}

func BenchmarkMask(b *testing.B) {
	m, err := New([]byte(embedded))
	if err != nil {
		b.Fatal(err)
	}
	defer m.Close()
	filler := strings.Repeat("The quick brown fox jumps over the lazy dog. ", 200)
	for name, body := range map[string][]byte{
		"clean 9 KB":  []byte(`{"text":"` + filler + `"}`),
		"masked 9 KB": []byte(`{"text":"` + filler + `i-0123456789abcdef0"}`),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for range b.N {
				if _, err := m.Mask("", body); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestThePartsOfARequestShareTheirNames(t *testing.T) {
	m := open(t, embedded)
	const id = "i-0123456789abcdef0"
	masked, err := m.MaskParts("", []Part{
		{Place: Body, ContentType: "text/plain", Bytes: []byte("is " + id + " up?")},
		{Place: Query, Bytes: []byte("id=i%2D0123456789abcdef0")},
		{Place: Header, Bytes: []byte("nothing")},
		{Place: Path, Bytes: []byte("/" + id)},
		{Place: Body},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer masked.Free()
	for i, want := range []string{"is AWS_EC2_001 up?", "id=AWS_%45C2_001", "", "", ""} {
		if got := masked.Part(i).Bytes(); string(got) != want || (got == nil) != (want == "") {
			t.Errorf("part %d: %q, want %q", i, got, want)
		}
	}
	if masked.Report.Masked["AWS_EC2"] != 2 || masked.Report.Path["AWS_EC2"] != 1 {
		t.Errorf("report %+v", masked.Report)
	}
	if none, err := m.MaskParts("", nil); err != nil || !none.IsEmpty() {
		t.Errorf("no parts: %+v, %v", none, err)
	}
	if _, err := m.MaskParts("", []Part{{Place: 9}}); err == nil {
		t.Error("a place that does not exist is accepted")
	}
	m.Close()
	if _, err := m.MaskParts("", nil); !errors.Is(err, ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

func TestACleanRequestTakesNoMemory(t *testing.T) {
	masker, err := New([]byte(`{"use_redis":false}`))
	if err != nil {
		t.Fatal(err)
	}
	defer masker.Close()
	parts := []Part{
		{Place: Body, Bytes: []byte(`{"messages":[{"role":"user","content":"hello"}]}`)},
		{Place: Query, Bytes: []byte("beta=true")}, {Place: Path, Bytes: []byte("/v1/messages")},
	}
	allocated := testing.AllocsPerRun(100, func() {
		masked, err := masker.MaskParts("", parts)
		if err != nil || !masked.IsEmpty() {
			t.Errorf("%v, %v", masked, err)
		}
		masked.Free()
	})
	if allocated > 0 {
		t.Errorf("%v allocations", allocated)
	}
}
