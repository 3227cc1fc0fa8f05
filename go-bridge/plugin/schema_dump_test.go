package plugin

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"aws-masker/go-bridge/engine"
)

// TestTheDumpIsTheReviewedOne holds everything that Kong is told against the files in testdata, so that a changed
// limit, description or check is seen in review. UPDATE_GOLDEN=1 rewrites them.
func TestTheDumpIsTheReviewedOne(t *testing.T) {
	for file, mode := range map[string]Mode{"dump.json": Buffered, "dump-streaming.json": Streaming} {
		text, err := Dump("/usr/local/kong/aws-masker.socket", mode)
		if err != nil {
			t.Fatal(err)
		}
		var said bytes.Buffer
		if err := json.Indent(&said, text, "", "  "); err != nil {
			t.Fatal(err)
		}
		said.WriteByte('\n')
		version := []byte(`"Version": "` + engine.Version() + `"`)
		if bytes.Count(said.Bytes(), version) != 1 {
			t.Fatalf("the dump does not name its version once:\n%s", &said)
		}
		got := bytes.Replace(said.Bytes(), version, []byte(`"Version": "VERSION"`), 1) // a release changes nothing else
		path := filepath.Join("testdata", file)
		if os.Getenv("UPDATE_GOLDEN") == "1" {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if line, was, is, same := firstDifference(want, got); !same {
			t.Errorf("%s line %d: reviewed was\n%s\nKong is told\n%s\nIf that is meant: UPDATE_GOLDEN=1 go test ./plugin -run %s",
				path, line, was, is, t.Name())
		}
	}
}

// firstDifference is the first line that two texts do not share.
func firstDifference(want, got []byte) (line int, was, is []byte, same bool) {
	if bytes.Equal(want, got) {
		return 0, nil, nil, true
	}
	wanted, given := bytes.SplitAfter(want, []byte("\n")), bytes.SplitAfter(got, []byte("\n"))
	for line < len(wanted) && line < len(given) && bytes.Equal(wanted[line], given[line]) {
		line++
	}
	if line < len(wanted) {
		was = wanted[line]
	}
	if line < len(given) {
		is = given[line]
	}
	return line + 1, was, is, false
}
