package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheFixtureIsWhatItClaims(t *testing.T) {
	all, err := originals()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 40 || kinds(all) < 20 {
		t.Errorf("%d identifiers of %d kinds, want at least 40 of 20", len(all), kinds(all))
	}
	for _, o := range all {
		for _, needle := range o.needles() {
			if !bytes.Contains(requestBody, []byte(needle)) {
				t.Errorf("%s is not in the request", needle)
			}
		}
	}
}

// TestTheDemoNoticesWhatIsWrong feeds the checks with what must not happen.
func TestTheDemoNoticesWhatIsWrong(t *testing.T) {
	all, err := originals()
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range all {
		for _, needle := range o.needles() {
			if found := leaked(all, []byte("x"+needle+"y")); len(found) == 0 {
				t.Errorf("%s reached the provider unnoticed", needle)
			}
		}
	}
	if found := leaked(all, []byte("AWS_EC2_001 and nothing else")); len(found) != 0 {
		t.Errorf("leaked %q", found)
	}
	for _, answer := range []string{
		`{"content":[{"type":"text","text":"AWS_EC2_001"}]}`,
		`{"content":[{"type":"tool_use","input":{"resources":["i-00000000000000000"]}}]}`,
	} {
		if problems, _, err := unrestored([]byte(answer)); err != nil || len(problems) != 1 {
			t.Errorf("%s: %q, %v", answer, problems, err)
		}
	}
}

func TestTheProviderTalksAboutTokens(t *testing.T) {
	masked := strings.NewReplacer("i-0a3f9c17b52d84e60", "AWS_EC2_001", "sg-0c5f7e3a1b9d82640", "AWS_SECURITY_GROUP_002").
		Replace(string(requestBody))
	answer, err := reply([]byte(masked))
	if err != nil {
		t.Fatal(err)
	}
	if _, count := tokens(string(answer)); count["AWS_EC2_001"] < 3 || count["AWS_SECURITY_GROUP_002"] < 3 {
		t.Errorf("answer %s", answer)
	}
	for _, wrong := range []string{`{}`, `[`, `{"messages":[{}]}`} {
		if answer, err := reply([]byte(wrong)); err == nil {
			t.Errorf("%s was answered with %s", wrong, answer)
		}
	}
}

func TestTheDemoRuns(t *testing.T) {
	dir := t.TempDir()
	build := exec.Command("go", "build", "-o", dir, "aws-masker/go-bridge/cmd/aws-masker", "aws-masker/go-bridge/cmd/demo")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	demo := filepath.Join(dir, "demo")
	text, err := exec.Command(demo).CombinedOutput()
	if err != nil || bytes.Contains(text, []byte("\x1b[")) || !bytes.Contains(text, []byte("ok 0 tokens reached the client")) {
		t.Fatalf("%v\n%s", err, text)
	}
	text, err = exec.Command(demo, "-json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var s scene
	if err := json.Unmarshal(text, &s); err != nil || !s.OK || s.Identifiers < 40 || len(s.Leaked) != 0 {
		t.Fatalf("%v: %s", err, text)
	}
	if err := os.Remove(filepath.Join(dir, "aws-masker")); err != nil {
		t.Fatal(err)
	}
	for args, code := range map[string]int{"": 1, "-unknown": 2, "extra": 2, "-help": 0} {
		command := exec.Command(demo, strings.Fields(args)...)
		command.Env = []string{"PATH=" + dir}
		_ = command.Run()
		if got := command.ProcessState.ExitCode(); got != code {
			t.Errorf("%q: exit code %d, want %d", args, got, code)
		}
	}
}
